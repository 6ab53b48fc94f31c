package lists

import (
	"regexp"
	"strings"
	"testing"

	"hjemvej/casework/support"
	"hjemvej/internal/calendar"

	"github.com/jackc/pgx/v5"
)

// TestAListCostsByWhatWaitsNotByWhatWasPaid lays 10,000 received payments beside
// the few that wait, and looks at how PostgreSQL would read each list's page.
func TestAListCostsByWhatWaitsNotByWhatWasPaid(t *testing.T) {
	t.Parallel()
	b := busy(t)
	b.Pay(t, b.c, "1", support.Received)
	old(b)
	scan := regexp.MustCompile(`Seq Scan on (payments|budget_lines|case_budgets|cases)\b`)
	for _, l := range all {
		q := l.condition(b.Finance, "read-finance-list")
		var from string
		l.ask = func(rest string, args []any, _ reader) asked { from = rest; return asked{} }
		l.question(q, 51, reader{b.Finance, calendar.Date{}})
		var plan []string
		must(t, b.Raw(t.Context(), b.Finance, func(tx pgx.Tx) error {
			rows, err := tx.Query(t.Context(), `EXPLAIN (ANALYZE) SELECT 1`+from, q.Args...)
			if err != nil {
				return err
			}
			plan, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		}))
		text := strings.Join(plan, "\n")
		if found := scan.FindString(text); found != "" {
			t.Errorf("%s: %s\n%s", l.name, found, text)
		}
	}
}

// old lays 1,000 cases that are over, with ten received payments on the one line
// of each, past every trigger.
func old(b *bench) {
	b.t.Helper()
	b.PastTheBooks()
	for _, table := range []string{"cases", "case_budgets", "budget_lines", "payments"} {
		b.Set(b.t, `ALTER TABLE `+table+` DISABLE TRIGGER USER`)
	}
	b.Set(b.t, `DO $$
	DECLARE a cases; l budget_lines; p payments; k case_budgets;
	BEGIN
		SELECT * INTO a FROM cases LIMIT 1;
		SELECT * INTO l FROM budget_lines WHERE case_id = a.id AND key = 'rent';
		SELECT * INTO p FROM payments WHERE line_id = l.id AND state = 'received' LIMIT 1;
		SELECT * INTO k FROM case_budgets WHERE case_id = a.id;
		a.state := 'closed'; a.arrived_on := a.arrived_on - 700; a.last_day := a.last_day - 700; a.support_ended_on := a.last_day;
		l.committed_dkk := l.approved_dkk; k.lines_dkk := k.ceiling_dkk;
		FOR i IN 1..1000 LOOP
			a.id := gen_random_uuid(); a.code := 'old-' || i; l.id := gen_random_uuid(); l.case_id := a.id; k.case_id := a.id; p.case_id := a.id; p.line_id := l.id;
			INSERT INTO cases SELECT a.*;
			INSERT INTO case_budgets SELECT k.*;
			INSERT INTO budget_lines SELECT l.*;
			FOR j IN 1..10 LOOP
				p.id := gen_random_uuid(); p.reference := new_reference();
				INSERT INTO payments SELECT p.*;
			END LOOP;
		END LOOP;
	END $$`)
	b.Set(b.t, `ANALYZE`)
}
