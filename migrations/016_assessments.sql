-- Why: whether it is safe to return, and what the person needs, is written down
-- in versions that never change and are signed (R18), sealed like the person
-- (R12); what is written of risk reaches a partner's protection focal point
-- alone (R9).

ALTER TABLE partner_keys ADD COLUMN protection_focal_point boolean NOT NULL DEFAULT false;

CREATE TABLE assessment_versions (
  case_id  uuid NOT NULL REFERENCES cases,
  kind     text NOT NULL CHECK (kind IN ('risk','needs')),
  version  int NOT NULL CHECK (version >= 1),
  done_on  date NOT NULL,
  result   text,                                -- NULL: a draft. With one, it is signed: by who saved it, on that day
  sealed   bytea NOT NULL,                      -- the text, with the person's key, bound to case, kind and version
  saved_by uuid NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT actor_now(),
  PRIMARY KEY (case_id, kind, version),
  CONSTRAINT assessment_result CHECK (
    CASE kind WHEN 'risk' THEN result IN ('cleared','cleared_with_conditions','not_cleared') ELSE result = 'done' END),
  CONSTRAINT assessment_saved_by_the_actor CHECK (saved_by = actor_id())
);

-- R9: a key of the partner's protection focal point, with consent for risk, while
-- the case is handed to the partner.
CREATE FUNCTION reads_risk(c uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN EXISTS (SELECT FROM partner_keys k WHERE k.id = actor_id() AND k.partner_id = actor_partner() AND k.protection_focal_point)
    AND consented(c, 'risk');
END $$;

-- What opens those texts: the person's wrapped key, without the identity, which
-- has a consent of its own.
CREATE FUNCTION key_of_risk(c uuid) RETURNS TABLE (id uuid, wrapped_key bytea) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN QUERY SELECT p.id, p.wrapped_key FROM persons p JOIN cases k ON k.person_id = p.id WHERE k.id = c AND reads_risk(c);
END $$;

ALTER TABLE assessment_versions ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON assessment_versions USING (sees_case(case_id));
CREATE POLICY focal_point ON assessment_versions FOR SELECT USING (kind = 'risk' AND result IS NOT NULL AND reads_risk(case_id));
GRANT SELECT, INSERT ON assessment_versions TO hjemvej_app;
