package bench

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/demo"
	"hjemvej/internal/access"
	"hjemvej/internal/housetest"
	"hjemvej/internal/pgtest"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"
)

const fewCases = 10_000

// manyCases is the size that a caseload of fewCases is compared with: what
// HJEMVEJ_BENCH_CASES says, else 100,000; a million takes some minutes to load.
func manyCases(b *testing.B) int {
	b.Helper()
	text := os.Getenv("HJEMVEJ_BENCH_CASES")
	if text == "" {
		return 100_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < fewCases {
		b.Fatalf("HJEMVEJ_BENCH_CASES is no number from %d on", fewCases)
	}
	return n
}

// BenchmarkListCases reads the first page of 50 cases as a team lead, all and in
// one state, and as a contact person, with few and with many cases in the
// database. The ratio is the cost with many over the cost with few.
func BenchmarkListCases(b *testing.B) {
	few, many := loadedCases(b, fewCases), loadedCases(b, manyCases(b))
	for _, list := range []struct {
		name   string
		who    func(loadedHouse) access.Actor
		filter casefile.Filter
	}{
		{"team", func(c loadedHouse) access.Actor { return c.lead }, casefile.Filter{Limit: 50}},
		{"team-arrived", func(c loadedHouse) access.Actor { return c.lead }, casefile.Filter{Limit: 50, State: casefile.Arrived}},
		{"own", func(c loadedHouse) access.Actor { return c.contact }, casefile.Filter{Limit: 50}},
	} {
		b.Run(list.name, func(b *testing.B) {
			read := func(c loadedHouse) time.Duration {
				begun := time.Now()
				for range 50 {
					cases, _, err := casefile.List(b.Context(), c.db, list.who(c), list.filter)
					if err != nil || len(cases) != 50 {
						b.Fatalf("%d cases, %v", len(cases), err)
					}
				}
				return time.Since(begun)
			}
			read(few)
			read(many)
			var withFew, withMany time.Duration
			for b.Loop() {
				withFew += read(few)
				withMany += read(many)
			}
			b.ReportMetric(float64(withMany)/float64(withFew), "ratio")
			b.ReportMetric(float64(withMany.Microseconds())/float64(50*b.N), "µs/page")
			b.ReportMetric(0, "ns/op")
		})
	}
}

type loadedHouse struct {
	db            *postgres.DB
	lead, contact access.Actor
}

func loadedCases(b *testing.B, n int) loadedHouse {
	b.Helper()
	url := pgtest.Database(b, housetest.Furnish)
	master, err := seal.NewMaster()
	check(b, err)
	check(b, demo.Load(b.Context(), url, person.Vault{Master: master}, n, time.Now(), nil))
	db, err := postgres.Open(b.Context(), url, time.Now)
	check(b, err)
	b.Cleanup(db.Close)
	c := loadedHouse{db: db, lead: access.Actor{ID: access.Program.ID, Role: access.TeamLead}, contact: access.Actor{Role: access.ContactPerson}}
	// Somebody from the middle, with enough cases.
	row, err := postgres.Write(b.Context(), db, access.Program, "bench", func(ctx context.Context, tx *postgres.Tx) (struct{ ID, Team string }, error) {
		return postgres.One[struct{ ID, Team string }](ctx, tx, `SELECT u.id::text AS id, u.team_id::text AS team FROM users u WHERE u.role = 'contact_person' AND u.name LIKE 'Loaded%' ORDER BY u.id LIMIT 1`)
	})
	check(b, err)
	c.contact.ID, c.contact.Team, c.lead.Team = row.ID, row.Team, row.Team
	return c
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
