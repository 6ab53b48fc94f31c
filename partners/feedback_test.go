package partners_test

import (
	"reflect"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"

	"pgregory.net/rapid"
)

func TestR41_TheStatusIsWhatStoodAtTheEndOfTheDay(t *testing.T) {
	t.Parallel()
	day := calendar.MustParse
	whole := partners.ReturnFacts{OfferedOn: day("2026-07-18"), Answer: "accepted", AnsweredOn: day("2026-07-22"), DepartedOn: day("2026-10-10"),
		ArrivedOn: day("2026-10-11"), LastDay: day("2027-04-11")}
	withdrawn, exited, declined := whole, whole, partners.ReturnFacts{OfferedOn: day("2026-07-18"), Answer: "declined", AnsweredOn: day("2026-07-22")}
	withdrawn.WithdrawnOn = day("2026-12-01")
	exited.ExitedOn = day("2027-01-15")
	for _, c := range []struct {
		facts partners.ReturnFacts
		on    string
		want  partners.ReturnStatus
	}{
		{whole, "2026-07-17", ""}, {whole, "2026-07-18", "offered"}, {whole, "2026-07-21", "offered"}, {whole, "2026-07-22", "preparing"},
		{whole, "2026-10-09", "preparing"}, {whole, "2026-10-10", "departed"}, {whole, "2026-10-11", "arrived"},
		{whole, "2027-04-11", "arrived"}, {whole, "2027-04-12", "support_ended"}, // the last day counts (R23)
		{declined, "2026-07-21", "offered"}, {declined, "2026-12-31", "declined"},
		{withdrawn, "2026-11-30", "arrived"}, {withdrawn, "2026-12-01", "withdrawn"}, {withdrawn, "2027-06-30", "withdrawn"},
		{exited, "2027-01-14", "arrived"}, {exited, "2027-01-15", "support_ended"},
		{partners.ReturnFacts{WithdrawnOn: day("2026-07-01")}, "2026-12-31", ""}, {partners.ReturnFacts{}, "2026-12-31", ""},
	} {
		if got := c.facts.StatusOn(day(c.on)); got != c.want {
			t.Errorf("on %s: %q, want %q", c.on, got, c.want)
		}
	}
}

// What has not happened by a day does not show on it.
func TestR41_AClosedPeriodKnowsNothingOfWhatCameLater(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := calendar.MustParse("2026-09-30")
		any := func(name string) calendar.Date {
			n := rapid.IntRange(-200, 200).Draw(t, name)
			if n == 0 {
				return calendar.Date{}
			}
			return day.AddDays(n)
		}
		f := partners.ReturnFacts{OfferedOn: any("offered"), Answer: rapid.SampledFrom([]string{"", "accepted", "declined"}).Draw(t, "answer"), AnsweredOn: any("answered"),
			DepartedOn: any("departed"), ArrivedOn: any("arrived"), ExitedOn: any("exited"), WithdrawnOn: any("withdrawn")}
		f.LastDay = f.ArrivedOn.AddMonths(6)
		known := f
		for _, d := range []*calendar.Date{&known.OfferedOn, &known.AnsweredOn, &known.DepartedOn, &known.ArrivedOn, &known.ExitedOn, &known.WithdrawnOn} {
			if d.After(day) {
				*d = calendar.Date{}
			}
		}
		if got, want := f.StatusOn(day), known.StatusOn(day); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

func feedback(t *testing.T, h *housetest.House, who access.Actor, quarter string) []partners.FeedbackStatus {
	t.Helper()
	f, err := partners.ReadFeedback(t.Context(), h.DB, who, quarter)
	must(t, err)
	return f.People
}

func TestR41_AnOrganisationIsToldOfItsOwnByConsentInOneWord(t *testing.T) {
	t.Parallel()
	h := housetest.New(t) // on 12 October 2026
	arrived, accepted, opened := h.Arrived(t), h.Accepted(t), h.Case(t)
	silent, others := h.Accepted(t), h.Accepted(t)
	a, b := h.Refer(t, arrived), h.Refer(t, accepted)
	h.Refer(t, opened) // nothing is offered yet: there is no return to tell of
	must(t, second(casefile.RecordReferral(t.Context(), h.DB, h.Vault, h.Contact, silent.Code, 0, casefile.NewReferral{PartnerID: h.Referrer.Partner, ReferredOn: h.Today()})))
	another := h.Text(t, `INSERT INTO partners (name, role, email) VALUES ('Another', 'referring_organisation', 'x@example.org') RETURNING id::text`)
	must(t, second(casefile.RecordReferral(t.Context(), h.DB, h.Vault, h.Contact, others.Code, 0, casefile.NewReferral{PartnerID: another, ReferredOn: h.Today(),
		Consent: &casefile.FeedbackConsent{GivenBy: "self", Language: "ro", GivenOn: h.Today()}})))

	_, err := partners.ReadFeedback(t.Context(), h.DB, h.Referrer, "2026-Q4")
	housetest.Refused(t, err, fault.Invalid, "") // it has not ended
	_, err = partners.ReadFeedback(t.Context(), h.DB, h.Referrer, "soon")
	housetest.Refused(t, err, fault.Invalid, "")
	h.SetToday("2026-12-31")
	housetest.Refused(t, second(partners.ReadFeedback(t.Context(), h.DB, h.Referrer, "2026-Q4")), fault.Invalid, "") // the last day counts
	h.SetToday("2027-01-01")
	if got := feedback(t, h, h.Referrer, "2026-Q3"); len(got) != 0 {
		t.Errorf("before anybody agreed: %+v", got)
	}
	want := map[string]partners.ReturnStatus{a.Reference: "arrived", b.Reference: "preparing"}
	got := map[string]partners.ReturnStatus{}
	for _, p := range feedback(t, h, h.Referrer, "2026-Q4") {
		got[p.Reference] = p.Status
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	for _, who := range []access.Actor{h.Home, h.Return, h.OtherHome} {
		if got := feedback(t, h, who, "2026-Q4"); len(got) != 0 {
			t.Errorf("%s is told %+v", who.Partner, got)
		}
	}
	housetest.Refused(t, second(partners.ReadFeedback(t.Context(), h.DB, h.Contact, "2026-Q4")), fault.Forbidden, "")
	if n := h.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'read-referral-feedback' AND outcome = 'done' AND actor_id = $1 AND case_code IN ($2, $3)`,
		h.Referrer.ID, arrived.Code, accepted.Code); n != 2 {
		t.Errorf("%d people are recorded as told of", n)
	}
	// Withdrawn at any time, and about earlier quarters too.
	must(t, second(casefile.WithdrawReferralConsent(t.Context(), h.DB, h.Contact, accepted.Code, b.Version)))
	if got := feedback(t, h, h.Referrer, "2026-Q4"); len(got) != 1 || got[0].Reference != a.Reference {
		t.Errorf("after the withdrawal: %+v", got)
	}
	// Given anew, it begins with its own quarter.
	must(t, second(casefile.RecordReferral(t.Context(), h.DB, h.Vault, h.Contact, accepted.Code, b.Version+1, casefile.NewReferral{PartnerID: h.Referrer.Partner, ReferredOn: b.ReferredOn,
		Consent: &casefile.FeedbackConsent{GivenBy: "self", Language: "ro", GivenOn: h.Today()}})))
	if got := feedback(t, h, h.Referrer, "2026-Q4"); len(got) != 1 {
		t.Errorf("a later consent tells of an earlier quarter: %+v", got)
	}
	h.SetToday("2027-04-20")
	if got := feedback(t, h, h.Referrer, "2027-Q1"); len(got) != 2 {
		t.Errorf("in its own: %+v", got)
	}
}

func TestR41_NoFeedbackHoldsMoreThanReferencesAndWords(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	r := h.Refer(t, c)
	if r.Reference == c.Code || access.IsCode(r.Reference) || len(r.Reference) != 8 {
		t.Errorf("the reference is %s", r.Reference)
	}
	h.SetToday("2027-01-01")
	if got, want := feedback(t, h, h.Referrer, "2026-Q4"), []partners.FeedbackStatus{{Reference: r.Reference, Status: partners.ReturnArrived}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	for _, table := range []string{"cases", "referrals", "persons", "consents", "handoffs", "arrivals"} { // by the database alone
		if n, err := h.Exec(t.Context(), h.Referrer, `SELECT FROM `+table); n != 0 || err != nil {
			t.Errorf("the organisation reads %d rows of %s, %v", n, table, err)
		}
	}
	housetest.Refused(t, second(partners.Offer(t.Context(), h.DB, c.By, c.Code, partners.NewHandoff{PartnerID: h.Referrer.Partner})), fault.Invalid, "")
}

func TestR41_AJoinedCaseIsToldOfAsTheOneThatGoesOn(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	from, into := h.Offered(t), h.Accepted(t)
	r := h.Refer(t, from)
	must(t, second(partners.Join(t.Context(), h.DB, h.Vault, h.Lead, from.Code, 0, casefile.Joining{Into: into.Code, Reason: "Entered twice"})))
	h.SetToday("2027-01-01")
	if got := feedback(t, h, h.Referrer, "2026-Q4"); len(got) != 1 || got[0] != (partners.FeedbackStatus{Reference: r.Reference, Status: partners.ReturnPreparing}) {
		t.Errorf("%+v", got)
	}
	_, err := casefile.RecordReferral(t.Context(), h.DB, h.Vault, h.Contact, from.Code, 1, casefile.NewReferral{PartnerID: h.Referrer.Partner, ReferredOn: h.Today()})
	housetest.Refused(t, err, fault.Conflict, "")
	must(t, second(casefile.WithdrawReferralConsent(t.Context(), h.DB, h.Contact, from.Code, 1)))
	if got := feedback(t, h, h.Referrer, "2026-Q4"); len(got) != 0 {
		t.Errorf("after the withdrawal: %+v", got)
	}
}
