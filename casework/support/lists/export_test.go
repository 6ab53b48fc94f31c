package lists

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"hjemvej/casework/support"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/letter"
	"hjemvej/internal/sheet"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"
)

// hostile are texts that a spreadsheet would run.
var hostile = []string{`=HYPERLINK("https://x.example","see")`, "\u200b=1+1", "\t=1", "-2+3;=4", "ＡＢ\n＠SUM(1)"}

// busy is a house in which every list has rows, some of them hostile.
func busy(t *testing.T) *bench {
	b := newBench(t)
	b.Pay(t, b.c, "10", support.Planned)
	b.Pay(t, b.c, "11.50", support.Authorised)
	b.Pay(t, b.c, "18000", support.Sent)
	b.plan(b.Contact, "12", "cash")
	b.plan(b.Contact, "13", "cash")
	for _, reason := range hostile {
		b.except(b.Contact, reason)
	}
	b.Pass(170)
	return b
}

// sheets reads both files of a list.
func (b *bench) sheets(name Name) (asCSV, asXLSX [][]string, book *excelize.File) {
	b.t.Helper()
	file, err := Export(b.t.Context(), b.DB, b.Finance, name, CSV)
	must(b.t, err)
	asCSV, err = csv.NewReader(bytes.NewReader(file.Body)).ReadAll()
	must(b.t, err)
	file, err = Export(b.t.Context(), b.DB, b.Finance, name, XLSX)
	must(b.t, err)
	book, err = excelize.OpenReader(bytes.NewReader(file.Body))
	must(b.t, err)
	b.t.Cleanup(func() { must(b.t, book.Close()) })
	for i := range asCSV {
		asXLSX = append(asXLSX, make([]string, len(asCSV[0])))
		for j := range asXLSX[i] {
			at, _ := excelize.CoordinatesToCellName(j+1, i+1)
			asXLSX[i][j], err = book.GetCellValue(book.GetSheetName(0), at)
			must(b.t, err)
		}
	}
	return asCSV, asXLSX, book
}

// TestASheetSaysWhatThePageSays compares every cell with the page's JSON.
func TestASheetSaysWhatThePageSays(t *testing.T) {
	t.Parallel()
	b := busy(t)
	for _, l := range all {
		rows := b.read(b.Finance, l.name)
		asCSV, asXLSX, _ := b.sheets(l.name)
		if len(rows) == 0 || len(asCSV) != len(rows)+1 {
			t.Errorf("%s has %d rows, its sheet %d", l.name, len(rows), len(asCSV)-1)
			continue
		}
		if diff := cmp.Diff(asCSV, asXLSX); diff != "" {
			t.Errorf("%s (-CSV +XLSX): %s", l.name, diff)
		}
		for i, row := range rows {
			page := flat(t, row)
			for j, name := range asCSV[0] {
				want := page[name]
				if got := asCSV[i+1][j]; got != sheet.Neutral(want) && !(want == "" && (got == "no" || got == "0")) {
					t.Errorf("%s row %d: %s is %q, the page says %q", l.name, i, name, got, want)
				}
				delete(page, name)
			}
			delete(page, "about")
			delete(page, "mine_to_decide") // of the two lists that wait for a decision alone
			for name, value := range page {
				t.Errorf("%s has no column %s (%s)", l.name, name, value)
			}
		}
	}
}

// flat is a row's JSON with amounts in two fields, as a sheet has them.
func flat(t *testing.T, r Row) map[string]string {
	t.Helper()
	text, err := json.Marshal(r)
	must(t, err)
	var fields map[string]any
	must(t, json.Unmarshal(text, &fields))
	out := map[string]string{}
	for name, v := range fields {
		switch v := v.(type) {
		case map[string]any:
			out[name], out[name+"_currency"] = v["amount"].(string), v["currency"].(string)
		case bool:
			out[name] = map[bool]string{true: "yes", false: "no"}[v]
		default:
			out[name] = fmt.Sprint(v)
		}
	}
	return out
}

func TestHostileReasonsReachTheSheetAsText(t *testing.T) {
	t.Parallel()
	b := busy(t)
	asCSV, _, book := b.sheets(Exceptions)
	found := 0
	for i, record := range asCSV[1:] {
		for j, cell := range record {
			at, _ := excelize.CoordinatesToCellName(j+1, i+2)
			if formula, err := book.GetCellFormula("Exceptions", at); err != nil || formula != "" {
				t.Errorf("%s is the formula %q (%v)", at, formula, err)
			}
			if asCSV[0][j] == "exception_reason" {
				if !strings.HasPrefix(cell, "'") && !strings.Contains(cell, "\n'") {
					t.Errorf("%q would run", cell)
				}
				found++
			}
		}
	}
	if found != len(hostile) {
		t.Errorf("%d reasons of %d", found, len(hostile))
	}
}

func TestR11_AFileIsNamedAfterTheListAndTheDay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, l := range all {
		for format, kind := range Types {
			file, err := Export(t.Context(), b.DB, b.Lead, l.name, format)
			must(t, err)
			if !regexp.MustCompile(`^[a-z-]+-2026-10-12\.(csv|xlsx)$`).MatchString(file.Name) || file.Type != kind {
				t.Errorf("%s, %s", file.Name, file.Type)
			}
			if err := letter.Neutral(strings.ReplaceAll(file.Name, "-", " ") + " " + l.title); err != nil {
				t.Errorf("%s: %v", file.Name, err)
			}
		}
	}
}

// TestR11_NoRowNamesAPersonOrTellsAStory looks for the bench's names and texts.
func TestR11_NoRowNamesAPersonOrTellsAStory(t *testing.T) {
	t.Parallel()
	b := busy(t)
	b.Set(t, `UPDATE programmes SET ceiling_dkk = allotted_dkk`)
	for _, l := range all {
		file, err := Export(t.Context(), b.DB, b.Finance, l.name, CSV)
		must(t, err)
		for _, word := range []string{"Ana", "Exemplu", "To live", "The programme", "Kim", "Partner", "RO49"} {
			if strings.Contains(string(file.Body), word) {
				t.Errorf("%s says %q", l.name, word)
			}
		}
	}
}

func TestAnExportIsRecordedWithItsRows(t *testing.T) {
	t.Parallel()
	b := busy(t)
	_, err := Export(t.Context(), b.DB, b.Lead, Exceptions, XLSX)
	must(t, err)
	got := b.Text(t, `SELECT outcome || ' ' || object_id || ' ' || row_count FROM audit_log WHERE operation = 'export-finance-list' AND actor_id = $1`, b.Lead.ID)
	if want := fmt.Sprintf("done exceptions-%s.xlsx %d", b.Today(), len(hostile)); got != want {
		t.Errorf("recorded %q, want %q", got, want)
	}
	if n := b.Count(t, `SELECT count(*) FROM audit_log WHERE operation <> 'export-finance-list' AND row_count IS NOT NULL`); n != 0 {
		t.Errorf("%d other rows have a count", n)
	}
}

func TestALongListIsCutAndItsFileSaysSo(t *testing.T) {
	t.Parallel()
	b := busy(t)
	file, err := export(t.Context(), b.DB, b.Finance, Exceptions, CSV, 3)
	must(t, err)
	records, err := csv.NewReader(bytes.NewReader(file.Body)).ReadAll()
	must(t, err)
	if want := "exceptions-" + b.Today().String() + "-first-3.csv"; file.Name != want || len(records) != 4 {
		t.Errorf("%s with %d rows", file.Name, len(records)-1)
	}
}

func TestPagesFollowEachOtherWithoutGapsOrRepeats(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 7 {
		in := b.NewPayment("10", "in_kind")
		in.PlannedFor = b.Today().AddDays(i / 3) // several share a day
		_, err := support.Plan(t.Context(), b.DB, b.Contact, b.c.Code, in)
		must(t, err)
	}
	b.Pay(t, b.c, "17900", support.Sent)
	b.plan(b.Contact, "10", "cash")
	b.plan(b.Contact, "10", "cash")
	for range 3 {
		b.except(b.Contact, "The school year ends then")
	}
	b.Set(t, `UPDATE programmes SET ceiling_dkk = allotted_dkk`)
	for days := range 2 {
		b.Pass(160 * days)
		for _, l := range all {
			whole := b.read(b.Finance, l.name)
			var got []Row
			for after := ""; ; {
				page, next, err := Read(t.Context(), b.DB, b.Finance, l.name, Page{After: after, Limit: 2})
				must(t, err)
				got = append(got, page...)
				if len(got) == 2 && l.name == ToAuthorise && days == 0 { // one of the page is gone before the next
					_, err := support.Authorise(t.Context(), b.DB, b.Finance, got[0].Payment, 1)
					must(t, err)
				}
				if after = next; after == "" {
					break
				}
			}
			if diff := cmp.Diff(whole, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s (-whole +by pages): %s", l.name, diff)
			}
		}
	}
}

func TestACursorOfAnotherListIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const id = "00000000-0000-4000-8000-000000000001"
	for name, cursors := range map[Name][]string{
		ToSend:      {"1/" + id, "x", "2026-02-30/" + id, "0000-01-01/" + id, "2026-10-12/" + id + "x", "2026-10-12"},
		NearCeiling: {"2026-10-12/" + id, "/" + id},
	} {
		for _, after := range cursors {
			_, _, err := Read(t.Context(), b.DB, b.Finance, name, Page{After: after, Limit: 2})
			housetest.Refused(t, err, fault.Invalid, "")
		}
	}
}
