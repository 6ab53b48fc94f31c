-- Why: whether an attempt at a contact kept to what is safe for the person (R10)
-- must be known for good, whatever changes later: attempts that did not are
-- shown, and do not count towards lost contact (R34).

ALTER TABLE attempts
  ADD COLUMN made_at timestamptz,               -- the instant, where it was said
  ADD COLUMN by_person boolean NOT NULL DEFAULT false, -- the person got in touch
  ADD COLUMN word text CHECK (word IN ('safe','danger')), -- the shared word that the person said
  ADD COLUMN unsafe text CHECK (unsafe IN ('do_not_contact','channel','hours')),
  ADD CONSTRAINT attempt_danger_is_not_free CHECK (word IS DISTINCT FROM 'danger' OR outcome = 'reached_not_free');
