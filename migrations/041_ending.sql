-- Why: a case is closed only once no payment of it is open (R26), whoever closes it;
-- and an exit that is not recorded must be found by what is due (R35).

-- Whoever plans holds the case's key (guard_payment) until their payment can be
-- seen: the whole row waits for them, and they for it.
CREATE FUNCTION refuse_open_payments() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  PERFORM FROM cases WHERE id = NEW.id FOR UPDATE;
  IF EXISTS (SELECT FROM payments WHERE case_id = NEW.id AND state IN ('planned','authorised','sent')) THEN
    PERFORM break_rule('case_closed_with_open_payments');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER case_closed_with_open_payments BEFORE UPDATE OF state ON cases FOR EACH ROW
  WHEN (NEW.state = 'closed' AND OLD.state <> 'closed') EXECUTE FUNCTION refuse_open_payments();

CREATE INDEX cases_exit_due ON cases (last_day, id) WHERE state = 'arrived';
