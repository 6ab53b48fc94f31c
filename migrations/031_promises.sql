-- Why: what was promised must stand beside what was delivered, instalment by
-- instalment (R30). The database lays the promises from the approved plan itself,
-- so that a previous program that still runs lays them too.

ALTER TABLE budget_lines
  ADD COLUMN proof_before_next boolean NOT NULL DEFAULT false,
  ADD COLUMN child_id uuid REFERENCES identity_parts,
  ADD CONSTRAINT line_child_category CHECK (child_id IS NULL OR category = 'school_fees'); -- R24

CREATE TABLE promises (                         -- of a line, those of its plan version are what counts; earlier ones stay
  case_id    uuid NOT NULL REFERENCES cases,
  line_id    uuid NOT NULL REFERENCES budget_lines,
  plan_version_id uuid NOT NULL REFERENCES plan_versions,
  number     int NOT NULL CHECK (number >= 1),  -- by the days
  due_on     date NOT NULL,
  dkk        numeric(14,2) NOT NULL CHECK (dkk > 0),
  looked_on  date,                              -- when the sweep looked whether it was kept
  PRIMARY KEY (line_id, plan_version_id, number)
);
CREATE INDEX promises_case ON promises (case_id);
CREATE INDEX promises_pass ON promises (due_on) WHERE looked_on IS NULL;
ALTER TABLE promises ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON promises FOR SELECT USING (sees_case(case_id));
CREATE POLICY finance ON promises FOR SELECT USING (actor_role() = 'finance');
CREATE POLICY partner ON promises FOR SELECT USING (consented(case_id, 'support_and_payments')
  AND EXISTS (SELECT FROM budget_lines l WHERE l.id = line_id AND l.partner_id = actor_partner()));
CREATE POLICY sweep ON promises FOR UPDATE USING (actor_role() = 'system');
GRANT SELECT, UPDATE (looked_on) ON promises TO hjemvej_app;
CREATE TRIGGER joined BEFORE INSERT OR UPDATE ON promises FOR EACH ROW EXECUTE FUNCTION refuse_joined();

-- What the approved plan says of a line beyond its amount. A line that was left
-- out keeps what it said.
CREATE FUNCTION line_as_promised() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE said jsonb;
BEGIN
  SELECT l INTO said FROM plan_versions v, jsonb_array_elements(v.content::jsonb->'lines') l WHERE v.id = NEW.plan_version_id AND l->>'key' = NEW.key;
  IF NOT FOUND THEN RETURN NEW; END IF;
  NEW.proof_before_next := coalesce((said->>'proof_before_next')::boolean, false);
  NEW.child_id := (said->>'child_id')::uuid;
  IF NEW.child_id IS NOT NULL AND NOT EXISTS (SELECT FROM identity_parts i JOIN cases c ON c.person_id = i.person_id
      WHERE c.id = NEW.case_id AND i.id = NEW.child_id AND i.kind = 'family_member') THEN
    PERFORM break_rule('line_child');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER line_as_promised BEFORE INSERT OR UPDATE OF plan_version_id ON budget_lines FOR EACH ROW EXECUTE FUNCTION line_as_promised();

-- A line without instalments is its own one instalment.
CREATE FUNCTION lay_promises() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE said jsonb;
BEGIN
  SELECT l INTO said FROM plan_versions v, jsonb_array_elements(v.content::jsonb->'lines') l WHERE v.id = NEW.plan_version_id AND l->>'key' = NEW.key;
  IF NOT FOUND THEN RETURN NULL; END IF;
  INSERT INTO promises (case_id, line_id, plan_version_id, number, due_on, dkk)
    SELECT NEW.case_id, NEW.id, NEW.plan_version_id, i.number, (i.said->>'due_on')::date, (i.said->'amount'->>'amount')::numeric
    FROM jsonb_array_elements(coalesce(said->'instalments', jsonb_build_array(said))) WITH ORDINALITY i (said, number)
    WHERE i.said->>'due_on' <> ''
    ON CONFLICT DO NOTHING;
  IF EXISTS (SELECT FROM promises WHERE line_id = NEW.id AND plan_version_id = NEW.plan_version_id
      HAVING sum(dkk) <> (said->'amount'->>'amount')::numeric) THEN
    PERFORM break_rule('promises_of_the_line');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER lay_promises AFTER INSERT OR UPDATE OF plan_version_id ON budget_lines FOR EACH ROW EXECUTE FUNCTION lay_promises();

-- Lines from before. What passed before anybody looked is not told of any more.
INSERT INTO promises (case_id, line_id, plan_version_id, number, due_on, dkk, looked_on)
  SELECT l.case_id, l.id, l.plan_version_id, 1, l.due_on, l.approved_dkk, CASE WHEN l.due_on < current_date THEN current_date END
  FROM budget_lines l JOIN cases c ON c.id = l.case_id WHERE l.approved_dkk > 0 AND l.due_on IS NOT NULL AND c.state <> 'joined';

-- What reached a person, in one place.
CREATE VIEW deliveries WITH (security_invoker = true) AS
  SELECT p.case_id, p.line_id, p.id AS payment_id, p.form, p.received_on, p.dkk FROM payments p WHERE p.state = 'received';
GRANT SELECT ON deliveries TO hjemvej_app;

-- The same rule as the program's comparison: what was delivered on the line fills
-- its promises in their order, and half a krone for each of them is rounding.
CREATE FUNCTION promise_kept(p promises) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (SELECT coalesce(sum(d.dkk), 0) FROM deliveries d WHERE d.line_id = p.line_id)
    > (SELECT greatest(sum(q.dkk) - 0.50 * count(*), 0) FROM promises q WHERE q.line_id = p.line_id AND q.plan_version_id = p.plan_version_id AND q.number <= p.number) $$;

-- What the overview counts: no text, and no code for a manager. Both run as their
-- owner; their own condition says who may look.
CREATE VIEW promise_facts WITH (security_barrier) AS
  SELECT p.line_id, l.category, l.partner_id, CASE WHEN actor_role() <> 'manager' THEN c.code END AS code, p.number, p.due_on, p.dkk
  FROM promises p JOIN budget_lines l ON l.id = p.line_id AND l.plan_version_id = p.plan_version_id JOIN cases c ON c.id = p.case_id
  WHERE actor_role() IN ('finance', 'manager', 'system') OR actor_role() = 'team_lead' AND c.team_id = actor_team();
GRANT SELECT ON promise_facts TO hjemvej_app;
CREATE FUNCTION delivery_facts(lines uuid[]) RETURNS TABLE (line_id uuid, received_on date, dkk numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT d.line_id, d.received_on, d.dkk FROM deliveries d JOIN cases c ON c.id = d.case_id
  WHERE d.line_id = ANY(lines) AND (actor_role() IN ('finance', 'manager', 'system') OR actor_role() = 'team_lead' AND c.team_id = actor_team()) $$;

CREATE TABLE delay_reasons (                    -- why a promise is late or short, said once and never rewritten
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id     uuid NOT NULL REFERENCES cases,
  line_id     uuid NOT NULL REFERENCES budget_lines,
  number      int NOT NULL,
  due_on      date NOT NULL,                    -- the day as it was promised then
  reason      text NOT NULL CHECK (reason IN ('partner_late','bank','documents_missing','person_asked','supplier','price','other')),
  note        text NOT NULL,
  by_partner  uuid REFERENCES partners,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT delay_by_the_actor CHECK (recorded_by = actor_id())
);
CREATE INDEX delay_reasons_case ON delay_reasons (case_id);
ALTER TABLE delay_reasons ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON delay_reasons USING (sees_case(case_id));
CREATE POLICY finance ON delay_reasons USING (actor_role() = 'finance');
CREATE POLICY partner ON delay_reasons FOR SELECT USING (by_partner = actor_partner() AND consented(case_id, 'support_and_payments'));
CREATE POLICY partner_explains ON delay_reasons FOR INSERT WITH CHECK (by_partner = actor_partner()
  AND EXISTS (SELECT FROM budget_lines l WHERE l.id = line_id AND l.case_id = delay_reasons.case_id AND l.partner_id = actor_partner()));
GRANT SELECT, INSERT ON delay_reasons TO hjemvej_app;
CREATE TRIGGER joined BEFORE INSERT OR UPDATE ON delay_reasons FOR EACH ROW EXECUTE FUNCTION refuse_joined();

-- Payments that were planned together.
ALTER TABLE payments
  ADD COLUMN schedule_id uuid,
  ADD COLUMN instalment  int,
  ADD COLUMN instalments int,
  ADD CONSTRAINT payment_of_a_schedule CHECK (CASE WHEN schedule_id IS NULL THEN instalment IS NULL AND instalments IS NULL
    ELSE coalesce(instalment BETWEEN 1 AND instalments, false) END),
  ADD CONSTRAINT payment_instalment_once UNIQUE (schedule_id, instalment);

CREATE FUNCTION payment_keeps_schedule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM break_rule('payment_is_what_was_planned'); RETURN NEW; END $$;
CREATE TRIGGER payment_keeps_schedule BEFORE UPDATE ON payments FOR EACH ROW
  WHEN ((OLD.schedule_id, OLD.instalment, OLD.instalments) IS DISTINCT FROM (NEW.schedule_id, NEW.instalment, NEW.instalments))
  EXECUTE FUNCTION payment_keeps_schedule();

-- The next payment of a line that says so waits for the proof of the former one,
-- and none overtakes another. The line is held, so that two cannot be sent at once.
CREATE FUNCTION payment_after_proof() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  PERFORM FROM budget_lines WHERE id = NEW.line_id AND proof_before_next FOR NO KEY UPDATE;
  IF FOUND AND EXISTS (SELECT FROM payments p WHERE p.line_id = NEW.line_id AND p.id <> NEW.id
      AND (p.state = 'sent' OR p.state IN ('planned','authorised') AND (p.planned_for, p.id) < (NEW.planned_for, NEW.id))) THEN
    PERFORM break_rule('payment_after_proof');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payment_after_proof BEFORE UPDATE OF state ON payments FOR EACH ROW
  WHEN (NEW.state = 'sent' AND OLD.state = 'authorised') EXECUTE FUNCTION payment_after_proof();
