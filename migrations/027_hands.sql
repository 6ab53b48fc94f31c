-- Why: an attack on the money found that the sender of a payment was only claimed
-- (R26), and that a plan whose approval an edit had voided could still be paid on (R16).

ALTER TABLE payments
  ADD CONSTRAINT payment_sender_is_not_planner CHECK (sent_by <> planned_by),
  ADD CONSTRAINT payment_sent_by_somebody CHECK (state NOT IN ('sent','received') OR sent_by IS NOT NULL) NOT VALID;

CREATE FUNCTION guard_sender() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
  IF NEW.sent_by IS DISTINCT FROM OLD.sent_by AND (OLD.sent_by IS NOT NULL OR NEW.sent_by IS DISTINCT FROM actor_id()) THEN
    PERFORM break_rule('payment_by_the_actor');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_sender BEFORE UPDATE OF sent_by ON payments FOR EACH ROW EXECUTE FUNCTION guard_sender();

-- What was sent stays sent; what is planned or authorised anew needs the plan as it
-- stands to be approved. guard_payment holds the case before, as an edit does.
CREATE FUNCTION guard_plan_in_force() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM plan_approvals a WHERE a.approved_by IS NOT NULL AND a.plan_version_id = (
      SELECT v.id FROM plan_versions v WHERE v.case_id = NEW.case_id AND v.kind = 'reintegration' ORDER BY v.version DESC LIMIT 1)) THEN
    PERFORM break_rule('payment_plan_in_force');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER plan_in_force BEFORE INSERT ON payments FOR EACH ROW EXECUTE FUNCTION guard_plan_in_force();
CREATE TRIGGER plan_in_force_to_authorise BEFORE UPDATE OF state ON payments FOR EACH ROW
  WHEN (NEW.state = 'authorised' AND OLD.state = 'planned') EXECUTE FUNCTION guard_plan_in_force();
