package api

import (
	"bytes"
	"encoding/csv"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"hjemvej/casework/support"
	"hjemvej/casework/support/lists"
	"hjemvej/internal/audit"
	"hjemvej/internal/housetest"

	"github.com/xuri/excelize/v2"
)

// excepted is a desk on a case that arrived, with a payment whose exception waits.
func excepted(t *testing.T, reason string) (d *desk, payment string) {
	h := housetest.New(t)
	s := bare(Config{DB: h.DB, Vault: h.Vault, Auth: byName{}, Logger: slog.New(slog.DiscardHandler), RatePerSecond: 1e6, Burst: 1e6})
	s.operations()
	d = &desk{h, t, s, h.Arrived(t)}
	in := h.NewPayment("100", "in_kind")
	in.PlannedFor, in.Exception = h.Today().AddMonths(8), reason
	expect(t, d.ask(d.Contact, "POST", "CASE/payments", in, "Idempotency-Key", "planned-once"), http.StatusCreated)
	return d, d.Text(t, `SELECT id::text FROM payments`)
}

func TestAFormulaThatWasSentLeavesAsText(t *testing.T) {
	t.Parallel()
	const sent = "\u200b=HYPERLINK(\"https://x.example\",\"see\");=1"
	d, payment := excepted(t, sent)
	page := answered[Page[lists.Row]](t, d.ask(d.Finance, "GET", "/v1/finance/lists/exceptions", nil))
	if len(page.Items) != 1 || page.Items[0].Payment != payment || page.Items[0].Reason != sent {
		t.Fatalf("%+v", page)
	}
	want := "'" + strings.Replace(sent, ";", ";'", 1)

	rec := d.ask(d.Finance, "GET", "/v1/finance/lists/exceptions/sheet?format=csv", nil)
	expect(t, rec, http.StatusOK)
	records, err := csv.NewReader(rec.Body).ReadAll()
	must(t, err)
	if len(records) != 2 || records[1][12] != want {
		t.Errorf("%q", records)
	}
	if h := rec.Header(); h.Get("Content-Type") != lists.Types[lists.CSV] || h.Get("Content-Disposition") != `attachment; filename="exceptions-2026-10-12.csv"` || h.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", h)
	}

	rec = d.ask(d.Finance, "GET", "/v1/finance/lists/exceptions/sheet", nil)
	expect(t, rec, http.StatusOK)
	book, err := excelize.OpenReader(bytes.NewReader(rec.Body.Bytes()))
	must(t, err)
	defer book.Close()
	cell, err := book.GetCellValue("Exceptions", "M2")
	formula, _ := book.GetCellFormula("Exceptions", "M2")
	if err != nil || cell != want || formula != "" {
		t.Errorf("%q, formula %q, %v", cell, formula, err)
	}
	if h := rec.Header(); h.Get("Content-Type") != lists.Types[lists.XLSX] || h.Get("Content-Disposition") != `attachment; filename="exceptions-2026-10-12.xlsx"` {
		t.Errorf("%v", h)
	}
}

func TestTheAuditorSeesHowManyRowsLeft(t *testing.T) {
	t.Parallel()
	d, _ := excepted(t, "The school year ends then")
	expect(t, d.ask(d.Lead, "GET", "/v1/finance/lists/exceptions/sheet?format=csv", nil), http.StatusOK)
	log := answered[Page[audit.Entry]](t, d.ask(d.Auditor, "GET", "/v1/audit?operation=export-finance-list", nil))
	if len(log.Items) != 1 || log.Items[0].ActorID != d.Lead.ID || log.Items[0].Object != "exceptions-2026-10-12.csv" || log.Items[0].Rows == nil || *log.Items[0].Rows != 1 {
		t.Errorf("%+v", log.Items)
	}
}

func TestFinancesMorning(t *testing.T) {
	t.Parallel()
	d, _ := excepted(t, "The school year ends then")
	d.Pay(t, d.c, "10", support.Authorised)
	waiting := map[lists.Name]int{}
	for _, w := range answered[[]lists.Waiting](t, d.ask(d.Finance, "GET", "/v1/finance/lists", nil)) {
		waiting[w.List] = w.Waiting
	}
	if len(waiting) != 7 || waiting[lists.ToSend] != 1 || waiting[lists.Exceptions] != 1 || waiting[lists.ToAuthorise] != 0 {
		t.Errorf("%v", waiting)
	}
	for path, status := range map[string]int{"/v1/finance/lists/everything": 422, "/v1/finance/lists/to_send/sheet?format=pdf": 422, "/v1/finance/lists/to_send?cursor=MS94": 422} {
		expect(t, d.ask(d.Finance, "GET", path, nil), status)
	}
}
