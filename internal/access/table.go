package access

// Operation is the id of one thing that can be asked of the service, the same
// in openapi.yaml, in this table and in the audit log.
type Operation string

// Rule is one row of the table: an operation, how far each role reaches, and the
// scope that a partner's key needs.
type Rule struct {
	Operation Operation
	reach     reaches
}

// Reach is how far a role reaches with the rule's operation.
func (r Rule) Reach(role Role) Reach { return r.reach.of(role) }

// Scope is what a partner's key needs for the rule's operation; "" where no
// partner reaches it.
func (r Rule) Scope() Scope { return r.reach.scope }

// reaches is how far each role reaches; what is left out reaches nothing.
type reaches struct {
	ContactPerson, TeamLead, Finance, Manager, Administrator, Auditor, Partner Reach

	scope Scope
}

// by is the same reaches for a partner's key that has the scope.
func (r reaches) by(s Scope) reaches {
	r.scope = s
	return r
}

func (r reaches) of(role Role) Reach {
	switch role {
	case ContactPerson:
		return r.ContactPerson
	case TeamLead:
		return r.TeamLead
	case Finance:
		return r.Finance
	case Manager:
		return r.Manager
	case Administrator:
		return r.Administrator
	case Auditor:
		return r.Auditor
	case Partner:
		return r.Partner
	}
	return None
}

// Who reaches what, named once.
var (
	caseworkers   = reaches{ContactPerson: Own, TeamLead: Team}
	lead          = reaches{TeamLead: Team}
	withFinance   = reaches{ContactPerson: Own, TeamLead: Team, Finance: All}
	withPartner   = reaches{ContactPerson: Own, TeamLead: Team, Partner: Handed}
	moneyAndGiver = reaches{ContactPerson: Own, TeamLead: Team, Finance: All, Partner: Handed}
	finance       = reaches{Finance: All}
	partner       = reaches{Partner: Handed}
	calendars     = reaches{ContactPerson: All, TeamLead: All, Partner: All}.by(AnyKey) // one's own
	administrator = reaches{Administrator: All}
	endpoints     = reaches{Administrator: All, Partner: Itself}.by(AnyKey)
	statements    = reaches{Finance: All, Partner: Itself}.by(ReportSupport)
	everyone      = reaches{ContactPerson: All, TeamLead: All, Finance: All, Manager: All, Administrator: All, Auditor: All, Partner: All}.by(AnyKey)
	staff         = reaches{ContactPerson: All, TeamLead: All, Finance: All, Manager: All, Administrator: All, Auditor: All}
	withMoney     = reaches{ContactPerson: All, TeamLead: All, Finance: All}
	staffAtWork   = reaches{ContactPerson: All, TeamLead: All, Finance: All, Administrator: All}
)

// rules is the table. A new operation without a row fails the tests and is
// refused to everybody.
var rules = []Rule{
	{"read-me", everyone},
	{"read-my-letters", staff},
	{"choose-my-letters", staff},
	{"create-calendar-feed", calendars},
	{"list-calendar-feeds", calendars},
	{"revoke-calendar-feed", calendars},
	{"read-calendar", withPartner.by(AnyKey)},

	{"open-case", reaches{ContactPerson: Own}},
	{"list-cases", caseworkers},
	{"read-case", caseworkers},
	{"change-track", caseworkers},
	{"list-track-changes", caseworkers},
	{"break-glass", reaches{ContactPerson: All}},
	{"list-glass-openings", caseworkers},
	{"assign-contact-person", lead},
	{"list-contact-person-changes", caseworkers},
	{"join-cases", lead},
	{"record-reflection-decision", caseworkers},
	{"offer-return", caseworkers},
	{"answer-offer", caseworkers},
	{"change-destination", caseworkers},
	{"name-support-person", caseworkers},
	{"withdraw", caseworkers},
	{"appoint-representative", caseworkers},
	{"record-check", caseworkers},
	{"list-checks", caseworkers},
	{"save-assessment", caseworkers},
	{"read-assessment", caseworkers},
	{"list-assessment-versions", caseworkers},

	{"read-identity", caseworkers},
	{"read-ways-to-contact", caseworkers},
	{"change-identity", caseworkers},
	{"add-contact-point", caseworkers},
	{"change-contact-point", caseworkers},
	{"add-address", caseworkers},
	{"change-address", caseworkers},
	{"add-family-member", caseworkers},
	{"change-family-member", caseworkers},
	{"add-document", caseworkers},
	{"change-document", caseworkers},
	{"end-identity-part", caseworkers},
	{"list-duplicates", lead},

	{"give-consent", caseworkers},
	{"list-consents", caseworkers},
	{"withdraw-consent", caseworkers},
	{"read-sharing", caseworkers},

	{"upload-file", withPartner.by(Upload)},
	{"list-files", moneyAndGiver.by(Upload)},
	{"read-file", moneyAndGiver.by(Upload)},
	{"remove-file", caseworkers},

	{"save-plan", caseworkers},
	{"read-plan", caseworkers},
	{"list-plan-versions", caseworkers},
	{"read-plan-version", caseworkers},
	{"compare-plan-versions", caseworkers},
	{"restore-plan-version", caseworkers},
	{"print-plan-version", caseworkers},
	{"list-plan-templates", caseworkers},
	{"read-plan-template", caseworkers},
	{"agree-plan", caseworkers},
	{"request-plan-approval", caseworkers},
	{"approve-plan", lead},

	{"offer-handoff", caseworkers},
	{"list-case-handoffs", caseworkers},
	{"revoke-handoff", caseworkers},
	{"list-handoff-readings", caseworkers},
	{"read-handoff-reading", caseworkers},
	{"list-case-deletion-duties", caseworkers},
	{"list-handoffs", partner.by(ReadHandoffs)},
	{"read-handoff", partner.by(ReadHandoffs)},
	{"read-handoff-risk", partner.by(ReadHandoffs)},
	{"receive-handoff", partner.by(AnswerHandoffs)},
	{"answer-handoff", partner.by(AnswerHandoffs)},
	{"complete-handoff", partner.by(AnswerHandoffs)},
	{"list-deletion-duties", partner.by(ReadHandoffs)},
	{"confirm-deletion", partner.by(AnswerHandoffs)},
	{"report", partner.by(AnswerHandoffs)},
	{"report-batch", partner.by(AnswerHandoffs)},
	{"list-own-reports", partner.by(ReadHandoffs)},
	{"list-reports", caseworkers},
	{"answer-report", caseworkers},

	{"book-departure", caseworkers},
	{"read-booking", caseworkers},
	{"read-departure-gate", caseworkers},
	{"depart", caseworkers},
	{"confirm-arrival", withPartner.by(ReportArrival)},
	{"list-arrivals", withPartner.by(ReadHandoffs)},

	{"read-budget", moneyAndGiver.by(ReportSupport)},
	{"list-postings", withFinance},
	{"read-books", reaches{Finance: All, Manager: All, Administrator: All}},
	{"explain-delay", moneyAndGiver.by(ReportSupport)},
	{"list-deliveries", reaches{TeamLead: Team, Finance: All, Manager: All}},
	{"change-payee", caseworkers},
	{"read-payee", withFinance},
	{"verify-payee", withFinance},
	{"plan-payment", caseworkers},
	{"plan-payments", caseworkers},
	{"list-payments", withFinance},
	{"read-payment", moneyAndGiver.by(ReportSupport)},
	{"approve-payment-exception", lead},
	{"authorise-payment", finance},
	{"send-payment", finance},
	{"record-receipt", moneyAndGiver.by(ReportSupport)},
	{"record-case-receipt", moneyAndGiver.by(ReportSupport)},
	{"list-receipts", moneyAndGiver.by(ReportSupport)},
	{"explain-difference", finance},
	{"submit-statement", statements},
	{"list-statements", statements},
	{"read-statement", statements},
	{"match-statement-line", finance},
	{"cancel-payment", withFinance},
	{"fail-payment", finance},
	{"return-payment", finance},
	{"list-finance-lists", withFinance},
	{"read-finance-list", withFinance},
	{"export-finance-list", withFinance},
	{"list-rates", withMoney},
	{"record-rate", finance},
	{"import-rates", finance},
	{"make-bank-batch", finance},
	{"list-bank-batches", finance},
	{"read-bank-batch", finance},
	{"read-bank-file", finance},
	{"send-bank-batch", finance},
	{"void-bank-batch", finance},
	{"import-bank-statement", finance},
	{"change-partner-account", administrator},
	{"read-partner-account", reaches{Finance: All, Administrator: All}},
	{"verify-partner-account", finance},

	{"list-followups", withPartner.by(FollowUp)},
	{"read-caseload-health", caseworkers},
	{"count-caseload-health", reaches{TeamLead: Team, Manager: All}},
	{"list-due-followups", withPartner.by(FollowUp)},
	{"read-followup", caseworkers},
	{"record-attempt", withPartner.by(FollowUp)},
	{"record-lost-contact", caseworkers},
	{"answer-survey", withPartner.by(FollowUp)},
	{"list-surveys", caseworkers},
	{"save-survey-draft", withPartner.by(FollowUp)},
	{"read-survey-draft", withPartner.by(FollowUp)},
	{"answer-service-questions", withPartner.by(FollowUp)},
	{"list-service-answers", caseworkers},
	{"read-instrument", withPartner.by(FollowUp)},
	{"read-service-questions", withPartner.by(FollowUp)},
	{"print-survey-form", withPartner.by(FollowUp)},
	{"list-concerns", caseworkers},
	{"acknowledge-concern", caseworkers},
	{"record-exit", caseworkers},
	{"read-exit-review", caseworkers},
	{"ask-extension", caseworkers},
	{"approve-extension", lead},
	{"refuse-extension", lead},
	{"withdraw-extension", caseworkers},
	{"list-extensions", caseworkers},
	{"read-level", caseworkers},
	{"raise-level", caseworkers},
	{"give-month-12-consent", caseworkers},
	{"withdraw-month-12-consent", caseworkers},
	{"close-case", caseworkers},
	{"list-case-letters", caseworkers},

	{"record-incident", withPartner.by(AnswerHandoffs)},
	{"list-case-incidents", withPartner.by(AnswerHandoffs)},
	{"read-incident", caseworkers},
	{"plan-incident", caseworkers},
	{"close-incident", caseworkers},
	{"list-incidents", caseworkers},

	{"record-referral", caseworkers},
	{"read-referral", caseworkers},
	{"withdraw-referral-consent", caseworkers},
	{"read-referral-feedback", reaches{Partner: Referred}.by(ReadHandoffs)},

	{"read-outcome-report", reaches{Manager: All}},
	{"read-audit-log", reaches{Auditor: All}},

	{"list-programmes", staffAtWork},
	{"begin-programme", administrator},
	{"list-policies", staff},
	{"propose-policy", administrator},
	{"approve-policy", reaches{Manager: All, Administrator: All}},
	{"list-partners", staffAtWork},
	{"read-partner", staffAtWork},
	{"create-partner", administrator},
	{"change-partner", administrator},
	{"list-partner-people", staffAtWork},
	{"add-partner-person", administrator},
	{"change-partner-person", administrator},
	{"list-partner-keys", administrator},
	{"issue-partner-key", administrator},
	{"rotate-partner-key", administrator},
	{"revoke-partner-key", administrator},
	{"create-endpoint", endpoints},
	{"list-endpoints", endpoints},
	{"change-endpoint", endpoints},
	{"rotate-endpoint-secret", endpoints},
	{"send-test-event", endpoints},
	{"list-event-deliveries", endpoints},
	{"replay-events", endpoints},
	{"list-events", partner.by(ReadHandoffs)},
	{"list-users", administrator},
	{"create-user", administrator},
	{"deactivate-user", administrator},
}

var table = func() map[Operation]Rule {
	m := make(map[Operation]Rule, len(rules))
	for _, r := range rules {
		if _, twice := m[r.Operation]; twice {
			panic("access: two rules for " + string(r.Operation))
		}
		m[r.Operation] = r
	}
	return m
}()

// Rules is the whole table, in the order of the documentation.
func Rules() []Rule { return append([]Rule(nil), rules...) }

// Known reports whether the table has a rule for the operation.
func Known(op Operation) bool { _, ok := table[op]; return ok }
