-- Why: money. Sums are held by row locks and constraints (R25), four eyes by
-- the table itself (R26), the window by a trigger (R23).

CREATE TABLE case_budgets (
  case_id     uuid PRIMARY KEY REFERENCES cases,
  programme_id uuid NOT NULL REFERENCES programmes,
  ceiling_dkk numeric(14,2) NOT NULL CHECK (ceiling_dkk >= 0),
  lines_dkk   numeric(14,2) NOT NULL DEFAULT 0,
  CONSTRAINT person_ceiling CHECK (lines_dkk BETWEEN 0 AND ceiling_dkk)
);

CREATE TABLE budget_lines (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id       uuid NOT NULL REFERENCES case_budgets (case_id),
  key           text NOT NULL,                  -- the line's name within the plan
  category      text NOT NULL CHECK (category IN ('housing','small_business','education','pocket_money','food',
                  'school_fees','medical','psychosocial','security','other')),
  form          text NOT NULL CHECK (form IN ('in_kind','cash','mixed')),
  purpose       text NOT NULL,
  partner_id    uuid NOT NULL REFERENCES partners,
  approved_dkk  numeric(14,2) NOT NULL,
  committed_dkk numeric(14,2) NOT NULL DEFAULT 0, -- payments planned, authorised, sent or received
  due_on        date,
  told_on       date,                           -- R14: when the person was told
  plan_version_id uuid NOT NULL REFERENCES plan_versions,
  CONSTRAINT budget_line_key UNIQUE (case_id, key),
  CONSTRAINT budget_line_sum CHECK (committed_dkk BETWEEN 0 AND approved_dkk)
);

CREATE FUNCTION add_up_lines() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE delta numeric := NEW.approved_dkk - CASE TG_OP WHEN 'UPDATE' THEN OLD.approved_dkk ELSE 0 END;
BEGIN
  IF delta <> 0 THEN
    UPDATE case_budgets SET lines_dkk = lines_dkk + delta WHERE case_id = NEW.case_id;
    UPDATE programmes p SET allotted_dkk = allotted_dkk + delta FROM case_budgets b WHERE b.case_id = NEW.case_id AND p.id = b.programme_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER add_up_lines AFTER INSERT OR UPDATE ON budget_lines FOR EACH ROW EXECUTE FUNCTION add_up_lines();

-- A line exists only by the newest approved plan, and never above what that plan
-- says: raising it takes another person (R25).
CREATE FUNCTION guard_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE newest plan_versions; promised numeric;
BEGIN
  -- Another giver is another line: what was paid stays with who gave it (R21).
  IF TG_OP = 'UPDATE' AND NEW.partner_id <> OLD.partner_id AND EXISTS (SELECT FROM payments WHERE line_id = OLD.id) THEN
    PERFORM break_rule('budget_line_giver');
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.approved_dkk = OLD.approved_dkk THEN RETURN NEW; END IF;
  SELECT v.* INTO newest FROM plan_versions v JOIN plan_approvals a ON a.plan_version_id = v.id
    WHERE v.case_id = NEW.case_id AND v.kind = 'reintegration' AND a.approved_by IS NOT NULL ORDER BY v.version DESC LIMIT 1;
  SELECT coalesce(sum((l->'amount'->>'amount')::numeric), 0) INTO promised
    FROM jsonb_array_elements(newest.content::jsonb->'lines') l WHERE l->>'key' = NEW.key;
  IF NEW.plan_version_id IS DISTINCT FROM newest.id OR NEW.approved_dkk > promised THEN
    PERFORM break_rule('budget_line_from_approved_plan');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_line BEFORE INSERT OR UPDATE ON budget_lines FOR EACH ROW EXECUTE FUNCTION guard_line();

CREATE TABLE payees (                           -- R27
  case_id     uuid PRIMARY KEY REFERENCES cases,
  sealed_account bytea NOT NULL,
  edited_by   uuid NOT NULL,
  edited_at   timestamptz NOT NULL DEFAULT actor_now(),
  verified_by uuid,
  verified_at timestamptz,
  verified_over text CHECK (verified_over IN ('call','visit','through_partner','video')),
  version     int NOT NULL DEFAULT 1,
  CONSTRAINT payee_verified_by_another CHECK (verified_by <> edited_by)
);
CREATE FUNCTION guard_payee() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.sealed_account <> OLD.sealed_account THEN
    IF NEW.edited_by IS DISTINCT FROM actor_id() THEN PERFORM break_rule('payee_edited_by_the_actor'); END IF;
    -- R27: an account that is new or changed is not verified.
    NEW.verified_by := NULL; NEW.verified_at := NULL; NEW.verified_over := NULL;
    RETURN NEW;
  END IF;
  IF NEW.edited_by <> OLD.edited_by THEN PERFORM break_rule('payee_edited_by_the_actor'); END IF;
  IF NEW.verified_by IS DISTINCT FROM OLD.verified_by AND NEW.verified_by IS DISTINCT FROM actor_id() THEN
    PERFORM break_rule('payee_verified_by_the_actor');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_payee BEFORE INSERT OR UPDATE ON payees FOR EACH ROW EXECUTE FUNCTION guard_payee();

CREATE TABLE payments (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id       uuid NOT NULL REFERENCES cases,
  line_id       uuid NOT NULL REFERENCES budget_lines,
  state         text NOT NULL DEFAULT 'planned' CHECK (state IN
                  ('planned','authorised','sent','received','cancelled','failed','returned')),
  amount        numeric(18,4) NOT NULL CHECK (amount > 0),
  currency      char(3) NOT NULL,
  rate          numeric(18,8) NOT NULL CHECK (rate > 0),        -- DKK for one unit (R28)
  rate_on       date NOT NULL,
  dkk           numeric(14,2) NOT NULL CHECK (dkk > 0),
  form          text NOT NULL CHECK (form IN ('in_kind','cash')),
  planned_for   date NOT NULL,
  planned_by    uuid NOT NULL,
  exception_reason text,                                        -- R23
  exception_approved_by uuid,
  authorised_by uuid,
  authorised_at timestamptz,
  payee_version int,
  sent_by       uuid,
  sent_on       date,
  received_on   date,
  ended_reason  text,                                           -- of a cancelled, failed or returned payment
  version       int NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT payment_four_eyes CHECK (authorised_by <> planned_by),
  CONSTRAINT payment_exception_four_eyes CHECK (exception_approved_by <> planned_by),
  CONSTRAINT payment_authorised_whole CHECK (state IN ('planned','cancelled') OR authorised_by IS NOT NULL),
  CONSTRAINT payment_sent_whole CHECK (state NOT IN ('sent','received') OR sent_on IS NOT NULL),
  CONSTRAINT payment_rate_of_dkk CHECK (currency <> 'DKK' OR rate = 1),
  -- One minor unit of slack: the program rounds in the currency's own decimals.
  CONSTRAINT payment_dkk_at_rate CHECK (abs(dkk - amount * rate) <= 0.01)
);
CREATE INDEX payments_case ON payments (case_id, id);
CREATE INDEX payments_line ON payments (line_id);
CREATE INDEX payments_state ON payments (state, id);

CREATE TABLE receipts (                         -- R26: received needs one
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id     uuid NOT NULL REFERENCES cases,
  payment_id  uuid NOT NULL REFERENCES payments,
  kind        text NOT NULL CHECK (kind IN ('receipt','own_confirmation')),
  received_on date NOT NULL,
  reference   text NOT NULL DEFAULT '',
  by_partner  uuid REFERENCES partners,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT actor_now()
);
CREATE INDEX receipts_payment ON receipts (payment_id);
CREATE INDEX receipts_case ON receipts (case_id);

INSERT INTO legal_moves VALUES
  ('payment','planned','authorised'), ('payment','planned','cancelled'),
  ('payment','authorised','sent'), ('payment','authorised','cancelled'), ('payment','authorised','failed'),
  ('payment','sent','received'), ('payment','sent','failed'), ('payment','sent','returned'),
  ('payment','received','returned');
CREATE TRIGGER payment_move BEFORE UPDATE OF state ON payments
  FOR EACH ROW EXECUTE FUNCTION refuse_illegal_move('payment');

CREATE FUNCTION guard_payment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE c cases; p payees;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'planned' THEN PERFORM break_rule('payment_begins_planned'); END IF;
    IF NEW.planned_by IS DISTINCT FROM actor_id() THEN PERFORM break_rule('payment_by_the_actor'); END IF;
    IF NOT EXISTS (SELECT FROM budget_lines WHERE id = NEW.line_id AND case_id = NEW.case_id) THEN PERFORM break_rule('payment_line_of_the_case'); END IF;
    SELECT * INTO c FROM cases WHERE id = NEW.case_id FOR KEY SHARE; -- waits for who closes the case
    IF c.state IN ('closed','withdrawn') THEN PERFORM break_rule('payment_case_over'); END IF;
    IF NEW.exception_reason IS NULL AND (c.arrived_on IS NULL OR NEW.planned_for NOT BETWEEN c.arrived_on AND c.last_day) THEN
      PERFORM break_rule('payment_window');
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.line_id, NEW.case_id, NEW.amount, NEW.currency, NEW.rate, NEW.rate_on, NEW.dkk, NEW.form, NEW.planned_by, NEW.planned_for, NEW.exception_reason)
     IS DISTINCT FROM (OLD.line_id, OLD.case_id, OLD.amount, OLD.currency, OLD.rate, OLD.rate_on, OLD.dkk, OLD.form, OLD.planned_by, OLD.planned_for, OLD.exception_reason) THEN
    PERFORM break_rule('payment_is_what_was_planned');
  END IF;
  IF NEW.exception_approved_by IS DISTINCT FROM OLD.exception_approved_by AND NEW.exception_approved_by IS DISTINCT FROM actor_id() THEN
    PERFORM break_rule('payment_by_the_actor');
  END IF;
  IF NEW.authorised_by IS DISTINCT FROM OLD.authorised_by AND (OLD.authorised_by IS NOT NULL OR NEW.authorised_by IS DISTINCT FROM actor_id()) THEN
    PERFORM break_rule('payment_by_the_actor');
  END IF;
  IF NEW.state <> OLD.state AND NEW.state IN ('authorised','sent') THEN
    SELECT * INTO c FROM cases WHERE id = NEW.case_id;
    IF c.state IN ('withdrawn','closed') THEN PERFORM break_rule('payment_case_over'); END IF;
    IF (c.arrived_on IS NULL OR NEW.planned_for NOT BETWEEN c.arrived_on AND c.last_day) AND NEW.exception_approved_by IS NULL THEN
      PERFORM break_rule('payment_window');
    END IF;
    IF NEW.form = 'cash' THEN                   -- in kind is bought by the giver: no account of the person's
      SELECT * INTO p FROM payees WHERE case_id = NEW.case_id FOR SHARE;
      IF p.case_id IS NULL THEN PERFORM break_rule('payment_has_payee'); END IF;
      IF p.edited_by = NEW.authorised_by THEN PERFORM break_rule('payee_editor_is_not_authoriser'); END IF;
      IF p.verified_by IS NULL THEN PERFORM break_rule('payment_on_hold'); END IF;
      NEW.payee_version := p.version;
    END IF;
  END IF;
  IF NEW.state = 'received' AND OLD.state <> 'received' AND NOT EXISTS (SELECT FROM receipts WHERE payment_id = NEW.id) THEN
    PERFORM break_rule('payment_received_needs_proof');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_payment BEFORE INSERT OR UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION guard_payment();

CREATE FUNCTION add_up_payments() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE delta numeric := 0;
BEGIN
  IF NEW.state NOT IN ('cancelled','failed','returned') THEN delta := NEW.dkk; END IF;
  IF TG_OP = 'UPDATE' AND OLD.state NOT IN ('cancelled','failed','returned') THEN delta := delta - OLD.dkk; END IF;
  IF delta <> 0 THEN
    UPDATE budget_lines SET committed_dkk = committed_dkk + delta WHERE id = NEW.line_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER add_up_payments AFTER INSERT OR UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION add_up_payments();
