-- Why: limits and times were constants of the program. They are set by the house
-- now, by two people, from a day on; what was decided before stays judged by the
-- policy of its day.

CREATE TABLE policies (
  id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  effective_from date NOT NULL,
  content        text NOT NULL CONSTRAINT policy_is_an_object CHECK (jsonb_typeof(content::jsonb) = 'object'),
  proposed_by    uuid NOT NULL,
  proposed_at    timestamptz NOT NULL DEFAULT actor_now(),
  approved_by    uuid,
  approved_at    timestamptz,
  CONSTRAINT policy_four_eyes CHECK (approved_by <> proposed_by),
  -- The first one is the program's own: nobody approved it.
  CONSTRAINT policy_approved_whole CHECK ((approved_by IS NULL) = (approved_at IS NULL) OR proposed_by = '00000000-0000-0000-0000-000000000000')
);
CREATE UNIQUE INDEX policy_once_a_day ON policies (effective_from) WHERE approved_at IS NOT NULL;

-- What held before: the rules' defaults.
INSERT INTO policies (effective_from, proposed_by, approved_at, content) VALUES ('2000-01-01', '00000000-0000-0000-0000-000000000000', now(),
  '{"support":{"person_ceiling":{"amount":"50000.00","currency":"DKK"},"large_payment":{"amount":"10000.00","currency":"DKK"},"max_instalments":24,"rate_max_age_days":7,"receipt_within_days":30},"authorisation":{"finance_up_to":{"amount":"50000.00","currency":"DKK"}},"follow_up":{"lost_attempts":4,"lost_days":3,"lost_channels":2,"intensified_weeks":4,"not_free_quiet_days":3,"arrival_contact_within":14,"month_opens_before":7,"exit_opens_before":14,"payment_check_after":14,"closes_after":14}}');

CREATE FUNCTION guard_policy() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.proposed_by IS DISTINCT FROM actor_id() THEN PERFORM break_rule('policy_by_the_actor'); END IF;
    IF NEW.approved_by IS NOT NULL OR NEW.approved_at IS NOT NULL THEN PERFORM break_rule('policy_begins_proposed'); END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.effective_from, NEW.content, NEW.proposed_by, NEW.proposed_at) IS DISTINCT FROM (OLD.id, OLD.effective_from, OLD.content, OLD.proposed_by, OLD.proposed_at) THEN
    PERFORM break_rule('policy_is_what_was_proposed');
  END IF;
  IF (NEW.approved_by, NEW.approved_at) IS NOT DISTINCT FROM (OLD.approved_by, OLD.approved_at) THEN RETURN NEW; END IF;
  IF OLD.approved_at IS NOT NULL THEN PERFORM break_rule('policy_approval_is_final'); END IF;
  IF NEW.approved_by IS DISTINCT FROM actor_id() THEN PERFORM break_rule('policy_by_the_actor'); END IF;
  -- Not today either: a day is judged by one policy, from its first decision to its last.
  IF NEW.effective_from <= actor_today() THEN PERFORM break_rule('policy_from_tomorrow'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_policy BEFORE INSERT OR UPDATE ON policies FOR EACH ROW EXECUTE FUNCTION guard_policy();

ALTER TABLE policies ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON policies FOR SELECT USING (actor_role() IN ('contact_person','team_lead','finance','manager','administrator','auditor','system'));
CREATE POLICY propose ON policies FOR INSERT WITH CHECK (actor_role() = 'administrator');
CREATE POLICY approve ON policies FOR UPDATE USING (actor_role() IN ('administrator','manager'));
GRANT SELECT, INSERT (effective_from, content, proposed_by), UPDATE (approved_by, approved_at) ON policies TO hjemvej_app;

-- The policy in force on a day, for whoever acts: a partner's report is judged by it, too.
CREATE FUNCTION policy_on(day date) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT content::jsonb FROM policies WHERE approved_at IS NOT NULL AND effective_from <= day ORDER BY effective_from DESC LIMIT 1 $$;

-- What a payment may count as that this person authorises on a day (R26). Where
-- nothing says so, nothing.
CREATE FUNCTION may_authorise_dkk(person uuid, day date) RETURNS numeric LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT coalesce(
    (SELECT (p->'up_to'->>'amount')::numeric FROM jsonb_array_elements(coalesce(a->'people', '[]')) p WHERE (p->>'user_id')::uuid = person),
    (a->'finance_up_to'->>'amount')::numeric, 0)
  FROM (SELECT policy_on(day)->'authorisation' AS a) x $$;

-- Authorising alone is measured: what was authorised under an older policy is sent
-- as it was.
CREATE FUNCTION limit_authoriser() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  -- A name that was written before, while the payment was planned, is nobody's act.
  IF NEW.authorised_by IS NOT NULL AND NEW.authorised_by IS DISTINCT FROM actor_id() THEN PERFORM break_rule('payment_by_the_actor'); END IF;
  IF NEW.dkk > may_authorise_dkk(NEW.authorised_by, actor_today()) THEN PERFORM break_rule('payment_authoriser_limit'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payment_within_limit BEFORE UPDATE ON payments FOR EACH ROW
  WHEN (OLD.state <> 'authorised' AND NEW.state = 'authorised') EXECUTE FUNCTION limit_authoriser();

-- R25: a person's lines of a category together. Looked at when all lines are laid,
-- since money may move between categories within one plan. Lowering is always right.
CREATE FUNCTION hold_category_cap() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE cap numeric;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.category = OLD.category AND NEW.approved_dkk <= OLD.approved_dkk THEN RETURN NULL; END IF;
  cap := (policy_on(actor_today())->'support'->'category_caps'->NEW.category->>'amount')::numeric;
  IF cap IS NULL THEN RETURN NULL; END IF;
  PERFORM FROM case_budgets WHERE case_id = NEW.case_id FOR NO KEY UPDATE; -- waits for another who lays lines
  IF (SELECT sum(approved_dkk) FROM budget_lines WHERE case_id = NEW.case_id AND category = NEW.category) > cap THEN
    PERFORM break_rule('category_cap');
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER hold_category_cap AFTER INSERT OR UPDATE ON budget_lines DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION hold_category_cap();
