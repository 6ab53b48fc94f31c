package support_test

import (
	"testing"

	"hjemvej/casework/plan"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/housetest"
	"hjemvej/internal/pgtest"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// bench is an arrived case with two lines, rent of 20,000 and shop of 15,000,
// and short names for what happens to its payments.
type bench struct {
	*housetest.House
	c *housetest.Case
	t *testing.T
}

func newBench(t *testing.T, options ...housetest.Option) *bench {
	h, c := housetest.NewArrived(t, options...)
	return &bench{h, c, t}
}

func (b *bench) must(errs ...error) {
	b.t.Helper()
	for _, err := range errs {
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *bench) plan(who access.Actor, dkk, form string) (support.Payment, error) {
	return support.Plan(b.t.Context(), b.DB, who, b.c.Code, b.NewPayment(dkk, form))
}

func (b *bench) planned(dkk, form string) support.Payment {
	b.t.Helper()
	p, err := b.plan(b.Contact, dkk, form)
	b.must(err)
	return p
}

func (b *bench) authorise(who access.Actor, p support.Payment) error {
	_, err := support.Authorise(b.t.Context(), b.DB, who, p.ID, b.version(p))
	return err
}

func (b *bench) send(who access.Actor, p support.Payment) error {
	_, err := support.Send(b.t.Context(), b.DB, who, p.ID, b.version(p), support.Dispatch{SentOn: b.Today()})
	return err
}

func (b *bench) cancel(who access.Actor, p support.Payment) error {
	_, err := support.End(b.t.Context(), b.DB, who, "cancel-payment", p.ID, 0, support.Cancelled, support.Ending{Reason: "no longer"})
	return err
}

// edit has the plan changed to these lines and answers what the approval said.
func (b *bench) edit(lines ...plan.Line) error {
	b.t.Helper()
	ctx, kind := b.t.Context(), plan.Reintegration
	read := b.Count(b.t, `SELECT max(version) FROM plan_versions WHERE case_id = $1`, b.c.ID)
	v, err := plan.Save(ctx, b.DB, b.c.By, b.c.Code, kind, read, b.c.Content(lines...))
	b.must(err)
	_, err = plan.RequestApproval(ctx, b.DB, b.c.By, b.c.Code, kind, v.Version)
	b.must(err)
	_, err = plan.Approve(ctx, b.DB, b.Vault, b.c.Lead, b.c.Code, kind, v.Version)
	return err
}

func (b *bench) version(p support.Payment) int {
	b.t.Helper()
	return b.Count(b.t, `SELECT version FROM payments WHERE id = $1`, p.ID)
}

func (b *bench) state(p support.Payment) support.State {
	b.t.Helper()
	return support.State(b.Text(b.t, `SELECT state FROM payments WHERE id = $1`, p.ID))
}

// line is "committed of approved" of a line.
func (b *bench) line(key string) string {
	b.t.Helper()
	return b.Text(b.t, `SELECT trim_scale(committed_dkk) || ' of ' || trim_scale(approved_dkk) FROM budget_lines WHERE case_id = $1 AND key = $2`, b.c.ID, key)
}

// scanInto runs a statement that answers one text.
func scanInto(t *testing.T, to *string, sql string, args ...any) func(pgx.Tx) error {
	return func(tx pgx.Tx) error { return tx.QueryRow(t.Context(), sql, args...).Scan(to) }
}
