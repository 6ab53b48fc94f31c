-- Why: a policy says from which amount on a line's instalments are proven one by
-- one; the database holds approved lines to it, as it does to the caps (R26). What
-- an older policy allowed stays until its plan is approved anew.

CREATE FUNCTION hold_proof_before_next() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF EXISTS (SELECT FROM budget_lines l WHERE l.id = NEW.id AND NOT l.proof_before_next
      AND l.approved_dkk >= (policy_on(actor_today())->'support'->'proof_before_next_from'->>'amount')::numeric
      AND (SELECT count(*) FROM promises p WHERE p.line_id = l.id AND p.plan_version_id = l.plan_version_id) > 1) THEN
    PERFORM break_rule('line_proof_before_next');
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER hold_proof_before_next AFTER INSERT OR UPDATE OF plan_version_id, proof_before_next ON budget_lines DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION hold_proof_before_next();
