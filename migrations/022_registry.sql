-- Why: nothing may be handed to an organisation that nobody can say enough about:
-- what it does and where, on which days it works, whom to write to, and on which
-- ground personal data may be transferred to it. And a partner's key must do no
-- more than what it was issued for.

-- While the previous program still runs, what it inserts takes the defaults, and
-- it goes on reading `active`.
ALTER TABLE partners
  ADD COLUMN places             text[] NOT NULL DEFAULT '{}',
  ADD COLUMN services           text[] NOT NULL DEFAULT '{}',   -- R24
  ADD COLUMN languages          text[] NOT NULL DEFAULT '{}',   -- BCP 47, that its people speak
  ADD COLUMN transfer_ground    text,                           -- NULL: nothing can be handed to it
  ADD COLUMN transfer_reference text,                           -- such as the agreement's number
  ADD COLUMN time_zone          text NOT NULL DEFAULT 'Europe/Copenhagen',
  ADD COLUMN working_days       int[] NOT NULL DEFAULT '{1,2,3,4,5}', -- ISO: 1 is Monday
  ADD COLUMN holidays           date[] NOT NULL DEFAULT '{}',
  ADD COLUMN active_from        date NOT NULL DEFAULT actor_today(),
  ADD COLUMN active_until       date,                           -- its last day
  ADD COLUMN version            int NOT NULL DEFAULT 1;

-- Who was registered has been active since then; who was switched off, until
-- yesterday. Nobody gets a ground that nobody entered: hand-offs that are open go
-- on, and a new one waits for the administrator.
UPDATE partners SET active_from = (created_at AT TIME ZONE 'Europe/Copenhagen')::date;
UPDATE partners SET active_from = least(active_from, actor_today() - 1), active_until = actor_today() - 1 WHERE NOT active;

ALTER TABLE partners
  DROP CONSTRAINT partners_role_check,
  ADD CONSTRAINT partners_role_check CHECK (role IN ('return_organisation','home_country_partner','referring_organisation')),
  ADD CONSTRAINT partner_services CHECK (services <@ ARRAY['housing','small_business','education','pocket_money','food','school_fees','medical','psychosocial','security','other']),
  ADD CONSTRAINT partner_ground CHECK (transfer_ground IN ('adequacy','safeguards','international_organisation')),
  ADD CONSTRAINT partner_ground_has_reference CHECK ((transfer_ground IS NULL) = (transfer_reference IS NULL)),
  ADD CONSTRAINT partner_works_some_day CHECK (cardinality(working_days) >= 1 AND working_days <@ ARRAY[1,2,3,4,5,6,7]),
  ADD CONSTRAINT partner_days CHECK (active_from <= active_until);

CREATE FUNCTION partner_active(p partners, at timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT p.active_from <= (at AT TIME ZONE 'Europe/Copenhagen')::date
    AND (p.active_until IS NULL OR (at AT TIME ZONE 'Europe/Copenhagen')::date <= p.active_until) $$;

-- The days decide. `active` follows them, for the previous program; where it is
-- switched by hand, the days follow it, so that switching a partner off still
-- ends its access.
CREATE FUNCTION keep_partner_active() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.active <> OLD.active AND NEW.active <> partner_active(NEW, actor_now()) THEN
    NEW.active_from := least(NEW.active_from, actor_today() - CASE WHEN NEW.active THEN 0 ELSE 1 END);
    NEW.active_until := CASE WHEN NEW.active THEN NULL ELSE actor_today() - 1 END;
  END IF;
  NEW.active := partner_active(NEW, actor_now());
  RETURN NEW;
END $$;
CREATE TRIGGER keep_active BEFORE INSERT OR UPDATE ON partners FOR EACH ROW EXECUTE FUNCTION keep_partner_active();

-- A hand-off begins only where the registry allows it on that day. The partner's
-- row is held, so that a ground cannot be taken away meanwhile.
CREATE FUNCTION guard_handoff_partner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE p partners;
BEGIN
  SELECT * INTO p FROM partners WHERE id = NEW.partner_id FOR SHARE;
  IF NOT FOUND THEN RETURN NEW; END IF;         -- the foreign key refuses it
  IF p.role = 'referring_organisation' THEN PERFORM break_rule('handoff_to_referring_organisation'); END IF;
  IF NOT partner_active(p, actor_now()) THEN PERFORM break_rule('handoff_to_inactive_partner'); END IF;
  IF p.transfer_ground IS NULL THEN PERFORM break_rule('handoff_without_transfer_ground'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_partner BEFORE INSERT ON handoffs FOR EACH ROW
  WHEN (NEW.state <> 'draft') EXECUTE FUNCTION guard_handoff_partner();
CREATE TRIGGER guard_partner_later BEFORE UPDATE ON handoffs FOR EACH ROW
  WHEN (OLD.state = 'draft' AND NEW.state = 'offered' OR OLD.partner_id <> NEW.partner_id) EXECUTE FUNCTION guard_handoff_partner();

CREATE TABLE partner_people (                   -- whom letters to a partner go to
  id                     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  partner_id             uuid NOT NULL REFERENCES partners,
  name                   text NOT NULL,
  email                  text NOT NULL CONSTRAINT partner_people_email CHECK (email ~ '^[^[:space:][:cntrl:]]+@[^[:space:][:cntrl:]]+$'),
  language               text NOT NULL CHECK (language IN ('da','en')),
  wants                  text NOT NULL CHECK (wants IN ('each_letter','daily_digest')),
  protection_focal_point boolean NOT NULL DEFAULT false, -- R9
  active                 boolean NOT NULL DEFAULT true,
  undeliverable_since    timestamptz,           -- no letter goes there until the row is changed
  version                int NOT NULL DEFAULT 1,
  created_at             timestamptz NOT NULL DEFAULT actor_now(),
  UNIQUE (id, partner_id)
);
CREATE UNIQUE INDEX partner_people_once ON partner_people (partner_id, lower(email)) WHERE active;
CREATE UNIQUE INDEX partner_people_one_focal_point ON partner_people (partner_id) WHERE active AND protection_focal_point;
ALTER TABLE partner_people ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON partner_people FOR SELECT USING (actor_role() IN ('contact_person','team_lead','finance','administrator','system'));
CREATE POLICY keep ON partner_people USING (actor_role() IN ('administrator','system'));
GRANT SELECT, INSERT, UPDATE ON partner_people TO hjemvej_app;

-- NULL in a letter to a partner: to the partner's own address.
ALTER TABLE letters ADD COLUMN partner_person_id uuid,
  ADD CONSTRAINT letter_to_one_of_the_partners_people FOREIGN KEY (partner_person_id, partner_id) REFERENCES partner_people (id, partner_id);

-- Keys that were issued before, and those that the previous program issues, do
-- what they did.
ALTER TABLE partner_keys
  ADD COLUMN scopes      text[] NOT NULL DEFAULT '{read_handoffs,answer_handoffs,report_arrival,report_support,upload,follow_up}',
  ADD COLUMN addresses   cidr[] NOT NULL DEFAULT '{}', -- from which it may come; none: from anywhere
  ADD COLUMN replaced_by uuid REFERENCES partner_keys, -- by rotation
  ADD CONSTRAINT partner_key_scopes CHECK (cardinality(scopes) >= 1
    AND scopes <@ ARRAY['read_handoffs','answer_handoffs','report_arrival','report_support','upload','follow_up']);
