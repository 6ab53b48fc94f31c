package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/casework/plan"
	"hjemvej/casework/policy"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// The size of a loaded house: what one contact person and one team carry, and
// how many cases go in at once.
const (
	casesEach   = 60
	contactsOf  = 10 // of a team
	chunk       = casesEach * contactsOf * 5
	loadWorkers = 2
)

// Load adds n plain cases to a filled demo, by COPY, so that the program can be
// tried and measured at the size of years: each with a sealed identity, a
// budget, a plan and, after arrival, its follow-ups. They belong to contact
// persons and teams of their own; nothing is sent about them. ownerURL is the
// schema's owner's. progress is told after each chunk; it may be nil.
//
// Rows go past the use cases, so they show size and not courses; duplicates are
// not looked for among them.
func Load(ctx context.Context, ownerURL string, vault person.Vault, n int, now time.Time, progress func(done, total int)) error {
	l := loader{codes: &sync.Map{}, vault: vault, today: calendar.Today(now), told: progress, total: n}
	conn, err := pgx.Connect(ctx, ownerURL)
	if err != nil {
		return fmt.Errorf("reach the database to load: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	err = conn.QueryRow(ctx, `SELECT (SELECT id::text FROM programmes ORDER BY name LIMIT 1), (SELECT id::text FROM partners WHERE role = 'home_country_partner' ORDER BY name LIMIT 1)`).
		Scan(&l.programme, &l.partner)
	if err != nil {
		return fmt.Errorf("find what cases hang on: %w", err)
	}
	sizes, chunks := make(chan int), errgroup.Group{}
	done := make(chan int)
	for range loadWorkers {
		chunks.Go(func() error { return l.work(ctx, ownerURL, sizes, done) })
	}
	go func() {
		defer close(sizes)
		for left := n; left > 0; left -= chunk {
			select {
			case sizes <- min(chunk, left):
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() {
		sum := 0
		for d := range done {
			sum += d
			if l.told != nil {
				l.told(sum, l.total)
			}
		}
	}()
	err = chunks.Wait()
	close(done)
	return err
}

type loader struct {
	vault              person.Vault
	today              calendar.Date
	programme, partner string
	told               func(done, total int)
	total              int
	codes              *sync.Map // drawn so far: of a million, two may be alike
}

// work loads chunks on a connection of its own, each in a transaction, as the
// program.
func (l loader) work(ctx context.Context, ownerURL string, sizes <-chan int, done chan<- int) error {
	conn, err := pgx.Connect(ctx, ownerURL)
	if err != nil {
		return fmt.Errorf("reach the database to load: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, `SELECT set_config('hjemvej.actor', $1, false), set_config('hjemvej.role', 'system', false), set_config('synchronous_commit', 'off', false)`, access.Program.ID)
	if err != nil {
		return fmt.Errorf("load as the program: %w", err)
	}
	for size := range sizes {
		rows, err := l.rows(size)
		if err != nil {
			return err
		}
		if err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return rows.copyInto(ctx, tx) }); err != nil {
			return err
		}
		done <- size
	}
	return nil
}

// rows are a chunk, by table.
type rows map[string][][]any

// In the order of what hangs on what.
var loaded = []struct {
	table   string
	columns []string
}{
	{"teams", []string{"id", "name"}},
	{"users", []string{"id", "subject", "name", "email", "role", "team_id", "active"}},
	{"persons", []string{"id", "wrapped_key", "identity"}},
	{"cases", []string{"id", "code", "person_id", "programme_id", "state", "track", "assessed_by", "assessed_on", "contact_person_id", "team_id", "destination", "destination_kind",
		"opened_on", "offered_on", "answer", "answered_on", "departed_on", "arrived_on", "last_day", "withdrawn_on", "withdrawn_from", "exit_outcome", "exited_on", "closed_on", "support_ended_on"}},
	{"case_budgets", []string{"case_id", "programme_id", "ceiling_dkk"}},
	{"plan_versions", []string{"case_id", "kind", "version", "content", "hash", "saved_by"}},
	{"followups", []string{"case_id", "kind", "opens_on", "due_on", "closes_on", "state", "done_on"}},
}

func (r rows) copyInto(ctx context.Context, tx pgx.Tx) error {
	for _, t := range loaded {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.table}, t.columns, pgx.CopyFromRows(r[t.table])); err != nil {
			return fmt.Errorf("load %s: %w", t.table, err)
		}
	}
	return nil
}

func (r rows) add(table string, values ...any) { r[table] = append(r[table], values) }

func (l loader) rows(n int) (rows, error) {
	r := rows{}
	var team, contact string
	for i := range n {
		if i%(casesEach*contactsOf) == 0 {
			team = uuid.NewString()
			r.add("teams", team, "Loaded "+team)
		}
		if i%casesEach == 0 {
			contact = uuid.NewString()
			r.add("users", contact, contact, "Loaded Eksempel", contact+"@example.org", "contact_person", team, false)
		}
		if err := l.addCase(r, contact, team); err != nil {
			return nil, err
		}
	}
	return r, nil
}

var loadedNames = []string{"Ana Exemplu", "Itohan Misali", "Malee Tua Yang", "Mirembe Mfano", "Tala Halimbawa", "Ebo Apeere"}
var loadedCountries = []string{"RO", "NG", "TH", "UG", "PH", "NG"}

func (l loader) addCase(r rows, contact, team string) error {
	personID, caseID, k := uuid.NewString(), uuid.NewString(), rand.IntN(len(loadedNames))
	wrapped, sealed, _, err := l.vault.SealNew(personID, person.Core{GivenNames: loadedNames[k], FamilyName: uuid.NewString(),
		BirthDate: calendar.Of(1970+rand.IntN(35), 1, 1+rand.IntN(365)), Language: "en"})
	if err != nil {
		return err
	}
	r.add("persons", personID, wrapped, sealed)
	w := l.passage()
	r.add("cases", append([]any{caseID, l.newCode(), personID, l.programme, w.state, "no_lawful_stay", "immigration_service", w.opened, contact, team,
		loadedCountries[k], "home_country", w.opened}, w.columns()...)...)
	r.add("case_budgets", caseID, l.programme, "50000")
	text, hash, err := plan.Content{Lines: []plan.Line{{Key: "rent", Category: "housing", Form: "in_kind", Purpose: "Six monthly rents",
		Amount: money.DKK("12000.00"), PartnerID: l.partner, DueOn: w.opened.AddMonths(3), ToldOn: w.opened}}}.Canonical()
	if err != nil {
		return err
	}
	r.add("plan_versions", caseID, "reintegration", 1, text, hash, access.Program.ID)
	for _, s := range followup.Slots(followup.Facts{Arrived: w.arrived}, policy.Default().FollowUp) {
		state, doneOn := "open", calendar.Date{}
		if w.state != string(casefile.Arrived) || s.DueOn.Before(l.today) {
			state, doneOn = "done", s.DueOn
		}
		r.add("followups", caseID, string(s.Kind), s.OpensOn, s.DueOn, s.ClosesOn, state, doneOn)
	}
	return nil
}

func (l loader) newCode() string {
	for {
		code := access.NewCode()
		if _, taken := l.codes.LoadOrStore(code, true); !taken {
			return code
		}
	}
}

// passage is how far a loaded case came.
type passage struct {
	state                                               string
	opened, offered, answered, departed, arrived, ended calendar.Date
	answer                                              *string
}

// passage draws how far one case came, most of them long ago.
func (l loader) passage() passage {
	states := []casefile.State{casefile.Identified, casefile.Offered, casefile.Accepted, casefile.Declined, casefile.Arrived, casefile.Closed, casefile.Closed, casefile.Withdrawn}
	state := states[rand.IntN(len(states))]
	w := passage{state: string(state)}
	back := map[casefile.State]int{casefile.Identified: 20, casefile.Offered: 30, casefile.Accepted: 60, casefile.Declined: 900, casefile.Arrived: 240, casefile.Closed: 3000, casefile.Withdrawn: 900}[state]
	if state == casefile.Closed {
		back = 320 + rand.IntN(back)
	}
	w.opened = l.today.AddDays(-back)
	if state == casefile.Identified {
		return w
	}
	w.offered = w.opened.AddDays(3)
	yes, no := "accepted", "declined"
	switch state {
	case casefile.Declined:
		w.answered, w.answer = w.opened.AddDays(9), &no
	case casefile.Accepted, casefile.Arrived, casefile.Closed:
		w.answered, w.answer = w.opened.AddDays(9), &yes
	}
	if state == casefile.Arrived || state == casefile.Closed {
		w.departed, w.arrived = w.opened.AddDays(90), w.opened.AddDays(91)
	}
	if state == casefile.Closed || state == casefile.Withdrawn {
		w.ended = w.opened.AddDays(20)
		if state == casefile.Closed {
			w.ended = w.arrived.AddMonths(6).AddDays(5)
		}
	}
	return w
}

// columns are those of the case from offered_on on.
func (w passage) columns() []any {
	var last, withdrawn, exited, closed, supportEnded calendar.Date
	var from, outcome *string
	if !w.arrived.IsZero() {
		last = followup.LastDay(w.arrived)
	}
	switch w.state {
	case string(casefile.Closed):
		reached := string(followup.Reached)
		exited, closed, supportEnded, outcome = w.ended, w.ended, last, &reached
	case string(casefile.Withdrawn):
		offered := string(casefile.Offered)
		withdrawn, from = w.ended, &offered
	}
	return []any{w.offered, w.answer, w.answered, w.departed, w.arrived, last, withdrawn, from, outcome, exited, closed, supportEnded}
}
