package api

import (
	"encoding/json"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
)

func TestACaseIsReadByWhoMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var who access.Actor
	must(t, w.owner.QueryRow(t.Context(), `SELECT id::text, team_id::text FROM users WHERE role = 'contact_person'`).Scan(&who.ID, &who.Team))
	who.Role = access.ContactPerson
	opened, err := casefile.Open(t.Context(), w.db, w.vault, who, casefile.Opening{
		Track: casefile.AsylumSeeker, AssessedBy: casefile.ImmigrationService, AssessedOn: calendar.MustParse("2026-07-15"),
		Person: person.Identity{GivenNames: canary, BirthDate: calendar.MustParse("1990-04-12"), Language: "ro"},
	})
	must(t, err)
	path := "/v1/cases/" + opened.Code
	rec := w.do(req{method: "GET", path: path, bearer: people[access.ContactPerson]})
	expect(t, rec, 200)
	var read casefile.Case
	must(t, json.Unmarshal(rec.Body.Bytes(), &read))
	if read.Code != opened.Code || rec.Header().Get("ETag") != tag(opened.Version) {
		t.Errorf("%+v, ETag %s", read, rec.Header().Get("ETag"))
	}
	expect(t, w.do(req{method: "GET", path: path, bearer: people[access.TeamLead], header: map[string]string{"If-None-Match": tag(1)}}), 304)
	w.refused(req{method: "GET", path: path, bearer: people[access.Manager]}, 403, "forbidden")
	w.refused(req{method: "GET", path: path, bearer: w.key}, 403, "forbidden")
	for _, code := range []string{"K7QX-2MVD", canary, "%27", "x" + "-"} {
		w.refused(req{method: "GET", path: "/v1/cases/" + code, bearer: people[access.ContactPerson]}, 404, "not_found")
	}
}
