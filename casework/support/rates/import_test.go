package rates_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hjemvej/casework/support/rates"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"

	"github.com/google/go-cmp/cmp"
)

func imported(t *testing.T, h *housetest.House, file string) rates.Imported {
	t.Helper()
	got, err := rates.ImportFile(t.Context(), h.DB, h.Finance, rates.Sent{File: file})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestR28_AnImportAddsWhatIsNotThere(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	friday := calendar.MustParse("2026-10-09")
	record(t, h, rates.NewRate{Currency: "RON", RatedOn: friday, Rate: "1.69"})
	none := []string{}
	want := rates.Imported{Added: 6, Differing: []rates.Differ{{Currency: "RON", RatedOn: friday}}, Ignored: none}
	if diff := cmp.Diff(want, imported(t, h, string(sample(t, "daily.xml")))); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	want.Added, want.Unchanged = 0, 6
	if diff := cmp.Diff(want, imported(t, h, string(sample(t, "daily.csv")))); diff != "" {
		t.Errorf("again, as CSV (-want +got):\n%s", diff)
	}
	want = rates.Imported{Added: 6, Unchanged: 6, TooOld: 3, Differing: want.Differing, Ignored: []string{"ROL"}}
	if diff := cmp.Diff(want, imported(t, h, string(sample(t, "history.csv")))); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if got := h.Text(t, `SELECT string_agg(trim_scale(rate)::text || source, ' ' ORDER BY number) FROM rates WHERE currency = 'RON' AND rated_on = $1`, friday); got != "1.69hand" {
		t.Errorf("RON is %s", got)
	}
	record(t, h, rates.NewRate{Currency: "RON", RatedOn: friday, Rate: "1.46511263", Reason: "As the bank says"})
	if got := imported(t, h, string(sample(t, "daily.xml"))); got.Unchanged != 7 || len(got.Differing) != 0 {
		t.Errorf("the rate in force is the bank's now: %+v", got)
	}
}

func TestR28_TwoImportsAtOnceRecordEachRateOnce(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	answers := make([]rates.Imported, 6)
	for i, err := range housetest.AtOnce(len(answers), func(i int) (err error) {
		answers[i], err = rates.ImportFile(t.Context(), h.DB, h.Finance, rates.Sent{File: string(sample(t, []string{"history.xml", "history.csv"}[i%2]))})
		return err
	}) {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	added := 0
	for _, a := range answers {
		added += a.Added
		if a.Added+a.Unchanged != 13 || len(a.Differing) > 0 {
			t.Errorf("%+v", a)
		}
	}
	if n := h.Count(t, `SELECT count(*) FROM rates`); added != 13 || n != 13 {
		t.Errorf("%d added, %d rows", added, n)
	}
}

func TestR28_AFileIsTakenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	whole := string(sample(t, "history.csv"))
	for file, want := range map[string]fault.Kind{
		strings.Replace(whole, "2026-10-08", "2026-10-13", 1): fault.Conflict, // tomorrow
		strings.Replace(whole, "133.73", "0", 1):              fault.Invalid,
	} {
		if _, err := rates.ImportFile(t.Context(), h.DB, h.Finance, rates.Sent{File: file}); fault.KindOf(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if n := h.Count(t, `SELECT count(*) FROM rates`); n != 0 {
		t.Errorf("%d rows", n)
	}
}

func TestTheFileIsFetchedOverHTTPSAlone(t *testing.T) {
	t.Parallel()
	daily := sample(t, "daily.xml")
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(daily) }))
	t.Cleanup(plain.Close)
	mux := http.NewServeMux()
	mux.HandleFunc("/daily.xml", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(daily) })
	mux.Handle("/moved", http.RedirectHandler("/daily.xml", http.StatusFound))
	mux.Handle("/down", http.RedirectHandler(plain.URL, http.StatusFound))
	mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "9999")
		_, _ = w.Write(daily)
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for range rates.MaxFile/len(daily) + 2 {
			_, _ = w.Write(daily)
		}
	})
	bank := httptest.NewTLSServer(mux)
	t.Cleanup(bank.Close)
	for _, path := range []string{"/daily.xml", "/moved"} {
		if got, err := rates.Fetch(t.Context(), bank.Client(), bank.URL+path); err != nil || string(got) != string(daily) {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
	for _, address := range []string{plain.URL, "file:///etc/passwd", "https://", bank.URL + "/down", bank.URL + "/short", bank.URL + "/endless", bank.URL + "/none"} {
		got, err := rates.Fetch(t.Context(), bank.Client(), address)
		if err == nil || got != nil || strings.Contains(err.Error(), "127.0.0.1:") {
			t.Errorf("%s: %d bytes, %v", address, len(got), err)
		}
	}
	if _, err := rates.Fetch(t.Context(), nil, bank.URL+"/daily.xml"); err == nil {
		t.Error("a certificate that nobody signed was believed")
	}
}
