-- Why: somebody who is reached while others listen must not be called again at once,
-- and whoever works with cases looks at a calendar before looking here.

-- The last day on which nobody is reminded of the follow-up, since the person was
-- reached and not free to talk (R33). It stays as a mark until they are reached and safe.
ALTER TABLE followups ADD COLUMN quiet_until date;

-- A member of staff's digests come at eight by their own clock.
ALTER TABLE users ADD COLUMN time_zone text NOT NULL DEFAULT 'Europe/Copenhagen';

-- A calendar to subscribe to, by an address that nobody can guess. The address is
-- shown once; whoever reads it reads as its owner, and no longer than they may.
CREATE TABLE calendar_feeds (
  id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id        uuid REFERENCES users,
  partner_key_id uuid REFERENCES partner_keys,
  hash           bytea NOT NULL UNIQUE CONSTRAINT calendar_feed_hash CHECK (length(hash) = 32),
  created_at     timestamptz NOT NULL DEFAULT actor_now(),
  revoked_at     timestamptz,
  last_read_on   date,
  CONSTRAINT calendar_feed_of_one CHECK ((user_id IS NULL) <> (partner_key_id IS NULL))
);
CREATE INDEX calendar_feeds_owner ON calendar_feeds (coalesce(user_id, partner_key_id)) WHERE revoked_at IS NULL;
ALTER TABLE calendar_feeds ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON calendar_feeds USING (actor_role() = 'system'
  OR actor_role() IN ('contact_person','team_lead') AND user_id = actor_id()
  OR actor_role() = 'partner' AND partner_key_id = actor_id());
GRANT SELECT, INSERT (user_id, partner_key_id, hash), UPDATE (revoked_at, last_read_on) ON calendar_feeds TO hjemvej_app;

-- What was revoked stays so.
CREATE FUNCTION guard_calendar_feed() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
  IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN PERFORM break_rule('calendar_feed_revoked'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_calendar_feed BEFORE UPDATE ON calendar_feeds FOR EACH ROW EXECUTE FUNCTION guard_calendar_feed();
