package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	ics "github.com/arran4/golang-ical"
)

func TestR11_TheAddressOfACalendarIsItsOnlyCredentialAndInNoLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, bearer := range []string{w.key} {
		rec := w.do(req{method: "POST", path: "/v1/me/calendar-feeds", bearer: bearer})
		var made CreatedSubscription
		must(t, json.Unmarshal(rec.Body.Bytes(), &made))
		if rec.Code != http.StatusCreated || !strings.HasPrefix(made.Path, "/v1/calendars/") {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
		rec = w.do(req{method: "GET", path: made.Path})
		if _, err := ics.ParseCalendar(strings.NewReader(rec.Body.String())); err != nil || rec.Code != http.StatusOK || !strings.HasPrefix(rec.Header().Get("Cache-Control"), "private") {
			t.Errorf("%d %v %v", rec.Code, rec.Header(), err)
		}
		again := w.do(req{method: "GET", path: made.Path, header: map[string]string{"If-None-Match": rec.Header().Get("ETag")}})
		if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("the version that the caller has: %d", again.Code)
		}
		if rec := w.do(req{method: "POST", path: "/v1/me/calendar-feeds/revocation", bearer: bearer, body: `{"id":"` + made.ID + `"}`}); rec.Code != http.StatusNoContent {
			t.Errorf("revoked: %d %s", rec.Code, rec.Body)
		}
		var answers []string
		for _, path := range []string{made.Path, "/v1/calendars/" + strings.Repeat("A", 43) + ".ics", strings.TrimSuffix(made.Path, ".ics")} {
			rec := w.do(req{method: "GET", path: path})
			var p struct{ Detail string }
			must(t, json.Unmarshal(rec.Body.Bytes(), &p))
			answers = append(answers, p.Detail)
			if rec.Code != http.StatusNotFound {
				t.Errorf("%d", rec.Code)
			}
		}
		if answers[0] != answers[1] || answers[0] != answers[2] {
			t.Errorf("what is wrong with an address is told: %q", answers)
		}
		token := strings.TrimSuffix(strings.TrimPrefix(made.Path, "/v1/calendars/"), ".ics")
		if strings.Contains(w.log.String(), token) {
			t.Error("a token is in the log")
		}
		var logged int
		must(t, w.owner.QueryRow(t.Context(), `SELECT count(*) FROM audit_log a WHERE strpos(a::text, $1) > 0`, token).Scan(&logged))
		if logged != 0 {
			t.Error("a token is in the audit log")
		}
	}
}
