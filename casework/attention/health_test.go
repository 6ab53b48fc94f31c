package attention_test

import (
	"testing"
	"time"

	"hjemvej/casework/attention"
	"hjemvej/casework/followup"
	"hjemvej/internal/housetest"
)

// late is the one overdue follow-up of a contact person's caseload, none where
// there is none, and how it is counted for the team.
func late(t *testing.T, h *housetest.House) (attention.Overdue, attention.Counts) {
	t.Helper()
	health, err := attention.ReadHealth(t.Context(), h.DB, h.Contact)
	must(t, err)
	counts, err := attention.CountHealth(t.Context(), h.DB, h.Lead)
	must(t, err)
	c := counts.All
	if n := c.Overdue1To3 + c.Overdue4To10 + c.OverdueMore; n != health.OverdueCount || n != len(health.Overdue) || n > 1 {
		t.Fatalf("%s: %d are listed, %d and %d counted", h.Now(), len(health.Overdue), health.OverdueCount, n)
	}
	if len(health.Overdue) == 0 {
		return attention.Overdue{}, c
	}
	return health.Overdue[0], c
}

func TestR36_OverdueIsByTheDayAtTheDestination(t *testing.T) {
	t.Parallel()
	for zone, over := range map[string]string{"Pacific/Tongatapu": "2026-10-26T11:00:00Z", "Pacific/Honolulu": "2026-10-27T10:00:00Z", "": "2026-10-26T22:00:00Z"} {
		h, c := housetest.NewArrived(t)
		allBut(t, h, c, "arrival_contact") // due on 26 October
		h.Set(t, `UPDATE cases SET destination_time_zone = nullif($2, '') WHERE id = $1`, c.ID, zone)
		begins, err := time.Parse(time.RFC3339, over)
		must(t, err)
		for _, x := range []struct{ after, days, few, some, many int }{{0, 1, 1, 0, 0}, {2, 3, 1, 0, 0}, {3, 4, 0, 1, 0}, {9, 10, 0, 1, 0}, {10, 11, 0, 0, 1}} {
			for before, at := range []time.Time{begins.AddDate(0, 0, x.after), begins.AddDate(0, 0, x.after).Add(-time.Second)} {
				h.SetNow(at)
				got, counts := late(t, h)
				if got.Days != x.days-before {
					t.Errorf("%s at %s: %d days, want %d", zone, at, got.Days, x.days-before)
				}
				if before == 0 && (counts.Overdue1To3 != x.few || counts.Overdue4To10 != x.some || counts.OverdueMore != x.many) {
					t.Errorf("%s at %s: %+v", zone, at, counts)
				}
			}
		}
	}
}

func TestR33_R35_QuietAndTheExitEndByTheDayAtTheDestination(t *testing.T) {
	t.Parallel()
	h, quiet := housetest.NewArrived(t)
	allBut(t, h, quiet, "arrival_contact")
	h.Set(t, `UPDATE cases SET destination_time_zone = 'Pacific/Honolulu' WHERE id = $1`, quiet.ID)
	h.Set(t, `UPDATE followups SET quiet_until = '2026-10-29' WHERE case_id = $1 AND state = 'open'`, quiet.ID)
	exit := h.Arrived(t)
	allBut(t, h, exit, "")
	h.Set(t, `UPDATE cases SET destination_time_zone = 'Pacific/Rarotonga', last_day = '2026-10-29' WHERE id = $1`, exit.ID)
	begins := time.Date(2026, 10, 30, 10, 0, 0, 0, time.UTC)
	for over, at := range []time.Time{begins.Add(-time.Second), begins} {
		h.SetNow(at)
		health, err := attention.ReadHealth(t.Context(), h.DB, h.Contact)
		must(t, err)
		if _, counts := late(t, h); counts.ExitsMissing != over || health.Quiet != 1-over {
			t.Errorf("at %s: %d exits are missing, %d are quiet", at, counts.ExitsMissing, health.Quiet)
		}
	}
}

// Whoever is named as late is whom the follow-up itself names: not whoever may see
// the case, nor whoever may know of follow-ups.
func TestR7_R31_WhoIsLateIsWhoeverMakesTheFollowup(t *testing.T) {
	t.Parallel()
	for what, sql := range map[string]string{
		"at work":                       ``,
		"at work, another's was before": `INSERT INTO handoffs (id, case_id, partner_id, role, state, answer_due_on, offered_by, completed_at) SELECT '00000000-0000-4000-8000-000000000000', case_id, $2, role, 'completed', answer_due_on, offered_by, now() FROM handoffs WHERE case_id = $1 AND role = 'home_country_partner'`,
		"consent withdrawn":             `UPDATE consents SET withdrawn_at = now() WHERE case_id = $1 AND category = 'follow_up' AND partner_id <> $2`,
		"consent ran out":               `UPDATE consents SET valid_until = '2026-10-29' WHERE case_id = $1 AND partner_id <> $2`,
		"consent until today":           `UPDATE consents SET valid_until = '2026-10-30' WHERE case_id = $1 AND partner_id <> $2`,
		"not accepted":                  `UPDATE handoffs SET state = 'offered' WHERE case_id = $1 AND partner_id <> $2`,
		"completed":                     `UPDATE handoffs SET state = 'completed', completed_at = now() WHERE case_id = $1 AND partner_id <> $2`,
	} {
		h, c := housetest.NewArrived(t)
		allBut(t, h, c, "arrival_contact")
		h.SetToday("2026-10-30")
		if sql != "" {
			for _, table := range []string{"handoffs", "consents"} {
				h.Set(t, `ALTER TABLE `+table+` DISABLE TRIGGER USER`)
			}
			h.Consent(t, c, h.OtherHome, "follow_up")
			h.Set(t, sql, c.ID, h.OtherHome.Partner)
		}
		all, err := followup.List(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
		must(t, err)
		want := map[string]string{"partner": c.Home.Partner, "contact_person": ""}[by(all)]
		got, counts := late(t, h)
		if got.Partner != want || got.ContactPerson != h.Contact.ID || (counts.ByPartner == 1) != (want != "") || counts.ByPartner+counts.ByContactPerson != 1 {
			t.Errorf("%s: late is %q, want %q; counted %+v", what, got.Partner, want, counts)
		}
		if wanted := map[string]bool{"at work": true, "at work, another's was before": true, "consent until today": true}[what]; wanted != (want != "") {
			t.Errorf("%s: the follow-up says it is made by %s", what, by(all))
		}
	}
}

// by is who makes the one open follow-up.
func by(all []followup.Followup) string {
	for _, f := range all {
		if f.State == "open" {
			return f.By
		}
	}
	return ""
}
