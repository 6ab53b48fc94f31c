-- Why: a payment is proven in parts (R26), and each part is a delivery on its day
-- (R30), whoever recorded its receipt.

CREATE VIEW proven_parts AS
  SELECT s.case_id, p.line_id, p.id AS payment_id, p.form, r.received_on, s.covers_dkk AS dkk, l.partner_id
  FROM receipt_shares s JOIN receipts r ON r.id = s.receipt_id JOIN payments p ON p.id = s.payment_id JOIN budget_lines l ON l.id = p.line_id
  WHERE p.state IN ('sent','received');

-- A receipt is its recorder's alone to read (R21); that something was delivered is
-- seen by all who see the payment.
CREATE OR REPLACE VIEW deliveries WITH (security_barrier, security_invoker = false) AS
  SELECT case_id, line_id, payment_id, form, received_on, dkk FROM proven_parts
  WHERE actor_role() IN ('finance','system') OR sees_case(case_id)
    OR partner_id = actor_partner() AND consented(case_id, 'support_and_payments');

CREATE OR REPLACE FUNCTION delivery_facts(lines uuid[]) RETURNS TABLE (line_id uuid, received_on date, dkk numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT d.line_id, d.received_on, d.dkk FROM proven_parts d JOIN cases c ON c.id = d.case_id
  WHERE d.line_id = ANY(lines) AND (actor_role() IN ('finance', 'manager', 'system') OR actor_role() = 'team_lead' AND c.team_id = actor_team()) $$;
