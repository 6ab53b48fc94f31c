-- Why: the person (sealed), the case, and everything that leads up to the offer.

CREATE TABLE persons (
  id          uuid PRIMARY KEY,
  wrapped_key bytea NOT NULL,                   -- the person's own key, wrapped by the master key (R12)
  identity    bytea NOT NULL,                   -- names, birth date, contact points: sealed, bound to this row
  version     int NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL DEFAULT actor_now()
);

CREATE TABLE programmes (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name          text NOT NULL UNIQUE,
  active        boolean NOT NULL DEFAULT true,
  ceiling_dkk   numeric(14,2) NOT NULL CHECK (ceiling_dkk >= 0),
  person_ceiling_dkk numeric(14,2) NOT NULL DEFAULT 50000,
  allotted_dkk  numeric(14,2) NOT NULL DEFAULT 0,
  CONSTRAINT programme_ceiling CHECK (allotted_dkk BETWEEN 0 AND ceiling_dkk)
);

CREATE TABLE cases (
  id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  code              text NOT NULL UNIQUE,       -- random; says nothing about the person
  person_id         uuid NOT NULL REFERENCES persons,
  programme_id      uuid NOT NULL REFERENCES programmes,
  state             text NOT NULL DEFAULT 'identified' CHECK (state IN
                      ('identified','offered','accepted','declined','departed','arrived','exited','closed','withdrawn')),
  track             text NOT NULL CHECK (track IN ('asylum_seeker','no_lawful_stay','lawful_stay')),
  assessed_by       text NOT NULL CHECK (assessed_by IN ('immigration_service','cmm')),
  assessed_on       date NOT NULL,
  contact_person_id uuid NOT NULL REFERENCES users,             -- R2
  team_id           uuid NOT NULL REFERENCES teams,
  support_person_reason text,                                   -- R2: only in special cases
  support_person_agreed_on date,
  destination       text,                       -- ISO 3166-1 alpha-2; home country or former residence (R6)
  destination_kind  text CHECK (destination_kind IN ('home_country','former_residence')),
  destination_place text,
  reflection_starts_on date,
  reflection_ends_on   date,
  reflection_ended_on  date,
  offered_on        date,
  answer            text CHECK (answer IN ('accepted','declined')),
  answered_on       date,
  departed_on       date,
  arrived_on        date,
  last_day          date,                       -- R23: of support
  support_ended_on  date,
  exit_outcome      text CHECK (exit_outcome IN ('reached','lost','declined_contact','re_migrated','died','safety_hold')),
  exited_on         date,
  withdrawn_on      date,
  withdrawn_from    text,
  closed_on         date,
  opened_on         date NOT NULL,
  version           int NOT NULL DEFAULT 1,
  opened_at         timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT case_assessing_authority CHECK (   -- R1
    CASE track WHEN 'lawful_stay' THEN assessed_by = 'cmm' ELSE assessed_by = 'immigration_service' END),
  CONSTRAINT case_support_person CHECK ((support_person_reason IS NULL) = (support_person_agreed_on IS NULL)),
  CONSTRAINT case_answer_whole CHECK ((answer IS NULL) = (answered_on IS NULL)),
  CONSTRAINT case_last_day CHECK ((arrived_on IS NULL) = (last_day IS NULL))
);
CREATE INDEX cases_contact_person ON cases (contact_person_id, code);
CREATE INDEX cases_team ON cases (team_id, code);
CREATE INDEX cases_person ON cases (person_id);
CREATE INDEX cases_reflection_due ON cases (reflection_ends_on) WHERE reflection_ended_on IS NULL;
CREATE INDEX cases_last_day_due ON cases (last_day) WHERE support_ended_on IS NULL;
CREATE INDEX cases_opened ON cases (opened_on);

INSERT INTO legal_moves VALUES
  ('case','identified','offered'), ('case','identified','withdrawn'),
  ('case','offered','accepted'), ('case','offered','declined'), ('case','offered','withdrawn'),
  ('case','declined','offered'), ('case','declined','closed'), ('case','declined','withdrawn'),
  ('case','accepted','departed'), ('case','accepted','withdrawn'),
  ('case','departed','arrived'), ('case','departed','withdrawn'),
  ('case','arrived','exited'), ('case','arrived','withdrawn'),
  ('case','exited','closed'), ('case','exited','withdrawn'),
  ('case','withdrawn','closed');
CREATE TRIGGER case_move BEFORE UPDATE OF state ON cases
  FOR EACH ROW EXECUTE FUNCTION refuse_illegal_move('case');

CREATE TABLE reflection_decisions (             -- R3
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id    uuid NOT NULL REFERENCES cases,
  decided_on date NOT NULL,
  days       int NOT NULL CHECK (days BETWEEN 1 AND 120),
  ground     text NOT NULL CHECK (ground IN ('initial','special_reasons','cooperates_on_prepared_return')),
  authority  text NOT NULL CHECK (authority IN ('immigration_service','cmm')),
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT actor_now()
);
CREATE INDEX reflection_decisions_case ON reflection_decisions (case_id);
CREATE UNIQUE INDEX reflection_one_initial ON reflection_decisions (case_id) WHERE ground = 'initial';

CREATE FUNCTION guard_reflection() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE total int; n int;
BEGIN
  PERFORM FROM cases WHERE id = NEW.case_id FOR UPDATE;
  SELECT coalesce(sum(days), 0), count(*) INTO total, n FROM reflection_decisions WHERE case_id = NEW.case_id;
  IF (n = 0) <> (NEW.ground = 'initial') THEN PERFORM break_rule('reflection_initial_first'); END IF;
  IF n = 0 AND NEW.days > 30 THEN PERFORM break_rule('reflection_first_30'); END IF;
  IF total + NEW.days > 120 THEN PERFORM break_rule('reflection_total_120'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_reflection BEFORE INSERT ON reflection_decisions
  FOR EACH ROW EXECUTE FUNCTION guard_reflection();

CREATE TABLE representatives (                  -- R5
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id      uuid NOT NULL REFERENCES cases,
  kind         text NOT NULL CHECK (kind IN ('personal_representative','custody_holder')),
  sealed_name  bytea NOT NULL,                  -- sealed with the person's key
  municipality text,                            -- of stay; leads where stay is lawful
  appointed_on date NOT NULL,
  ended_on     date,
  recorded_by  uuid NOT NULL
);
CREATE UNIQUE INDEX representatives_one_current ON representatives (case_id) WHERE ended_on IS NULL;

CREATE TABLE return_checks (                    -- what R18 and R5 ask for, one row a kind
  case_id     uuid NOT NULL REFERENCES cases,
  kind        text NOT NULL CHECK (kind IN ('voluntary_declaration','risk_assessment','needs_assessment',
                'guardian_in_denmark','guardian_at_destination','family_assessment','best_interests','childs_wish','escort')),
  done_on     date NOT NULL,
  result      text NOT NULL CHECK (result IN ('done','cleared','cleared_with_conditions','not_cleared','in_favour','against')),
  language    text,
  version     int NOT NULL DEFAULT 1,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT actor_now(),
  PRIMARY KEY (case_id, kind)
);
