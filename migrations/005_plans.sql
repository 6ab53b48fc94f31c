-- Why: plans are versions that never change (R15); an approval is bound to one
-- version's exact content and given by somebody else (R16).

CREATE TABLE plan_versions (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id    uuid NOT NULL REFERENCES cases,
  kind       text NOT NULL CHECK (kind IN ('action','reintegration')),
  version    int NOT NULL CHECK (version >= 1), -- none can be slipped in before the first author's
  content    text NOT NULL,
  hash       bytea NOT NULL,
  saved_by   uuid NOT NULL,
  saved_at   timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT plan_version_once UNIQUE (case_id, kind, version),
  CONSTRAINT plan_hash_of_content CHECK (hash = sha256(convert_to(content, 'UTF8'))),
  CONSTRAINT plan_saved_by_the_actor CHECK (saved_by = actor_id())
);

CREATE TABLE plan_agreements (                  -- R17
  plan_version_id uuid NOT NULL REFERENCES plan_versions,
  case_id    uuid NOT NULL REFERENCES cases,
  given_by   text NOT NULL CHECK (given_by IN ('self','representative')),
  agreed_on  date NOT NULL,
  language   text NOT NULL,
  recorded_by uuid NOT NULL,
  PRIMARY KEY (plan_version_id, given_by)
);
CREATE INDEX plan_agreements_case ON plan_agreements (case_id);

CREATE TABLE plan_approvals (
  plan_version_id uuid PRIMARY KEY REFERENCES plan_versions,
  case_id      uuid NOT NULL REFERENCES cases,
  requested_by uuid NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT actor_now(),
  hash         bytea,                           -- what the approver approved
  approved_by  uuid,
  approved_at  timestamptz,
  CONSTRAINT approver_is_not_requester CHECK (approved_by <> requested_by),
  CONSTRAINT approval_whole CHECK ((approved_by IS NULL) = (approved_at IS NULL) AND (approved_by IS NULL) = (hash IS NULL))
);
CREATE INDEX plan_approvals_case ON plan_approvals (case_id);

CREATE FUNCTION guard_approval() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE p plan_versions; first_author uuid; newest int;
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.approved_by IS NOT NULL OR NEW.requested_by <> OLD.requested_by
     OR NEW.plan_version_id <> OLD.plan_version_id OR NEW.case_id <> OLD.case_id) THEN
    PERFORM break_rule('approval_is_final');
  END IF;
  SELECT * INTO p FROM plan_versions WHERE id = NEW.plan_version_id;
  IF NEW.case_id <> p.case_id THEN PERFORM break_rule('approval_same_case'); END IF;
  IF TG_OP = 'INSERT' AND NEW.approved_by IS NOT NULL THEN PERFORM break_rule('approval_begins_asked'); END IF;
  IF NEW.approved_by IS NULL THEN
    IF NEW.requested_by IS DISTINCT FROM actor_id() THEN PERFORM break_rule('approval_by_the_actor'); END IF;
    RETURN NEW;
  END IF;
  IF NEW.approved_by IS DISTINCT FROM actor_id() THEN PERFORM break_rule('approval_by_the_actor'); END IF;
  -- A save takes the same lock, so an edit and an approval cannot pass each other.
  PERFORM FROM cases WHERE id = p.case_id FOR UPDATE;
  SELECT saved_by INTO first_author FROM plan_versions WHERE case_id = p.case_id AND kind = p.kind ORDER BY version LIMIT 1;
  SELECT max(version) INTO newest FROM plan_versions WHERE case_id = p.case_id AND kind = p.kind;
  IF NEW.approved_by IN (first_author, p.saved_by) THEN PERFORM break_rule('approver_is_not_author'); END IF;
  IF newest <> p.version OR NEW.hash <> p.hash THEN PERFORM break_rule('approval_of_the_exact_content'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_approval BEFORE INSERT OR UPDATE ON plan_approvals
  FOR EACH ROW EXECUTE FUNCTION guard_approval();
