-- Why: a sweep asked of each due follow-up anew whether its person may be contacted
-- (R10), which cost half of finding it. Nobody but the program may ask of everybody.
CREATE INDEX identity_parts_blocked ON identity_parts (person_id) WHERE kind = 'contact_point' AND do_not_contact AND ended_on IS NULL;

-- Everybody of whom contact_blocked holds.
CREATE FUNCTION blocked_people() RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF actor_role() = 'system' THEN
    RETURN QUERY SELECT i.person_id FROM identity_parts i WHERE i.kind = 'contact_point' AND i.do_not_contact AND i.ended_on IS NULL
      AND (i.expires_on IS NULL OR i.expires_on >= actor_today());
  END IF;
END $$;
