-- Why: what happened (insert-only), what was said (letters), and answers to
-- requests that may come twice (R29).

CREATE TABLE audit_log (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL,
  actor_id   uuid NOT NULL,
  actor_role text NOT NULL,
  partner_id uuid,
  operation  text NOT NULL,
  outcome    text NOT NULL CHECK (outcome IN ('done','denied')),
  case_id    uuid,
  case_code  text,
  object_id  text,
  request_id text NOT NULL DEFAULT ''
);
CREATE INDEX audit_log_case ON audit_log (case_code, id);
CREATE INDEX audit_log_actor ON audit_log (actor_id, id);

CREATE TABLE letters (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  once        text NOT NULL UNIQUE,             -- what makes this letter this letter: it goes out once (R36)
  kind        text NOT NULL,
  case_id     uuid REFERENCES cases,
  followup_id uuid REFERENCES followups,        -- the condition that is looked at again before sending
  handoff_id  uuid REFERENCES handoffs,
  user_id     uuid REFERENCES users,
  partner_id  uuid REFERENCES partners,
  days        int NOT NULL DEFAULT 0,
  due_on      date,
  state       text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued','sent','dropped','failed')),
  queued_at   timestamptz NOT NULL DEFAULT actor_now(),
  ended_at    timestamptz,
  CONSTRAINT letter_one_recipient CHECK ((user_id IS NULL) <> (partner_id IS NULL))
);
CREATE INDEX letters_case ON letters (case_id);

CREATE TABLE idempotency_keys (
  actor_id   uuid NOT NULL,
  key        text NOT NULL,
  operation  text NOT NULL,
  request    bytea NOT NULL,                    -- SHA-256 of what was asked
  answer     jsonb,
  touched    jsonb,                             -- the traces of the first time, for the second's
  created_at timestamptz NOT NULL DEFAULT actor_now(),
  PRIMARY KEY (actor_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
