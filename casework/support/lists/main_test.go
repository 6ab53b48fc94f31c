package lists

import (
	"testing"

	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/housetest"
	"hjemvej/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// bench is an arrived case with two lines, rent of 20,000 and shop of 15,000.
type bench struct {
	*housetest.House
	c *housetest.Case
	t *testing.T
}

func newBench(t *testing.T, options ...housetest.Option) *bench {
	h, c := housetest.NewArrived(t, options...)
	return &bench{h, c, t}
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (b *bench) plan(who access.Actor, dkk, form string) support.Payment {
	b.t.Helper()
	p, err := support.Plan(b.t.Context(), b.DB, who, b.c.Code, b.NewPayment(dkk, form))
	must(b.t, err)
	return p
}

// except plans a payment in kind on a day after the six months.
func (b *bench) except(who access.Actor, reason string) support.Payment {
	b.t.Helper()
	in := b.NewPayment("100", "in_kind")
	in.PlannedFor, in.Exception = b.Today().AddMonths(8), reason
	p, err := support.Plan(b.t.Context(), b.DB, who, b.c.Code, in)
	must(b.t, err)
	return p
}

// read is a whole list as somebody sees it.
func (b *bench) read(who access.Actor, name Name) []Row {
	b.t.Helper()
	rows, next, err := Read(b.t.Context(), b.DB, who, name, Page{Limit: 200})
	must(b.t, err)
	if next != "" {
		b.t.Errorf("%s goes on after %d rows", name, len(rows))
	}
	return rows
}

// in fails unless exactly these payments are in a list, in this order.
func (b *bench) in(who access.Actor, name Name, want ...support.Payment) {
	b.t.Helper()
	rows := b.read(who, name)
	if len(rows) != len(want) {
		b.t.Errorf("%s has %d rows for %s, want %d", name, len(rows), who.Role, len(want))
		return
	}
	for i, p := range want {
		if rows[i].Payment != p.ID || rows[i].Case != p.Case || rows[i].Line != p.Line || *rows[i].Amount != p.Amount || *rows[i].Counted != p.Counted {
			b.t.Errorf("%s row %d is %+v, want payment %+v", name, i, rows[i], p)
		}
	}
}
