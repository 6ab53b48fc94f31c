package demo

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"hjemvej/casework/person"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/files"
	"hjemvej/internal/money"
	"hjemvej/internal/pgtest"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"
	"hjemvej/migrations"

	"github.com/jackc/pgx/v5"
	"github.com/jacoelho/xsd"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// now is the day of these tests; TestScripts goes through all others.
var now = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

type filled struct {
	Caseload
	url   string
	db    *postgres.DB
	vault person.Vault
	files *files.Store
	staff map[string]access.Actor // the contact persons, by name
}

func newVault(t *testing.T) person.Vault {
	t.Helper()
	master, err := seal.NewMaster()
	if err != nil {
		t.Fatal(err)
	}
	return person.Vault{Master: master}
}

func newFiles(t *testing.T) *files.Store {
	t.Helper()
	store, err := files.Open(t.Context(), files.Config{URL: "file://" + t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// fillOn fills a demo whose ways are told on the day of these tests, and whose clock
// stands on another.
func fillOn(t *testing.T, at time.Time) filled {
	t.Helper()
	out := filled{url: pgtest.Database(t, migrations.Apply), vault: newVault(t), files: newFiles(t)}
	begin := time.Now()
	var err error
	if out.Caseload, err = Fill(t.Context(), out.url, out.vault, out.files, calendar.Today(now), at, nil); err != nil {
		t.Fatal(err)
	}
	t.Logf("filled in %s", time.Since(begin).Round(time.Millisecond))
	out.db, err = postgres.Open(context.Background(), out.url, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.db.Close)
	out.contactPersons(t)
	return out
}

// One fill serves all of these: it is the slow part.
func TestFill(t *testing.T) {
	t.Parallel()
	d := fillOn(t, now)
	t.Run("people", d.people)
	t.Run("everything a visitor should see", d.sights)
	t.Run("a file for the bank", d.bankFile)
	t.Run("course E", d.courseE)
	t.Run("outcome report", d.report)
	t.Run("feedback", d.feedback)
	t.Run("words", d.words)
	t.Run("a second fill", d.again)
	t.Run("everybody where they should be", d.everybodysDay)
}

func (d filled) people(t *testing.T) {
	found, err := Find(t.Context(), d.db)
	if err != nil || found.CourseE != d.CourseE || !slices.Equal(found.People, d.People) {
		t.Errorf("found %v, %v, want what Fill answered: %v", found, err, d.Caseload)
	}
	for _, name := range []string{"contact_person_1", "contact_person_2", "team_lead", "finance", "manager", "administrator", "auditor", "iom", "partner_1", "partner_2", "referrer_1"} {
		i := slices.IndexFunc(d.People, func(p Person) bool { return p.Name == name })
		if i < 0 || (d.People[i].UserID == "") == (d.People[i].PartnerID == "") {
			t.Errorf("%s is missing, or neither staff nor partner", name)
		}
	}
}

func (d filled) bankFile(t *testing.T) {
	finance := d.actor(t, "finance")
	batches, _, err := support.ListBatches(t.Context(), d.db, finance, support.BatchFilter{Limit: 1})
	if err != nil || len(batches) != 1 {
		t.Fatalf("%d batches, %v", len(batches), err)
	}
	file, err := support.Till{DB: d.db, Vault: d.vault}.ReadFile(t.Context(), finance, batches[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := xsd.Compile(xsd.File("../casework/support/bank/testdata/pain.001.001.09.xsd"))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(bytes.NewReader(file.XML)); err != nil {
		t.Errorf("the schema refuses the file: %v", err)
	}
}

func (d filled) again(t *testing.T) {
	if _, err := Fill(t.Context(), d.url, d.vault, d.files, calendar.Today(now), now, nil); !errors.Is(err, ErrFilled) {
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
	_, err := Fill(ctx, url, newVault(t), newFiles(t), calendar.Today(now), now, func(done, _ int) {
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
	if _, err := Fill(t.Context(), url, newVault(t), newFiles(t), calendar.Today(now), now, nil); !errors.Is(err, ErrUnfinished) {
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
	for today := calendar.MustParse("2027-01-01"); today.Year < 2029; today = today.AddDays(1) {
		e, all := courses(today, today)
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
