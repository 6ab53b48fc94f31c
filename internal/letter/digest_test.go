package letter_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"
)

// waiting are an item of each kind that may wait, in as many cases.
func waiting() (items []letter.Item) {
	for _, k := range letter.Kinds() {
		if k.Gathers() {
			items = append(items, letter.Item{Kind: k, CaseCode: fmt.Sprintf("K7-%04d", len(items)+1), DueOn: calendar.MustParse("2026-03-10")})
		}
	}
	return items
}

func TestR11_TheDigestReadsAsAgreed(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"da", "en"} {
		m, err := letter.ComposeDigest(language, waiting(), "https://desk.example/v1/cases")
		mustNot(t, err)
		golden(t, "digest."+language, m)
		for _, item := range waiting() {
			if !strings.Contains(m.Text, item.CaseCode+": ") && !strings.Contains(m.Text, item.CaseCode+" ") || !strings.Contains(m.HTML, item.CaseCode) {
				t.Errorf("%s: %s is missing", language, item.Kind)
			}
		}
		if strings.Contains(m.Subject, "K7") || !strings.HasSuffix(m.Text, ": https://desk.example/v1/cases\n") {
			t.Errorf("%q:\n%s", m.Subject, m.Text)
		}
	}
}

func TestWhatCannotWaitHasNoPlaceInADigest(t *testing.T) {
	t.Parallel()
	for _, k := range []letter.Kind{letter.SurveyAlert, letter.ContactUnsafe, letter.PayeeChanged, letter.PaymentOnHold, letter.GlassBroken, letter.SharingEnded,
		letter.CaseUnattended, letter.IncidentRecorded, letter.IncidentWaits, letter.IncidentPlanPassed, letter.Digest, "unknown"} {
		if k.Gathers() {
			t.Errorf("%s waits", k)
		}
		_, err := letter.ComposeDigest("da", append(waiting(), letter.Item{Kind: k, CaseCode: "K7-0001", DueOn: calendar.MustParse("2026-03-10")}), "https://desk.example/x")
		if !errors.Is(err, letter.ErrLetter) {
			t.Errorf("%s: %v", k, err)
		}
	}
	for _, k := range letter.Kinds() {
		if k.LeadsToContact() && k.Waits() { // R10: it waits for the person's hours instead
			t.Errorf("%s leads to contact, and waits for a digest", k)
		}
	}
	if _, err := letter.ComposeDigest("da", nil, "https://desk.example/x"); !errors.Is(err, letter.ErrLetter) {
		t.Errorf("an empty digest: %v", err)
	}
	if _, err := letter.ComposeDigest("da", waiting(), "https://cmm.example/x"); !errors.Is(err, letter.ErrNotNeutral) {
		t.Errorf("a telling link: %v", err)
	}
}

func TestNoLetterWaitsUntilItsDayHasCome(t *testing.T) {
	t.Parallel()
	friday, monday := calendar.MustParse("2026-11-20"), calendar.MustParse("2026-11-23")
	for day, want := range map[string]bool{"": true, "2026-11-19": true, "2026-11-20": false, "2026-11-21": false, "2026-11-23": false, "2026-11-24": true} {
		var due calendar.Date
		if day != "" {
			due = calendar.MustParse(day)
		}
		if got := letter.ReflectionEnds.WaitsUntil(monday, friday, due); got != want {
			t.Errorf("about %q: waits %v", day, got)
		}
		if letter.SurveyAlert.WaitsUntil(monday, friday, due) {
			t.Errorf("about %q: an alert waits", day)
		}
	}
	if !slices.ContainsFunc(letter.Kinds(), letter.Kind.Waits) {
		t.Error("nothing waits")
	}
}
