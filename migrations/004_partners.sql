-- Why: what may be shared with whom (R7), and what was handed over (R20).

CREATE TABLE consents (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id      uuid NOT NULL REFERENCES cases,
  partner_id   uuid NOT NULL REFERENCES partners,
  category     text NOT NULL CHECK (category IN ('identity','contact','travel','health','family',
                 'housing_and_livelihood','risk','support_and_payments','follow_up')),
  purpose      text NOT NULL CHECK (purpose IN ('prepare_return','reception','support','follow_up')),
  given_by     text NOT NULL CHECK (given_by IN ('self','representative')),
  language     text NOT NULL,
  valid_from   date NOT NULL,
  valid_until  date NOT NULL,
  withdrawn_at timestamptz,
  version      int NOT NULL DEFAULT 1,
  recorded_by  uuid NOT NULL,
  recorded_at  timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT consent_from_before_until CHECK (valid_from <= valid_until)
);
CREATE INDEX consents_case ON consents (case_id, partner_id, category);

CREATE TABLE handoffs (
  id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id        uuid NOT NULL REFERENCES cases,
  partner_id     uuid NOT NULL REFERENCES partners,
  role           text NOT NULL CHECK (role IN ('return_organisation','home_country_partner')),
  state          text NOT NULL DEFAULT 'offered' CHECK (state IN
                   ('draft','offered','received','accepted','declined','in_progress','completed','revoked')),
  note           text NOT NULL DEFAULT '',      -- to the partner; never the story (R8)
  offered_at     timestamptz NOT NULL DEFAULT actor_now(),
  answer_due_on  date NOT NULL,
  received_at    timestamptz,
  answered_at    timestamptz,
  decline_reason text,
  completed_at   timestamptz,
  revoked_at     timestamptz,
  offered_by     uuid NOT NULL,
  version        int NOT NULL DEFAULT 1,
  CONSTRAINT handoff_decline_reason CHECK (state <> 'declined' OR decline_reason IS NOT NULL)
);
CREATE INDEX handoffs_case ON handoffs (case_id);
CREATE INDEX handoffs_partner ON handoffs (partner_id, id);
CREATE INDEX handoffs_unanswered ON handoffs (answer_due_on) WHERE state IN ('offered','received');
CREATE UNIQUE INDEX handoffs_one_open ON handoffs (case_id, partner_id)
  WHERE state IN ('draft','offered','received','accepted','in_progress');

INSERT INTO legal_moves VALUES
  ('handoff','draft','offered'), ('handoff','draft','revoked'),
  ('handoff','offered','received'), ('handoff','offered','accepted'), ('handoff','offered','declined'), ('handoff','offered','revoked'),
  ('handoff','received','accepted'), ('handoff','received','declined'), ('handoff','received','revoked'),
  ('handoff','accepted','in_progress'), ('handoff','accepted','completed'), ('handoff','accepted','revoked'),
  ('handoff','in_progress','completed'), ('handoff','in_progress','revoked');
CREATE TRIGGER handoff_move BEFORE UPDATE OF state ON handoffs
  FOR EACH ROW EXECUTE FUNCTION refuse_illegal_move('handoff');

CREATE TABLE departures (                       -- R18, R19
  case_id       uuid PRIMARY KEY REFERENCES cases,
  planned_on    date NOT NULL,
  notified_on   date NOT NULL,
  confirmed_on  date,                           -- by the receiving office
  late_reason   text,
  version       int NOT NULL DEFAULT 1,
  recorded_by   uuid NOT NULL
);

CREATE TABLE arrivals (                         -- R22: each correction is kept
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id     uuid NOT NULL REFERENCES cases,
  arrived_on  date NOT NULL,
  reason      text,                             -- of a correction
  by_partner  uuid REFERENCES partners,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT actor_now(),
  seq         bigint GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX arrivals_case ON arrivals (case_id, seq);
