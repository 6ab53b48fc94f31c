-- Why: finance's lists look at what waits, not at everything that was ever paid:
-- indexes that hold the open part alone. And an export leaves how many rows went
-- with it in the audit log.

CREATE INDEX payments_to_authorise ON payments (planned_for, id) WHERE state = 'planned';
CREATE INDEX payments_to_send ON payments (planned_for, id) WHERE state = 'authorised';
CREATE INDEX payments_to_be_received ON payments (sent_on, id) WHERE state = 'sent';
CREATE INDEX payments_open_cash ON payments (planned_for, id) WHERE form = 'cash' AND state IN ('planned','authorised');
CREATE INDEX payments_excepted ON payments (planned_for, id) WHERE exception_reason IS NOT NULL;
CREATE INDEX budget_lines_case_near ON budget_lines (case_id) WHERE approved_dkk > 0 AND committed_dkk >= 0.9 * approved_dkk;
CREATE INDEX case_budgets_near ON case_budgets (case_id) WHERE ceiling_dkk > 0 AND lines_dkk >= 0.9 * ceiling_dkk;
CREATE INDEX cases_supported ON cases (id) WHERE state IN ('accepted','departed','arrived');

ALTER TABLE audit_log ADD COLUMN row_count int; -- of an export; NULL for everything else
