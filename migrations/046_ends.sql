-- Why: an extension that was asked for is decided, taken back, or falls away with
-- the support, and never waits unseen (R32); what was done stays where it was; an
-- exit has its time (R35), each its own survey (R37), and nothing that alarms is
-- closed over.

-- R32: at most one extension of a case waits for a decision.
ALTER TABLE extensions
  ADD COLUMN ended_as text CHECK (ended_as IN ('refused','withdrawn','lapsed','superseded')), -- superseded: by a newer one, while several could wait
  ADD COLUMN ended_by uuid,
  ADD COLUMN ended_at timestamptz,
  ADD COLUMN refusal  text,
  ADD COLUMN state    text GENERATED ALWAYS AS (CASE WHEN approved_at IS NOT NULL THEN 'approved' ELSE coalesce(ended_as, 'asked') END) STORED,
  ADD CONSTRAINT extension_ended_whole CHECK ((ended_as IS NULL) = (ended_at IS NULL)
    AND (ended_by IS NOT NULL) = (coalesce(ended_as, '') IN ('refused','withdrawn')) AND (refusal IS NOT NULL) = (coalesce(ended_as, '') = 'refused')),
  ADD CONSTRAINT extension_decided_once CHECK (approved_at IS NULL OR ended_as IS NULL);
UPDATE extensions e SET ended_as = 'superseded', ended_at = actor_now() WHERE e.state = 'asked'
  AND EXISTS (SELECT FROM extensions n WHERE n.case_id = e.case_id AND n.state = 'asked' AND (n.asked_at, n.id) > (e.asked_at, e.id));
UPDATE extensions e SET ended_as = 'lapsed', ended_at = actor_now() FROM cases c WHERE c.id = e.case_id AND e.state = 'asked' AND c.state <> 'arrived';
CREATE UNIQUE INDEX extension_pending_once ON extensions (case_id) WHERE state = 'asked';
CREATE INDEX extensions_lapsed ON extensions (ended_at) WHERE ended_as = 'lapsed';
REVOKE INSERT ON extensions FROM hjemvej_app;
GRANT INSERT (case_id, until, reason, asked_by), UPDATE (ended_as, ended_by, ended_at, refusal) ON extensions TO hjemvej_app;

-- Days are the destination's, which this does not know: a day earlier or later than
-- Copenhagen's. Each check lets that day pass; the program has the exact one.
CREATE OR REPLACE FUNCTION guard_extension() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE c cases; latest date;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.asked_by IS DISTINCT FROM actor_id() OR NEW.approved_by IS NOT NULL OR NEW.ended_as IS NOT NULL THEN PERFORM break_rule('extension_begins_asked'); END IF;
  ELSE
    IF (NEW.case_id, NEW.until, NEW.reason, NEW.asked_by, NEW.asked_at) IS DISTINCT FROM (OLD.case_id, OLD.until, OLD.reason, OLD.asked_by, OLD.asked_at) THEN
      PERFORM break_rule('extension_is_what_was_asked');
    END IF;
    IF (NEW.approved_by, NEW.approved_at, NEW.ended_as, NEW.ended_by, NEW.ended_at, NEW.refusal)
       IS NOT DISTINCT FROM (OLD.approved_by, OLD.approved_at, OLD.ended_as, OLD.ended_by, OLD.ended_at, OLD.refusal) THEN RETURN NEW; END IF;
    IF OLD.approved_at IS NOT NULL OR OLD.ended_as IS NOT NULL THEN PERFORM break_rule('extension_approval_is_final'); END IF;
  END IF;
  SELECT * INTO c FROM cases WHERE id = NEW.case_id FOR NO KEY UPDATE;
  CASE NEW.ended_as
    WHEN 'refused' THEN
      IF NEW.ended_by IS DISTINCT FROM actor_id() OR actor_role() <> 'team_lead' THEN PERFORM break_rule('extension_approver_is_team_lead'); END IF;
      IF NEW.ended_by = NEW.asked_by THEN PERFORM break_rule('extension_four_eyes'); END IF;
      RETURN NEW;
    WHEN 'withdrawn' THEN
      IF NEW.ended_by IS DISTINCT FROM actor_id() OR NEW.ended_by NOT IN (NEW.asked_by, c.contact_person_id) THEN PERFORM break_rule('extension_withdrawn_by_asker'); END IF;
      RETURN NEW;
    WHEN 'lapsed', 'superseded' THEN
      IF NEW.ended_as = 'superseded' OR c.state = 'arrived' AND actor_today() + 1 <= c.last_day + 14 THEN PERFORM break_rule('extension_lapses_with_support'); END IF;
      RETURN NEW;
    ELSE latest := c.last_day;
  END CASE;
  IF TG_OP = 'UPDATE' THEN
    IF NEW.approved_by IS DISTINCT FROM actor_id() OR actor_role() <> 'team_lead' THEN PERFORM break_rule('extension_approver_is_team_lead'); END IF;
    latest := c.last_day + 14;                  -- what was asked for in time is still decided
  END IF;
  IF c.state <> 'arrived' OR actor_today() - 1 > latest THEN PERFORM break_rule('extension_while_supported'); END IF;
  IF NEW.until <= c.last_day OR NEW.until > c.arrived_on + interval '12 months' THEN PERFORM break_rule('extension_within'); END IF;
  RETURN NEW;
END $$;

-- Whatever ends the follow-up ends the question, too.
CREATE FUNCTION lapse_extension() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  UPDATE extensions SET ended_as = 'lapsed', ended_at = actor_now() WHERE case_id = NEW.id AND state = 'asked';
  RETURN NULL;
END $$;
CREATE TRIGGER lapse_extension AFTER UPDATE OF state ON cases FOR EACH ROW
  WHEN (OLD.state = 'arrived' AND NEW.state <> 'arrived') EXECUTE FUNCTION lapse_extension();

-- R32: up to twelve months in all, also where the arrival turns out to be earlier.
UPDATE cases SET last_day = (arrived_on + interval '12 months')::date, version = version + 1 WHERE state = 'arrived' AND last_day > arrived_on + interval '12 months';
UPDATE followups f SET due_on = c.last_day, opens_on = f.opens_on - (f.due_on - c.last_day), closes_on = f.closes_on - (f.due_on - c.last_day), version = f.version + 1
  FROM cases c WHERE c.id = f.case_id AND c.state = 'arrived' AND f.kind = 'exit' AND f.state = 'open' AND f.due_on > c.last_day;
CREATE FUNCTION refuse_over_twelve_months() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM break_rule('support_within_twelve_months'); RETURN NULL; END $$;
CREATE TRIGGER support_within_twelve_months BEFORE INSERT OR UPDATE OF arrived_on, last_day ON cases FOR EACH ROW
  WHEN (NEW.last_day > NEW.arrived_on + interval '12 months') EXECUTE FUNCTION refuse_over_twelve_months();

-- R32: what has its result stays where it was. Somebody who was lost may be found.
CREATE FUNCTION guard_done_followup() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.case_id, NEW.kind, NEW.ref, NEW.opens_on, NEW.due_on, NEW.closes_on) IS DISTINCT FROM (OLD.case_id, OLD.kind, OLD.ref, OLD.opens_on, OLD.due_on, OLD.closes_on)
    OR NEW.state = OLD.state AND NEW.done_on IS DISTINCT FROM OLD.done_on
    OR NEW.state <> OLD.state AND (OLD.state, NEW.state) <> ('lost', 'done') THEN PERFORM break_rule('followup_done_stays'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER followup_done_stays BEFORE UPDATE ON followups FOR EACH ROW
  WHEN (OLD.state IN ('done','lost','declined')) EXECUTE FUNCTION guard_done_followup();

-- R31, R33: a contact belongs to the follow-up whose window it falls in, or comes after.
CREATE FUNCTION guard_attempt_window() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF EXISTS (SELECT FROM followups f WHERE f.id = NEW.followup_id AND NEW.made_on < f.opens_on) THEN PERFORM break_rule('attempt_in_window'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER attempt_in_window BEFORE INSERT ON attempts FOR EACH ROW EXECUTE FUNCTION guard_attempt_window();

-- R35: who has died or moved on is past every window; every other outcome is one of
-- the exit, and a safety hold is one that is in force (R10).
CREATE FUNCTION guard_exit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE opens date;
BEGIN
  IF NEW.exit_outcome = 'safety_hold' AND NOT contact_blocked(NEW.person_id) THEN PERFORM break_rule('exit_hold_in_force'); END IF;
  IF NEW.exit_outcome NOT IN ('died','re_migrated') THEN
    opens := coalesce((SELECT f.opens_on FROM followups f WHERE f.case_id = NEW.id AND f.kind = 'exit' AND f.state <> 'dropped' ORDER BY f.due_on DESC LIMIT 1), NEW.last_day);
    IF opens > least(NEW.exited_on, actor_today() + 1) THEN PERFORM break_rule('exit_in_its_window'); END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER exit_in_its_window BEFORE UPDATE OF state ON cases FOR EACH ROW
  WHEN (NEW.state = 'exited' AND OLD.state <> 'exited') EXECUTE FUNCTION guard_exit();

-- R35: no case is closed over what alarms, or over a report that nobody has seen.
-- Whoever raises or reports holds the case's key until it can be seen.
CREATE FUNCTION refuse_unanswered() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  PERFORM FROM cases WHERE id = NEW.id FOR UPDATE;
  IF EXISTS (SELECT FROM concerns WHERE case_id = NEW.id AND acknowledged_at IS NULL) THEN PERFORM break_rule('case_closed_with_open_concerns'); END IF;
  IF EXISTS (SELECT FROM partner_reports WHERE case_id = NEW.id AND state = 'open') THEN PERFORM break_rule('case_closed_with_open_reports'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER case_closed_with_something_unanswered BEFORE UPDATE OF state ON cases FOR EACH ROW
  WHEN (NEW.state = 'closed' AND OLD.state <> 'closed') EXECUTE FUNCTION refuse_unanswered();

-- R37: each exit has its own survey. An extension that is approved afterwards makes
-- another end: so many were approved before a day. One that is answered on the day
-- of the approval, or the day after, which may be the same one there, was of the end before.
CREATE FUNCTION ends_before(c uuid, day date) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT count(*) FROM extensions WHERE case_id = c AND (approved_at AT TIME ZONE 'Europe/Copenhagen')::date + 1 < day $$;

ALTER TABLE surveys DROP CONSTRAINT survey_once;
CREATE UNIQUE INDEX survey_once ON surveys (case_id, kind) WHERE kind <> 'exit';
CREATE INDEX surveys_case ON surveys (case_id);
ALTER TABLE service_answers DROP CONSTRAINT service_answers_once;
CREATE UNIQUE INDEX service_answers_once ON service_answers (case_id, kind) WHERE kind <> 'exit';
CREATE INDEX service_answers_case ON service_answers (case_id);

CREATE FUNCTION guard_exit_survey() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  PERFORM FROM cases WHERE id = NEW.case_id FOR NO KEY UPDATE;
  IF TG_TABLE_NAME = 'surveys' AND EXISTS (SELECT FROM surveys s WHERE s.case_id = NEW.case_id AND s.kind = 'exit'
      AND ends_before(s.case_id, s.answered_on) = ends_before(NEW.case_id, NEW.answered_on)) THEN PERFORM break_rule('survey_once'); END IF;
  IF TG_TABLE_NAME = 'service_answers' AND EXISTS (SELECT FROM service_answers s WHERE s.case_id = NEW.case_id AND s.kind = 'exit'
      AND ends_before(s.case_id, s.answered_on) = ends_before(NEW.case_id, NEW.answered_on)) THEN PERFORM break_rule('service_answers_once'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER exit_once BEFORE INSERT ON surveys FOR EACH ROW WHEN (NEW.kind = 'exit') EXECUTE FUNCTION guard_exit_survey();
CREATE TRIGGER exit_once BEFORE INSERT ON service_answers FOR EACH ROW WHEN (NEW.kind = 'exit') EXECUTE FUNCTION guard_exit_survey();

CREATE OR REPLACE FUNCTION guard_survey_draft() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  PERFORM FROM cases WHERE id = NEW.case_id FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM surveys s WHERE s.case_id = NEW.case_id AND s.kind = NEW.kind
      AND (s.kind <> 'exit' OR ends_before(s.case_id, s.answered_on) = ends_before(s.case_id, actor_today() + 1))) THEN PERFORM break_rule('survey_once'); END IF;
  RETURN NEW;
END $$;

-- How it was at the end is what the last exit survey says (R40).
CREATE OR REPLACE VIEW outcome_facts WITH (security_barrier) AS
  SELECT c.destination, c.state, c.opened_on, c.offered_on,
    c.answer,
    c.answered_on, c.departed_on, c.arrived_on, c.last_day, c.withdrawn_on, c.exit_outcome, c.exited_on,
    (SELECT min(a.made_on) FROM attempts a WHERE a.case_id = c.id AND a.outcome = 'reached_safe') AS first_contact_on,
    (SELECT min(coalesce(p.received_on, p.sent_on)) FROM payments p JOIN budget_lines l ON l.id = p.line_id
      WHERE p.case_id = c.id AND p.state IN ('sent','received') AND l.category <> 'pocket_money') AS first_support_on,
    (SELECT state FROM followups f WHERE f.case_id = c.id AND f.kind = 'month_1') AS month_1,
    (SELECT state FROM followups f WHERE f.case_id = c.id AND f.kind = 'month_3') AS month_3,
    b.economic AS baseline_economic, b.social AS baseline_social, b.psychosocial AS baseline_psychosocial, b.composite AS baseline_composite,
    e.economic AS exit_economic, e.social AS exit_social, e.psychosocial AS exit_psychosocial, e.composite AS exit_composite
  FROM cases c
  LEFT JOIN surveys b ON b.case_id = c.id AND b.kind = 'baseline'
  LEFT JOIN LATERAL (SELECT s.* FROM surveys s WHERE s.case_id = c.id AND s.kind = 'exit' ORDER BY s.answered_on DESC, s.recorded_at DESC, s.id DESC LIMIT 1) e ON true
  WHERE actor_role() IN ('manager', 'system') AND c.state <> 'joined';
