-- Why: a sweep takes what is due in the order of its days, a part at a time, and asks
-- of each whether its last letter went out; a quiet time puts back what is queued of
-- one follow-up; and what a reader was sent a moment ago decides whether more goes
-- out as one. None of them may cost by what exists (R33, R36).

CREATE INDEX followups_due_in_order ON followups (due_on, id) WHERE state = 'open';
DROP INDEX followups_due;
CREATE INDEX letters_of_followups ON letters (followup_id) WHERE followup_id IS NOT NULL;
CREATE INDEX letters_escalated ON letters (followup_id, due_on) WHERE kind = 'followup_escalated';
CREATE INDEX letters_of_readers ON letters (coalesce(user_id, partner_person_id), queued_at);
