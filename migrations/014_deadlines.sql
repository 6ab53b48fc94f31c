-- Why: what is due must be found by what is due, not by reading every plan; and
-- whoever must not be contacted must not be contacted by anybody (R10).

CREATE TABLE plan_deadlines (                   -- of the newest action plan: its open actions, by day; 0 where an earlier version had some
  case_id uuid NOT NULL REFERENCES cases,
  due_on  date NOT NULL,
  actions int NOT NULL CHECK (actions >= 0),
  PRIMARY KEY (case_id, due_on)
);
CREATE INDEX plan_deadlines_due ON plan_deadlines (due_on) WHERE actions > 0;
ALTER TABLE plan_deadlines ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON plan_deadlines USING (sees_case(case_id));
GRANT SELECT, INSERT, UPDATE ON plan_deadlines TO hjemvej_app;

CREATE INDEX consents_expire ON consents (valid_until) WHERE withdrawn_at IS NULL;

-- R10: known without opening anything, and to everybody who would make contact.
CREATE FUNCTION contact_blocked(person uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN EXISTS (SELECT FROM identity_parts i WHERE i.person_id = person AND i.kind = 'contact_point' AND i.do_not_contact AND i.ended_on IS NULL
    AND (i.expires_on IS NULL OR i.expires_on >= actor_today()));
END $$;
