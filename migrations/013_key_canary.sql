-- Why: a program with another master key must notice at its start, not at the
-- first identity that does not open. One row, wrapped by the master key like a
-- person's: it also holds the secret of the fingerprints.
CREATE TABLE key_canary (
  only_row           boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  wrapped_key        bytea NOT NULL,            -- by the master key
  fingerprint_secret bytea NOT NULL,            -- sealed with that key
  created_at         timestamptz NOT NULL DEFAULT actor_now()
);
ALTER TABLE key_canary ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON key_canary FOR SELECT USING (actor_role() IN ('contact_person','team_lead','system'));
CREATE POLICY begin ON key_canary FOR INSERT WITH CHECK (actor_role() IN ('contact_person','team_lead','system'));
CREATE POLICY rewrap ON key_canary FOR UPDATE USING (actor_role() = 'system');
GRANT SELECT, INSERT, UPDATE ON key_canary TO hjemvej_app;
