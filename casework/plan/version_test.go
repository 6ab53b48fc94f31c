package plan_test

import (
	"errors"
	"strings"
	"testing"

	"hjemvej/casework/plan"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"

	"github.com/google/go-cmp/cmp"
)

func (b *bench) restore(who access.Actor, version, read int) (plan.Version, error) {
	return plan.Restore(b.t.Context(), b.DB, who, b.c.Code, kind, version, read)
}

func TestR15_TwoVersionsAreCompared(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(b.save(b.Contact, 0, "1000"), b.save(b.Contact, 1, "2000"), b.save(b.Lead, 2, "3000"))
	for _, tt := range []struct {
		from, to, answered int
		want               []string
	}{
		{1, 3, 3, []string{"lines[0].amount changed: 1000.00 DKK → 3000.00 DKK"}},
		{2, 0, 3, []string{"lines[0].amount changed: 2000.00 DKK → 3000.00 DKK"}},
		{3, 1, 1, []string{"lines[0].amount changed: 3000.00 DKK → 1000.00 DKK"}},
		{2, 2, 2, nil},
	} {
		got, err := plan.CompareVersions(t.Context(), b.DB, b.Contact, b.c.Code, kind, tt.from, tt.to)
		b.must(err)
		if diff := cmp.Diff(tt.want, told(got.Changes)); diff != "" || got.From != tt.from || got.To != tt.answered || got.Changes == nil {
			t.Errorf("%d to %d: %+v\n%s", tt.from, tt.to, got, diff)
		}
	}
	for _, pair := range [][2]int{{1, 4}, {4, 1}} {
		_, err := plan.CompareVersions(t.Context(), b.DB, b.Contact, b.c.Code, kind, pair[0], pair[1])
		housetest.Refused(t, err, fault.NotFound, "")
	}
	_, err := plan.CompareVersions(t.Context(), b.DB, b.Contact, "nothing", kind, 1, 2)
	housetest.Refused(t, err, fault.NotFound, "")
	_, err = plan.CompareVersions(t.Context(), b.DB, b.OtherContact, b.c.Code, kind, 1, 2)
	housetest.Refused(t, err, fault.NotFound, "")
}

func TestR15_AStaleEditIsToldWhereItChangedAndNotWhat(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := b.c.Content(b.Line("rent", "1000"), b.Line("shop", "500"), b.Line("food", "300"))
	second := b.c.Content(b.Line("rent", "1234"), b.Line("food", "300"), b.Line("bus_to_anas_sister", "77"))
	second.Lines[1].Purpose = "For Anas sister"
	for i, c := range []plan.Content{first, second} {
		_, err := plan.Save(t.Context(), b.DB, b.Contact, b.c.Code, kind, i, c)
		b.must(err)
	}
	want := []string{"body.lines[1]", "body.lines[0].amount", "body.lines[1].purpose", "body.lines[2]"}
	edits := map[string]func() error{
		"save":    func() error { return b.save(b.Lead, 1, "1") },
		"restore": func() error { _, err := b.restore(b.Lead, 1, 1); return err },
		"request": func() error { return b.request(b.Lead, 1) },
		"approve": func() error { return b.approve(b.Lead, 1) },
	}
	for name, edit := range edits {
		err := edit()
		housetest.Refused(t, err, fault.Stale, "")
		var f *fault.Error
		if !errors.As(err, &f) {
			continue
		}
		var paths []string
		for _, field := range f.Fields {
			paths = append(paths, field.Path)
			for _, private := range []string{"1234", "1000", "sister", "rent", "shop", "To live"} {
				if strings.Contains(field.Path+field.Message+f.Message, private) {
					t.Errorf("%s: the refusal says %q", name, private)
				}
			}
		}
		if diff := cmp.Diff(want, paths); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}

	_, err := plan.Save(t.Context(), b.DB, b.Contact, b.c.Code, kind, 2, second)
	b.must(err)
	err = b.save(b.Lead, 2, "1")
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Stale || len(f.Fields) != 0 || !strings.Contains(f.Message, "same content") {
		t.Errorf("saved again as it was: %v", err)
	}
	housetest.Refused(t, b.save(b.Lead, 9, "1"), fault.Stale, "")
}

func TestR15_AStaleEditOfALongPlanIsToldAShortList(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var one, two []plan.Line
	for i := range 50 {
		key := "line" + strings.Repeat("x", i%25) + string(rune('a'+i/25))
		one, two = append(one, b.Line(key, "1")), append(two, b.Line("other"+key, "1"))
	}
	for i, lines := range [][]plan.Line{one, two} {
		_, err := plan.Save(t.Context(), b.DB, b.Contact, b.c.Code, kind, i, b.c.Content(lines...))
		b.must(err)
	}
	var f *fault.Error
	if err := b.save(b.Lead, 1, "1"); !errors.As(err, &f) || len(f.Fields) != 51 || f.Fields[50].Message != "has 50 more places that changed" {
		t.Errorf("got %+v", f)
	}
}

func TestR15_AnEarlierVersionIsRestoredAsANewOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.must(b.save(b.Contact, 0, "1000"), b.request(b.Contact, 1), b.approve(b.Lead, 1), b.save(b.Contact, 1, "2000"))
	v, err := b.restore(b.Contact, 1, 2)
	b.must(err)
	first, err := plan.Read(t.Context(), b.DB, b.Contact, "read-plan-version", b.c.Code, kind, 1)
	b.must(err)
	if v.Version != 3 || v.Hash != first.Hash || v.Approved() || v.SavedBy != b.Contact.ID || !v.AgreedOn.IsZero() || v.RequestedBy != "" {
		t.Errorf("restored %+v", v)
	}
	if !first.Approved() {
		t.Error("the earlier version lost its approval")
	}
	_, err = b.restore(b.Contact, 7, 3)
	housetest.Refused(t, err, fault.NotFound, "")
	for _, who := range append(b.Partners(), b.Finance, b.Manager, b.Auditor, b.Nobody) {
		_, err = b.restore(who, 1, 3)
		housetest.Refused(t, err, fault.Forbidden, "")
	}
	for _, who := range []access.Actor{b.Colleague, b.OtherContact, b.OtherLead} {
		_, err = b.restore(who, 1, 3)
		housetest.Refused(t, err, fault.NotFound, "")
	}
	errs := housetest.AtOnce(4, func(int) error { _, err := b.restore(b.Contact, 1, 3); return err })
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d of four restorations of one reading succeeded", n)
	}
	b.Set(t, `UPDATE cases SET state = 'withdrawn' WHERE id = $1`, b.c.ID)
	_, err = b.restore(b.Contact, 1, 4)
	housetest.Refused(t, err, fault.Conflict, "")
}
