-- Why: the series of follow-ups grows with what becomes known: a longer period of
-- support, a level of follow-up, a consent for month 12 (R31, R32, R37).

ALTER TABLE cases ADD COLUMN destination_time_zone text; -- only where the country's clocks differ

ALTER TABLE followups DROP CONSTRAINT followups_kind_check;
ALTER TABLE followups ADD CONSTRAINT followups_kind_check CHECK (kind IN
  ('arrival_contact','month_1','month_3','month_6','exit','payment_check','weekly','extension','month_12'));

CREATE TABLE extensions (                       -- R32
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id     uuid NOT NULL REFERENCES cases,
  until       date NOT NULL,                    -- the last day of support, if it is approved
  reason      text NOT NULL,
  asked_by    uuid NOT NULL,
  asked_at    timestamptz NOT NULL DEFAULT actor_now(),
  approved_by uuid,
  approved_at timestamptz,
  CONSTRAINT extension_four_eyes CHECK (approved_by <> asked_by),
  CONSTRAINT extension_approved_whole CHECK ((approved_by IS NULL) = (approved_at IS NULL))
);
CREATE INDEX extensions_case ON extensions (case_id);

CREATE FUNCTION guard_extension() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE c cases;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.asked_by IS DISTINCT FROM actor_id() OR NEW.approved_by IS NOT NULL THEN PERFORM break_rule('extension_begins_asked'); END IF;
  ELSIF (NEW.approved_by, NEW.approved_at) IS NOT DISTINCT FROM (OLD.approved_by, OLD.approved_at) THEN
    RETURN NEW;
  ELSE
    IF OLD.approved_at IS NOT NULL THEN PERFORM break_rule('extension_approval_is_final'); END IF;
    IF NEW.approved_by IS DISTINCT FROM actor_id() OR actor_role() <> 'team_lead' THEN PERFORM break_rule('extension_approver_is_team_lead'); END IF;
  END IF;
  SELECT * INTO c FROM cases WHERE id = NEW.case_id FOR NO KEY UPDATE;
  IF c.state <> 'arrived' OR actor_today() > c.last_day THEN PERFORM break_rule('extension_while_supported'); END IF;
  IF NEW.until <= c.last_day OR NEW.until > c.arrived_on + interval '12 months' THEN PERFORM break_rule('extension_within'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_extension BEFORE INSERT OR UPDATE ON extensions FOR EACH ROW EXECUTE FUNCTION guard_extension();

CREATE TABLE month_12_consents (                -- R31: its own
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id      uuid NOT NULL REFERENCES cases,
  given_on     date NOT NULL,
  given_by     text NOT NULL CHECK (given_by IN ('self','representative')),
  language     text NOT NULL,
  withdrawn_on date,
  recorded_by  uuid NOT NULL,
  recorded_at  timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT month_12_withdrawn_after CHECK (withdrawn_on >= given_on)
);
CREATE UNIQUE INDEX month_12_consent_once ON month_12_consents (case_id) WHERE withdrawn_on IS NULL;
CREATE INDEX month_12_consents_case ON month_12_consents (case_id);
CREATE FUNCTION guard_month_12_withdrawal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.withdrawn_on IS NOT NULL AND NEW.withdrawn_on IS DISTINCT FROM OLD.withdrawn_on THEN PERFORM break_rule('month_12_withdrawal_is_final'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_month_12_withdrawal BEFORE UPDATE ON month_12_consents FOR EACH ROW EXECUTE FUNCTION guard_month_12_withdrawal();

CREATE TABLE level_raises (                     -- R37: up, never down
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id     uuid NOT NULL REFERENCES cases,
  level       text NOT NULL CHECK (level IN ('standard','intensified')),
  reason      text NOT NULL,
  raised_on   date NOT NULL DEFAULT actor_today(),
  raised_by   uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT actor_now()
);
CREATE INDEX level_raises_case ON level_raises (case_id);

CREATE FUNCTION level_rank(level text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
  SELECT array_position(ARRAY['light','standard','intensified'], level) $$;

-- The newest survey's level, unless one was raised since; standard before either.
-- followup.InForce is the same rule; a test compares the two.
CREATE FUNCTION level_in_force(c uuid) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
DECLARE newest surveys;
BEGIN
  SELECT * INTO newest FROM surveys WHERE case_id = c ORDER BY answered_on DESC, recorded_at DESC, id DESC LIMIT 1;
  RETURN (SELECT level FROM (SELECT coalesce(newest.level, 'standard') AS level
      UNION ALL SELECT r.level FROM level_raises r WHERE r.case_id = c AND (newest.id IS NULL OR r.raised_on >= newest.answered_on)) l
    ORDER BY level_rank(level) DESC LIMIT 1);
END $$;
CREATE FUNCTION guard_level() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  PERFORM FROM cases WHERE id = NEW.case_id FOR NO KEY UPDATE;
  IF NEW.raised_by IS DISTINCT FROM actor_id() OR NEW.raised_on <> actor_today() THEN PERFORM break_rule('level_by_the_actor'); END IF;
  IF level_rank(NEW.level) <= level_rank(level_in_force(NEW.case_id)) THEN PERFORM break_rule('level_only_up'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_level BEFORE INSERT ON level_raises FOR EACH ROW EXECUTE FUNCTION guard_level();

-- Who calls on a day: the home-country partner that is at work and may know of the
-- follow-up on that day, NULL for the contact person (R7, R31).
CREATE FUNCTION follows_up(c uuid, day date) RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN (SELECT h.partner_id FROM handoffs h WHERE h.case_id = c AND h.role = 'home_country_partner'
    AND h.state IN ('accepted','in_progress') AND shares_with(c, h.partner_id, 'follow_up', day) ORDER BY h.answered_at, h.id LIMIT 1);
END $$;
-- R5: whom they talk to.
CREATE FUNCTION represented(c uuid, day date) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN EXISTS (SELECT FROM representatives r WHERE r.case_id = c AND r.appointed_on <= day AND (r.ended_on IS NULL OR r.ended_on > day));
END $$;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['extensions','month_12_consents','level_raises'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY caseworkers ON %I USING (sees_case(case_id))', t);
    EXECUTE format('CREATE TRIGGER joined BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_joined()', t);
  END LOOP;
END $$;
GRANT SELECT, INSERT ON level_raises TO hjemvej_app;
GRANT SELECT, INSERT, UPDATE (approved_by, approved_at) ON extensions TO hjemvej_app;
GRANT SELECT, INSERT, UPDATE (withdrawn_on) ON month_12_consents TO hjemvej_app;
