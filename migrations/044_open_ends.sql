-- Why: no case is closed over an incident that is not dealt with, whoever closes it
-- (R35); and what is left of a line by rounding alone is not called unspent.

-- Whoever records an incident holds the case's key until it can be seen, as whoever
-- plans a payment does: the whole row waits for them.
CREATE FUNCTION refuse_open_incidents() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  PERFORM FROM cases WHERE id = NEW.id FOR UPDATE;
  IF EXISTS (SELECT FROM incidents WHERE case_id = NEW.id AND state <> 'closed') THEN
    PERFORM break_rule('case_closed_with_open_incidents');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER case_closed_with_open_incidents BEFORE UPDATE OF state ON cases FOR EACH ROW
  WHEN (NEW.state = 'closed' AND OLD.state <> 'closed') EXECUTE FUNCTION refuse_open_incidents();

-- What may be missing of so many promises together: an amount in another currency
-- seldom counts as a round sum of kroner (R28). The program's comparison has the same.
CREATE FUNCTION rounding(promises bigint) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT 0.50 * promises $$;

CREATE OR REPLACE FUNCTION promise_kept(p promises) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (SELECT coalesce(sum(d.dkk), 0) FROM deliveries d WHERE d.line_id = p.line_id)
    > (SELECT greatest(sum(q.dkk) - rounding(count(*)), 0) FROM promises q WHERE q.line_id = p.line_id AND q.plan_version_id = p.plan_version_id AND q.number <= p.number) $$;

-- The lines of which something is not committed, or committed and neither received
-- nor explained, and how much, in DKK; what is rounding is none.
CREATE VIEW line_remains WITH (security_invoker = true) AS
  SELECT l.id AS line_id, l.case_id, l.partner_id, l.key,
    CASE WHEN r.unspent >= r.rounding THEN r.unspent ELSE 0 END AS unspent,
    CASE WHEN r.unreceived >= r.rounding THEN r.unreceived ELSE 0 END AS unreceived
  FROM budget_lines l
  CROSS JOIN LATERAL (SELECT coalesce(sum(p.proven_dkk) FILTER (WHERE p.state <> 'failed'), 0) + coalesce(sum(p.explained_dkk), 0) AS dkk
    FROM payments p WHERE p.line_id = l.id AND p.state IN ('sent','received','failed')) got
  CROSS JOIN LATERAL (SELECT l.approved_dkk - l.committed_dkk AS unspent, l.committed_dkk - got.dkk AS unreceived,
    (SELECT rounding(greatest(count(*), 1)) FROM promises q WHERE q.line_id = l.id AND q.plan_version_id = l.plan_version_id) AS rounding) r
  WHERE r.unspent >= r.rounding OR r.unreceived >= r.rounding;
GRANT SELECT ON line_remains TO hjemvej_app;
