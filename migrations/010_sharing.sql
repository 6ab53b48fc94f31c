-- Why: one rule says whether a partner may have a category, with the narrowest
-- of several consents winning (R7). The program's casefile.MayShare is the same
-- rule; a test compares the two.

CREATE FUNCTION shares_with(c uuid, partner uuid, cat text, day date) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM consents k WHERE k.case_id = c AND k.partner_id = partner AND k.category = cat
      AND k.withdrawn_at IS NULL AND day BETWEEN k.valid_from AND k.valid_until
      AND NOT EXISTS (                          -- a narrower one that has ended ends this one too
        SELECT FROM consents n WHERE n.case_id = c AND n.partner_id = partner AND n.category = cat AND n.purpose = k.purpose AND n.id <> k.id
          AND n.valid_from <= k.valid_until AND n.valid_until >= k.valid_from
          AND (n.withdrawn_at IS NOT NULL OR n.valid_until < day)
          AND (n.withdrawn_at IS NULL OR n.withdrawn_at >= k.recorded_at)
          AND n.valid_until >= (k.recorded_at AT TIME ZONE 'Europe/Copenhagen')::date));
END $$;

CREATE OR REPLACE FUNCTION consented(c uuid, cat text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN handed(c) AND shares_with(c, actor_partner(), cat, actor_today());
END $$;
