-- Why: partners' own systems are told what happened, at least once, whatever
-- breaks between the fact and them; and only what they may know, also when it is
-- told later (R7, R21).

CREATE TABLE event_endpoints (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  partner_id  uuid NOT NULL REFERENCES partners,
  url         text NOT NULL,
  description text NOT NULL DEFAULT '',
  state       text NOT NULL DEFAULT 'active' CHECK (state IN ('active','paused')),
  why         text CHECK (why IN ('by_hand','gone','failing')),
  since       timestamptz NOT NULL DEFAULT actor_now(), -- in this state
  failures    int NOT NULL DEFAULT 0,           -- of the endpoint as a whole, in a row
  failing_since timestamptz,                    -- nothing was taken since
  next_at     timestamptz NOT NULL DEFAULT 'epoch', -- left alone until then
  version     int NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT endpoint_paused_for_a_reason CHECK ((state = 'paused') = (why IS NOT NULL))
);
CREATE INDEX event_endpoints_partner ON event_endpoints (partner_id, id);

CREATE TABLE endpoint_secrets (
  id          uuid PRIMARY KEY,
  endpoint_id uuid NOT NULL REFERENCES event_endpoints,
  sealed      bytea NOT NULL,                   -- with the house's own key, bound to this row
  ends_at     timestamptz,                      -- replaced: events are signed with it until then
  created_at  timestamptz NOT NULL DEFAULT actor_now()
);
CREATE INDEX endpoint_secrets_endpoint ON endpoint_secrets (endpoint_id);

-- Ids and nothing else (R11). Never changed.
CREATE TABLE events (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  partner_id  uuid NOT NULL REFERENCES partners,
  seq         bigint NOT NULL,                  -- the partner's own: 1, 2, 3
  type        text NOT NULL,
  category    text,                             -- the consent without which it is not told
  ending      boolean NOT NULL DEFAULT false,   -- tells of an end, and so also after it
  case_id     uuid REFERENCES cases,            -- none for a test
  case_code   text,
  handoff_id  uuid REFERENCES handoffs,
  object_id   uuid,
  once        text UNIQUE,                      -- what makes it happen once, whatever looks twice
  happened_at timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT events_in_order UNIQUE (partner_id, seq),
  CONSTRAINT event_of_a_case CHECK ((case_id IS NULL) = (case_code IS NULL) AND (case_id IS NULL) = (handoff_id IS NULL))
);
CREATE INDEX events_case ON events (case_id);

-- A partner's numbers are given one transaction after the other: whoever has read
-- one never finds a smaller one later. One sequence for all would tell each
-- partner how much the others are told.
CREATE FUNCTION number_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  PERFORM FROM partners WHERE id = NEW.partner_id FOR NO KEY UPDATE;
  SELECT 1 + coalesce(max(seq), 0) INTO NEW.seq FROM events WHERE partner_id = NEW.partner_id;
  RETURN NEW;
END $$;
CREATE TRIGGER number_event BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION number_event();

CREATE TABLE event_deliveries (
  event_id     uuid NOT NULL REFERENCES events,
  endpoint_id  uuid NOT NULL REFERENCES event_endpoints,
  seq          bigint NOT NULL,                 -- the event's
  state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending','delivered','dead','dropped')),
  attempts     int NOT NULL DEFAULT 0,
  queued_at    timestamptz NOT NULL DEFAULT actor_now(),
  next_at      timestamptz NOT NULL DEFAULT 'epoch', -- at once, whatever the clocks of replicas say
  until        timestamptz NOT NULL,            -- given up then
  last_outcome text,                            -- one of the program's words
  last_status  int,
  ended_at     timestamptz,
  PRIMARY KEY (event_id, endpoint_id),
  CONSTRAINT delivery_ends_whole CHECK ((state = 'pending') = (ended_at IS NULL))
);
CREATE INDEX event_deliveries_due ON event_deliveries (endpoint_id, next_at, seq) WHERE state = 'pending';
CREATE INDEX event_deliveries_list ON event_deliveries (endpoint_id, seq);

-- R7, R10, R21: what a partner may be told at this moment of a case. An end is
-- told also after it, to whom the case was handed.
CREATE FUNCTION may_be_told(partner uuid, c uuid, cat text, ending boolean) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN c IS NULL OR EXISTS (
    SELECT FROM handoffs h JOIN cases k ON k.id = h.case_id
    WHERE h.case_id = c AND h.partner_id = partner AND h.state <> 'draft'
      AND (ending OR handoff_visible(h)
        AND (cat IS NULL OR shares_with(c, partner, cat, actor_today()))
        AND (cat IS DISTINCT FROM 'follow_up' OR NOT contact_blocked(k.person_id))));
END $$;

ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON events USING (sees_case(case_id));
CREATE POLICY partner ON events FOR SELECT USING (actor_role() = 'partner' AND partner_id = actor_partner()
  AND may_be_told(partner_id, case_id, category, ending));
GRANT SELECT, INSERT ON events TO hjemvej_app;

-- A partner keeps its own endpoints; the administrator everybody's.
CREATE FUNCTION keeps_endpoint(partner uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT actor_role() IN ('administrator','system') OR actor_role() = 'partner' AND partner = actor_partner() $$;
ALTER TABLE event_endpoints ENABLE ROW LEVEL SECURITY;
CREATE POLICY keep ON event_endpoints USING (keeps_endpoint(partner_id));
GRANT SELECT, INSERT, UPDATE ON event_endpoints TO hjemvej_app;

ALTER TABLE event_deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON event_deliveries FOR SELECT USING (EXISTS (SELECT FROM event_endpoints e WHERE e.id = endpoint_id AND keeps_endpoint(e.partner_id)));
CREATE POLICY program ON event_deliveries USING (actor_role() = 'system');
GRANT SELECT, INSERT, UPDATE ON event_deliveries TO hjemvej_app;

ALTER TABLE endpoint_secrets ENABLE ROW LEVEL SECURITY;
CREATE POLICY program ON endpoint_secrets USING (actor_role() = 'system');
GRANT SELECT, INSERT, UPDATE (ends_at) ON endpoint_secrets TO hjemvej_app;

CREATE INDEX followups_opened ON followups (opens_on) WHERE state = 'open';
