package housetest_test

import (
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/support"
	"hjemvej/internal/housetest"
	"hjemvej/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestEveryStepLeadsToItsState(t *testing.T) {
	t.Parallel()
	type step = func(*housetest.House, testing.TB, ...housetest.Option) *housetest.Case
	steps := []struct {
		to   casefile.State
		walk step
	}{
		{casefile.Identified, (*housetest.House).Case},
		{casefile.Offered, (*housetest.House).Offered},
		{casefile.Accepted, (*housetest.House).Accepted},
		{casefile.Accepted, (*housetest.House).Ready},
		{casefile.Departed, (*housetest.House).Departed},
		{casefile.Arrived, (*housetest.House).Arrived},
		{casefile.Exited, (*housetest.House).Exited},
	}
	for _, s := range steps {
		h := housetest.New(t)
		for _, options := range [][]housetest.Option{nil, {housetest.Aged(14)}, {housetest.OnTrack(casefile.LawfulStay), housetest.Aged(16)},
			{housetest.Of(h.OtherContact, h.OtherLead)}} {
			if got := h.State(t, s.walk(h, t, options...)); got != s.to {
				t.Errorf("got %s, want %s", got, s.to)
			}
		}
	}
}

func TestAPaymentIsWalkedThroughItsStates(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Arrived(t)
	for _, s := range []support.State{support.Planned, support.Authorised, support.Sent, support.Received} {
		if got := h.Pay(t, c, "100", s).State; got != s {
			t.Errorf("got %s, want %s", got, s)
		}
	}
}
