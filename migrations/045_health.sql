-- Why: managers count how the caseload stands without a case or a person (R43);
-- calendars say when a day moved; and whoever turns 18 before a follow-up is met
-- as an adult (R5).

-- What counts of the open cases: the day until which each one's next step may be
-- waited for. attention.Next is the same rule; a test compares the two. The views
-- run as their owner; their own condition says who may look.
CREATE VIEW caseload_facts WITH (security_barrier) AS
  SELECT c.team_id, c.state, c.last_day,
    CASE WHEN NOT u.active THEN c.since
      WHEN c.state IN ('identified','offered') THEN greatest(c.since, CASE WHEN c.reflection_ended_on IS NULL THEN c.reflection_ends_on END)
      WHEN c.state = 'accepted' THEN greatest(c.since, (SELECT max(d.due_on) FROM plan_deadlines d WHERE d.case_id = c.id AND d.actions > 0),
        (SELECT max(h.answer_due_on) FROM handoffs h WHERE h.case_id = c.id AND h.state IN ('offered','received')),
        (SELECT d.planned_on FROM departures d WHERE d.case_id = c.id))
      WHEN c.state <> 'arrived' THEN c.since
      WHEN f.due IS NULL THEN greatest(c.since, c.last_day)
      WHEN contact_blocked(c.person_id) THEN greatest(c.since, f.due)
      ELSE greatest(f.due, f.last) END AS step_until
  FROM (SELECT k.*, greatest(k.opened_on, k.offered_on, k.answered_on, k.departed_on, k.arrived_on, k.exited_on) AS since FROM cases k) c
  JOIN users u ON u.id = c.contact_person_id
  CROSS JOIN LATERAL (SELECT min(greatest(f.due_on, f.quiet_until)) AS due, max(f.due_on) AS last FROM followups f WHERE f.case_id = c.id AND f.state = 'open') f
  WHERE c.state NOT IN ('closed','withdrawn','joined')
    AND (actor_role() IN ('manager','system') OR actor_role() = 'team_lead' AND c.team_id = actor_team());

-- And of the follow-ups after their day.
CREATE VIEW overdue_facts WITH (security_barrier) AS
  SELECT c.team_id, actor_today() - f.due_on AS days, follows_up(f.case_id, actor_today()) IS NOT NULL AS by_partner, contact_blocked(c.person_id) AS held,
    EXISTS (SELECT FROM letters l WHERE l.case_id = f.case_id AND l.followup_id = f.id AND l.due_on = f.due_on
      AND l.kind = 'followup_escalated' AND l.once NOT LIKE '%:quiet:%') AS escalated
  FROM followups f JOIN cases c ON c.id = f.case_id
  WHERE f.state = 'open' AND f.due_on < actor_today()
    AND (actor_role() IN ('manager','system') OR actor_role() = 'team_lead' AND c.team_id = actor_team());

CREATE VIEW open_incident_facts WITH (security_barrier) AS
  SELECT c.team_id, i.state FROM incidents i JOIN cases c ON c.id = i.case_id
  WHERE i.state <> 'closed' AND (actor_role() IN ('manager','system') OR actor_role() = 'team_lead' AND c.team_id = actor_team());

GRANT SELECT ON caseload_facts, overdue_facts, open_incident_facts TO hjemvej_app;
CREATE INDEX cases_open ON cases (team_id) WHERE state NOT IN ('closed','withdrawn','joined');

-- When a follow-up's day, or whether it is owed, was last another.
ALTER TABLE followups ADD COLUMN changed_at timestamptz NOT NULL DEFAULT actor_now();
CREATE FUNCTION followup_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.changed_at = actor_now(); RETURN NEW; END $$;
CREATE TRIGGER followup_moved BEFORE UPDATE ON followups FOR EACH ROW
  WHEN ((OLD.due_on, OLD.quiet_until, OLD.state) IS DISTINCT FROM (NEW.due_on, NEW.quiet_until, NEW.state)) EXECUTE FUNCTION followup_moved();

-- Of a case whose person is represented on a day, what says whether they are a child
-- then: sealed, for the program to judge and to show to nobody (R5, R12).
CREATE FUNCTION represented_person(c uuid, day date) RETURNS TABLE (person_id uuid, wrapped_key bytea, identity bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public ROWS 1 AS $$
BEGIN
  IF represented(c, day) AND (sees_case(c) OR handed(c)) THEN
    RETURN QUERY SELECT p.id, p.wrapped_key, p.identity FROM persons p JOIN cases k ON k.person_id = p.id WHERE k.id = c;
  END IF;
END $$;
