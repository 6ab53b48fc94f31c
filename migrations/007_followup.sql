-- Why: the six months after arrival. A slot exists once, whatever runs twice (R31).

CREATE TABLE followups (
  id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id   uuid NOT NULL REFERENCES cases,
  kind      text NOT NULL CHECK (kind IN ('arrival_contact','month_1','month_3','exit','payment_check','month_12')),
  ref       text NOT NULL DEFAULT '',           -- the payment that a payment_check follows
  opens_on  date NOT NULL,
  due_on    date NOT NULL,
  closes_on date NOT NULL,
  state     text NOT NULL DEFAULT 'open' CHECK (state IN ('open','done','lost','declined','dropped')),
  done_on   date,
  version   int NOT NULL DEFAULT 1,
  CONSTRAINT followup_once UNIQUE (case_id, kind, ref),
  CONSTRAINT followup_done_whole CHECK ((state IN ('open','dropped')) = (done_on IS NULL))
);
CREATE INDEX followups_due ON followups (due_on) WHERE state = 'open';
INSERT INTO legal_moves VALUES
  ('followup','open','done'), ('followup','open','lost'), ('followup','open','declined'), ('followup','open','dropped'),
  ('followup','lost','done'), ('followup','dropped','open');
CREATE TRIGGER followup_move BEFORE UPDATE OF state ON followups
  FOR EACH ROW EXECUTE FUNCTION refuse_illegal_move('followup');

CREATE TABLE attempts (                         -- R33
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id     uuid NOT NULL REFERENCES cases,
  followup_id uuid NOT NULL REFERENCES followups,
  made_on     date NOT NULL,
  channel     text NOT NULL CHECK (channel IN ('call','text','messaging_app','email','visit','through_partner')),
  outcome     text NOT NULL CHECK (outcome IN ('reached_safe','reached_not_free','no_answer','number_dead','third_party','refused')),
  by_partner  uuid REFERENCES partners,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT actor_now()
);
CREATE INDEX attempts_followup ON attempts (followup_id);
CREATE INDEX attempts_case ON attempts (case_id);

CREATE TABLE surveys (                          -- R37: raw answers with the instrument's version
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id      uuid NOT NULL REFERENCES cases,
  kind         text NOT NULL CHECK (kind IN ('baseline','month_3','exit','month_12')),
  instrument   text NOT NULL,
  answers      jsonb NOT NULL,
  answered_on  date NOT NULL,
  economic     numeric(5,4) NOT NULL,
  social       numeric(5,4) NOT NULL,
  psychosocial numeric(5,4) NOT NULL,
  composite    numeric(5,4) NOT NULL,
  non_answers  int NOT NULL,
  level        text NOT NULL CHECK (level IN ('intensified','standard','light')),
  alerts       text[] NOT NULL DEFAULT '{}',
  interviewer_gives_support boolean NOT NULL,   -- R39
  by_partner   uuid REFERENCES partners,
  recorded_by  uuid NOT NULL,
  recorded_at  timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT survey_once UNIQUE (case_id, kind)
);
