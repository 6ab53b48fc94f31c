-- Why: a survey is often answered in parts, by people who may also give the
-- support, and what alarms in it must stay on the case until somebody has acted.
-- And the person is asked how the support itself was.

-- Who asked, how, and in which language; NULL: recorded before it was asked for.
ALTER TABLE surveys
  ADD COLUMN interviewer text CHECK (interviewer IN ('contact_person','support_person','partner','other')),
  ADD COLUMN interpreter_helped boolean,
  ADD COLUMN mode text CHECK (mode IN ('in_person','call','video','through_partner','self_completed')),
  ADD COLUMN language text;

-- R37: a survey that is not answered to its end, one for each case and kind.
CREATE TABLE survey_drafts (
  case_id    uuid NOT NULL REFERENCES cases,
  kind       text NOT NULL CHECK (kind IN ('baseline','month_3','exit','month_12')),
  instrument text NOT NULL,
  answers    jsonb NOT NULL,
  touched    jsonb NOT NULL,                    -- each answer, and the version that it last changed in
  version    int NOT NULL DEFAULT 1,
  by_partner uuid REFERENCES partners,          -- that began it
  saved_by   uuid NOT NULL,
  saved_at   timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT survey_draft_once PRIMARY KEY (case_id, kind)
);
CREATE TRIGGER joined BEFORE INSERT OR UPDATE ON survey_drafts FOR EACH ROW EXECUTE FUNCTION refuse_joined();
ALTER TABLE survey_drafts ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON survey_drafts USING (sees_case(case_id));
CREATE POLICY partner ON survey_drafts FOR SELECT USING (by_partner = actor_partner() AND consented(case_id, 'follow_up'));
CREATE POLICY partner_begins ON survey_drafts FOR INSERT WITH CHECK (by_partner = actor_partner() AND consented(case_id, 'follow_up'));
CREATE POLICY partner_goes_on ON survey_drafts FOR UPDATE USING (by_partner = actor_partner() AND consented(case_id, 'follow_up'));
GRANT SELECT, INSERT (case_id, kind, instrument, answers, touched, by_partner, saved_by),
  UPDATE (instrument, answers, touched, version, saved_by, saved_at) ON survey_drafts TO hjemvej_app;

-- The survey ends its draft, and none begins after it. Both hold the case's row,
-- so that neither passes the other unseen.
CREATE FUNCTION end_survey_draft() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  PERFORM FROM cases WHERE id = NEW.case_id FOR NO KEY UPDATE;
  DELETE FROM survey_drafts WHERE case_id = NEW.case_id AND kind = NEW.kind;
  RETURN NULL;
END $$;
CREATE TRIGGER end_draft AFTER INSERT ON surveys FOR EACH ROW EXECUTE FUNCTION end_survey_draft();
CREATE FUNCTION guard_survey_draft() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  PERFORM FROM cases WHERE id = NEW.case_id FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM surveys WHERE case_id = NEW.case_id AND kind = NEW.kind) THEN PERFORM break_rule('survey_once'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_draft BEFORE INSERT ON survey_drafts FOR EACH ROW EXECUTE FUNCTION guard_survey_draft();

-- How the support was, in the person's own answers (R30, R40).
CREATE TABLE service_answers (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id      uuid NOT NULL REFERENCES cases,
  kind         text NOT NULL CHECK (kind IN ('month_3','exit')),
  instrument   text NOT NULL,
  answers      jsonb NOT NULL,
  answered_on  date NOT NULL,
  interviewer  text NOT NULL CHECK (interviewer IN ('contact_person','support_person','partner','other')),
  interpreter_helped boolean NOT NULL,
  mode         text NOT NULL CHECK (mode IN ('in_person','call','video','through_partner','self_completed')),
  language     text NOT NULL,
  interviewer_gives_support boolean NOT NULL,   -- R39
  by_partner   uuid REFERENCES partners,
  recorded_by  uuid NOT NULL,
  recorded_at  timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT service_answers_once UNIQUE (case_id, kind)
);
CREATE TRIGGER joined BEFORE INSERT ON service_answers FOR EACH ROW EXECUTE FUNCTION refuse_joined();
ALTER TABLE service_answers ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON service_answers USING (sees_case(case_id));
CREATE POLICY partner ON service_answers FOR SELECT USING (by_partner = actor_partner() AND consented(case_id, 'follow_up'));
CREATE POLICY partner_reports ON service_answers FOR INSERT WITH CHECK (by_partner = actor_partner() AND consented(case_id, 'follow_up'));
GRANT SELECT, INSERT ON service_answers TO hjemvej_app;

-- R39: a partner that gives a line of the case cannot say that it does not. Where
-- staff writes down what a partner asked, it is any partner that gives one.
CREATE FUNCTION flag_giver() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF EXISTS (SELECT FROM budget_lines l WHERE l.case_id = NEW.case_id
      AND (l.partner_id = NEW.by_partner OR NEW.by_partner IS NULL AND NEW.interviewer = 'partner')) THEN
    NEW.interviewer_gives_support := true;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER flag_giver BEFORE INSERT ON surveys FOR EACH ROW EXECUTE FUNCTION flag_giver();
CREATE TRIGGER flag_giver BEFORE INSERT ON service_answers FOR EACH ROW EXECUTE FUNCTION flag_giver();

-- What stands on a case until a caseworker has said what was done about it. ref
-- is the row that raised it.
CREATE TABLE concerns (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id         uuid NOT NULL REFERENCES cases,
  kind            text NOT NULL CHECK (kind ~ '^[a-z_]+$'),
  ref             uuid NOT NULL,
  raised_at       timestamptz NOT NULL DEFAULT actor_now(),
  acknowledged_by uuid,
  acknowledged_at timestamptz,
  sealed          bytea,                        -- what was done, with the person's key, bound to this row
  CONSTRAINT concern_once UNIQUE (case_id, kind, ref),
  CONSTRAINT concern_acknowledged_whole CHECK (num_nonnulls(acknowledged_by, acknowledged_at, sealed) IN (0, 3))
);
CREATE INDEX concerns_open ON concerns (case_id) WHERE acknowledged_at IS NULL;

CREATE FUNCTION guard_concern() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF;
  IF OLD.acknowledged_at IS NOT NULL THEN PERFORM break_rule('concern_acknowledged_once'); END IF;
  IF NEW.acknowledged_by IS DISTINCT FROM actor_id() THEN PERFORM break_rule('concern_in_own_name'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_concern BEFORE UPDATE ON concerns FOR EACH ROW EXECUTE FUNCTION guard_concern();
-- What was raised before a case was joined may still be acknowledged.
CREATE TRIGGER joined BEFORE INSERT ON concerns FOR EACH ROW EXECUTE FUNCTION refuse_joined();
ALTER TABLE concerns ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON concerns USING (sees_case(case_id));
GRANT SELECT, INSERT (case_id, kind, ref), UPDATE (acknowledged_by, acknowledged_at, sealed) ON concerns TO hjemvej_app;
