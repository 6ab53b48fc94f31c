-- Why: one person may have been entered twice. One of the two cases goes on; the
-- other is joined into it and stays as it was, to be read and never changed. And
-- a case must not be without a contact person when one leaves (R2): each change
-- is kept.

ALTER TABLE cases DROP CONSTRAINT cases_state_check;
ALTER TABLE cases ADD CONSTRAINT cases_state_check CHECK (state IN
  ('identified','offered','accepted','declined','departed','arrived','exited','closed','withdrawn','joined'));
INSERT INTO legal_moves VALUES
  ('case','identified','joined'), ('case','offered','joined'), ('case','accepted','joined'), ('case','declined','joined');

-- The record of the person that goes on, where this one is of the same person.
ALTER TABLE persons ADD COLUMN same_as uuid REFERENCES persons CHECK (same_as <> id);
CREATE INDEX persons_same_as ON persons (same_as) WHERE same_as IS NOT NULL;

CREATE TABLE case_joins (
  case_id   uuid PRIMARY KEY REFERENCES cases,
  into_id   uuid NOT NULL REFERENCES cases,
  reason    text NOT NULL,
  state_before text NOT NULL,
  joined_by uuid NOT NULL,
  joined_at timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT join_into_another CHECK (into_id <> case_id)
);
CREATE INDEX case_joins_into ON case_joins (into_id);
ALTER TABLE case_joins ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON case_joins USING (sees_case(case_id));
GRANT SELECT, INSERT ON case_joins TO hjemvej_app;

CREATE TABLE contact_person_changes (           -- R2
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id     uuid NOT NULL REFERENCES cases,
  from_id     uuid NOT NULL REFERENCES users,
  to_id       uuid NOT NULL REFERENCES users,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT contact_person_changes_something CHECK (from_id <> to_id)
);
CREATE INDEX contact_person_changes_case ON contact_person_changes (case_id);
ALTER TABLE contact_person_changes ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON contact_person_changes USING (sees_case(case_id));
GRANT SELECT, INSERT ON contact_person_changes TO hjemvej_app;

-- What was joined is over. Only whose it is still follows the case that goes on.
CREATE FUNCTION refuse_change_of_joined_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'joined' AND to_jsonb(NEW) - ARRAY['contact_person_id','team_id','version']
     IS DISTINCT FROM to_jsonb(OLD) - ARRAY['contact_person_id','team_id','version'] THEN
    PERFORM break_rule('case_joined');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER joined BEFORE UPDATE ON cases FOR EACH ROW WHEN (OLD.state = 'joined') EXECUTE FUNCTION refuse_change_of_joined_case();

CREATE FUNCTION refuse_joined() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF EXISTS (SELECT FROM cases WHERE id = NEW.case_id AND state = 'joined') THEN PERFORM break_rule('case_joined'); END IF;
  RETURN NEW;
END $$;

-- A consent can be withdrawn at any time (R7), letters and emergencies end by
-- themselves; nothing else of a joined case changes.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['reflection_decisions','representatives','return_checks','handoffs','departures','arrivals','plan_versions',
      'plan_agreements','plan_approvals','case_budgets','budget_lines','payees','payments','receipts','followups','attempts','surveys',
      'track_changes','assessment_versions','plan_deadlines'] LOOP
    EXECUTE format('CREATE TRIGGER joined BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_joined()', t);
  END LOOP;
END $$;
CREATE TRIGGER joined BEFORE INSERT ON consents FOR EACH ROW EXECUTE FUNCTION refuse_joined();

-- The person's record that was joined stays as it was, too; only its key may be
-- wrapped anew.
CREATE FUNCTION refuse_joined_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF EXISTS (SELECT FROM persons WHERE id = NEW.person_id AND same_as IS NOT NULL) THEN PERFORM break_rule('person_joined'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER joined BEFORE INSERT OR UPDATE ON identity_parts FOR EACH ROW EXECUTE FUNCTION refuse_joined_person();

-- Nobody is counted twice (R40): a case that was joined counts as the one it was
-- joined into.
CREATE OR REPLACE VIEW outcome_facts WITH (security_barrier) AS
  SELECT c.destination, c.state, c.opened_on, c.offered_on,
    c.answer,
    c.answered_on, c.departed_on, c.arrived_on, c.last_day, c.withdrawn_on, c.exit_outcome, c.exited_on,
    (SELECT min(a.made_on) FROM attempts a WHERE a.case_id = c.id AND a.outcome = 'reached_safe') AS first_contact_on,
    (SELECT min(coalesce(p.received_on, p.sent_on)) FROM payments p JOIN budget_lines l ON l.id = p.line_id
      WHERE p.case_id = c.id AND p.state IN ('sent','received') AND l.category <> 'pocket_money') AS first_support_on,
    (SELECT state FROM followups f WHERE f.case_id = c.id AND f.kind = 'month_1') AS month_1,
    (SELECT state FROM followups f WHERE f.case_id = c.id AND f.kind = 'month_3') AS month_3,
    b.economic AS baseline_economic, b.social AS baseline_social, b.psychosocial AS baseline_psychosocial, b.composite AS baseline_composite,
    e.economic AS exit_economic, e.social AS exit_social, e.psychosocial AS exit_psychosocial, e.composite AS exit_composite
  FROM cases c
  LEFT JOIN surveys b ON b.case_id = c.id AND b.kind = 'baseline'
  LEFT JOIN surveys e ON e.case_id = c.id AND e.kind = 'exit'
  WHERE actor_role() IN ('manager', 'system') AND c.state <> 'joined';
