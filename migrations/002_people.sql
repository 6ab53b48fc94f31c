-- Why: who works here, which organisations take part, and with which keys.

CREATE TABLE teams (
  id   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL UNIQUE
);

CREATE TABLE users (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  subject    text NOT NULL UNIQUE,              -- the identity provider's name for this member of staff
  name       text NOT NULL,
  email      text NOT NULL,
  role       text NOT NULL CHECK (role IN ('contact_person','team_lead','finance','manager','administrator','auditor')),
  team_id    uuid REFERENCES teams,
  language   text NOT NULL DEFAULT 'da' CHECK (language IN ('da','en')),
  active     boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT users_team_for_caseworkers CHECK (role NOT IN ('contact_person','team_lead') OR team_id IS NOT NULL)
);

CREATE TABLE partners (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name       text NOT NULL UNIQUE,
  role       text NOT NULL CHECK (role IN ('return_organisation','home_country_partner')),
  countries  text[] NOT NULL DEFAULT '{}',      -- ISO 3166-1 alpha-2
  language   text NOT NULL DEFAULT 'en' CHECK (language IN ('da','en')),
  email      text NOT NULL,                     -- where letters about hand-offs go
  active     boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT actor_now()
);

CREATE TABLE partner_keys (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  partner_id   uuid NOT NULL REFERENCES partners,
  label        text NOT NULL,
  prefix       text NOT NULL,                   -- the shown beginning, to recognise a key by
  hash         bytea NOT NULL UNIQUE,           -- SHA-256 of the whole key; the key itself is shown once
  expires_at   timestamptz NOT NULL,
  revoked_at   timestamptz,
  last_used_at timestamptz,
  created_at   timestamptz NOT NULL DEFAULT actor_now()
);
CREATE INDEX partner_keys_partner ON partner_keys (partner_id);

-- Registers are read by whoever signs in; written by the administrator alone.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['teams','users','partners','partner_keys'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY read ON %I FOR SELECT USING (true)', t);
    EXECUTE format('CREATE POLICY keep ON %I FOR ALL USING (actor_role() IN (''administrator'',''system''))', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO hjemvej_app', t);
  END LOOP;
END $$;
