-- Why: what a partner proves is compared with its own account statement, line by
-- line (R26, R28): what is found there is settled. A partner learns nothing of
-- another's payments by naming them.

CREATE TABLE partner_statements (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  partner_id   uuid NOT NULL REFERENCES partners,
  reference    text NOT NULL,                   -- the statement's own number
  from_on      date NOT NULL,
  until_on     date NOT NULL,
  currency     char(3) NOT NULL,
  opening      numeric(18,4),
  closing      numeric(18,4),
  content      bytea NOT NULL,                  -- SHA-256: whether the same is submitted again
  submitted_by uuid NOT NULL DEFAULT actor_id(),
  submitted_at timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT partner_statement_once UNIQUE (partner_id, reference),
  CONSTRAINT partner_statement_whose UNIQUE (id, partner_id),
  CONSTRAINT partner_statement_days CHECK (from_on <= until_on)
);

-- What the partner wrote, as it wrote it: no key leads from here to a payment.
CREATE TABLE statement_lines (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  statement_id uuid NOT NULL,
  partner_id   uuid NOT NULL,
  n            int NOT NULL CHECK (n > 0),
  paid_on      date NOT NULL,
  amount       numeric(18,4) NOT NULL CHECK (amount > 0), -- in the statement's currency
  payment      uuid,
  case_code    text,
  line_key     text,
  reference    text,
  reason       text CHECK (reason IN ('unknown','amount_differs','already_settled','not_proven','too_far_apart')), -- when it was submitted; null: it matched
  differs_by   numeric(18,4),                   -- what is proven and not settled, less the line
  CONSTRAINT statement_line_once UNIQUE (statement_id, n),
  CONSTRAINT statement_line_whose FOREIGN KEY (statement_id, partner_id) REFERENCES partner_statements (id, partner_id)
);

CREATE TABLE statement_matches (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  line_id     uuid NOT NULL REFERENCES statement_lines,
  case_id     uuid NOT NULL REFERENCES cases,
  payment_id  uuid NOT NULL REFERENCES payments,
  line_amount numeric(18,4) NOT NULL CHECK (line_amount > 0), -- in the statement's currency
  amount      numeric(18,4) NOT NULL CHECK (amount > 0),      -- in the payment's
  dkk         numeric(14,2) NOT NULL CHECK (dkk >= 0),
  note        text NOT NULL DEFAULT '',         -- why they differ
  matched_by  uuid NOT NULL DEFAULT actor_id(),
  matched_at  timestamptz NOT NULL DEFAULT actor_now()
);
CREATE INDEX statement_matches_line ON statement_matches (line_id);
CREATE INDEX statement_matches_payment ON statement_matches (payment_id);
CREATE INDEX statement_matches_case ON statement_matches (case_id);

-- A match settles what is proven of a payment that the partner gives, under the
-- locks of both, and never more than either says.
CREATE FUNCTION settle_match() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE l statement_lines; p payments; statement_currency text;
BEGIN
  SELECT * INTO l FROM statement_lines WHERE id = NEW.line_id FOR UPDATE;
  SELECT * INTO p FROM payments WHERE id = NEW.payment_id FOR UPDATE;
  SELECT currency INTO statement_currency FROM partner_statements WHERE id = l.statement_id;
  IF NEW.case_id <> p.case_id OR NOT EXISTS (SELECT FROM budget_lines WHERE id = p.line_id AND partner_id = l.partner_id) THEN
    PERFORM break_rule('statement_match_of_the_giver');
  END IF;
  IF p.state NOT IN ('sent','received') OR NEW.amount > p.proven_amount - p.settled_amount THEN PERFORM break_rule('statement_match_of_what_is_proven'); END IF;
  IF statement_currency = p.currency AND NEW.line_amount <> NEW.amount
     OR NEW.dkk <> part_in_dkk(NEW.amount, p.proven_amount - p.settled_amount, p.proven_dkk - p.settled_dkk, p.rate) THEN
    PERFORM break_rule('statement_match_counts');
  END IF;
  IF (SELECT sum(line_amount) FROM statement_matches WHERE line_id = l.id) > l.amount THEN PERFORM break_rule('statement_line_sum'); END IF;
  UPDATE payments SET settled_amount = settled_amount + NEW.amount, settled_dkk = settled_dkk + NEW.dkk, version = version + 1 WHERE id = p.id;
  RETURN NULL;
END $$;
CREATE TRIGGER settle_match AFTER INSERT ON statement_matches FOR EACH ROW EXECUTE FUNCTION settle_match();
CREATE TRIGGER joined BEFORE INSERT ON statement_matches FOR EACH ROW EXECUTE FUNCTION refuse_joined();

ALTER TABLE partner_statements ENABLE ROW LEVEL SECURITY;
CREATE POLICY finance ON partner_statements USING (actor_role() IN ('finance','system'));
CREATE POLICY partner ON partner_statements USING (actor_role() = 'partner' AND partner_id = actor_partner());
ALTER TABLE statement_lines ENABLE ROW LEVEL SECURITY;
CREATE POLICY finance ON statement_lines USING (actor_role() IN ('finance','system'));
CREATE POLICY partner ON statement_lines USING (actor_role() = 'partner' AND partner_id = actor_partner());
ALTER TABLE statement_matches ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON statement_matches FOR SELECT USING (sees_case(case_id));
CREATE POLICY finance ON statement_matches USING (actor_role() IN ('finance','system'));
CREATE POLICY partner ON statement_matches FOR SELECT USING (consented(case_id, 'support_and_payments')
  AND EXISTS (SELECT FROM statement_lines l WHERE l.id = line_id AND l.partner_id = actor_partner()));
-- Who submitted and who matched is never said by the program: it is the actor.
GRANT SELECT, INSERT (partner_id, reference, from_on, until_on, currency, opening, closing, content) ON partner_statements TO hjemvej_app;
GRANT SELECT, INSERT (statement_id, partner_id, n, paid_on, amount, payment, case_code, line_key, reference, reason, differs_by) ON statement_lines TO hjemvej_app;
GRANT SELECT, INSERT (line_id, case_id, payment_id, line_amount, amount, dkk, note) ON statement_matches TO hjemvej_app;
