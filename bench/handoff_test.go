package bench

import (
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/internal/housetest"
	"hjemvej/partners"

	"github.com/jackc/pgx/v5"
)

// bareHandoffSQL are the rows that a partner's reading of a hand-off takes, as
// bare pgx would ask for them.
var bareHandoffSQL = []string{
	`SELECT h.id, h.case_id, h.partner_id, h.role, h.state, h.note, h.offered_at, h.answer_due_on, h.version FROM handoffs h WHERE h.id = $1`,
	`SELECT k.* FROM consents k JOIN handoffs h ON h.case_id = k.case_id AND h.partner_id = k.partner_id WHERE h.id = $1`,
	`SELECT p.id, p.wrapped_key, p.identity FROM persons p JOIN cases c ON c.person_id = p.id JOIN handoffs h ON h.case_id = c.id WHERE h.id = $1`,
	`SELECT x.id, x.kind, x.sealed FROM identity_parts x JOIN cases c ON c.person_id = x.person_id JOIN handoffs h ON h.case_id = c.id WHERE h.id = $1`,
	`SELECT a.sealed FROM assessment_versions a JOIN handoffs h ON h.case_id = a.case_id WHERE h.id = $1 AND a.kind = 'needs' ORDER BY a.version DESC LIMIT 1`,
	`SELECT c.destination, c.destination_place, c.departed_on, d.planned_on FROM cases c JOIN handoffs h ON h.case_id = c.id LEFT JOIN departures d ON d.case_id = c.id WHERE h.id = $1`,
	`SELECT l.key, l.category, l.form, l.purpose, l.approved_dkk, l.due_on, l.told_on FROM budget_lines l JOIN handoffs h ON h.case_id = l.case_id AND h.partner_id = l.partner_id WHERE h.id = $1`,
	`SELECT f.id, f.kind, f.opens_on, f.due_on, f.state FROM followups f JOIN handoffs h ON h.case_id = f.case_id WHERE h.id = $1 ORDER BY f.due_on`,
}

// BenchmarkReadHandoff is a partner's reading of a hand-off with every consent:
// composed, unsealed, and kept sealed before it is answered; beside bare pgx that
// reads the same rows in one batch and writes the audit row, and unseals, seals
// and checks nothing.
func BenchmarkReadHandoff(b *testing.B) {
	h := housetest.New(b)
	c := h.Arrived(b)
	h.Assess(b, c, casefile.Needs, "done")
	b.Run("hjemvej", func(b *testing.B) {
		for b.Loop() {
			doc, err := partners.ReadHanded(b.Context(), h.DB, h.Vault, h.Home, c.HomeHandoff)
			if err != nil || doc.Identity == nil || len(doc.Support) != 2 || doc.Health == nil {
				b.Fatalf("%+v, %v", doc, err)
			}
		}
	})
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			batch := &pgx.Batch{}
			for _, sql := range bareHandoffSQL {
				batch.Queue(sql, c.HomeHandoff).Query(func(rows pgx.Rows) error {
					_, err := pgx.CollectRows(rows, pgx.RowToMap)
					return err
				})
			}
			batch.Queue(auditSQL, h.Home.ID, h.Home.Partner, c.Code)
			if err := h.Owner.SendBatch(b.Context(), batch).Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
