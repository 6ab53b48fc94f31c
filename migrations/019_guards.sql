-- Why: an attack on what stands found that the program itself could approve a
-- plan (R16), that a withdrawal could be undone, that a renewed consent ended with
-- the one it renewed (R7), that a former representative's agreement still counted
-- (R5), and that a check forgot what it said before (R18).

CREATE FUNCTION guard_approver() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
  IF NEW.approved_by IS NOT NULL AND actor_role() <> 'team_lead' THEN PERFORM break_rule('approver_is_team_lead'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_approver BEFORE INSERT OR UPDATE ON plan_approvals FOR EACH ROW EXECUTE FUNCTION guard_approver();

-- A consent is given once; what changes is that it is withdrawn, once.
REVOKE UPDATE ON consents FROM hjemvej_app;
GRANT UPDATE (withdrawn_at, version) ON consents TO hjemvej_app;
CREATE FUNCTION guard_withdrawal() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
  IF OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at THEN PERFORM break_rule('consent_withdrawal_is_final'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_withdrawal BEFORE UPDATE ON consents FOR EACH ROW EXECUTE FUNCTION guard_withdrawal();

-- The narrowest wins: a withdrawal ends all that was given before it, and a
-- consent that was given later, or at once, bounds the wider one. One that merely
-- ran out bounds nothing that was given after it: that was its renewal.
CREATE OR REPLACE FUNCTION shares_with(c uuid, partner uuid, cat text, day date) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM consents k WHERE k.case_id = c AND k.partner_id = partner AND k.category = cat
      AND k.withdrawn_at IS NULL AND day BETWEEN k.valid_from AND k.valid_until
      AND NOT EXISTS (
        SELECT FROM consents n WHERE n.case_id = c AND n.partner_id = partner AND n.category = cat AND n.purpose = k.purpose AND n.id <> k.id
          AND n.valid_from <= k.valid_until AND n.valid_until >= k.valid_from
          AND CASE WHEN n.withdrawn_at IS NOT NULL THEN n.withdrawn_at >= k.recorded_at
              ELSE n.valid_until < day AND n.recorded_at >= k.recorded_at
                AND n.valid_until >= (n.recorded_at AT TIME ZONE 'Europe/Copenhagen')::date END));
END $$;

-- R5: whose agreement it was. After another appointment the new representative
-- agrees anew.
ALTER TABLE plan_agreements ADD COLUMN representative_id uuid REFERENCES representatives;
UPDATE plan_agreements g SET representative_id = r.id FROM representatives r
  WHERE g.given_by = 'representative' AND r.case_id = g.case_id AND r.ended_on IS NULL;
ALTER TABLE plan_agreements DROP CONSTRAINT plan_agreements_pkey;
ALTER TABLE plan_agreements ADD COLUMN id uuid PRIMARY KEY DEFAULT gen_random_uuid();
CREATE UNIQUE INDEX plan_agreements_once ON plan_agreements (plan_version_id, given_by, coalesce(representative_id, '00000000-0000-0000-0000-000000000000'));
CREATE FUNCTION name_representative() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF NEW.given_by = 'representative' AND NEW.representative_id IS NULL THEN
    NEW.representative_id := (SELECT id FROM representatives WHERE case_id = NEW.case_id AND ended_on IS NULL);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER name_representative BEFORE INSERT ON plan_agreements FOR EACH ROW EXECUTE FUNCTION name_representative();

-- R18: what a check said before it was replaced; and who it is about, sealed.
ALTER TABLE return_checks ADD COLUMN sealed_who bytea; -- a guardian, an escort
CREATE TABLE replaced_checks (
  case_id     uuid NOT NULL REFERENCES cases,
  kind        text NOT NULL,
  version     int NOT NULL,
  done_on     date NOT NULL,
  result      text NOT NULL,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (case_id, kind, version)
);
ALTER TABLE replaced_checks ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON replaced_checks USING (sees_case(case_id));
GRANT SELECT ON replaced_checks TO hjemvej_app;
CREATE FUNCTION keep_replaced_check() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF NEW.version <> OLD.version THEN
    INSERT INTO replaced_checks VALUES (OLD.case_id, OLD.kind, OLD.version, OLD.done_on, OLD.result, OLD.recorded_by, OLD.recorded_at) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_replaced_check AFTER UPDATE ON return_checks FOR EACH ROW EXECUTE FUNCTION keep_replaced_check();
