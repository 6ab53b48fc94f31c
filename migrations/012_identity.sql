-- Why: identity has parts that begin, change, expire and end one by one (R10,
-- R12), so each is a sealed row of its own; and two records of one person must
-- be found without opening either.

-- What an actor works on: a caseworker of one of the person's cases.
CREATE FUNCTION works_person(p uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN actor_role() = 'system' OR EXISTS (SELECT FROM cases c WHERE c.person_id = p AND sees_case(c.id));
END $$;

-- A person whose case is being opened hangs on no case yet.
CREATE FUNCTION begins_person(p uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN actor_role() = 'contact_person' AND NOT EXISTS (SELECT FROM cases c WHERE c.person_id = p);
END $$;

-- R7: a partner, where a consent of one of the person's cases covers the category.
CREATE FUNCTION shares_person(p uuid, cat text) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN actor_role() = 'partner' AND EXISTS (SELECT FROM cases c WHERE c.person_id = p AND consented(c.id, cat));
END $$;

CREATE TABLE identity_parts (
  id             uuid PRIMARY KEY,
  position       bigint GENERATED ALWAYS AS IDENTITY,   -- in the order in which they were added
  person_id      uuid NOT NULL REFERENCES persons,
  kind           text NOT NULL CHECK (kind IN ('contact_point','address','family_member','document')),
  sealed         bytea NOT NULL,                -- with the person's key, bound to kind and id
  do_not_contact boolean NOT NULL DEFAULT false, -- R10: known without opening, for whatever would lead to contact
  expires_on     date,                          -- its last day, known without opening
  ended_on       date,
  version        int NOT NULL DEFAULT 1,
  recorded_by    uuid NOT NULL,
  recorded_at    timestamptz NOT NULL DEFAULT actor_now()
);
CREATE INDEX identity_parts_person ON identity_parts (person_id, position);
ALTER TABLE identity_parts ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON identity_parts USING (works_person(person_id));
CREATE POLICY begin ON identity_parts FOR INSERT WITH CHECK (begins_person(person_id));
CREATE POLICY partner ON identity_parts FOR SELECT USING (kind = 'contact_point' AND shares_person(person_id, 'contact'));
GRANT SELECT, INSERT, UPDATE ON identity_parts TO hjemvej_app;

-- Keyed hashes over normalised names and birth date: alike where the person may
-- be the same. Without the key in key_canary they cannot be guessed.
CREATE TABLE identity_fingerprints (
  person_id uuid NOT NULL REFERENCES persons,
  kind      text NOT NULL CHECK (kind IN ('names_and_birth_date','family_name_and_birth_date','names_and_birth_year','sound_and_birth_date')),
  hash      bytea NOT NULL,
  PRIMARY KEY (person_id, kind)
);
CREATE INDEX identity_fingerprints_hash ON identity_fingerprints (hash);
ALTER TABLE identity_fingerprints ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON identity_fingerprints USING (works_person(person_id));
CREATE POLICY begin ON identity_fingerprints FOR INSERT WITH CHECK (begins_person(person_id));
GRANT SELECT, INSERT, UPDATE ON identity_fingerprints TO hjemvej_app;
