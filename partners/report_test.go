package partners_test

import (
	"slices"
	"testing"

	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"
)

func TestTheDatabasesReportMovesAreThePrograms(t *testing.T) {
	t.Parallel()
	housetest.SameMoves(t, housetest.New(t), "report", partners.ReportMoves)
}

func TestR20_WhatIsReportedInWhichStateOfTheHandoff(t *testing.T) {
	t.Parallel()
	today := calendar.MustParse("2026-10-12")
	all := []partners.State{partners.Draft, partners.Offered, partners.Received, partners.Accepted, partners.Declined, partners.InProgress, partners.Completed, partners.Revoked}
	want := map[partners.ReportKind][]partners.State{ // said once more, so that a slip shows
		partners.BookingConfirmed:   {partners.Accepted, partners.InProgress},
		partners.MetAtArrival:       {partners.Accepted, partners.InProgress, partners.Completed},
		partners.CounsellingHeld:    {partners.Accepted, partners.InProgress, partners.Completed},
		partners.PlanChangeProposed: {partners.Accepted, partners.InProgress},
		partners.Incident:           {partners.Accepted, partners.InProgress, partners.Completed},
		partners.SafetyConcern:      {partners.Offered, partners.Received, partners.Accepted, partners.InProgress, partners.Completed},
		partners.UnableToGoOn:       {partners.Accepted, partners.InProgress},
	}
	if len(want) != len(partners.Reportings) {
		t.Errorf("%d kinds", len(partners.Reportings))
	}
	for kind, states := range want {
		for _, state := range all {
			in := partners.NewReport{Kind: kind, HappenedOn: today, Reference: "1", Text: "x"}
			err := in.Check("body", partners.ReportFacts{Role: partners.ReturnOrganisation, State: state, DepartedOn: today, NotifiedOn: today}, today)
			if slices.Contains(states, state) {
				must(t, err)
			} else {
				housetest.Refused(t, err, fault.Conflict, "R20")
			}
		}
	}
}

func TestAReportNeedsItsStepItsWordsAndItsDay(t *testing.T) {
	t.Parallel()
	today := calendar.MustParse("2026-10-12")
	before, after := today.AddDays(-1), today.AddDays(1)
	ready := partners.ReportFacts{Role: partners.ReturnOrganisation, State: partners.Accepted, DepartedOn: today, NotifiedOn: today}
	of := func(change func(*partners.ReportFacts)) partners.ReportFacts {
		f := ready
		change(&f)
		return f
	}
	for name, c := range map[string]struct {
		in    partners.NewReport
		facts partners.ReportFacts
		kind  fault.Kind
		rule  string
	}{
		"a booking, by the home partner": {partners.NewReport{Kind: partners.BookingConfirmed, HappenedOn: today}, of(func(f *partners.ReportFacts) { f.Role = partners.HomeCountryPartner }), fault.Conflict, "R19"},
		"a booking that there is not":    {partners.NewReport{Kind: partners.BookingConfirmed, HappenedOn: today}, of(func(f *partners.ReportFacts) { f.NotifiedOn = calendar.Date{} }), fault.Conflict, "R19"},
		"a booking, before its notice":   {partners.NewReport{Kind: partners.BookingConfirmed, HappenedOn: before}, ready, fault.Invalid, ""},
		"met before the departure":       {partners.NewReport{Kind: partners.MetAtArrival, HappenedOn: today}, of(func(f *partners.ReportFacts) { f.DepartedOn = calendar.Date{} }), fault.Conflict, "R22"},
		"met on a day before it":         {partners.NewReport{Kind: partners.MetAtArrival, HappenedOn: before}, ready, fault.Invalid, ""},
		"tomorrow":                       {partners.NewReport{Kind: partners.CounsellingHeld, HappenedOn: after}, ready, fault.Invalid, ""},
		"long ago":                       {partners.NewReport{Kind: partners.CounsellingHeld, HappenedOn: today.AddMonths(-13)}, ready, fault.Invalid, ""},
		"no day":                         {partners.NewReport{Kind: partners.CounsellingHeld}, ready, fault.Invalid, ""},
		"a kind that there is not":       {partners.NewReport{Kind: "x", HappenedOn: today, Text: "x"}, ready, fault.Conflict, "R20"},
		"a change without words":         {partners.NewReport{Kind: partners.PlanChangeProposed, HappenedOn: today}, ready, fault.Invalid, ""},
		"an incident of blanks":          {partners.NewReport{Kind: partners.Incident, HappenedOn: today, Text: " \n"}, ready, fault.Invalid, ""},
		"a concern without words":        {partners.NewReport{Kind: partners.SafetyConcern, HappenedOn: today}, ready, fault.Invalid, ""},
		"stopping without a word of why": {partners.NewReport{Kind: partners.UnableToGoOn, HappenedOn: today}, ready, fault.Invalid, ""},
	} {
		t.Run(name, func(t *testing.T) { housetest.Refused(t, c.in.Check("body", c.facts, today), c.kind, c.rule) })
	}
	for _, kind := range []partners.ReportKind{partners.BookingConfirmed, partners.MetAtArrival, partners.CounsellingHeld} {
		must(t, partners.NewReport{Kind: kind, HappenedOn: today}.Check("body", ready, today)) // they say enough without words
	}
}
