-- Why: whoever planned a payment could type any rate, and with it what the payment
-- counts as against its line. Rates are now recorded apart from payments, each with
-- its source, and a payment takes one that stands there (R28).

CREATE TABLE rates (
  number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  currency   char(3) NOT NULL CONSTRAINT rate_currency CHECK (currency ~ '^[A-Z]{3}$' AND currency <> 'DKK'),
  rated_on   date NOT NULL,
  rate       numeric(18,8) NOT NULL CONSTRAINT rate_size CHECK (rate > 0 AND rate < 100000000), -- DKK for one unit
  source     text NOT NULL CHECK (source IN ('hand','ecb')),
  replaces   bigint,                            -- one of the same currency and day
  reason     text,
  entered_by uuid NOT NULL,
  entered_at timestamptz NOT NULL DEFAULT actor_now(),
  UNIQUE (currency, rated_on, number),
  -- A day's rates are a chain: one that replaces none, and each replaced at most
  -- once. The newest is in force.
  CONSTRAINT rate_replaces_its_own_day FOREIGN KEY (currency, rated_on, replaces) REFERENCES rates (currency, rated_on, number),
  CONSTRAINT rate_replaces_an_older CHECK (replaces < number),
  CONSTRAINT rate_replaced_once UNIQUE (replaces),
  CONSTRAINT rate_replaced_for_a_reason CHECK (replaces IS NULL OR length(trim(reason)) >= 3)
);
CREATE UNIQUE INDEX rate_once_a_day ON rates (currency, rated_on) WHERE replaces IS NULL;
CREATE INDEX rates_newest ON rates (rated_on, number);
ALTER TABLE rates ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON rates FOR SELECT USING (actor_role() IN ('contact_person','team_lead','finance','administrator','system'));
CREATE POLICY record ON rates FOR INSERT WITH CHECK (actor_role() IN ('finance','system') AND entered_by = actor_id());
GRANT SELECT, INSERT (currency, rated_on, rate, source, replaces, reason, entered_by) ON rates TO hjemvej_app;

-- What payments were counted with until now, so that all of them have a rate that
-- stands there. Where several were typed for one day, the one planned last is in
-- force.
DO $$
DECLARE p record; before bigint; of text := '';
BEGIN
  FOR p IN SELECT currency, rate_on, rate FROM payments WHERE currency <> 'DKK'
           GROUP BY currency, rate_on, rate ORDER BY currency, rate_on, max(created_at), rate LOOP
    IF of <> p.currency || p.rate_on THEN before := NULL; END IF;
    INSERT INTO rates (currency, rated_on, rate, source, replaces, reason, entered_by)
      VALUES (p.currency, p.rate_on, p.rate, 'hand', before, 'used by payments before rates were kept', '00000000-0000-0000-0000-000000000000')
      RETURNING number INTO before;
    of := p.currency || p.rate_on;
  END LOOP;
END $$;

-- The day whose rate was asked for; NULL in a payment from before.
ALTER TABLE payments ADD COLUMN rate_asked_for date,
  ADD CONSTRAINT payment_rate_not_younger CHECK (rate_asked_for >= rate_on);

-- A rate that was replaced meanwhile is still one that was recorded. The previous
-- program, while it still runs, can plan in another currency only at a rate that
-- was.
CREATE FUNCTION require_recorded_rate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM rates WHERE (currency, rated_on, rate) = (NEW.currency, NEW.rate_on, NEW.rate)) THEN
    PERFORM break_rule('payment_rate_recorded');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER rate_recorded BEFORE INSERT ON payments FOR EACH ROW
  WHEN (NEW.currency <> 'DKK') EXECUTE FUNCTION require_recorded_rate();

CREATE FUNCTION keep_rate_asked_for() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM break_rule('payment_is_what_was_planned');
END $$;
CREATE TRIGGER rate_asked_for_stays BEFORE UPDATE ON payments FOR EACH ROW
  WHEN (NEW.rate_asked_for IS DISTINCT FROM OLD.rate_asked_for) EXECUTE FUNCTION keep_rate_asked_for();
