-- Why: what a partner reports of its work is a fact of its own, kept once
-- however often it is sent (R29), read by caseworkers and by the partner that
-- wrote it, and by no other (R21). And whoever referred a person is told each
-- quarter how the prepared return stands, where the person agreed to that (R41).

CREATE TABLE partner_reports (
  id            uuid PRIMARY KEY,
  case_id       uuid NOT NULL REFERENCES cases,
  handoff_id    uuid NOT NULL REFERENCES handoffs,
  partner_id    uuid NOT NULL REFERENCES partners,
  kind          text NOT NULL CHECK (kind IN ('booking_confirmed','met_at_arrival','counselling_held','plan_change_proposed',
                  'incident','safety_concern','unable_to_go_on')),
  happened_on   date NOT NULL,
  reference     text NOT NULL,                  -- the partner's own
  sealed        bytea NOT NULL,                 -- the text, with the person's key, bound to this row
  recorded_by   uuid NOT NULL,
  recorded_at   timestamptz NOT NULL DEFAULT actor_now(),
  state         text NOT NULL,
  answered_by   uuid,
  answered_at   timestamptz,
  sealed_answer bytea,                          -- as the text
  version       int NOT NULL DEFAULT 1,
  CONSTRAINT partner_reports_reference UNIQUE (partner_id, reference),
  CONSTRAINT report_state CHECK (CASE
    WHEN kind IN ('booking_confirmed','met_at_arrival','counselling_held') THEN state = 'noted'
    WHEN kind = 'plan_change_proposed' THEN state IN ('open','accepted','refused')
    ELSE state IN ('open','seen') END),
  CONSTRAINT report_answer_whole CHECK (
    CASE WHEN state IN ('open','noted') THEN num_nonnulls(answered_by, answered_at, sealed_answer) = 0
    ELSE num_nonnulls(answered_by, answered_at, sealed_answer) = 3 END)
);
CREATE INDEX partner_reports_case ON partner_reports (case_id);
CREATE INDEX partner_reports_handoff ON partner_reports (handoff_id);
CREATE INDEX partner_reports_open ON partner_reports (case_id) WHERE state = 'open';

INSERT INTO legal_moves VALUES ('report','open','seen'), ('report','open','accepted'), ('report','open','refused');
CREATE TRIGGER report_move BEFORE UPDATE OF state ON partner_reports
  FOR EACH ROW EXECUTE FUNCTION refuse_illegal_move('report');
-- What was reported of a case before it was joined may still be answered.
CREATE TRIGGER joined BEFORE INSERT ON partner_reports FOR EACH ROW EXECUTE FUNCTION refuse_joined();

-- Nobody reports in a partner's name, and what it wrote is never changed.
ALTER TABLE partner_reports ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON partner_reports FOR SELECT USING (sees_case(case_id));
CREATE POLICY caseworkers_answer ON partner_reports FOR UPDATE USING (sees_case(case_id))
  WITH CHECK (sees_case(case_id) AND (answered_by IS NULL OR answered_by = actor_id()));
CREATE POLICY partner ON partner_reports FOR SELECT USING (partner_id = actor_partner() AND handed(case_id));
CREATE POLICY partner_reports ON partner_reports FOR INSERT WITH CHECK (actor_role() = 'partner'
  AND partner_id = actor_partner() AND recorded_by = actor_id() AND state IN ('open','noted')
  AND EXISTS (SELECT FROM handoffs h WHERE h.id = handoff_id AND h.case_id = partner_reports.case_id AND h.partner_id = actor_partner()));
GRANT SELECT, INSERT, UPDATE (state, answered_by, answered_at, sealed_answer, version) ON partner_reports TO hjemvej_app;

-- What seals and opens those texts for the partner: the person's wrapped key,
-- without the identity, which has a consent of its own.
CREATE FUNCTION key_of_reports(c uuid) RETURNS TABLE (id uuid, wrapped_key bytea) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
  RETURN QUERY SELECT p.id, p.wrapped_key FROM persons p JOIN cases k ON k.person_id = p.id WHERE k.id = c AND handed(c);
END $$;

-- A letter about a report goes out while the report still waits.
ALTER TABLE letters ADD COLUMN report_id uuid REFERENCES partner_reports;
CREATE INDEX letters_report ON letters (report_id) WHERE report_id IS NOT NULL;

-- R41: who referred the person. Versions that never change, the newest counts.

CREATE TABLE referrals (
  case_id     uuid NOT NULL REFERENCES cases,
  version     int NOT NULL CHECK (version >= 1),
  partner_id  uuid NOT NULL REFERENCES partners,
  referred_on date NOT NULL,
  reference   text NOT NULL,                    -- random; what the organisation knows the person by
  given_by    text CHECK (given_by IN ('self','representative')), -- NULL: the person has not agreed, or does not any more
  language    text,
  given_on    date,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT actor_now(),
  PRIMARY KEY (case_id, version),
  CONSTRAINT referrals_reference UNIQUE (reference, version), -- of two cases that drew alike, the second draws again
  CONSTRAINT referral_consent_whole CHECK (num_nonnulls(given_by, language, given_on) IN (0, 3)),
  CONSTRAINT referral_recorded_by_the_actor CHECK (recorded_by = actor_id())
);
CREATE INDEX referrals_partner ON referrals (partner_id);
-- Also in a joined case the person may take back what they agreed to (R7).
CREATE TRIGGER joined BEFORE INSERT ON referrals FOR EACH ROW WHEN (NEW.given_on IS NOT NULL) EXECUTE FUNCTION refuse_joined();
ALTER TABLE referrals ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON referrals USING (sees_case(case_id));
GRANT SELECT, INSERT ON referrals TO hjemvej_app;

-- The case in which the person's course goes on: itself, or the one that it was
-- joined into, or that one.
CREATE FUNCTION goes_on(c uuid) RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
DECLARE next uuid;
BEGIN
  LOOP
    SELECT j.into_id INTO next FROM case_joins j JOIN cases k ON k.id = j.case_id WHERE k.id = c AND k.state = 'joined';
    IF next IS NULL THEN RETURN c; END IF;
    c := next;
  END LOOP;
END $$;

-- What feedback is made of: of the people whom the acting organisation referred
-- and who agree to it now, the days of the return, and nothing else. The view
-- runs as its owner; its own condition says who may look.
CREATE VIEW referral_facts WITH (security_barrier) AS
  SELECT r.case_id, k.code, r.reference, r.given_on, c.offered_on, coalesce(c.answer, '') AS answer, c.answered_on, c.departed_on,
    c.arrived_on, c.last_day, c.exited_on, c.withdrawn_on
  FROM referrals r JOIN cases k ON k.id = r.case_id JOIN cases c ON c.id = goes_on(r.case_id)
  WHERE actor_role() = 'partner' AND r.partner_id = actor_partner() AND r.given_on IS NOT NULL
    AND NOT EXISTS (SELECT FROM referrals n WHERE n.case_id = r.case_id AND n.version > r.version);
GRANT SELECT ON referral_facts TO hjemvej_app;
