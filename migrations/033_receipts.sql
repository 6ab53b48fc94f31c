-- Why: receipts come late, in parts, several for one payment and one for several,
-- and in the money of the place. Each is allotted to payments to the last øre, and
-- what is missing of a payment is explained by another than who planned it. Only
-- that makes a payment received (R26, R28); no statement of the program can.

-- A version of the program before this one still writes a receipt of one payment,
-- without an amount: it is of all that is open.
ALTER TABLE receipts ALTER COLUMN payment_id DROP NOT NULL,
  ADD COLUMN amount numeric(18,4) CHECK (amount > 0),
  ADD COLUMN currency char(3),
  ADD COLUMN beyond_reason text,                -- why some of it is allotted to no payment
  ADD CONSTRAINT receipt_says_what CHECK ((amount IS NULL) = (currency IS NULL) AND (amount IS NOT NULL OR payment_id IS NOT NULL));

CREATE TABLE receipt_shares (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  receipt_id    uuid NOT NULL REFERENCES receipts,
  payment_id    uuid NOT NULL REFERENCES payments,
  case_id       uuid NOT NULL REFERENCES cases,
  amount        numeric(18,4) NOT NULL CHECK (amount > 0),        -- in the receipt's currency
  covers_amount numeric(18,4) NOT NULL CHECK (covers_amount > 0), -- in the payment's
  covers_dkk    numeric(14,2) NOT NULL CHECK (covers_dkk >= 0),
  CONSTRAINT receipt_share_once UNIQUE (receipt_id, payment_id)
);
CREATE INDEX receipt_shares_payment ON receipt_shares (payment_id);
CREATE INDEX receipt_shares_case ON receipt_shares (case_id);

CREATE TABLE payment_differences (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id      uuid NOT NULL REFERENCES cases,
  payment_id   uuid NOT NULL REFERENCES payments,
  kind         text NOT NULL CHECK (kind IN ('bank_fee','exchange','price','given_back','lost','rounding')),
  amount       numeric(18,4) NOT NULL CHECK (amount > 0),         -- in the payment's currency
  dkk          numeric(14,2) NOT NULL CHECK (dkk >= 0),
  note         text NOT NULL,
  explained_by uuid NOT NULL,
  explained_at timestamptz NOT NULL DEFAULT actor_now()
);
CREATE INDEX payment_differences_payment ON payment_differences (payment_id);
CREATE INDEX payment_differences_case ON payment_differences (case_id);

-- What was received before is proven by its receipt as a whole.
UPDATE receipts r SET amount = p.amount, currency = p.currency FROM payments p WHERE p.id = r.payment_id;
INSERT INTO receipt_shares (receipt_id, payment_id, case_id, amount, covers_amount, covers_dkk)
  SELECT DISTINCT ON (r.payment_id) r.id, r.payment_id, r.case_id, p.amount, p.amount, p.dkk FROM receipts r JOIN payments p ON p.id = r.payment_id
  ORDER BY r.payment_id, r.recorded_at, r.id;

-- What is neither proven, explained nor given back of a payment.
CREATE FUNCTION open_amount(p payments) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT p.amount - p.proven_amount - p.explained_amount - p.given_back_amount $$;
CREATE FUNCTION open_dkk(p payments) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT p.dkk - p.proven_dkk - p.explained_dkk - p.given_back_dkk $$;

-- What a part of something open counts as in DKK: at the payment's rate, and the
-- last part as all that is left. The program reckons the same.
CREATE FUNCTION part_in_dkk(part numeric, whole numeric, whole_dkk numeric, rate numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN part = whole THEN whole_dkk ELSE least(whole_dkk, round(part * rate, 2)) END $$;

-- A payment of which nothing is open any more is received where something is
-- proven. Otherwise it came to nothing: all came back, or what did not is a
-- difference for good.
CREATE FUNCTION end_accounted_payment(payment uuid) RETURNS void LANGUAGE sql AS $$
  UPDATE payments p SET
    state = CASE WHEN proven_amount > 0 THEN 'received' WHEN explained_amount > 0 THEN 'failed' ELSE 'returned' END,
    received_on = CASE WHEN proven_amount > 0 THEN
      (SELECT max(r.received_on) FROM receipt_shares s JOIN receipts r ON r.id = s.receipt_id WHERE s.payment_id = p.id) END,
    ended_reason = CASE WHEN proven_amount = 0 THEN
      (SELECT d.note FROM payment_differences d WHERE d.payment_id = p.id ORDER BY d.explained_at DESC, d.id LIMIT 1) END
  WHERE id = payment AND state = 'sent' AND open_amount(p) = 0 $$;

-- A share proves a part of a payment, under the payment's lock.
CREATE FUNCTION prove_share() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE r receipts; p payments;
BEGIN
  SELECT * INTO r FROM receipts WHERE id = NEW.receipt_id FOR UPDATE;
  SELECT * INTO p FROM payments WHERE id = NEW.payment_id FOR UPDATE;
  IF NEW.case_id <> r.case_id OR NEW.case_id <> p.case_id OR NEW.payment_id <> r.payment_id THEN PERFORM break_rule('receipt_share_of_the_case'); END IF;
  IF p.state <> 'sent' THEN PERFORM break_rule('payment_move'); END IF;
  IF NEW.covers_amount > open_amount(p) THEN PERFORM break_rule('payment_places'); END IF;
  IF r.currency = p.currency AND NEW.covers_amount <> NEW.amount
     OR NEW.covers_dkk <> part_in_dkk(NEW.covers_amount, open_amount(p), open_dkk(p), p.rate) THEN
    PERFORM break_rule('receipt_share_counts');
  END IF;
  IF (SELECT sum(amount) FROM receipt_shares WHERE receipt_id = r.id) > r.amount THEN PERFORM break_rule('receipt_sum'); END IF;
  UPDATE payments SET proven_amount = proven_amount + NEW.covers_amount, proven_dkk = proven_dkk + NEW.covers_dkk, version = version + 1 WHERE id = p.id;
  PERFORM end_accounted_payment(p.id);
  RETURN NULL;
END $$;
CREATE TRIGGER prove_share AFTER INSERT ON receipt_shares FOR EACH ROW EXECUTE FUNCTION prove_share();

CREATE FUNCTION share_whole_receipt() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE p payments;
BEGIN
  SELECT * INTO p FROM payments WHERE id = NEW.payment_id FOR UPDATE;
  IF p.state <> 'sent' THEN PERFORM break_rule('payment_move'); END IF;
  UPDATE receipts SET amount = open_amount(p), currency = p.currency WHERE id = NEW.id;
  INSERT INTO receipt_shares (receipt_id, payment_id, case_id, amount, covers_amount, covers_dkk)
  VALUES (NEW.id, p.id, p.case_id, open_amount(p), open_amount(p), open_dkk(p));
  RETURN NULL;
END $$;
CREATE TRIGGER share_whole_receipt AFTER INSERT ON receipts FOR EACH ROW WHEN (NEW.amount IS NULL) EXECUTE FUNCTION share_whole_receipt();

-- When all is said, a receipt is allotted to the last øre, or says why not; and
-- its paper is one of a payment that it proves.
CREATE FUNCTION allot_receipt() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE allotted numeric; whole numeric;
BEGIN
  SELECT sum(s.amount), max(r.amount) INTO allotted, whole FROM receipts r JOIN receipt_shares s ON s.receipt_id = r.id WHERE r.id = NEW.id;
  IF allotted IS NULL OR allotted < whole AND NEW.beyond_reason IS NULL THEN PERFORM break_rule('receipt_allotted'); END IF;
  IF NEW.file_id IS NOT NULL AND NOT EXISTS (SELECT FROM receipt_shares s JOIN files f ON f.payment_id = s.payment_id WHERE s.receipt_id = NEW.id AND f.id = NEW.file_id) THEN
    PERFORM break_rule('receipt_file');
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER allot_receipt AFTER INSERT ON receipts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION allot_receipt();

CREATE OR REPLACE FUNCTION guard_receipt_file() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  PERFORM FROM files f WHERE f.id = NEW.file_id AND f.case_id = NEW.case_id AND f.payment_id = coalesce(NEW.payment_id, f.payment_id) AND f.removed_at IS NULL
    AND (NEW.by_partner IS NULL OR f.by_partner = NEW.by_partner) FOR SHARE; -- waits for who removes it
  IF NOT FOUND THEN PERFORM break_rule('receipt_file'); END IF;
  RETURN NEW;
END $$;

-- What was given back is free on the line again; every other difference is not
-- proven and will not be. Whoever planned the payment does not explain it.
CREATE FUNCTION explain_difference() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE p payments; back boolean := NEW.kind = 'given_back';
BEGIN
  SELECT * INTO p FROM payments WHERE id = NEW.payment_id FOR UPDATE;
  IF NEW.case_id <> p.case_id THEN PERFORM break_rule('difference_of_the_case'); END IF;
  IF NEW.explained_by IS DISTINCT FROM actor_id() OR NEW.explained_by = p.planned_by THEN PERFORM break_rule('difference_four_eyes'); END IF;
  IF p.state <> 'sent' THEN PERFORM break_rule('payment_move'); END IF;
  IF NEW.amount > open_amount(p) THEN PERFORM break_rule('payment_places'); END IF;
  IF NEW.dkk <> part_in_dkk(NEW.amount, open_amount(p), open_dkk(p), p.rate) THEN PERFORM break_rule('difference_counts'); END IF;
  UPDATE payments SET
    given_back_amount = given_back_amount + CASE WHEN back THEN NEW.amount ELSE 0 END, given_back_dkk = given_back_dkk + CASE WHEN back THEN NEW.dkk ELSE 0 END,
    explained_amount = explained_amount + CASE WHEN back THEN 0 ELSE NEW.amount END, explained_dkk = explained_dkk + CASE WHEN back THEN 0 ELSE NEW.dkk END,
    version = version + 1 WHERE id = p.id;
  PERFORM end_accounted_payment(p.id);
  RETURN NULL;
END $$;
CREATE TRIGGER explain_difference AFTER INSERT ON payment_differences FOR EACH ROW EXECUTE FUNCTION explain_difference();

-- Proof comes from shares alone now.
DROP TRIGGER prove_payment ON payments;
DROP FUNCTION prove_payment();

-- What was explained of a payment that failed stays a difference: that money is
-- not on the line again.
CREATE OR REPLACE FUNCTION payment_in_dkk(p payments) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p.state IN ('planned','authorised') THEN ARRAY[0, p.dkk, 0, 0, 0, 0]
    WHEN p.state IN ('sent','received') THEN ARRAY[p.given_back_dkk, 0, open_dkk(p), p.proven_dkk - p.settled_dkk, p.settled_dkk, p.explained_dkk]
    WHEN p.state = 'failed' THEN ARRAY[p.dkk - p.explained_dkk, 0, 0, 0, 0, p.explained_dkk]
    ELSE ARRAY[p.dkk, 0, 0, 0, 0, 0] END $$;
CREATE OR REPLACE FUNCTION payment_in_currency(p payments) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p.state IN ('planned','authorised') THEN ARRAY[0, p.amount, 0, 0, 0, 0]
    WHEN p.state IN ('sent','received') THEN ARRAY[p.given_back_amount, 0, open_amount(p), p.proven_amount - p.settled_amount, p.settled_amount, p.explained_amount]
    WHEN p.state = 'failed' THEN ARRAY[p.amount - p.explained_amount, 0, 0, 0, 0, p.explained_amount]
    ELSE ARRAY[p.amount, 0, 0, 0, 0, 0] END $$;

-- Received is what is proven or explained to the last øre, and what is proven in
-- part did not fail.
CREATE OR REPLACE FUNCTION guard_payment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
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
  IF NEW.state = 'received' AND OLD.state <> 'received' AND (NEW.proven_amount = 0 OR open_amount(NEW) <> 0 OR open_dkk(NEW) <> 0) THEN
    PERFORM break_rule('payment_received_needs_proof');
  END IF;
  IF NEW.state = 'failed' AND OLD.state = 'sent' AND NEW.proven_amount > 0 THEN PERFORM break_rule('payment_failed_is_not_proven'); END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER joined BEFORE INSERT ON receipt_shares FOR EACH ROW EXECUTE FUNCTION refuse_joined();
CREATE TRIGGER joined BEFORE INSERT ON payment_differences FOR EACH ROW EXECUTE FUNCTION refuse_joined();

ALTER TABLE receipt_shares ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON receipt_shares USING (sees_case(case_id));
CREATE POLICY finance ON receipt_shares USING (actor_role() = 'finance');
CREATE POLICY partner ON receipt_shares FOR SELECT USING (handed(case_id)
  AND EXISTS (SELECT FROM receipts r WHERE r.id = receipt_id AND r.by_partner = actor_partner()));
ALTER TABLE payment_differences ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON payment_differences FOR SELECT USING (sees_case(case_id));
CREATE POLICY finance ON payment_differences USING (actor_role() = 'finance');
GRANT SELECT, INSERT ON receipt_shares, payment_differences TO hjemvej_app;
