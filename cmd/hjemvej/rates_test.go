package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hjemvej/internal/calendar"
	"hjemvej/internal/housetest"
)

func TestR28_TheBanksFileIsImportedByHandOrByATimer(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	day := calendar.Today(time.Now()).AddDays(-1) // the program's clock is the real one
	text := "Date,DKK,RON,ROL,\n" + day.String() + ",7.4605,5.0921,13111,\n"
	file := filepath.Join(t.TempDir(), "eurofxref.csv")
	must(t, os.WriteFile(file, []byte(text), 0o600))
	on := []string{"--database-url", h.URL}
	says := func(got string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%q does not say %q", got, w)
			}
		}
	}
	says(ok(t, append([]string{"rates", "import", file}, on...)...), "2 rates are added, 0 stood there", "No currency in use: ROL")
	says(ok(t, append([]string{"rates", "list", "--currency", "RON"}, on...)...), day.String()+" RON 1.46511263 kr. (ecb, age in days: 1)")

	bank := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.Replace(text, "5.0921", "5.0922", 1)))
	}))
	t.Cleanup(bank.Close)
	var out bytes.Buffer
	must(t, importRates{ownerDatabase{URL: h.URL}, bank.URL, bank.Client()}.Run(&console{t.Context(), &out, &out}))
	says(out.String(), "RON of "+day.String()+" is recorded with another rate", "0 rates are added, 1 stood there, 1 differ")

	must(t, os.WriteFile(file, []byte("secret-value"), 0o600))
	for _, from := range []string{file, filepath.Join(t.TempDir(), "none"), "http://127.0.0.1/", bank.URL} {
		if status, out, errs := called(t, append([]string{"rates", "import", from}, on...)...); status != 1 || out != "" || strings.Contains(errs, "secret-value") {
			t.Errorf("%d: %s %s", status, out, errs)
		}
	}
}
