-- Why: every later table stands on the program's role, on who acts in the
-- transaction, and on the one trigger that refuses an illegal change of state.

DO $$
BEGIN
  -- Roles belong to the whole server: two databases may be made at once.
  CREATE ROLE hjemvej_app NOLOGIN NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT USAGE ON SCHEMA public TO hjemvej_app;

-- Who acts, from the settings of the transaction. Empty settings are nobody.
CREATE FUNCTION actor_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(current_setting('hjemvej.actor', true), '')::uuid $$;
CREATE FUNCTION actor_role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT coalesce(current_setting('hjemvej.role', true), '') $$;
CREATE FUNCTION actor_team() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(current_setting('hjemvej.team', true), '')::uuid $$;
CREATE FUNCTION actor_partner() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT nullif(current_setting('hjemvej.partner', true), '')::uuid $$;
-- The transaction's fixed now; the program's clock, so that tests can move it.
CREATE FUNCTION actor_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT coalesce(nullif(current_setting('hjemvej.now', true), '')::timestamptz, now()) $$;
CREATE FUNCTION actor_today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS
  $$ SELECT (actor_now() AT TIME ZONE 'Europe/Copenhagen')::date $$;

-- Every change of state that is legal, for things whose course a rule fixes.
-- The program's own tables are compared with this one by a test.
CREATE TABLE legal_moves (
  thing      text NOT NULL,
  from_state text NOT NULL,
  to_state   text NOT NULL,
  PRIMARY KEY (thing, from_state, to_state)
);
GRANT SELECT ON legal_moves TO hjemvej_app;

CREATE FUNCTION refuse_illegal_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF NEW.state <> OLD.state AND NOT EXISTS (
    SELECT FROM legal_moves WHERE thing = TG_ARGV[0] AND from_state = OLD.state AND to_state = NEW.state
  ) THEN
    RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = TG_ARGV[0] || '_move', MESSAGE = 'illegal change of state';
  END IF;
  RETURN NEW;
END $$;

-- Small helper for triggers: fail as a named constraint would.
CREATE FUNCTION break_rule(rule text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = rule, MESSAGE = 'a rule would be broken';
END $$;
