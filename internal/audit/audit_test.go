package audit_test

import (
	"testing"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/audit"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func list(t *testing.T, h *housetest.House, f audit.Filter) ([]audit.Entry, int64) {
	t.Helper()
	if f.Limit == 0 {
		f.Limit = 200
	}
	got, next, err := audit.List(t.Context(), h.DB, h.Auditor, f)
	if err != nil {
		t.Fatal(err)
	}
	return got, next
}

func TestTheLogIsFilteredAndPagedNewestFirst(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	other := h.Case(t)
	h.SetNow(h.Now().Add(time.Hour))
	later := h.Now()
	for _, who := range []access.Actor{h.Lead, h.OtherLead} {
		_, _ = casefile.Read(t.Context(), h.DB, who, c.Code)
	}
	tests := map[string]struct {
		filter audit.Filter
		want   int
	}{
		"of a case":               {audit.Filter{Case: c.Code}, 5}, // opened, offered, accepted, read, denied
		"of another":              {audit.Filter{Case: other.Code}, 1},
		"of an actor":             {audit.Filter{Actor: h.Lead.ID}, 1},
		"of an operation":         {audit.Filter{Operation: "open-case"}, 2},
		"denied":                  {audit.Filter{Outcome: "denied"}, 1},
		"from an instant on":      {audit.Filter{From: later, Operation: "read-case"}, 2},
		"before an instant":       {audit.Filter{To: later}, 4},
		"all conditions together": {audit.Filter{Case: c.Code, Actor: h.Lead.ID, Operation: "read-case", Outcome: "done", From: later, To: later.Add(1)}, 0},
		"and a microsecond later": {audit.Filter{Case: c.Code, Actor: h.Lead.ID, Operation: "read-case", Outcome: "done", From: later, To: later.Add(time.Microsecond)}, 1},
	}
	for name, tt := range tests {
		if got, _ := list(t, h, tt.filter); len(got) != tt.want {
			t.Errorf("%s: %d rows, want %d: %+v", name, len(got), tt.want, got)
		}
	}
	var ids []int64
	for f := (audit.Filter{Case: c.Code, Limit: 2}); ; {
		page, next := list(t, h, f)
		for _, e := range page {
			if len(ids) > 0 && e.ID >= ids[len(ids)-1] {
				t.Error("not newest first")
			}
			ids = append(ids, e.ID)
		}
		if f.Before = next; next == 0 {
			break
		}
	}
	if len(ids) != 5 {
		t.Errorf("%d rows by pages", len(ids))
	}
}

func TestReadingTheLogIsInTheLog(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	list(t, h, audit.Filter{})
	got, _ := list(t, h, audit.Filter{Operation: "read-audit-log"}) // this reading too
	if len(got) != 2 || got[0].ActorID != h.Auditor.ID || got[0].Outcome != "done" {
		t.Errorf("%+v", got)
	}
	others := append(h.Partners(), h.Contact, h.Lead, h.Finance, h.Manager, h.Administrator)
	for _, who := range others {
		_, _, err := audit.List(t.Context(), h.DB, who, audit.Filter{Limit: 1})
		housetest.Refused(t, err, fault.Forbidden, "")
	}
	if got, _ := list(t, h, audit.Filter{Outcome: "denied"}); len(got) != len(others) {
		t.Errorf("%d denials", len(got))
	}
}

func TestTheLogNamesNobody(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.Exited(t, housetest.Aged(14))
	if n := h.Count(t, `SELECT count(*) FROM audit_log a WHERE a::text ~* 'ana|exemplu|\+407|bo eksempel'`); n != 0 {
		t.Errorf("%d rows name a person", n)
	}
	if n := h.Count(t, `SELECT count(*) FROM river_job j WHERE j.args::text !~ '^\{"letter_id": "[0-9a-f-]{36}"\}$'`); n != 0 {
		t.Errorf("%d jobs hold more than an id (R11)", n)
	}
}
