package partners_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/postgres"
	"hjemvej/partners"
)

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	return string(b)
}

func item(h *housetest.House, handoff, reference string, kind partners.ReportKind) partners.BatchItem {
	return partners.BatchItem{HandoffID: handoff, NewReport: partners.NewReport{Kind: kind, HappenedOn: h.Today(), Reference: reference, Text: "A word"}}
}

func batch(ctx context.Context, h *housetest.House, who access.Actor, items ...partners.BatchItem) ([]partners.BatchResult, error) {
	return partners.RecordReports(ctx, h.DB, h.Vault, who, partners.Batch{Reports: items})
}

func TestABatchRecordsWhatItCanAndSaysWhatItCannot(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	a, b := h.Accepted(t), h.Accepted(t)
	mine, other, theirs := h.Hand(t, a, h.Home), h.Hand(t, b, h.Home), h.Hand(t, a, h.Return)
	wordless := item(h, mine, "5", partners.Incident)
	wordless.Text = ""
	items := []partners.BatchItem{
		item(h, other, "1", partners.SafetyConcern), item(h, theirs, "2", partners.CounsellingHeld), item(h, mine, "3", partners.MetAtArrival),
		item(h, mine, "4", partners.CounsellingHeld), wordless, item(h, mine, "4", partners.CounsellingHeld), item(h, mine, "4", partners.Incident),
	}
	want := []struct {
		kind fault.Kind
		rule string
		path string
	}{{}, {fault.NotFound, "", ""}, {fault.Conflict, "R22", ""}, {}, {fault.Invalid, "", "body.reports[4].text"}, {}, {fault.Conflict, "R29", ""}}
	got, err := batch(t.Context(), h, h.Home, items...)
	must(t, err)
	for i, r := range got {
		if r.HandoffID != items[i].HandoffID || r.Reference != items[i].Reference || (r.Report == nil) == (r.Refused == nil) {
			t.Fatalf("item %d: %+v", i, r)
		}
		if want[i].kind == "" {
			if r.Report == nil || r.Report.Reference != items[i].Reference {
				t.Errorf("item %d: %+v", i, r.Refused)
			}
			continue
		}
		housetest.Refused(t, r.Refused.Fault(), want[i].kind, want[i].rule)
		if path := want[i].path; path != "" && r.Refused.Fields[0].Path != path {
			t.Errorf("item %d: %+v", i, r.Refused.Fields)
		}
	}
	if !reflect.DeepEqual(got[3].Report, got[5].Report) {
		t.Error("the same report twice is two")
	}
	if n := h.Count(t, `SELECT count(*) FROM partner_reports`); n != 2 {
		t.Errorf("%d reports are kept", n)
	}
	// What was refused left nothing, and what came after it acted with the reach that it needs.
	if n := h.Count(t, `SELECT count(*) FROM letters WHERE kind = 'report_urgent'`); n != 2 {
		t.Errorf("%d letters", n)
	}
	if n := h.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'report-batch' AND outcome = 'denied' AND object_id = $1`, theirs); n != 1 {
		t.Errorf("%d refusals are recorded", n)
	}
	if n := h.Count(t, `SELECT count(DISTINCT case_code) FROM audit_log WHERE operation = 'report-batch' AND outcome = 'done'`); n != 2 {
		t.Errorf("%d cases are recorded", n)
	}
}

func TestR29_ABatchThatComesAgainDoesNothingTwice(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	var items []partners.BatchItem
	for i := range 5 {
		id := h.Hand(t, h.Accepted(t), h.Home)
		for j := range 20 {
			items = append(items, item(h, id, fmt.Sprint("CE-", i, "-", j), partners.CounsellingHeld))
		}
	}
	backwards := make([]partners.BatchItem, len(items))
	for i, one := range items {
		backwards[len(items)-1-i] = one
	}
	results := make([][]partners.BatchResult, 6)
	must(t, housetest.AtOnce(len(results), func(i int) (err error) {
		results[i], err = batch(t.Context(), h, h.Home, [][]partners.BatchItem{items, backwards}[i%2]...)
		return err
	})...)
	for i, r := range results {
		if !reflect.DeepEqual(r, results[i%2]) {
			t.Errorf("batch %d is answered otherwise", i)
		}
	}
	if n := h.Count(t, `SELECT count(*) FROM partner_reports`); n != len(items) {
		t.Errorf("%d reports of %d", n, len(items))
	}
	once := func(content byte) context.Context {
		return postgres.WithOnce(t.Context(), postgres.Once{Key: "batch-0001", Request: [sha256.Size]byte{content}})
	}
	first, err := batch(once(1), h, h.Home, items[0], item(h, items[0].HandoffID, "met", partners.MetAtArrival))
	must(t, err)
	again, err := batch(once(1), h, h.Home, items[0], item(h, items[0].HandoffID, "met", partners.MetAtArrival))
	must(t, err)
	if asJSON(t, first) != asJSON(t, again) || again[1].Refused.Rule != "R22" {
		t.Errorf("first %+v, then %+v", first, again)
	}
	_, err = batch(once(2), h, h.Home, items[1])
	housetest.Refused(t, err, fault.Conflict, "R29")
}
