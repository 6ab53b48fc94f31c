package bench

import (
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"hjemvej/casework/support"
	"hjemvej/internal/housetest"

	"github.com/jackc/pgx/v5"
)

// BenchmarkPayments plans payments on one line and on a thousand, by 8 and by 64
// clients at once, as a use case with its rules, its ledger and its audit row,
// beside bare pgx that locks the same line and writes the same rows.
func BenchmarkPayments(b *testing.B) {
	h := housetest.New(b)
	c := h.Arrived(b)
	lines := manyLines(b, h, c, 1000)
	for _, n := range []int{1, 1000} {
		for _, clients := range []int{8, 64} {
			at := fmt.Sprintf("lines=%d/clients=%d", n, clients)
			var turn atomic.Int64
			b.Run(at+"/hjemvej", func(b *testing.B) {
				together(b, clients, func() error {
					in := h.NewPayment("0.01", "in_kind")
					in.Line = lines[turn.Add(1)%int64(n)].key
					_, err := support.Plan(b.Context(), h.DB, h.Contact, c.Code, in)
					return err
				})
			})
			b.Run(at+"/bare", func(b *testing.B) {
				together(b, clients, func() error { return barePayment(b, h, c, lines[turn.Add(1)%int64(n)].id) })
			})
		}
	}
}

type benchLine struct{ id, key string }

// manyLines gives a case so many lines, past the plan: only money is measured.
func manyLines(b *testing.B, h *housetest.House, c *housetest.Case, n int) []benchLine {
	h.Set(b, `ALTER TABLE budget_lines DISABLE TRIGGER guard_line`)
	h.Set(b, `UPDATE programmes SET ceiling_dkk = 900000000`)
	h.Set(b, `UPDATE case_budgets SET ceiling_dkk = 800000000`)
	rows, err := h.Owner.Query(b.Context(), `INSERT INTO budget_lines (case_id, key, category, form, purpose, partner_id, approved_dkk, plan_version_id)
		SELECT l.case_id, 'bench_' || n, l.category, 'in_kind', 'bench', l.partner_id, 100000, l.plan_version_id
		FROM (SELECT * FROM budget_lines WHERE case_id = $1 LIMIT 1) l, generate_series(1, $2::int) n RETURNING id::text, key`, c.ID, n)
	check(b, err)
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l benchLine, err error) {
		err = row.Scan(&l.id, &l.key)
		return l, err
	})
	check(b, err)
	return lines
}

// together runs do b.N times by so many clients at once.
func together(b *testing.B, clients int, do func() error) {
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	for _, err := range housetest.AtOnce(clients, func(int) error {
		for left.Add(-1) >= 0 {
			if err := do(); err != nil {
				return err
			}
		}
		return nil
	}) {
		check(b, err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "payments/s")
}

// barePayment is the writes alone, with no trigger of ours and nothing checked.
func barePayment(b *testing.B, h *housetest.House, c *housetest.Case, line string) error {
	return pgx.BeginFunc(b.Context(), h.Owner, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(`SELECT set_config('session_replication_role', 'replica', true), set_config('hjemvej.actor', $1, true)`, h.Contact.ID)
		batch.Queue(`INSERT INTO payments (case_id, line_id, amount, currency, rate, rate_on, dkk, form, planned_for, planned_by)
			VALUES ($1,$2,0.01,'DKK',1,$3,0.01,'in_kind',$3,$4)`, c.ID, line, h.Today(), h.Contact.ID)
		batch.Queue(`UPDATE budget_lines SET committed_dkk = committed_dkk + 0.01 WHERE id = $1`, line)
		batch.Queue(`INSERT INTO postings (posted_by, programme_id, case_id, line_id, payment_id, taken_from, put_to, dkk, amount, currency, rate)
			SELECT $1, programme_id, case_id, $2, $3, 'line', 'committed', 0.01, 0.01, 'DKK', 1 FROM case_budgets WHERE case_id = $4`, h.Contact.ID, line, absentPayment, c.ID)
		batch.Queue(auditSQL, h.Contact.ID, "", c.Code)
		return tx.SendBatch(b.Context(), batch).Close()
	})
}

// absentPayment stands for the payment's id, which a batch does not know.
const absentPayment = "00000000-0000-4000-8000-000000000001"

// BenchmarkBooks reads a person's budget of 10,000 postings and the trial
// balance over HJEMVEJ_BENCH_POSTINGS postings (100,000 where it is not set; ten
// million take some minutes to lay), and checks the ledger once.
func BenchmarkBooks(b *testing.B) {
	h := housetest.New(b)
	c := h.Arrived(b)
	lines := manyLines(b, h, c, 1000)
	total := 100_000
	if n, err := strconv.Atoi(os.Getenv("HJEMVEJ_BENCH_POSTINGS")); err == nil {
		total = n
	}
	layPostings(b, h, total, lines)
	person := h.Arrived(b)
	layPostings(b, h, 10_000, manyLines(b, h, person, 6))
	h.Set(b, `ANALYZE`)
	b.Run("budget", func(b *testing.B) {
		for b.Loop() {
			_, err := support.ReadBudget(b.Context(), h.DB, h.Contact, person.Code)
			check(b, err)
		}
	})
	b.Run("books", func(b *testing.B) {
		for b.Loop() {
			_, err := support.ReadBooks(b.Context(), h.DB, h.Finance)
			check(b, err)
		}
	})
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			_, _, err := support.CheckLedger(b.Context(), h.DB)
			check(b, err)
		}
	})
}

// layPostings lays so many postings, an even number, that take back what they put.
func layPostings(b *testing.B, h *housetest.House, n int, lines []benchLine) {
	h.Set(b, `INSERT INTO postings (posted_by, programme_id, case_id, line_id, payment_id, taken_from, put_to, dkk, amount, currency, rate)
		SELECT NULL, b.programme_id, b.case_id, l.id, NULL, CASE WHEN n % 2 = 0 THEN 'programme' ELSE 'line' END, CASE WHEN n % 2 = 0 THEN 'line' ELSE 'programme' END, 1, 1, 'DKK', 1
		FROM generate_series(1, $1::int) n JOIN budget_lines l ON l.id = ($2::uuid[])[1 + (n - 1) / 2 % cardinality($2::uuid[])] JOIN case_budgets b ON b.case_id = l.case_id`, n, ids(lines))
}

func ids(lines []benchLine) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l.id
	}
	return out
}
