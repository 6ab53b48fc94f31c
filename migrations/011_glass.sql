-- Why: a colleague's case must be reachable in an emergency, by breaking the
-- glass: with a reason, for three hours, recorded, the team lead told.

CREATE TABLE glass_openings (
  id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id   uuid NOT NULL REFERENCES cases,
  user_id   uuid NOT NULL REFERENCES users,
  reason    text NOT NULL,                      -- read by the team lead
  opened_at timestamptz NOT NULL DEFAULT actor_now(),
  until     timestamptz NOT NULL,
  CONSTRAINT glass_three_hours CHECK (until > opened_at AND until <= opened_at + interval '3 hours')
);
CREATE INDEX glass_openings_case ON glass_openings (case_id, user_id, until);

CREATE FUNCTION glass_open(c uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN actor_role() = 'contact_person' AND EXISTS (
    SELECT FROM glass_openings g WHERE g.case_id = c AND g.user_id = actor_id() AND actor_now() < g.until);
END $$;

CREATE OR REPLACE FUNCTION sees_case(c uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  CASE actor_role()
    WHEN 'system' THEN RETURN true;
    WHEN 'contact_person' THEN RETURN EXISTS (SELECT FROM cases WHERE id = c AND contact_person_id = actor_id()) OR glass_open(c);
    WHEN 'team_lead' THEN RETURN EXISTS (SELECT FROM cases WHERE id = c AND team_id = actor_team());
    ELSE RETURN false;
  END CASE;
END $$;

CREATE POLICY glass ON cases USING (actor_role() = 'contact_person' AND contact_person_id <> actor_id() AND glass_open(id));

ALTER TABLE glass_openings ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON glass_openings USING (sees_case(case_id));
GRANT SELECT, INSERT ON glass_openings TO hjemvej_app;
