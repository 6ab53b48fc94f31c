-- Why: money goes out through the bank: a batch of payments is one file, and what
-- the bank answers comes back to the payments (R26). An account that changed is
-- verified over another channel than the one that brought it (R27), also a
-- partner's, which is paid for what it gives. A payment has a name of its own that
-- says nothing, for papers that leave (R11).

ALTER TABLE payees ADD COLUMN came_over text            -- NULL: from before it was asked for
  CHECK (came_over IN ('call','text','messaging_app','email','visit','through_partner','video','paper'));
ALTER TABLE payees ADD CONSTRAINT payee_verified_over_another_channel CHECK (verified_over <> came_over);

-- Over which channel an account came is said with the account, and never after.
CREATE FUNCTION guard_came_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.sealed_account = OLD.sealed_account THEN PERFORM break_rule('payee_came_over_stays'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_came_over BEFORE UPDATE ON payees FOR EACH ROW WHEN (NEW.came_over IS DISTINCT FROM OLD.came_over) EXECUTE FUNCTION guard_came_over();

-- Where a partner is paid. Sealed with the house's own key, bound to this row.
CREATE TABLE partner_accounts (
  partner_id  uuid PRIMARY KEY REFERENCES partners,
  sealed_account bytea NOT NULL,
  came_over   text NOT NULL CHECK (came_over IN ('call','text','messaging_app','email','visit','through_partner','video','paper')),
  edited_by   uuid NOT NULL,
  edited_at   timestamptz NOT NULL DEFAULT actor_now(),
  verified_by uuid,
  verified_at timestamptz,
  verified_over text CHECK (verified_over IN ('call','visit','through_partner','video')),
  version     int NOT NULL DEFAULT 1,
  CONSTRAINT payee_verified_by_another CHECK (verified_by <> edited_by),
  CONSTRAINT payee_verified_over_another_channel CHECK (verified_over <> came_over)
);
CREATE FUNCTION guard_partner_account() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.sealed_account <> OLD.sealed_account THEN
    IF NEW.edited_by IS DISTINCT FROM actor_id() THEN PERFORM break_rule('payee_edited_by_the_actor'); END IF;
    -- Whoever pays does not say where to.
    IF TG_OP = 'UPDATE' AND actor_role() = 'finance' THEN PERFORM break_rule('payee_edited_by_the_actor'); END IF;
    NEW.verified_by := NULL; NEW.verified_at := NULL; NEW.verified_over := NULL;
    RETURN NEW;
  END IF;
  IF (NEW.partner_id, NEW.edited_by, NEW.came_over) IS DISTINCT FROM (OLD.partner_id, OLD.edited_by, OLD.came_over) THEN PERFORM break_rule('payee_edited_by_the_actor'); END IF;
  IF NEW.verified_by IS DISTINCT FROM OLD.verified_by AND NEW.verified_by IS DISTINCT FROM actor_id() THEN
    PERFORM break_rule('payee_verified_by_the_actor');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_partner_account BEFORE INSERT OR UPDATE ON partner_accounts FOR EACH ROW EXECUTE FUNCTION guard_partner_account();
ALTER TABLE partner_accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY keep ON partner_accounts USING (actor_role() IN ('administrator','system'));
CREATE POLICY finance ON partner_accounts FOR SELECT USING (actor_role() = 'finance');
CREATE POLICY finance_verifies ON partner_accounts FOR UPDATE USING (actor_role() = 'finance');
GRANT SELECT, INSERT, UPDATE ON partner_accounts TO hjemvej_app;

-- Twelve characters that spell nothing: half of a random uuid's digits, without vowels.
CREATE FUNCTION new_reference() RETURNS text LANGUAGE sql VOLATILE PARALLEL SAFE AS
  $$ SELECT translate(left(replace(gen_random_uuid()::text, '-', ''), 12), '0123456789abcdef', '23456789BCDFGHJK') $$;
ALTER TABLE payments ADD COLUMN reference text NOT NULL DEFAULT new_reference();
ALTER TABLE payments ADD CONSTRAINT payment_reference UNIQUE (reference);
CREATE FUNCTION guard_reference() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM break_rule('payment_is_what_was_planned');
  RETURN NEW;
END $$;
CREATE TRIGGER guard_reference BEFORE UPDATE ON payments FOR EACH ROW WHEN (NEW.reference <> OLD.reference) EXECUTE FUNCTION guard_reference();

CREATE TABLE bank_batches (
  id          uuid PRIMARY KEY,
  number      int GENERATED ALWAYS AS IDENTITY UNIQUE,
  state       text NOT NULL DEFAULT 'made' CHECK (state IN ('made','sent','void')),
  message_id  text NOT NULL UNIQUE,
  execute_on  date NOT NULL,
  count       int NOT NULL CHECK (count > 0),
  control_sum numeric(18,4) NOT NULL CHECK (control_sum > 0),
  sealed_file bytea NOT NULL,                   -- with the house's own key: the bytes that were answered, and will be
  made_by     uuid NOT NULL DEFAULT actor_id(),
  made_at     timestamptz NOT NULL DEFAULT actor_now(),
  sent_by     uuid,
  sent_at     timestamptz,
  voided_by   uuid,
  voided_at   timestamptz,
  version     int NOT NULL DEFAULT 1,
  CONSTRAINT bank_batch_whole CHECK ((state = 'sent') = (sent_by IS NOT NULL) AND (state = 'sent') = (sent_at IS NOT NULL)
    AND (state = 'void') = (voided_by IS NOT NULL) AND (state = 'void') = (voided_at IS NOT NULL))
);
INSERT INTO legal_moves VALUES ('bank_batch','made','sent'), ('bank_batch','made','void');
CREATE TRIGGER bank_batch_move BEFORE UPDATE OF state ON bank_batches FOR EACH ROW EXECUTE FUNCTION refuse_illegal_move('bank_batch');

CREATE TABLE bank_batch_payments (
  batch_id      uuid NOT NULL REFERENCES bank_batches,
  payment_id    uuid NOT NULL REFERENCES payments,
  payee_version int NOT NULL,                   -- of the account in the file: the payee's, or the giving partner's
  live          boolean NOT NULL DEFAULT true,  -- false once the batch is void
  PRIMARY KEY (batch_id, payment_id)
);
CREATE UNIQUE INDEX payment_in_one_batch ON bank_batch_payments (payment_id) WHERE live;

CREATE FUNCTION guard_bank_batch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF NEW.sent_by IS DISTINCT FROM OLD.sent_by AND NEW.sent_by IS DISTINCT FROM actor_id()
    OR NEW.voided_by IS DISTINCT FROM OLD.voided_by AND NEW.voided_by IS DISTINCT FROM actor_id() THEN PERFORM break_rule('payment_by_the_actor'); END IF;
  IF NEW.state = 'void' THEN UPDATE bank_batch_payments SET live = false WHERE batch_id = NEW.id; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_bank_batch BEFORE UPDATE ON bank_batches FOR EACH ROW EXECUTE FUNCTION guard_bank_batch();

-- Whether the account that a file has is still the one that is verified (R27). It
-- waits for who is changing it.
CREATE FUNCTION account_stands(p payments, v int) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF p.form = 'cash' THEN
    PERFORM FROM payees y WHERE y.case_id = p.case_id AND y.version = v AND y.verified_by IS NOT NULL FOR SHARE;
  ELSE
    PERFORM FROM partner_accounts a JOIN budget_lines l ON l.partner_id = a.partner_id
      WHERE l.id = p.line_id AND a.version = v AND a.verified_by IS NOT NULL FOR SHARE OF a;
  END IF;
  RETURN FOUND;
END $$;

-- After row security has looked: what a batch may hold (R26, R27).
CREATE FUNCTION guard_batch_payment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE p payments; b bank_batches;
BEGIN
  SELECT * INTO b FROM bank_batches WHERE id = NEW.batch_id FOR SHARE;
  SELECT * INTO p FROM payments WHERE id = NEW.payment_id FOR SHARE;
  IF b.state <> 'made' OR p.state <> 'authorised' OR NOT NEW.live THEN PERFORM break_rule('payment_in_batch_authorised'); END IF;
  IF b.made_by IS DISTINCT FROM actor_id() THEN PERFORM break_rule('payment_by_the_actor'); END IF;
  IF b.made_by = p.planned_by THEN PERFORM break_rule('bank_batch_four_eyes'); END IF;
  IF NOT account_stands(p, NEW.payee_version) THEN PERFORM break_rule('payment_in_batch_account'); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER guard_batch_payment AFTER INSERT ON bank_batch_payments FOR EACH ROW EXECUTE FUNCTION guard_batch_payment();

-- A payment that lies in a file stands still until the file is known to be sent, or
-- void: it would be paid twice. And it is sent only to the account in the file.
CREATE FUNCTION guard_payment_in_batch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE batched record;
BEGIN
  SELECT b.state, x.payee_version INTO batched FROM bank_batch_payments x JOIN bank_batches b ON b.id = x.batch_id
    WHERE x.payment_id = NEW.id AND x.live FOR SHARE OF b;
  IF NOT FOUND THEN RETURN NEW; END IF;
  IF batched.state = 'made' THEN PERFORM break_rule('payment_in_batch'); END IF;
  IF NEW.state = 'sent' AND NOT account_stands(NEW, batched.payee_version) THEN PERFORM break_rule('payment_in_batch_account'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_payment_in_batch BEFORE UPDATE ON payments FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION guard_payment_in_batch();

ALTER TABLE bank_batches ENABLE ROW LEVEL SECURITY;
CREATE POLICY finance ON bank_batches USING (actor_role() IN ('finance','system'));
GRANT SELECT, INSERT (id, message_id, execute_on, count, control_sum, sealed_file),
  UPDATE (state, sent_by, sent_at, voided_by, voided_at, version) ON bank_batches TO hjemvej_app;
ALTER TABLE bank_batch_payments ENABLE ROW LEVEL SECURITY;
CREATE POLICY finance ON bank_batch_payments USING (actor_role() IN ('finance','system'));
GRANT SELECT, INSERT (batch_id, payment_id, payee_version) ON bank_batch_payments TO hjemvej_app;

-- What the bank said, once for the same bytes. Only what has the form of a
-- payment's reference is kept of the bank's own texts: other people's are in there.
CREATE TABLE bank_statements (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  message_id  text NOT NULL,
  hash        bytea NOT NULL,
  imported_by uuid NOT NULL DEFAULT actor_id(),
  imported_at timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT bank_statement_once UNIQUE (message_id, hash)
);
CREATE TABLE bank_entries (
  statement_id uuid NOT NULL REFERENCES bank_statements,
  number      int NOT NULL,                     -- its place in the statement, from 1
  reference   text NOT NULL,                    -- '' where the bank names no payment
  payment_id  uuid REFERENCES payments,
  amount      numeric(18,4) NOT NULL CHECK (amount >= 0),
  currency    char(3) NOT NULL,
  booked_on   date NOT NULL,
  back        boolean NOT NULL,                 -- the money came back
  result      text NOT NULL CHECK (result IN ('sent','confirmed','failed','returned','unmatched')),
  reason      text NOT NULL DEFAULT '',         -- of an unmatched entry, one of the program's words
  PRIMARY KEY (statement_id, number),
  CONSTRAINT bank_entry_whole CHECK ((result = 'unmatched') = (reason <> '') AND (result = 'unmatched' OR payment_id IS NOT NULL))
);
CREATE INDEX bank_entries_payment ON bank_entries (payment_id) WHERE payment_id IS NOT NULL;
ALTER TABLE bank_statements ENABLE ROW LEVEL SECURITY;
CREATE POLICY finance ON bank_statements USING (actor_role() IN ('finance','system'));
GRANT SELECT, INSERT (id, message_id, hash) ON bank_statements TO hjemvej_app;
ALTER TABLE bank_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY finance ON bank_entries USING (actor_role() IN ('finance','system'));
GRANT SELECT, INSERT ON bank_entries TO hjemvej_app;
