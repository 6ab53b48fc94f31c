package attention_test

import (
	"encoding/json"
	"strings"
	"testing"

	"hjemvej/casework/attention"
	"hjemvej/casework/followup"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/outbox"
	"hjemvej/partners"
)

// letters are all of a case, read by pages of three.
func letters(t *testing.T, h *housetest.House, who access.Actor, code string) (all []attention.Letter) {
	t.Helper()
	for after := ""; ; {
		some, next, err := attention.ListLetters(t.Context(), h.DB, who, code, after, 3)
		must(t, err)
		if all = append(all, some...); next == "" {
			return all
		}
		if len(some) != 3 {
			t.Errorf("a page has %d letters", len(some))
		}
		after = next
	}
}

func TestR11_EveryLetterAboutACaseIsListedWithoutWhatItSaid(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	other := h.Arrived(t)
	report := h.Report(t, c.Home, c.HomeHandoff, partners.SafetyConcern)
	incident, err := followup.RecordIncident(t.Context(), h.DB, h.Vault, h.Contact, c.Code, followup.NewIncident{Kind: followup.Harm, OccurredOn: h.Today(), Text: "A man"})
	must(t, err)
	h.SetToday("2026-10-26")
	must(t, second(followup.Remind(t.Context(), h.DB)))
	h.Set(t, `INSERT INTO letters (once, kind, case_id, user_id, due_on, state, ended_at, queued_at) SELECT 'promise:' || id || ':1:2026-10-12', 'promise_passed', case_id, $2, '2026-10-12', 'sent', '2026-10-27', '2026-10-26' FROM budget_lines WHERE case_id = $1 AND key = 'rent'`,
		c.ID, h.Contact.ID)
	all := letters(t, h, h.Contact, c.Code)
	if n := h.Count(t, `SELECT count(*) FROM letters WHERE case_id = $1`, c.ID); len(all) != n || n < 7 {
		t.Errorf("%d of %d letters are listed", len(all), n)
	}
	slot, seen := h.Followup(t, c, followup.ArrivalContact, ""), map[string]attention.Letter{}
	for i, l := range all {
		if i > 0 && l.QueuedAt.After(all[i-1].QueuedAt) {
			t.Errorf("%s stands behind an older one", l.Kind)
		}
		if (l.UserID == "") == (l.PartnerID == "") {
			t.Errorf("%s is nobody's", l.Kind)
		}
		seen[string(l.Kind)] = l
	}
	if l := seen["followup_reminder_due"]; l.FollowupID != slot || l.UserID != h.Contact.ID || l.DueOn != h.Today() || l.State != "queued" || l.EndedAt != nil || l.Digest != nil {
		t.Errorf("a reminder: %+v", l)
	}
	if l := seen["handoff_offered"]; l.HandoffID == "" || l.PartnerID == "" || l.PersonID != "" {
		t.Errorf("an offer: %+v", l)
	}
	if l := seen["promise_passed"]; l.LineID != h.Text(t, `SELECT id::text FROM budget_lines WHERE case_id = $1 AND key = 'rent'`, c.ID) || l.EndedAt == nil {
		t.Errorf("a promise: %+v", l)
	}
	if l := seen["incident_recorded"]; l.IncidentID != incident.ID {
		t.Errorf("an incident: %+v", l)
	}
	if l := seen["report_urgent"]; l.ReportID != report.ID {
		t.Errorf("a report: %+v", l)
	}
	text, err := json.Marshal(all)
	must(t, err)
	for _, word := range []string{"@", "once", "Ana", other.Code, other.ID} {
		if strings.Contains(string(text), word) {
			t.Errorf("the list has %q", word)
		}
	}
}

func TestR36_ALetterThatADigestCarriesSaysWhichAndWhen(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.Set(t, `UPDATE users SET wants = 'daily_digest' WHERE id = $1`, h.Contact.ID)
	h.SetToday("2026-10-16") // a Friday
	c := h.Arrived(t)
	waiting := func() (out []attention.Letter) {
		for _, l := range letters(t, h, h.Lead, c.Code) {
			if l.Digest != nil {
				out = append(out, l)
			}
		}
		return out
	}
	held := waiting()
	if len(held) == 0 || held[0].State != "queued" || held[0].Digest.State != "queued" || held[0].Digest.Planned.Format("2006-01-02 15:04 MST") != "2026-10-19 06:00 UTC" {
		t.Fatalf("%+v", held)
	}
	h.SetToday("2026-10-19")
	d, err := outbox.CloseDigest(t.Context(), h.DB, held[0].Digest.ID)
	must(t, err)
	must(t, outbox.End(t.Context(), h.DB, held[0].Digest.ID, "sent"))
	for _, l := range waiting() {
		if l.State != "sent" || l.Digest.State != "sent" || l.Digest.EndedAt == nil || !l.EndedAt.Equal(*l.Digest.EndedAt) {
			t.Errorf("of %d: %+v in %+v", len(d.Items), l, l.Digest)
		}
	}
	// By the database: whose case it is, and the letter alone; a digest is no case's.
	for who, want := range map[access.Actor]int64{h.Contact: 1, h.Lead: 1, h.Colleague: 0, h.OtherLead: 0, h.Home: 0, h.Finance: 0, h.Manager: 0, h.Auditor: 0} {
		if n, err := h.Exec(t.Context(), who, `SELECT FROM digest_of($1)`, held[0].ID); n != want || err != nil {
			t.Errorf("a %s finds %d digests, %v", who.Role, n, err)
		}
		if n, err := h.Exec(t.Context(), who, `SELECT FROM letters WHERE kind = 'digest'`); n != 0 || err != nil {
			t.Errorf("a %s sees %d digests, %v", who.Role, n, err)
		}
	}
}

func TestR21_LettersAreListedToWhoeverHasTheCase(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	for _, who := range []access.Actor{h.Contact, h.Lead} {
		if len(letters(t, h, who, c.Code)) == 0 {
			t.Errorf("a %s reads nothing", who.Role)
		}
	}
	if n := h.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'list-case-letters' AND outcome = 'done' AND case_code = $1`, c.Code); n < 2 {
		t.Errorf("%d readings are recorded", n)
	}
	for who, kind := range map[access.Actor]fault.Kind{h.Colleague: fault.NotFound, h.OtherLead: fault.NotFound, h.Finance: fault.Forbidden, h.Manager: fault.Forbidden,
		h.Administrator: fault.Forbidden, h.Auditor: fault.Forbidden, h.Home: fault.Forbidden} {
		_, _, err := attention.ListLetters(t.Context(), h.DB, who, c.Code, "", 50)
		housetest.Refused(t, err, kind, "")
	}
}
