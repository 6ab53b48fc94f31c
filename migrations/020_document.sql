-- Why: what a partner reads is composed from consent at the moment of reading; it
-- must be possible to show later what was seen, and to ask for its deletion when
-- the consent ends (R7, R21). And a person may travel before the papers do.

ALTER TABLE handoffs ADD COLUMN retroactive_reason text; -- the person had travelled before the offer

-- Every reading by a partner, and each content once, sealed with the person's key.
CREATE TABLE handoff_readings (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id    uuid NOT NULL REFERENCES cases,
  handoff_id uuid NOT NULL REFERENCES handoffs,
  partner_id uuid NOT NULL REFERENCES partners,
  key_id     uuid NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('document','risk')),
  hash       bytea NOT NULL,                    -- SHA-256 of the content
  categories text[] NOT NULL,                   -- that it showed
  read_at    timestamptz NOT NULL DEFAULT actor_now()
);
CREATE INDEX handoff_readings_case ON handoff_readings (case_id, read_at);
CREATE TABLE handoff_contents (
  case_id uuid NOT NULL REFERENCES cases,
  hash    bytea NOT NULL,
  sealed  bytea NOT NULL,
  PRIMARY KEY (case_id, hash)
);

-- What a partner may not know any more and has read before: to be deleted there,
-- and the deletion to be confirmed.
CREATE TABLE deletion_duties (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id         uuid NOT NULL REFERENCES cases,
  partner_id      uuid NOT NULL REFERENCES partners,
  category        text NOT NULL,
  asked_at        timestamptz NOT NULL DEFAULT actor_now(),
  due_on          date NOT NULL,
  acknowledged_at timestamptz,
  deleted_on      date,
  acknowledged_by uuid,
  CONSTRAINT deletion_whole CHECK ((acknowledged_at IS NULL) = (deleted_on IS NULL) AND (acknowledged_at IS NULL) = (acknowledged_by IS NULL))
);
CREATE UNIQUE INDEX deletion_duties_one_open ON deletion_duties (case_id, partner_id, category) WHERE acknowledged_at IS NULL;
CREATE INDEX deletion_duties_due ON deletion_duties (due_on) WHERE acknowledged_at IS NULL;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['handoff_readings','handoff_contents','deletion_duties'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY caseworkers ON %I USING (sees_case(case_id))', t);
  END LOOP;
END $$;
-- A partner sees what it owes also when the case is its no longer.
CREATE POLICY partner ON deletion_duties FOR SELECT USING (actor_role() = 'partner' AND partner_id = actor_partner());
CREATE POLICY partner_confirms ON deletion_duties FOR UPDATE USING (actor_role() = 'partner' AND partner_id = actor_partner())
  WITH CHECK (actor_role() = 'partner' AND partner_id = actor_partner());
GRANT SELECT, INSERT ON handoff_readings, handoff_contents TO hjemvej_app;
GRANT SELECT, INSERT, UPDATE (acknowledged_at, deleted_on, acknowledged_by) ON deletion_duties TO hjemvej_app;

CREATE FUNCTION guard_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.acknowledged_at IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN PERFORM break_rule('deletion_confirmed_once'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_deletion BEFORE UPDATE ON deletion_duties FOR EACH ROW EXECUTE FUNCTION guard_deletion();

-- What opens the sealed parts that a partner may have, without the identity, which
-- is a consent of its own.
CREATE FUNCTION key_of_shared(c uuid) RETURNS TABLE (id uuid, wrapped_key bytea) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN QUERY SELECT p.id, p.wrapped_key FROM persons p JOIN cases k ON k.person_id = p.id WHERE k.id = c
    AND (consented(c, 'identity') OR consented(c, 'contact') OR consented(c, 'family') OR consented(c, 'health') OR consented(c, 'housing_and_livelihood'));
END $$;
CREATE POLICY partner_family ON identity_parts FOR SELECT USING (kind = 'family_member' AND shares_person(person_id, 'family'));
CREATE POLICY partner_needs ON assessment_versions FOR SELECT USING (kind = 'needs' AND result IS NOT NULL
  AND (consented(case_id, 'health') OR consented(case_id, 'family') OR consented(case_id, 'housing_and_livelihood')));

-- The code of the case that a duty is about, for the partner that owes it: it was
-- told the code before.
CREATE FUNCTION code_of_duty(d uuid) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN (SELECT c.code FROM deletion_duties x JOIN cases c ON c.id = x.case_id WHERE x.id = d
    AND (sees_case(c.id) OR actor_role() = 'partner' AND x.partner_id = actor_partner()));
END $$;
