package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"hjemvej/internal/calendar"
	"hjemvej/internal/money"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

func TestTextThatWouldBecomeAFormulaIsNeutralised(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"", ""}, {"rent", "rent"}, {"a=b", "a=b"}, {"1-2", "1-2"}, {"'=1", "'=1"}, {"K7QX-2MVD", "K7QX-2MVD"},
		{"=1+1", "'=1+1"}, {"+45", "'+45"}, {"-1", "'-1"}, {"@SUM(A1)", "'@SUM(A1)"},
		{`=HYPERLINK("https://x.example","a")`, `'=HYPERLINK("https://x.example","a")`},
		{"\tx", "'\tx"}, {"\rx", "'\nx"}, {"\nx", "'\nx"}, {"\t=1", "'\t'=1"},
		{"＝1", "'＝1"}, {"＋1", "'＋1"}, {"－1", "'－1"}, {"＠a", "'＠a"},
		{" =1", "' =1"}, {"\u00a0=1", "'\u00a0=1"}, {"\u3000=1", "'\u3000=1"},
		{"\u200b=1+1", "'\u200b=1+1"}, {"\ufeff=1", "'\ufeff=1"}, {"\u202e=1", "'\u202e=1"}, {"\u2066=1", "'\u2066=1"},
		{"\u00ad=1", "'\u00ad=1"}, {"\u034f=1", "'\u034f=1"}, {"\u3164=1", "'\u3164=1"}, {"\ufe0f=1", "'\ufe0f=1"}, {"\u2800=1", "'\u2800=1"},
		{"\x00=1", "'=1"}, {"\x1b=1", "'=1"}, {"\xff=1", "'=1"}, {"\u0085=1", "'\u0085=1"},
		{"a;=1", "a;'=1"}, {"a; \u200b=1", "a;' \u200b=1"}, {"a\n=1", "a\n'=1"}, {"a\r\n+1", "a\n'+1"}, {"a\t@b", "a\t'@b"}, {`a;"=1`, `a;'"=1`},
		{"a\n\nb", "a\n\nb"}, {"late, =1", "late, =1"}, {"a\x0bb\ufffe", "ab"},
	} {
		got := Neutral(tt.text)
		if got != tt.want {
			t.Errorf("Neutral(%q) = %q, want %q", tt.text, got, tt.want)
		}
		if again := Neutral(got); again != got {
			t.Errorf("Neutral(%q) = %q", got, again)
		}
	}
}

var mixed = Table{Title: "To send", Columns: []Column{{"case_code", Text}, {"planned_for", Date}, {"amount", Money}, {"days", Number}},
	Rows: [][]Cell{
		{Words("K7QX-2MVD"), Day(calendar.MustParse("2026-10-15")), Sum(money.Must("1183.43", "RON")), Count(3)},
		{Words("=1"), Day(calendar.MustParse("2028-02-29")), Sum(money.Must("999999999999.9999", "CLF")), Count(-3)},
		{Cell{}, Cell{}, Sum(money.DKK("-0.50")), Cell{}},
	}}

func TestR28_AmountsAreExactNumbersBesideTheirCurrency(t *testing.T) {
	t.Parallel()
	want := "case_code,planned_for,amount,amount_currency,days\r\nK7QX-2MVD,2026-10-15,1183.43,RON,3\r\n'=1,2028-02-29,999999999999.9999,CLF,-3\r\n,,-0.50,DKK,\r\n"
	var b bytes.Buffer
	must(t, mixed.WriteCSV(&b))
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	f := workbookOf(t, mixed)
	for at, want := range map[string]string{"A2": "K7QX-2MVD", "B2": "2026-10-15", "C2": "1183.43", "D2": "RON", "E2": "3", "A3": "'=1", "B3": "2028-02-29", "C4": "-0.50"} {
		if got, err := f.GetCellValue("To send", at); err != nil || got != want {
			t.Errorf("%s shows %q (%v), want %q", at, got, err, want)
		}
	}
	if raw, err := f.GetCellValue("To send", "C3", excelize.Options{RawCellValue: true}); err != nil || raw != "999999999999.9999" {
		t.Errorf("C3 holds %q (%v)", raw, err)
	}
	for at, want := range map[string]excelize.CellType{"A2": excelize.CellTypeSharedString, "A3": excelize.CellTypeSharedString, "C2": excelize.CellTypeUnset, "B2": excelize.CellTypeUnset} {
		if got, err := f.GetCellType("To send", at); err != nil || got != want {
			t.Errorf("%s is of type %v (%v), want %v", at, got, err, want)
		}
	}
	if panes, err := f.GetPanes("To send"); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("%+v, %v", panes, err)
	}
}

func TestR11_AWorkbookSaysNothingOfWhoMadeIt(t *testing.T) {
	t.Parallel()
	props, err := workbookOf(t, mixed).GetDocProps()
	must(t, err)
	if props.Creator+props.LastModifiedBy+props.Title+props.Subject+props.Description+props.Keywords != "" {
		t.Errorf("%+v", props)
	}
}

func TestARowThatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		row  []Cell
		want error
	}{
		"too few":       {[]Cell{Words("a")}, ErrShape},
		"another kind":  {[]Cell{Words("a"), Words("=1"), Cell{}, Cell{}}, ErrShape},
		"text as money": {[]Cell{Words("a"), Cell{}, Words("=1"), Cell{}}, ErrShape},
		"too long":      {[]Cell{Words(strings.Repeat("ø", longest+1)), Cell{}, Cell{}, Cell{}}, ErrLong},
	} {
		bad := mixed
		bad.Rows = [][]Cell{tt.row}
		for _, err := range []error{bad.WriteCSV(&bytes.Buffer{}), bad.WriteXLSX(&bytes.Buffer{})} {
			if !errors.Is(err, tt.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// hostile draws texts of which many would be formulas.
var hostile = rapid.Custom(func(t *rapid.T) string {
	bits := rapid.SliceOfN(rapid.OneOf(
		rapid.SampledFrom([]string{"=", "+", "-", "@", "＝", "\t", "\r", "\n", ";", ",", `"`, "'", " ", "\u00a0", "\u200b", "\ufeff", "\u202e", "\u00ad", "_x000D_", "_x0041_", "_", "x003D_", "&", "<", "]]>", "1+1", "\x00", "\xff"}),
		rapid.String()), 0, 8).Draw(t, "bits")
	return strings.Join(bits, "")
})

func TestWhatIsWrittenIsReadBackAndIsNoFormula(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) { survives(rt, rapid.SliceOfN(hostile, 1, 5).Draw(rt, "texts")) })
}

func FuzzAnyTextSurvivesAndIsNoFormula(f *testing.F) {
	for _, text := range []string{"=1+1", "\t=1", "\u200b=1+1", "a;=1", "a\n=cmd|' /C calc'!A0", "_x003D_1", "\r=1", `"=1`, "&#61;1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1000 {
			t.Skip()
		}
		survives(t, []string{text})
	})
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

// survives fails unless every text is read back from both files as it was,
// apart from apostrophes, ends of lines and what XML cannot hold, and nothing of
// it would be a formula, wherever a spreadsheet cuts.
func survives(t failer, texts []string) {
	t.Helper()
	table := Table{Title: "Any", Columns: []Column{{"text", Text}, {"on", Date}}}
	for _, text := range texts {
		table.Rows = append(table.Rows, []Cell{Words(text), Day(calendar.MustParse("2026-10-12"))})
	}
	var asCSV, asXLSX bytes.Buffer
	if err := errors.Join(table.WriteCSV(&asCSV), table.WriteXLSX(&asXLSX)); err != nil {
		t.Fatalf("%v", err)
	}
	records, err := csv.NewReader(&asCSV).ReadAll()
	if err != nil || len(records) != len(texts)+1 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	f, err := excelize.OpenReader(&asXLSX)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer f.Close()
	for i, text := range texts {
		at, _ := excelize.CoordinatesToCellName(1, i+2)
		cell, err := f.GetCellValue("Any", at)
		formula, _ := f.GetCellFormula("Any", at)
		if err != nil || formula != "" || cell != records[i+1][0] {
			t.Fatalf("%q: %q in CSV; %q, formula %q in XLSX (%v)", text, records[i+1][0], cell, formula, err)
		}
		if strings.ReplaceAll(cell, "'", "") != strings.ReplaceAll(held(text), "'", "") {
			t.Fatalf("%q became %q", text, cell)
		}
		for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(";\t\n", r) }) {
			if shown := strings.TrimLeftFunc(part, unseen); shown != "" && strings.ContainsRune(formulas, []rune(shown)[0]) {
				t.Fatalf("%q became %q", text, cell)
			}
		}
		if strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\n") {
			t.Fatalf("%q became %q", text, cell)
		}
	}
}

func workbookOf(t *testing.T, table Table) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	must(t, table.WriteXLSX(&b))
	f, err := excelize.OpenReader(&b)
	must(t, err)
	t.Cleanup(func() { must(t, f.Close()) })
	return f
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
