package bench

import (
	"testing"
	"time"

	"hjemvej/casework/attention"

	"github.com/jackc/pgx/v5"
)

// What the nightly look goes by, as bare pgx would read it.
const bareOpenSQL = `SELECT c.id, c.code, c.contact_person_id, c.team_id, c.state, c.opened_on, c.arrived_on, c.last_day, u.active, f.due_on, f.quiet_until
	FROM cases c JOIN users u ON u.id = c.contact_person_id JOIN followups f ON f.case_id = c.id AND f.state = 'open'
	WHERE c.state NOT IN ('closed','withdrawn','joined') ORDER BY c.id`

// BenchmarkForgottenCases is the nightly look for forgotten cases, over as many
// open cases as manyCases says, none of which is forgotten; beside bare pgx that
// reads the same rows in one statement, as the database's owner, and judges nothing.
func BenchmarkForgottenCases(b *testing.B) {
	n := manyCases(b)
	h := openCases(b, n, 40)
	var ours, bare time.Duration
	for range b.N {
		begun := time.Now()
		forgotten, err := attention.Report(b.Context(), h.DB)
		check(b, err)
		if ours += time.Since(begun); forgotten != 0 {
			b.Fatalf("%d cases are forgotten", forgotten)
		}
		begun = time.Now()
		rows, err := h.Owner.Query(b.Context(), bareOpenSQL)
		check(b, err)
		all, err := pgx.CollectRows(rows, pgx.RowToMap)
		check(b, err)
		if bare += time.Since(begun); len(all) != n {
			b.Fatalf("%d rows of %d", len(all), n)
		}
	}
	b.ReportMetric(float64(bare)/float64(ours), "ratio")
	b.ReportMetric(float64(n*b.N)/ours.Seconds(), "cases/s")
	b.ReportMetric(float64(n*b.N)/bare.Seconds(), "bare-cases/s")
	b.ReportMetric(0, "ns/op")
}
