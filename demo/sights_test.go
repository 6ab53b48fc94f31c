package demo

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"hjemvej/casework/outcome"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/postgres"
	"hjemvej/partners"
)

// sights are counted as the owner, past row security: "at least" so many rows.
// Today is 2026-11-23.
var sights = []struct {
	what  string
	least int
	sql   string
}{
	{"cases", 44, `SELECT count(*) FROM cases`},
	{"states", 9, `SELECT count(DISTINCT state) FROM cases`},
	{"contact persons", 4, `SELECT count(DISTINCT contact_person_id) FROM cases`},
	{"destinations", 5, `SELECT count(DISTINCT destination) FROM cases WHERE arrived_on IS NOT NULL`},
	{"partners with whole entries", 7, `SELECT count(*) FROM partners WHERE transfer_ground IS NOT NULL AND cardinality(holidays) > 0 AND cardinality(languages) > 0 AND (role = 'return_organisation' OR cardinality(services) > 0)`},
	{"focal points and others to write to", 16, `SELECT count(*) FILTER (WHERE protection_focal_point) * 2 FROM partner_people HAVING count(*) = 16`},
	{"letters to each of a partner's people", 20, `SELECT count(*) FROM letters WHERE partner_person_id IS NOT NULL`},
	{"partners at work", 6, `SELECT count(DISTINCT partner_id) FROM handoffs WHERE role = 'home_country_partner'`},
	{"outcomes of closed cases", 6, `SELECT count(DISTINCT exit_outcome) FROM cases WHERE state = 'closed'`},
	{"states withdrawn from", 5, `SELECT count(DISTINCT withdrawn_from) FROM cases`},
	{"withdrawn and closed", 1, `SELECT count(*) FROM cases WHERE state = 'closed' AND withdrawn_on IS NOT NULL`},
	{"declined and closed", 1, `SELECT count(*) FROM cases WHERE state = 'closed' AND answered_on IS NOT NULL AND departed_on IS NULL AND withdrawn_on IS NULL`},
	{"child seeking asylum", 1, `SELECT count(*) FROM cases c JOIN representatives r ON r.case_id = c.id WHERE track = 'asylum_seeker' AND kind = 'personal_representative'`},
	{"child with lawful stay", 1, `SELECT count(*) FROM cases c JOIN representatives r ON r.case_id = c.id WHERE track = 'lawful_stay' AND kind = 'custody_holder' AND municipality <> ''`},
	{"child with an escort, departed", 1, `SELECT count(*) FROM cases c JOIN return_checks k ON k.case_id = c.id WHERE k.kind = 'escort' AND departed_on IS NOT NULL`},
	{"turned 18 on the way", 1, `SELECT count(*) FROM cases c JOIN representatives r ON r.case_id = c.id WHERE arrived_on IS NOT NULL AND NOT EXISTS (SELECT FROM return_checks k WHERE k.case_id = c.id AND k.kind = 'escort')`},
	{"overdue by 5 days", 1, `SELECT count(*) FROM followups WHERE state = 'open' AND due_on = '2026-11-18'`},
	{"overdue by 12 days", 1, `SELECT count(*) FROM followups WHERE state = 'open' AND due_on = '2026-11-11'`},
	{"due today", 1, `SELECT count(*) FROM followups WHERE state = 'open' AND due_on = '2026-11-23'`},
	{"due in three days", 1, `SELECT count(*) FROM followups WHERE state = 'open' AND due_on = '2026-11-26'`},
	{"lost and declined contacts", 2, `SELECT count(DISTINCT state) FROM followups WHERE state IN ('lost','declined')`},
	{"reflection ends in 14, 7 and 1 days", 3, `SELECT count(DISTINCT reflection_ends_on) FROM cases WHERE reflection_ends_on IN ('2026-12-07','2026-11-30','2026-11-24') AND state IN ('identified','offered')`},
	{"reflection ended", 1, `SELECT count(*) FROM cases WHERE reflection_ended_on IS NOT NULL AND state = 'identified'`},
	{"reflection of 120 days", 1, `SELECT count(*) FROM cases WHERE reflection_ends_on - reflection_starts_on = 120`},
	{"states of hand-offs", 7, `SELECT count(DISTINCT state) FROM handoffs`},
	{"unanswered past the deadline", 1, `SELECT count(*) FROM handoffs WHERE state = 'offered' AND answer_due_on < '2026-11-23'`},
	{"currencies with rates", 5, `SELECT count(DISTINCT currency) FROM rates WHERE source = 'hand'`},
	{"payments at a rate of days before", 1, `SELECT count(*) FROM payments WHERE rate_asked_for > rate_on`},
	{"states of payments", 7, `SELECT count(DISTINCT state) FROM payments`},
	{"payments on hold", 1, `SELECT count(*) FROM payments p JOIN payees y USING (case_id) WHERE p.form = 'cash' AND p.state = 'planned' AND y.verified_by IS NULL`},
	{"payments in a file for the bank", 2, `SELECT count(*) FROM bank_batch_payments x JOIN bank_batches b ON b.id = x.batch_id WHERE b.state = 'made'`},
	{"partners whose account is verified", 7, `SELECT count(*) FROM partner_accounts WHERE verified_by IS NOT NULL`},
	{"late promises", 1, `SELECT count(*) FROM budget_lines l WHERE due_on < '2026-11-23' AND NOT EXISTS (SELECT FROM payments p WHERE p.line_id = l.id AND p.received_on <= l.due_on) AND EXISTS (SELECT FROM cases c WHERE c.id = l.case_id AND c.state = 'arrived')`},
	{"plans that wait for approval", 1, `SELECT count(*) FROM plan_approvals WHERE approved_by IS NULL`},
	{"plans edited after approval", 1, `SELECT count(*) FROM plan_versions v JOIN plan_approvals a ON a.plan_version_id = v.id JOIN plan_versions w ON w.case_id = v.case_id AND w.kind = v.kind AND w.version > v.version
		WHERE a.approved_by IS NOT NULL AND NOT EXISTS (SELECT FROM plan_approvals b WHERE b.plan_version_id = w.id)`},
	{"corrected arrivals", 1, `SELECT count(*) FROM arrivals WHERE reason IS NOT NULL`},
	{"withdrawn consents", 1, `SELECT count(*) FROM consents WHERE withdrawn_at IS NOT NULL`},
	{"baselines", 12, `SELECT count(*) FROM surveys WHERE kind = 'baseline'`},
	{"exit surveys", 8, `SELECT count(*) FROM surveys WHERE kind = 'exit'`},
	{"levels of follow-up", 3, `SELECT count(DISTINCT level) FROM surveys`},
	{"ended support", 1, `SELECT count(*) FROM cases WHERE state = 'arrived' AND support_ended_on IS NOT NULL`},
	{"kinds of report", 6, `SELECT count(DISTINCT kind) FROM partner_reports`},
	{"concerns that nobody has seen", 1, `SELECT count(*) FROM partner_reports WHERE kind = 'safety_concern' AND state = 'open'`},
	{"incidents that were seen", 1, `SELECT count(*) FROM partner_reports WHERE kind = 'incident' AND state = 'seen'`},
	{"incidents that were settled", 1, `SELECT count(*) FROM incidents WHERE state = 'closed' AND sealed_plan IS NOT NULL`},
	{"incidents that nobody took in hand", 1, `SELECT count(*) FROM incidents WHERE state = 'open'`},
	{"proposals that wait", 1, `SELECT count(*) FROM partner_reports WHERE kind = 'plan_change_proposed' AND state = 'open'`},
	{"partners that cannot go on", 1, `SELECT count(*) FROM partner_reports WHERE kind = 'unable_to_go_on' AND state = 'open'`},
	{"referred, with a yes to feedback", 8, `SELECT count(*) FROM referrals WHERE given_on IS NOT NULL`},
	{"referred, without", 2, `SELECT count(*) FROM referrals WHERE given_on IS NULL`},
	{"receipts with their photograph", 10, `SELECT count(*) FROM receipts r JOIN files f ON f.id = r.file_id WHERE f.content_type = 'image/jpeg'`},
	{"differences explained", 1, `SELECT count(*) FROM payment_differences d JOIN payments p ON p.id = d.payment_id WHERE p.state = 'received'`},
	{"statements", 1, `SELECT count(*) FROM partner_statements`},
	{"signed plans", 1, `SELECT count(*) FROM files WHERE kind = 'signed_paper' AND content_type = 'application/pdf'`},
	{"letters sent", 100, `SELECT count(*) FROM letters WHERE state = 'sent'`},
}

func (d filled) sights(t *testing.T) {
	owner := d.owner(t)
	for _, s := range sights {
		var n int
		if err := owner.QueryRow(t.Context(), s.sql).Scan(&n); err != nil || n < s.least {
			t.Errorf("%s: %d, want at least %d; %v", s.what, n, s.least, err)
		}
	}
	for what, sql := range map[string]string{
		"denials":                  `SELECT count(*) FROM audit_log WHERE outcome = 'denied'`,
		"things from the future":   `SELECT count(*) FROM audit_log WHERE at >= '2026-11-23' AND operation !~ '^(read|list)'`,
		"old letters still queued": `SELECT count(*) FROM letters WHERE state = 'queued' AND queued_at < '2026-11-22 09:30Z'`,
	} {
		var n int
		if err := owner.QueryRow(t.Context(), sql).Scan(&n); err != nil || n > 0 {
			t.Errorf("%s: %d; %v", what, n, err)
		}
	}
}

func (d filled) report(t *testing.T) {
	r, err := outcome.Read(t.Context(), d.db, d.actor(t, "manager"), calendar.MustParse("2025-11-23"), calendar.MustParse("2026-11-23"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Funnel {
		if s.N == 0 || s.N > s.Of {
			t.Errorf("%s: %d of %d", s.Step, s.N, s.Of)
		}
	}
	if len(r.Exits) < 7 || r.Reached.N < 5 || r.Reached.N == r.Reached.Of {
		t.Errorf("exits %v, reached %v", r.Exits, r.Reached)
	}
}

func (d filled) feedback(t *testing.T) {
	i := slices.IndexFunc(d.People, func(p Person) bool { return p.Name == "referrer_1" })
	who := access.Actor{ID: d.People[i].PartnerID, Role: access.Partner, Partner: d.People[i].PartnerID, Scopes: access.EveryScope}
	f, err := partners.ReadFeedback(t.Context(), d.db, who, "2026-Q3")
	statuses := map[partners.ReturnStatus]int{}
	for _, p := range f.People {
		statuses[p.Status]++
	}
	if err != nil || len(statuses) < 3 {
		t.Errorf("told %v, %v", statuses, err)
	}
}

// words looks through every text, the sealed ones too.
func (d filled) words(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)victim|trafficking|prostitut|police|testimony`)
	owner := d.owner(t)
	tables, err := postgres.Collect[struct{ Name string }](t.Context(), owner, `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`)
	if err != nil || len(tables) < 25 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	for _, table := range tables {
		rows, err := postgres.Collect[struct{ Text string }](t.Context(), owner, `SELECT x::text AS text FROM `+table.Name+` x`)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if found := forbidden.FindString(r.Text); found != "" {
				t.Errorf("%s says %q", table.Name, found)
			}
		}
	}
	sealed, err := postgres.Collect[person.Sealed](t.Context(), owner, `SELECT id, wrapped_key, identity FROM persons`)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sealed {
		if who, err := d.vault.Open(s); err != nil || forbidden.MatchString(fmt.Sprint(who)) {
			t.Errorf("an identity: %v", err)
		}
	}
}
