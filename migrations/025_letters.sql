-- Why: whoever wants one letter a day gets one. What can wait is held for it, and
-- its row says which digest carried it.

-- A previous program that still runs sends each letter at once, as it did; digests
-- are jobs that it does not know and leaves to the others.
ALTER TABLE users
  ADD COLUMN wants text NOT NULL DEFAULT 'each_letter' CONSTRAINT user_wants CHECK (wants IN ('each_letter','daily_digest'));

ALTER TABLE letters
  ADD COLUMN digest_id  uuid REFERENCES letters,  -- the digest that carries it; NULL: it goes by itself
  ADD COLUMN not_before timestamptz,              -- of a digest: its morning
  ADD COLUMN closed_at  timestamptz,              -- of a digest: from then on nothing joins it
  ADD CONSTRAINT letter_of_a_digest CHECK (digest_id IS NULL OR kind <> 'digest'),
  ADD CONSTRAINT digest_has_its_morning CHECK ((kind = 'digest') = (not_before IS NOT NULL) AND (kind = 'digest' OR closed_at IS NULL));
CREATE INDEX letters_digest ON letters (digest_id) WHERE digest_id IS NOT NULL;
CREATE INDEX letters_open_digests ON letters (not_before) WHERE kind = 'digest' AND state = 'queued';
