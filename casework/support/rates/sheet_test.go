package rates_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hjemvej/casework/support/rates"
	"hjemvej/internal/money"

	"github.com/google/go-cmp/cmp"
)

func sample(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func zipped(t testing.TB, files ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		w, err := z.Create("eurofxref.csv")
		if err == nil {
			_, err = w.Write(f)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// quoted are a sheet's quotes, as day, currency and rate.
func quoted(s rates.Sheet) map[string]string {
	out := map[string]string{}
	for _, q := range s.Quotes {
		out[q.On.String()+" "+q.Currency] = q.Rate
	}
	return out
}

func TestR28_TheBanksFormsSayTheSame(t *testing.T) {
	t.Parallel()
	daily := map[string]string{ // worked out by hand: 7.4605 ÷ the bank's figure
		"2026-10-09 EUR": "7.4605", "2026-10-09 USD": "6.42869453", "2026-10-09 JPY": "0.04342549", "2026-10-09 RON": "1.46511263",
		"2026-10-09 PHP": "0.11301733", "2026-10-09 THB": "0.19714867", "2026-10-09 KWD": "21.02733935",
	}
	for name, file := range map[string][]byte{"xml": sample(t, "daily.xml"), "csv": sample(t, "daily.csv"), "zip": zipped(t, sample(t, "daily.csv"))} {
		s, err := rates.Parse(file)
		if diff := cmp.Diff(daily, quoted(s)); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	x, err := rates.Parse(sample(t, "history.xml"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := rates.Parse(sample(t, "history.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(quoted(x), quoted(c)); diff != "" {
		t.Errorf("history, XML and CSV:\n%s", diff)
	}
	if len(c.Quotes) != 7+6+3 || !cmp.Equal(c.Ignored, []string{"ROL"}) {
		t.Errorf("%d quotes, ignored %v", len(c.Quotes), c.Ignored)
	}
}

func TestR28_RatesAreRoundedHalfUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ dkk, units, want string }{
		{"7.46", "2", "3.73"}, {"1", "3", "0.33333333"}, {"2", "3", "0.66666667"},
		{"0.00000001", "2", "0.00000001"}, {"0.00000003", "2", "0.00000002"}, {"0.00000005", "4", "0.00000001"},
		{"7.4605", "4.41449704", "1.69"},
	} {
		s, err := rates.Parse([]byte("Date,DKK,RON\n2026-10-09," + c.dkk + "," + c.units + "\n"))
		if got := quoted(s)["2026-10-09 RON"]; got != c.want || err != nil {
			t.Errorf("%s / %s = %s, %v; want %s", c.dkk, c.units, got, err, c.want)
		}
	}
}

const secret = "QXSECRET"

func TestAFileThatIsNotWholeIsRefusedWithoutBeingRepeated(t *testing.T) {
	t.Parallel()
	x, c := string(sample(t, "daily.xml")), string(sample(t, "daily.csv"))
	for name, f := range map[string]struct {
		file string
		want error
	}{
		"nothing":              {"", rates.ErrForm},
		"something else":       {secret, rates.ErrForm},
		"a page":               {"<html><body>" + secret + "</body></html>", rates.ErrForm},
		"truncated XML":        {x[:len(x)-60], rates.ErrForm},
		"truncated CSV":        {c[:len(c)-6], rates.ErrForm},
		"document type":        {strings.Replace(x, "<gesmes:Envelope", `<!DOCTYPE x [<!ENTITY a "`+secret+`">]><gesmes:Envelope`, 1), rates.ErrForm},
		"entity":               {strings.Replace(x, "'USD'", "'&"+secret+";'", 1), rates.ErrForm},
		"two envelopes":        {x + x, rates.ErrForm},
		"another encoding":     {strings.Replace(x, "UTF-8", "UTF-16", 1), rates.ErrForm},
		"a currency of no day": {strings.Replace(x, "<Cube time='2026-10-09'>", "<Cube>", 1), rates.ErrDay},
		"too deep":             {strings.Replace(x, "<Cube time", "<Cube><Cube time", 1), rates.ErrDay},
		"in something else":    {strings.Replace(x, "<Cube time", "<x><Cube currency='SEK' rate='1'/></x><Cube time", 1), rates.ErrForm},
		"no days":              {"Date, DKK, \n", rates.ErrForm},
		"no krone, XML":        {strings.Replace(x, "'DKK'", "'SEK'", 1), rates.ErrNoKrone},
		"no krone, CSV":        {strings.Replace(c, "7.4605", "N/A", 1), rates.ErrNoKrone},
		"zero":                 {strings.Replace(x, "'171.80'", "'0.00'", 1), rates.ErrRate},
		"negative":             {strings.Replace(c, "171.80", "-171.80", 1), rates.ErrRate},
		"exponent":             {strings.Replace(c, "171.80", "1e9", 1), rates.ErrRate},
		"no number":            {strings.Replace(x, "171.80", secret, 1), rates.ErrRate},
		"no rate":              {strings.Replace(x, " rate='171.80'", "", 1), rates.ErrRate},
		"many digits":          {strings.Replace(c, "171.80", strings.Repeat("9", 400), 1), rates.ErrRate},
		"rounded to nothing":   {strings.NewReplacer("171.80", "999999999", "7.4605", "0.1").Replace(c), rates.ErrRate},
		"twice, XML":           {strings.Replace(x, "'JPY'", "'USD'", 1), rates.ErrCurrency},
		"twice, CSV":           {strings.Replace(c, "JPY", "USD", 1), rates.ErrCurrency},
		"no code":              {strings.Replace(c, "JPY", secret, 1), rates.ErrCurrency},
		"no date":              {strings.Replace(x, "2026-10-09", "2026-02-30", 1), rates.ErrDay},
		"before the euro":      {strings.Replace(c, "9 October 2026", "9 October 1926", 1), rates.ErrDay},
		"a day twice":          {c + c[strings.Index(c, "9 Oct"):], rates.ErrDay},
		"an empty cell":        {strings.Replace(c, "171.80", "", 1), rates.ErrRate},
		"too many currencies":  {"Date," + strings.Repeat("USD,", 300), rates.ErrTooLarge},
		"huge":                 {strings.Repeat(" ", rates.MaxFile+1), rates.ErrTooLarge},
		"two in a zip":         {string(zipped(t, []byte(c), []byte(c))), rates.ErrForm},
		"broken zip":           {string(zipped(t, []byte(c))[:60]), rates.ErrForm},
		"a bomb":               {string(zipped(t, bytes.Repeat([]byte("9"), rates.MaxFile+1))), rates.ErrTooLarge},
	} {
		s, err := rates.Parse([]byte(f.file))
		if !errors.Is(err, f.want) || len(s.Quotes) > 0 || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, %d quotes; want %v", name, err, len(s.Quotes), f.want)
		}
	}
}

// FuzzParse: whatever comes, the answer is an error or rates that a payment can
// be counted with, each currency once a day.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"daily.xml", "daily.csv", "history.xml", "history.csv"} {
		f.Add(sample(f, name))
	}
	f.Add(zipped(f, sample(f, "daily.csv")))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := rates.Parse(file)
		if (err == nil) != (len(s.Quotes) > 0) || len(quoted(s)) != len(s.Quotes) {
			t.Fatalf("%v with %d quotes", err, len(s.Quotes))
		}
		for _, q := range s.Quotes {
			if _, err := money.InDKK(money.Amount{Amount: "1", Currency: q.Currency}, q.Rate); err != nil || q.Currency == money.Krone {
				t.Fatalf("a rate of %s cannot be used: %v", q.Currency, err)
			}
		}
	})
}
