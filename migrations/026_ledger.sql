-- Why: every øre of a programme lies at one place of the chain (free in the
-- programme, free on a line, committed, sent, proven, settled, or a difference
-- that was explained), and moves only by a posting that nobody changes (R25, R28).
-- Triggers post, so that no path through the program can forget to.

ALTER TABLE programmes ADD COLUMN year int CHECK (year BETWEEN 2000 AND 2200);

-- Of a sent payment: how much of it is where. The rest was sent and is not proven.
-- Each is kept in the currency paid and in the DKK that it counts as.
ALTER TABLE payments
  ADD COLUMN proven_amount numeric(18,4) NOT NULL DEFAULT 0, ADD COLUMN proven_dkk numeric(14,2) NOT NULL DEFAULT 0,
  ADD COLUMN settled_amount numeric(18,4) NOT NULL DEFAULT 0, ADD COLUMN settled_dkk numeric(14,2) NOT NULL DEFAULT 0, -- of what is proven
  ADD COLUMN explained_amount numeric(18,4) NOT NULL DEFAULT 0, ADD COLUMN explained_dkk numeric(14,2) NOT NULL DEFAULT 0,
  ADD COLUMN given_back_amount numeric(18,4) NOT NULL DEFAULT 0, ADD COLUMN given_back_dkk numeric(14,2) NOT NULL DEFAULT 0;
UPDATE payments SET proven_amount = amount, proven_dkk = dkk WHERE state = 'received';
ALTER TABLE payments
  ADD CONSTRAINT payment_places CHECK (proven_dkk >= 0 AND explained_dkk >= 0 AND given_back_dkk >= 0 AND settled_dkk BETWEEN 0 AND proven_dkk
    AND proven_dkk + explained_dkk + given_back_dkk <= dkk),
  ADD CONSTRAINT payment_places_amount CHECK (proven_amount >= 0 AND explained_amount >= 0 AND given_back_amount >= 0 AND settled_amount BETWEEN 0 AND proven_amount
    AND proven_amount + explained_amount + given_back_amount <= amount);

-- What may change in a payment; what is proven is kept by triggers.
REVOKE UPDATE ON payments FROM hjemvej_app;
GRANT UPDATE (state, exception_approved_by, authorised_by, authorised_at, payee_version, sent_by, sent_on, received_on, ended_reason, version) ON payments TO hjemvej_app;

-- Of the money on a line: how much of it is where. committed_dkk is all that
-- counts against the line; what is neither sent, proven, settled nor explained of
-- it is committed and has not gone out.
ALTER TABLE budget_lines
  ADD COLUMN sent_dkk numeric(14,2) NOT NULL DEFAULT 0,
  ADD COLUMN proven_dkk numeric(14,2) NOT NULL DEFAULT 0,
  ADD COLUMN settled_dkk numeric(14,2) NOT NULL DEFAULT 0,
  ADD COLUMN difference_dkk numeric(14,2) NOT NULL DEFAULT 0;

-- One posting takes an amount from one place and puts it to another: both sides
-- in one row, so that no posting can be out of balance.
CREATE TABLE postings (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  posted_at    timestamptz NOT NULL DEFAULT actor_now(),
  posted_by    uuid,                            -- null for what stood before postings were kept
  programme_id uuid NOT NULL REFERENCES programmes,
  case_id      uuid REFERENCES cases,
  line_id      uuid REFERENCES budget_lines,
  payment_id   uuid REFERENCES payments,
  taken_from   text NOT NULL,
  put_to       text NOT NULL,
  dkk          numeric(14,2) NOT NULL CHECK (dkk > 0),
  amount       numeric(18,4) NOT NULL CHECK (amount >= 0), -- in the original currency (R28)
  currency     char(3) NOT NULL,
  rate         numeric(18,8) NOT NULL,
  rate_on      date,                            -- null for DKK
  CONSTRAINT posting_places CHECK ((taken_from, put_to) IN (
    ('granted','programme'), ('programme','granted'), ('programme','line'), ('line','programme'),
    ('line','committed'), ('committed','line'), ('committed','sent'),
    ('sent','line'), ('sent','proven'), ('proven','sent'), ('sent','difference'), ('difference','sent'),
    ('proven','settled'), ('settled','proven'), ('proven','line'), ('settled','line'), ('difference','line'))),
  CONSTRAINT posting_of_a_line CHECK ((line_id IS NULL) = ('granted' IN (taken_from, put_to)) AND (line_id IS NULL) = (case_id IS NULL)),
  CONSTRAINT posting_of_a_payment CHECK ((payment_id IS NULL) = ('programme' IN (taken_from, put_to)))
);
CREATE INDEX postings_case ON postings (case_id, id);
CREATE INDEX postings_payment ON postings (payment_id) WHERE payment_id IS NOT NULL;

CREATE FUNCTION refuse_change_of_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM break_rule('posting_is_final'); RETURN NULL; END $$;
CREATE TRIGGER final BEFORE UPDATE OR DELETE OR TRUNCATE ON postings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_posting();

ALTER TABLE postings ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON postings FOR SELECT USING (sees_case(case_id));
CREATE POLICY finance ON postings FOR SELECT USING (actor_role() = 'finance');
GRANT SELECT ON postings TO hjemvej_app;

-- Where a payment's money is: on its line, committed, sent, proven, settled, or a
-- difference that was explained.
CREATE FUNCTION payment_in_dkk(p payments) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p.state IN ('planned','authorised') THEN ARRAY[0, p.dkk, 0, 0, 0, 0]
    WHEN p.state IN ('sent','received') THEN ARRAY[p.given_back_dkk, 0, p.dkk - p.given_back_dkk - p.proven_dkk - p.explained_dkk,
      p.proven_dkk - p.settled_dkk, p.settled_dkk, p.explained_dkk]
    ELSE ARRAY[p.dkk, 0, 0, 0, 0, 0] END $$;
CREATE FUNCTION payment_in_currency(p payments) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p.state IN ('planned','authorised') THEN ARRAY[0, p.amount, 0, 0, 0, 0]
    WHEN p.state IN ('sent','received') THEN ARRAY[p.given_back_amount, 0, p.amount - p.given_back_amount - p.proven_amount - p.explained_amount,
      p.proven_amount - p.settled_amount, p.settled_amount, p.explained_amount]
    ELSE ARRAY[p.amount, 0, 0, 0, 0, 0] END $$;

-- What is received is proven to the last øre.
CREATE FUNCTION prove_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = 'received' AND OLD.state <> 'received' THEN
    NEW.proven_dkk := NEW.dkk - NEW.explained_dkk - NEW.given_back_dkk;
    NEW.proven_amount := NEW.amount - NEW.explained_amount - NEW.given_back_amount;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER prove_payment BEFORE UPDATE OF state ON payments FOR EACH ROW EXECUTE FUNCTION prove_payment();

-- A change of a payment moves its money between the places of its line, under the
-- line's row lock: out of one place, or into one.
CREATE FUNCTION post_payment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
  places  text[] := ARRAY['line','committed','sent','proven','settled','difference'];
  was     numeric[] := ARRAY[NEW.dkk, 0, 0, 0, 0, 0];
  was_cur numeric[] := ARRAY[NEW.amount, 0, 0, 0, 0, 0];
  now_dkk numeric[] := payment_in_dkk(NEW);
  now_cur numeric[] := payment_in_currency(NEW);
  moved numeric[]; moved_cur numeric[]; falls int := 0; rises int := 0; pivot int; programme uuid;
BEGIN
  IF TG_OP = 'UPDATE' THEN was := payment_in_dkk(OLD); was_cur := payment_in_currency(OLD); END IF;
  IF was = now_dkk THEN RETURN NULL; END IF;
  FOR i IN 1..6 LOOP
    moved[i] := now_dkk[i] - was[i]; moved_cur[i] := now_cur[i] - was_cur[i];
    IF moved[i] < 0 THEN falls := falls + 1; ELSIF moved[i] > 0 THEN rises := rises + 1; END IF;
  END LOOP;
  UPDATE budget_lines SET committed_dkk = committed_dkk - moved[1], sent_dkk = sent_dkk + moved[3], proven_dkk = proven_dkk + moved[4],
    settled_dkk = settled_dkk + moved[5], difference_dkk = difference_dkk + moved[6] WHERE id = NEW.line_id;
  SELECT b.programme_id INTO programme FROM case_budgets b WHERE b.case_id = NEW.case_id;
  FOR i IN 1..6 LOOP
    IF falls = 1 AND moved[i] < 0 OR falls > 1 AND rises = 1 AND moved[i] > 0 THEN pivot := i; END IF;
  END LOOP;
  IF pivot IS NULL THEN PERFORM break_rule('posting_places'); END IF;
  FOR i IN 1..6 LOOP
    IF i <> pivot AND moved[i] <> 0 THEN
      INSERT INTO postings (posted_by, programme_id, case_id, line_id, payment_id, taken_from, put_to, dkk, amount, currency, rate, rate_on)
      VALUES (actor_id(), programme, NEW.case_id, NEW.line_id, NEW.id, places[CASE WHEN falls = 1 THEN pivot ELSE i END], places[CASE WHEN falls = 1 THEN i ELSE pivot END],
        abs(moved[i]), abs(moved_cur[i]), NEW.currency, NEW.rate, CASE WHEN NEW.currency <> 'DKK' THEN NEW.rate_on END);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
DROP TRIGGER add_up_payments ON payments;
DROP FUNCTION add_up_payments();
CREATE TRIGGER post_payment AFTER INSERT OR UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION post_payment();

CREATE OR REPLACE FUNCTION add_up_lines() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE delta numeric := NEW.approved_dkk; programme uuid;
BEGIN
  IF TG_OP = 'UPDATE' THEN delta := delta - OLD.approved_dkk; END IF;
  IF delta = 0 THEN RETURN NULL; END IF;
  UPDATE case_budgets SET lines_dkk = lines_dkk + delta WHERE case_id = NEW.case_id RETURNING programme_id INTO programme;
  UPDATE programmes SET allotted_dkk = allotted_dkk + delta WHERE id = programme;
  INSERT INTO postings (posted_by, programme_id, case_id, line_id, taken_from, put_to, dkk, amount, currency, rate)
  VALUES (actor_id(), programme, NEW.case_id, NEW.id, CASE WHEN delta > 0 THEN 'programme' ELSE 'line' END, CASE WHEN delta > 0 THEN 'line' ELSE 'programme' END,
    abs(delta), abs(delta), 'DKK', 1);
  RETURN NULL;
END $$;
-- Payments move a line's sums; only another approved amount or another plan asks
-- the plan, and only another amount moves the programme's money.
DROP TRIGGER add_up_lines ON budget_lines;
CREATE TRIGGER add_up_lines AFTER INSERT OR UPDATE OF approved_dkk ON budget_lines FOR EACH ROW EXECUTE FUNCTION add_up_lines();
DROP TRIGGER guard_line ON budget_lines;
CREATE TRIGGER guard_line BEFORE INSERT OR UPDATE OF approved_dkk, partner_id, plan_version_id, key, case_id ON budget_lines FOR EACH ROW EXECUTE FUNCTION guard_line();

CREATE FUNCTION post_ceiling() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE delta numeric := NEW.ceiling_dkk;
BEGIN
  IF TG_OP = 'UPDATE' THEN delta := delta - OLD.ceiling_dkk; END IF;
  IF delta <> 0 THEN
    INSERT INTO postings (posted_by, programme_id, taken_from, put_to, dkk, amount, currency, rate)
    VALUES (actor_id(), NEW.id, CASE WHEN delta > 0 THEN 'granted' ELSE 'programme' END, CASE WHEN delta > 0 THEN 'programme' ELSE 'granted' END,
      abs(delta), abs(delta), 'DKK', 1);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER post_ceiling AFTER INSERT OR UPDATE OF ceiling_dkk ON programmes FOR EACH ROW EXECUTE FUNCTION post_ceiling();

-- What stands already is posted once, so that the books begin whole.
INSERT INTO postings (programme_id, taken_from, put_to, dkk, amount, currency, rate)
  SELECT id, 'granted', 'programme', ceiling_dkk, ceiling_dkk, 'DKK', 1 FROM programmes WHERE ceiling_dkk > 0;
INSERT INTO postings (programme_id, case_id, line_id, taken_from, put_to, dkk, amount, currency, rate)
  SELECT b.programme_id, l.case_id, l.id, 'programme', 'line', l.approved_dkk, l.approved_dkk, 'DKK', 1
  FROM budget_lines l JOIN case_budgets b USING (case_id) WHERE l.approved_dkk > 0;
INSERT INTO postings (programme_id, case_id, line_id, payment_id, taken_from, put_to, dkk, amount, currency, rate, rate_on)
  SELECT b.programme_id, p.case_id, p.line_id, p.id, step.taken_from, step.put_to, p.dkk, p.amount, p.currency, p.rate, CASE WHEN p.currency <> 'DKK' THEN p.rate_on END
  FROM payments p JOIN case_budgets b USING (case_id)
  JOIN (VALUES (1,'line','committed'), (2,'committed','sent'), (3,'sent','proven')) AS step(n, taken_from, put_to)
    ON step.n <= CASE p.state WHEN 'planned' THEN 1 WHEN 'authorised' THEN 1 WHEN 'sent' THEN 2 WHEN 'received' THEN 3 ELSE 0 END
  ORDER BY p.created_at, p.id, step.n;
UPDATE budget_lines l SET sent_dkk = s.sent, proven_dkk = s.proven FROM (
  SELECT line_id, coalesce(sum(dkk) FILTER (WHERE state = 'sent'), 0) AS sent, coalesce(sum(dkk) FILTER (WHERE state = 'received'), 0) AS proven FROM payments GROUP BY line_id) s
  WHERE s.line_id = l.id;
ALTER TABLE budget_lines ADD CONSTRAINT budget_line_places CHECK (sent_dkk >= 0 AND proven_dkk >= 0 AND settled_dkk >= 0 AND difference_dkk >= 0
  AND sent_dkk + proven_dkk + settled_dkk + difference_dkk <= committed_dkk);

-- What was promised, committed, paid and proven at any moment, by programme and
-- category: sums of lines, never of postings, and nobody's case.
CREATE VIEW trial_balance WITH (security_barrier) AS
  SELECT p.id AS programme_id, p.name AS programme, p.year, p.ceiling_dkk, p.allotted_dkk, l.category,
    coalesce(sum(l.approved_dkk), 0) AS promised, coalesce(sum(l.approved_dkk - l.committed_dkk), 0) AS line,
    coalesce(sum(l.committed_dkk - l.sent_dkk - l.proven_dkk - l.settled_dkk - l.difference_dkk), 0) AS committed,
    coalesce(sum(l.sent_dkk), 0) AS sent, coalesce(sum(l.proven_dkk), 0) AS proven, coalesce(sum(l.settled_dkk), 0) AS settled,
    coalesce(sum(l.difference_dkk), 0) AS difference
  FROM programmes p LEFT JOIN case_budgets b ON b.programme_id = p.id LEFT JOIN budget_lines l ON l.case_id = b.case_id
  WHERE actor_role() IN ('finance','manager','administrator','system')
  GROUP BY p.id, l.category;
GRANT SELECT ON trial_balance TO hjemvej_app;

-- The books against themselves: what the postings say that stands at each place of
-- each line, beside what the line says and what its payments say. For operations
-- alone: it reads every posting.
CREATE VIEW ledger_faults WITH (security_barrier) AS
  WITH moves AS (
    SELECT programme_id, line_id, put_to AS place, dkk FROM postings
    UNION ALL SELECT programme_id, line_id, taken_from, -dkk FROM postings),
  posted AS (SELECT line_id, place, sum(dkk) AS dkk FROM moves WHERE line_id IS NOT NULL AND place <> 'programme' GROUP BY line_id, place),
  kept AS (
    SELECT l.id AS line_id, k.place, k.dkk FROM budget_lines l, LATERAL (VALUES
      ('line', l.approved_dkk - l.committed_dkk),
      ('committed', l.committed_dkk - l.sent_dkk - l.proven_dkk - l.settled_dkk - l.difference_dkk),
      ('sent', l.sent_dkk), ('proven', l.proven_dkk), ('settled', l.settled_dkk), ('difference', l.difference_dkk)) AS k(place, dkk)),
  paid AS (
    SELECT p.line_id, k.place, sum(k.dkk) AS dkk FROM payments p,
      LATERAL unnest(ARRAY['committed','sent','proven','settled','difference'], (payment_in_dkk(p))[2:6]) AS k(place, dkk) GROUP BY p.line_id, k.place),
  programme AS (SELECT programme_id, sum(dkk) AS dkk FROM moves WHERE place = 'programme' GROUP BY programme_id)
  SELECT 'line' AS of, coalesce(kept.line_id, posted.line_id) AS id, coalesce(kept.place, posted.place) AS place
    FROM kept FULL JOIN posted USING (line_id, place)
    WHERE coalesce(kept.dkk, 0) <> coalesce(posted.dkk, 0) AND actor_role() = 'system'
  UNION ALL
  SELECT 'payments', kept.line_id, kept.place FROM kept LEFT JOIN paid USING (line_id, place)
    WHERE kept.place <> 'line' AND kept.dkk <> coalesce(paid.dkk, 0) AND actor_role() = 'system'
  UNION ALL
  SELECT 'programme', p.id, 'programme' FROM programmes p LEFT JOIN programme m ON m.programme_id = p.id
    WHERE p.ceiling_dkk - p.allotted_dkk <> coalesce(m.dkk, 0) AND actor_role() = 'system'
  UNION ALL
  SELECT 'person', b.case_id, 'line' FROM case_budgets b
    WHERE b.lines_dkk <> (SELECT coalesce(sum(l.approved_dkk), 0) FROM budget_lines l WHERE l.case_id = b.case_id) AND actor_role() = 'system';
GRANT SELECT ON ledger_faults TO hjemvej_app;
