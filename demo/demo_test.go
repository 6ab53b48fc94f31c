package demo

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/outcome"
	"hjemvej/casework/person"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
	"hjemvej/internal/pgtest"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"
	"hjemvej/migrations"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// now is the day of these tests; TestScripts goes through all others.
var now = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

type filled struct {
	Caseload
	url   string
	db    *postgres.DB
	vault person.Vault
}

func newVault(t *testing.T) person.Vault {
	t.Helper()
	master, err := seal.NewMaster()
	if err != nil {
		t.Fatal(err)
	}
	return person.Vault{Master: master}
}

func fill(t *testing.T) filled {
	t.Helper()
	out := filled{url: pgtest.Database(t, migrations.Apply), vault: newVault(t)}
	begin := time.Now()
	var err error
	if out.Caseload, err = Fill(t.Context(), out.url, out.vault, now, nil); err != nil {
		t.Fatal(err)
	}
	t.Logf("filled in %s", time.Since(begin).Round(time.Millisecond))
	out.db, err = postgres.Open(context.Background(), out.url, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.db.Close)
	return out
}


// One fill serves all of these: it is the slow part.
func TestFill(t *testing.T) {
	t.Parallel()
	d := fill(t)
	t.Run("people", d.people)
	t.Run("everything a visitor should see", d.sights)
	t.Run("course E", d.courseE)
	t.Run("outcome report", d.report)
	t.Run("words", d.words)
	t.Run("a second fill", d.again)
}

func (d filled) people(t *testing.T) {
	found, err := Find(t.Context(), d.db)
	if err != nil || found.CourseE != d.CourseE || !slices.Equal(found.People, d.People) {
		t.Errorf("found %v, %v, want what Fill answered: %v", found, err, d.Caseload)
	}
	for _, name := range []string{"contact_person_1", "contact_person_2", "team_lead", "finance", "manager", "administrator", "auditor", "iom", "partner_1", "partner_2"} {
		i := slices.IndexFunc(d.People, func(p Person) bool { return p.Name == name })
		if i < 0 || (d.People[i].UserID == "") == (d.People[i].PartnerID == "") {
			t.Errorf("%s is missing, or neither staff nor partner", name)
		}
	}
}

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
	{"states of payments", 7, `SELECT count(DISTINCT state) FROM payments`},
	{"payments on hold", 1, `SELECT count(*) FROM payments p JOIN payees y USING (case_id) WHERE p.form = 'cash' AND p.state = 'planned' AND y.verified_by IS NULL`},
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
		"things from the future":   `SELECT count(*) FROM audit_log WHERE at >= '2026-11-23'`,
		"old letters still queued": `SELECT count(*) FROM letters WHERE state = 'queued' AND queued_at < '2026-11-22 09:30Z'`,
	} {
		var n int
		if err := owner.QueryRow(t.Context(), sql).Scan(&n); err != nil || n > 0 {
			t.Errorf("%s: %d; %v", what, n, err)
		}
	}
}

func (d filled) courseE(t *testing.T) {
	who := d.actor(t, "contact_person_1")
	c, err := casefile.Read(t.Context(), d.db, who, d.CourseE)
	if err != nil {
		t.Fatal(err)
	}
	arrival := calendar.MustParse("2026-05-09")
	if c.State != casefile.Closed || c.ExitOutcome != string(followup.Reached) || c.ArrivedOn != arrival || c.LastDay != arrival.AddMonths(6) || c.SupportEnded != c.LastDay {
		t.Errorf("E's case is %+v", c)
	}
	b, err := support.ReadBudget(t.Context(), d.db, who, d.CourseE)
	if err != nil || b.Approved != money.DKK("41700.00") || b.PocketMoney != money.DKK("1500.00") || len(b.Lines) != 6 {
		t.Errorf("E's budget is %+v, %v", b, err)
	}
	for _, l := range b.Lines {
		if short, _ := l.Approved.Sub(l.Delivered); short != money.DKK("0.00") && short != money.DKK("0.01") || l.Late {
			t.Errorf("E's line %s is short by %s, late %v", l.Key, short, l.Late)
		}
	}
	surveys, err := followup.ListSurveys(t.Context(), d.db, who, d.CourseE)
	if err != nil || len(surveys) != 3 {
		t.Fatalf("E has %d surveys, %v", len(surveys), err)
	}
	s := surveys[0]
	if got := fmt.Sprint(s.Economic, s.Social, s.Psychosocial, s.Composite, s.Level, len(s.Alerts)); got != "0.6350 0.7450 0.2625 0.5150 intensified 4" {
		t.Errorf("E's baseline is %s", got)
	}
	for i, later := range surveys[1:] {
		if before := surveys[i]; later.Composite.String() <= before.Composite.String() || later.Psychosocial.String() <= before.Psychosocial.String() {
			t.Errorf("E is not better at %s than at %s", later.Kind, before.Kind)
		}
	}
	d.contactsOfE(t, who)
}

func (d filled) contactsOfE(t *testing.T, who access.Actor) {
	all, err := followup.List(t.Context(), d.db, who, d.CourseE)
	if err != nil {
		t.Fatal(err)
	}
	got := map[followup.Kind]int{}
	for _, f := range all {
		got[f.Kind] = len(f.Attempts)
		if f.State != "done" {
			t.Errorf("E's %s is %s", f.Kind, f.State)
		}
	}
	want := map[followup.Kind]int{followup.ArrivalContact: 1, followup.Month1: 1, followup.PaymentCheck: 1, followup.Month3: 3, followup.Exit: 1}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("E's attempts are %v, want %v", got, want)
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

func (d filled) again(t *testing.T) {
	if _, err := Fill(t.Context(), d.url, d.vault, now, nil); !errors.Is(err, ErrFilled) {
		t.Errorf("a second fill: %v", err)
	}
}

func (d filled) owner(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), d.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func (d filled) actor(t *testing.T, name string) access.Actor {
	t.Helper()
	h := house{db: d.db, actors: map[string]access.Actor{}}
	if err := h.findActors(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h.as(name)
}

func TestFill_TellsAnUnfinishedOne(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, migrations.Apply)
	ctx, stop := context.WithCancel(t.Context())
	_, err := Fill(ctx, url, newVault(t), now, func(done, _ int) {
		if done == 5 {
			stop()
		}
	})
	if err == nil {
		t.Fatal("the fill was not interrupted")
	}
	db, err := postgres.Open(t.Context(), url, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if yes, err := Filled(t.Context(), db); yes || !errors.Is(err, ErrUnfinished) {
		t.Errorf("filled %v, %v", yes, err)
	}
	if _, err := Fill(t.Context(), url, newVault(t), now, nil); !errors.Is(err, ErrUnfinished) {
		t.Errorf("a fill on top: %v", err)
	}
}

func TestFilled_NotWhenEmpty(t *testing.T) {
	t.Parallel()
	db, err := postgres.Open(t.Context(), pgtest.Database(t, migrations.Apply), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if yes, err := Filled(t.Context(), db); yes || err != nil {
		t.Errorf("filled %v, %v", yes, err)
	}
}

// The scripts hold on whatever day the demo is started: nothing lies outside the
// past year, and E has come to the end.
func TestScripts_OnEveryDay(t *testing.T) {
	t.Parallel()
	for today := calendar.MustParse("2026-01-01"); today.Year < 2029; today = today.AddDays(1) {
		e, all := courses(today)
		for _, c := range all {
			for _, s := range c.steps {
				if !s.day.Before(today) || s.day.Before(today.AddDays(-firstDay)) {
					t.Fatalf("%s: %s %s: %s on %s", today, c.given, c.family, s.what, s.day)
				}
			}
		}
		if last := e.steps[len(e.steps)-1]; last.what != "close" || last.day.Before(today.AddDays(-10)) {
			t.Fatalf("%s: E ends with %s on %s", today, last.what, last.day)
		}
	}
}

func TestPurse_NeverCountsAsMore(t *testing.T) {
	t.Parallel()
	for country, p := range purses {
		for _, dkk := range []int{800, 1500, 2200, 2} {
			counted, err := money.InDKK(p.local(dkk), p.rate)
			if over, _ := counted.Cmp(kroner(dkk)); err != nil || over > 0 {
				t.Errorf("%s: %d kr. counts as %s, %v", country, dkk, counted, err)
			}
		}
	}
}
