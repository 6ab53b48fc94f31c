-- Why: what is read of a caseload must be whole and true at the edges: which letters
-- went out about a case (R11), when the end of support moved (R32), and what is
-- overdue by the day at each destination (R31, R36).

-- The digest that carries a letter, for whoever may see the letter's case: a digest
-- belongs to none.
CREATE FUNCTION digest_of(letter uuid) RETURNS TABLE (id uuid, not_before timestamptz, state text, ended_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public ROWS 1 AS $$
BEGIN
  RETURN QUERY SELECT d.id, d.not_before, d.state, d.ended_at FROM letters l JOIN letters d ON d.id = l.digest_id
    WHERE l.id = letter AND sees_case(l.case_id);
END $$;

-- When the last day of support was last another, for whoever has the case.
CREATE FUNCTION support_moved_at(c uuid) RETURNS timestamptz LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF NOT (sees_case(c) OR handed(c)) THEN RETURN NULL; END IF;
  RETURN greatest((SELECT max(recorded_at) FROM arrivals WHERE case_id = c), (SELECT max(approved_at) FROM extensions WHERE case_id = c));
END $$;

-- When the day of an incident's plan was last another.
ALTER TABLE incidents ADD COLUMN plan_moved_at timestamptz;
CREATE FUNCTION incident_plan_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.plan_moved_at = actor_now(); RETURN NEW; END $$;
CREATE TRIGGER incident_plan_moved BEFORE UPDATE ON incidents FOR EACH ROW
  WHEN (OLD.plan_due_on IS DISTINCT FROM NEW.plan_due_on) EXECUTE FUNCTION incident_plan_moved();

-- The last day on which an open case may wait for its next step. attention.Next is
-- the same rule; a test compares the two for facts of every kind.
CREATE FUNCTION step_until(state text, unattended boolean, since date, reflection_ends date, action_due date, answer_due date, departs date,
  slot_due date, last_slot_due date, held boolean, last_day date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN unattended THEN since
    WHEN state IN ('identified','offered') THEN greatest(since, reflection_ends)
    WHEN state = 'accepted' THEN greatest(since, action_due, answer_due, departs)
    WHEN state <> 'arrived' THEN since
    WHEN slot_due IS NULL THEN greatest(since, last_day)
    WHEN held THEN greatest(since, slot_due)
    ELSE greatest(slot_due, last_slot_due) END $$;

CREATE OR REPLACE VIEW caseload_facts WITH (security_barrier) AS
  SELECT c.team_id, c.state, c.last_day,
    step_until(c.state, NOT u.active, c.since, CASE WHEN c.reflection_ended_on IS NULL THEN c.reflection_ends_on END,
      (SELECT max(d.due_on) FROM plan_deadlines d WHERE d.case_id = c.id AND d.actions > 0),
      (SELECT max(h.answer_due_on) FROM handoffs h WHERE h.case_id = c.id AND h.state IN ('offered','received')),
      (SELECT d.planned_on FROM departures d WHERE d.case_id = c.id), f.due, f.last, contact_blocked(c.person_id), c.last_day) AS step_until,
    coalesce(c.destination, '') AS country, coalesce(c.destination_time_zone, '') AS said
  FROM (SELECT k.*, greatest(k.opened_on, k.offered_on, k.answered_on, k.departed_on, k.arrived_on, k.exited_on) AS since FROM cases k) c
  JOIN users u ON u.id = c.contact_person_id
  CROSS JOIN LATERAL (SELECT min(greatest(f.due_on, f.quiet_until)) AS due, max(f.due_on) AS last FROM followups f WHERE f.case_id = c.id AND f.state = 'open') f
  WHERE c.state NOT IN ('closed','withdrawn','joined')
    AND (actor_role() IN ('manager','system') OR actor_role() = 'team_lead' AND c.team_id = actor_team());

-- Open follow-ups that may be after their day somewhere: whether one is, the day at
-- its destination says. overdue_facts is for the program before this.
CREATE VIEW due_facts WITH (security_barrier) AS
  SELECT c.team_id, f.due_on, coalesce(c.destination, '') AS country, coalesce(c.destination_time_zone, '') AS said,
    follows_up(f.case_id, greatest(f.due_on, actor_today())) IS NOT NULL AS by_partner, contact_blocked(c.person_id) AS held,
    EXISTS (SELECT FROM letters l WHERE l.followup_id = f.id AND l.due_on = f.due_on AND l.kind = 'followup_escalated' AND l.once NOT LIKE '%:quiet:%') AS escalated
  FROM followups f JOIN cases c ON c.id = f.case_id
  WHERE f.state = 'open' AND f.due_on <= actor_today()
    AND (actor_role() IN ('manager','system') OR actor_role() = 'team_lead' AND c.team_id = actor_team());
GRANT SELECT ON due_facts TO hjemvej_app;
