-- Why: harm, a threat, exploitation again or the fear of it is a fact of its own,
-- recorded by whoever has the case, taken in hand with a plan, and closed. What is
-- written is sealed like the person (R12); one partner's words reach no other (R21).

CREATE TABLE incidents (
  id          uuid PRIMARY KEY,
  case_id     uuid NOT NULL REFERENCES cases,
  kind        text NOT NULL CHECK (kind IN ('harm','threat','exploitation_again','retrafficking_concern')),
  occurred_on date NOT NULL,
  sealed_text bytea NOT NULL,                   -- with the person's key, bound to this row
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT actor_now(),
  by_partner  uuid REFERENCES partners,
  report_id   uuid UNIQUE REFERENCES partner_reports, -- the partner's report that it came with
  state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open','in_hand','closed')),
  sealed_plan bytea,                            -- as the text
  plan_due_on date,
  taken_by    uuid,
  taken_at    timestamptz,
  closed_on   date,
  result      text CHECK (result IN ('resolved','passed_on_with_consent','help_declined','unfounded','other')),
  version     int NOT NULL DEFAULT 1,
  CONSTRAINT incident_taken_whole CHECK (num_nonnulls(taken_by, taken_at) = CASE state WHEN 'open' THEN 0 ELSE 2 END),
  CONSTRAINT incident_plan_whole CHECK ((sealed_plan IS NULL) = (plan_due_on IS NULL)),
  CONSTRAINT incident_closed_whole CHECK (num_nonnulls(closed_on, result) = CASE state WHEN 'closed' THEN 2 ELSE 0 END),
  -- Only what turned out to be nothing is closed without a plan.
  CONSTRAINT incident_has_a_plan CHECK (state = 'open' OR result = 'unfounded' OR sealed_plan IS NOT NULL)
);
CREATE INDEX incidents_case ON incidents (case_id);
CREATE INDEX incidents_not_closed ON incidents (recorded_at) WHERE state <> 'closed';

INSERT INTO legal_moves VALUES ('incident','open','in_hand'), ('incident','in_hand','closed'), ('incident','open','closed');
CREATE TRIGGER incident_move BEFORE UPDATE OF state ON incidents
  FOR EACH ROW EXECUTE FUNCTION refuse_illegal_move('incident');
-- What was recorded of a case before it was joined is still dealt with.
CREATE TRIGGER joined BEFORE INSERT ON incidents FOR EACH ROW EXECUTE FUNCTION refuse_joined();

CREATE FUNCTION guard_incident() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.state = 'closed' THEN PERFORM break_rule('incident_is_closed'); END IF;
  ELSIF NEW.by_partner IS DISTINCT FROM actor_partner() OR NEW.report_id IS NOT NULL AND NOT EXISTS (
      SELECT FROM partner_reports r WHERE r.id = NEW.report_id AND r.case_id = NEW.case_id AND r.partner_id = NEW.by_partner) THEN
    PERFORM break_rule('incident_by_the_actor');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER guard_incident AFTER INSERT OR UPDATE ON incidents FOR EACH ROW EXECUTE FUNCTION guard_incident();

ALTER TABLE incidents ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON incidents FOR SELECT USING (sees_case(case_id));
CREATE POLICY caseworkers_record ON incidents FOR INSERT WITH CHECK (sees_case(case_id) AND recorded_by = actor_id());
CREATE POLICY caseworkers_act ON incidents FOR UPDATE USING (sees_case(case_id));
CREATE POLICY partner ON incidents FOR SELECT USING (by_partner = actor_partner() AND handed(case_id));
CREATE POLICY partner_records ON incidents FOR INSERT WITH CHECK (by_partner = actor_partner() AND handed(case_id) AND recorded_by = actor_id());
GRANT SELECT, INSERT (id, case_id, kind, occurred_on, sealed_text, recorded_by, by_partner, report_id),
  UPDATE (kind, state, sealed_plan, plan_due_on, taken_by, taken_at, closed_on, result, version) ON incidents TO hjemvej_app;

-- What managers count: no text and no code. The view runs as its owner; its own
-- condition says who may look.
CREATE VIEW incident_facts WITH (security_barrier) AS
  SELECT i.kind, date_trunc('month', i.occurred_on)::date AS month, c.destination, c.opened_on, i.state,
    (i.taken_at AT TIME ZONE 'Europe/Copenhagen')::date - (i.recorded_at AT TIME ZONE 'Europe/Copenhagen')::date AS days_until_in_hand
  FROM incidents i JOIN cases c ON c.id = i.case_id WHERE actor_role() IN ('manager', 'system');
GRANT SELECT ON incident_facts TO hjemvej_app;
