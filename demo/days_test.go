package demo

import (
	"os"
	"testing"
	"time"

	"hjemvej/internal/calendar"
	"hjemvej/internal/pgtest"
	"hjemvej/migrations"

	"github.com/jackc/pgx/v5/pgxpool"
)

// The same people three months earlier, and later: nothing that lies ahead has
// happened, and nothing that ran out goes on.
func TestTheCaseloadOnAnotherDay(t *testing.T) {
	if os.Getenv("HJEMVEJ_TEST_HEAVY") == "" {
		t.Skip("a heavier run, of TestFill on other days; set HJEMVEJ_TEST_HEAVY=1 for it")
	}
	t.Parallel()
	told := calendar.Today(now)
	for _, days := range []int{98, -90} {
		url := pgtest.Database(t, migrations.Apply)
		at := now.AddDate(0, 0, days)
		load, err := Fill(t.Context(), url, newVault(t), newFiles(t), told, at, nil)
		if err != nil {
			t.Fatalf("%d days on: %v", days, err)
		}
		owner, err := pgxpool.New(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(owner.Close)
		day := calendar.Today(at)
		for what, sql := range map[string]string{
			"a contact made in the future":  `SELECT count(*) FROM attempts WHERE made_on > $1`,
			"a case closed in the future":   `SELECT count(*) FROM cases WHERE closed_on > $1 OR arrived_on > $1 OR exited_on > $1`,
			"a payment sent in the future":  `SELECT count(*) FROM payments WHERE sent_on > $1`,
			"support that goes on too long": `SELECT count(*) FROM cases WHERE last_day < $1::date - 1 AND support_ended_on IS NULL AND withdrawn_on IS NULL`,
			"support that ended too early":  `SELECT count(*) FROM cases WHERE last_day >= $1 AND support_ended_on IS NOT NULL`,
			"an arrival without a series": `SELECT count(*) FROM cases c WHERE arrived_on IS NOT NULL AND arrived_on <= $1
				AND 4 <> (SELECT count(*) FROM followups f WHERE f.case_id = c.id AND f.kind IN ('arrival_contact','month_1','month_3','exit'))`,
		} {
			var n int
			if err := owner.QueryRow(t.Context(), sql, time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, time.UTC)).Scan(&n); err != nil || n > 0 {
				t.Errorf("%d days on: %s: %d, %v", days, what, n, err)
			}
		}
		var state string
		if err := owner.QueryRow(t.Context(), `SELECT state FROM cases WHERE code = $1`, load.CourseE).Scan(&state); err != nil || (state == "closed") != (days > 0) {
			t.Errorf("%d days on: E is %s, %v", days, state, err)
		}
	}
}
