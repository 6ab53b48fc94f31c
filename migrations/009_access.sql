-- Why: the second layer of access. Whoever forgets a check in the program still
-- sees only what their role and their hand-offs reach. Settings of the
-- transaction say who acts; the program's role cannot bypass these policies.

-- Functions that look across tables run as the owner, so that policies do not
-- call each other in circles. They are PL/pgSQL because that keeps its plans for
-- as long as the connection lives: in SQL each statement would plan them anew,
-- which takes longer than reading the case.
CREATE FUNCTION sees_case(c uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  CASE actor_role()
    WHEN 'system' THEN RETURN true;
    WHEN 'contact_person' THEN RETURN EXISTS (SELECT FROM cases WHERE id = c AND contact_person_id = actor_id());
    WHEN 'team_lead' THEN RETURN EXISTS (SELECT FROM cases WHERE id = c AND team_id = actor_team());
    ELSE RETURN false;
  END CASE;
END $$;

-- R21: from the offer until it is declined, revoked, or completed plus 30 days.
CREATE FUNCTION handoff_visible(h handoffs) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT h.state IN ('offered','received','accepted','in_progress')
      OR h.state = 'completed' AND h.completed_at > actor_now() - interval '30 days' $$;

CREATE FUNCTION handed(c uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN actor_role() = 'partner' AND EXISTS (
    SELECT FROM handoffs h WHERE h.case_id = c AND h.partner_id = actor_partner() AND handoff_visible(h));
END $$;

-- R7: denied unless a consent for this partner and category is in force today.
CREATE FUNCTION consented(c uuid, cat text) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN handed(c) AND EXISTS (
    SELECT FROM consents k WHERE k.case_id = c AND k.partner_id = actor_partner() AND k.category = cat
      AND k.withdrawn_at IS NULL AND actor_today() BETWEEN k.valid_from AND k.valid_until);
END $$;

CREATE FUNCTION sees_person(p uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN actor_role() = 'system' OR EXISTS (
    SELECT FROM cases c WHERE c.person_id = p AND (sees_case(c.id) OR consented(c.id, 'identity')));
END $$;

-- The case itself: columns, not functions, so that lists use their indexes.
ALTER TABLE cases ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON cases USING (
  CASE actor_role()
    WHEN 'system' THEN true
    WHEN 'contact_person' THEN contact_person_id = actor_id()
    WHEN 'team_lead' THEN team_id = actor_team()
    ELSE false END);
CREATE POLICY finance ON cases FOR SELECT USING (actor_role() = 'finance');
CREATE POLICY partner ON cases FOR SELECT USING (actor_role() = 'partner' AND handed(id));

ALTER TABLE persons ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON persons FOR SELECT USING (sees_person(id));
CREATE POLICY mend ON persons FOR UPDATE USING (sees_person(id) AND actor_role() <> 'partner');
CREATE POLICY add  ON persons FOR INSERT WITH CHECK (actor_role() IN ('contact_person','system'));

-- The story of a case: caseworkers alone.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['reflection_decisions','representatives','return_checks','consents','handoffs','departures',
      'arrivals','plan_versions','plan_agreements','plan_approvals','case_budgets','budget_lines','payees','payments',
      'receipts','followups','attempts','surveys','letters'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY caseworkers ON %I USING (sees_case(case_id))', t);
  END LOOP;
  -- Money: finance sees lines and payments, not the story.
  FOREACH t IN ARRAY ARRAY['case_budgets','budget_lines','arrivals'] LOOP
    EXECUTE format('CREATE POLICY finance ON %I FOR SELECT USING (actor_role() = ''finance'')', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['payees','payments','receipts'] LOOP
    EXECUTE format('CREATE POLICY finance ON %I USING (actor_role() = ''finance'')', t);
  END LOOP;
END $$;

-- Partners: what was handed to them, what consent covers, and their own notes.
CREATE POLICY partner ON consents FOR SELECT USING (partner_id = actor_partner() AND handed(case_id));
CREATE POLICY partner ON handoffs FOR SELECT USING (actor_role() = 'partner' AND partner_id = actor_partner() AND handoff_visible(handoffs));
CREATE POLICY partner_answers ON handoffs FOR UPDATE USING (actor_role() = 'partner' AND partner_id = actor_partner() AND handoff_visible(handoffs))
  WITH CHECK (actor_role() = 'partner' AND partner_id = actor_partner());
CREATE POLICY partner ON departures FOR SELECT USING (consented(case_id, 'travel'));
CREATE POLICY partner ON arrivals FOR SELECT USING (by_partner = actor_partner() AND handed(case_id) OR consented(case_id, 'travel'));
CREATE POLICY partner_reports ON arrivals FOR INSERT WITH CHECK (handed(case_id) AND by_partner = actor_partner());
CREATE POLICY partner ON budget_lines FOR SELECT USING (partner_id = actor_partner() AND consented(case_id, 'support_and_payments'));
CREATE POLICY partner ON payments FOR SELECT USING (consented(case_id, 'support_and_payments')
  AND EXISTS (SELECT FROM budget_lines l WHERE l.id = line_id AND l.partner_id = actor_partner()));
CREATE POLICY partner_proves ON receipts FOR INSERT WITH CHECK (by_partner = actor_partner()
  AND EXISTS (SELECT FROM payments p WHERE p.id = payment_id AND p.case_id = receipts.case_id));
CREATE POLICY partner ON receipts FOR SELECT USING (by_partner = actor_partner() AND handed(case_id));
CREATE POLICY partner ON followups FOR SELECT USING (consented(case_id, 'follow_up'));
CREATE POLICY partner ON attempts FOR SELECT USING (by_partner = actor_partner() AND consented(case_id, 'follow_up'));
CREATE POLICY partner_reports ON attempts FOR INSERT WITH CHECK (by_partner = actor_partner() AND consented(case_id, 'follow_up'));
CREATE POLICY partner_reports ON surveys FOR INSERT WITH CHECK (by_partner = actor_partner() AND consented(case_id, 'follow_up'));
CREATE POLICY partner ON surveys FOR SELECT USING (by_partner = actor_partner() AND consented(case_id, 'follow_up'));

ALTER TABLE programmes ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON programmes FOR SELECT USING (actor_role() IN ('contact_person','team_lead','finance','administrator','system'));
CREATE POLICY keep ON programmes USING (actor_role() IN ('administrator','system'));

-- The audit log is written by all, read by the auditor, changed by nobody.
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY write ON audit_log FOR INSERT WITH CHECK (true);
CREATE POLICY read ON audit_log FOR SELECT USING (actor_role() = 'auditor');

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON idempotency_keys USING (actor_id = actor_id() OR actor_role() = 'system');

-- What the program may do at all: no deletes, and versions, proofs, attempts,
-- surveys, approvals and the log are never rewritten.
GRANT SELECT, INSERT ON reflection_decisions, arrivals, plan_versions, plan_agreements, receipts, attempts, surveys, audit_log TO hjemvej_app;
GRANT SELECT, INSERT, UPDATE ON persons, programmes, cases, representatives, return_checks, consents, handoffs, departures,
  plan_approvals, case_budgets, payees, payments, followups, letters TO hjemvej_app;
-- Sums are kept by triggers alone (R25).
GRANT SELECT, INSERT (case_id, key, category, form, purpose, partner_id, approved_dkk, due_on, told_on, plan_version_id),
  UPDATE (category, form, purpose, partner_id, approved_dkk, due_on, told_on, plan_version_id) ON budget_lines TO hjemvej_app;
REVOKE UPDATE ON case_budgets, programmes FROM hjemvej_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO hjemvej_app;

-- What the outcome report counts: facts without a name, a code or a text (R40).
-- The view runs as its owner; its own condition says who may look.
CREATE VIEW outcome_facts WITH (security_barrier) AS
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
  LEFT JOIN surveys e ON e.case_id = c.id AND e.kind = 'exit'
  WHERE actor_role() IN ('manager', 'system');
GRANT SELECT ON outcome_facts TO hjemvej_app;
