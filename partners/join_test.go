package partners_test

import (
	"slices"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/outcome"
	"hjemvej/casework/person"
	"hjemvej/casework/plan"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"
)

// twice is one person who was entered twice, by colleagues: first goes on.
type twice struct {
	*housetest.House
	first, second *housetest.Case
}

func enteredTwice(t *testing.T) twice {
	h := housetest.New(t)
	return twice{h, h.Accepted(t), h.Offered(t, housetest.Of(h.Colleague, h.Lead))}
}

func (w twice) join(t *testing.T, from, into *housetest.Case) (casefile.JoinedCase, error) {
	t.Helper()
	return partners.Join(t.Context(), w.DB, w.Vault, w.Lead, from.Code, w.Version(t, from), casefile.Joining{Into: into.Code, Reason: "Entered twice"})
}

func TestAJoinedCaseStaysAsItWasAndTheOtherGoesOn(t *testing.T) {
	t.Parallel()
	w := enteredTwice(t)
	ctx := t.Context()
	w.Assess(t, w.second, casefile.Risk, "cleared")
	_, err := casefile.AddPart(ctx, w.DB, w.Vault, w.Colleague, w.second.Code, &person.ContactPoint{Kind: "phone", Value: "+40711111111", Whose: "relative", DoNotContact: true})
	must(t, err)
	joined, err := w.join(t, w.second, w.first)
	must(t, err)
	if joined.State != casefile.Joined || joined.JoinedInto != w.first.Code || joined.ContactPerson != w.Contact.ID || joined.Carried.Parts != 1 {
		t.Errorf("joined: %+v", joined)
	}
	goesOn, err := casefile.Read(ctx, w.DB, w.Contact, w.first.Code)
	must(t, err)
	if !slices.Equal(goesOn.Earlier, []string{w.second.Code}) || goesOn.State != casefile.Accepted {
		t.Errorf("goes on: %+v", goesOn)
	}
	// Both histories are there to be read, by whoever has the case that goes on.
	a, err := casefile.ReadAssessment(ctx, w.DB, w.Vault, w.Contact, w.second.Code, casefile.Risk)
	if err != nil || a.Result != "cleared" {
		t.Errorf("the assessment of the joined case: %+v, %v", a, err)
	}
	who, err := casefile.ReadIdentity(ctx, w.DB, w.Vault, w.Contact, w.second.Code)
	if err != nil || who.GivenNames != "Ana" || len(who.ContactPoints) != 2 {
		t.Errorf("the identity of the joined case: %v", err)
	}
	_, err = casefile.Read(ctx, w.DB, w.Colleague, w.second.Code)
	housetest.Refused(t, err, fault.NotFound, "")
	// R10: what was known in one case alone holds in the other.
	who, err = casefile.ReadIdentity(ctx, w.DB, w.Vault, w.Contact, w.first.Code)
	if err != nil || len(who.ContactPoints) != 2 || !who.ContactPoints[1].DoNotContact || who.ContactPoints[1].Value != "+40711111111" {
		t.Errorf("carried over: %+v, %v", who.ContactPoints, err)
	}
	for _, reader := range []access.Actor{w.Contact, w.Colleague} {
		if n := w.Count(t, `SELECT count(*) FROM letters WHERE kind = 'case_joined' AND user_id = $1`, reader.ID); n != 1 {
			t.Errorf("%d letters to a contact person", n)
		}
	}
	if n := w.Count(t, `SELECT count(*) FROM contact_person_changes WHERE case_id = $1 AND from_id = $2`, w.second.ID, w.Colleague.ID); n != 1 {
		t.Error("R2: who had the case before is not kept")
	}
}

func TestNothingOfAJoinedCaseChangesAnyMore(t *testing.T) {
	t.Parallel()
	w := enteredTwice(t)
	ctx := t.Context()
	consent := w.Consent(t, w.second, w.Home, casefile.ShareIdentity)[0]
	_, err := w.join(t, w.second, w.first)
	must(t, err)
	attempts := map[string]error{
		"offer":    second(casefile.AnswerOffer(ctx, w.DB, w.Contact, w.second.Code, w.Version(t, w.second), casefile.Answer{Answer: "accepted", AnsweredOn: w.Today()})),
		"plan":     second(plan.Save(ctx, w.DB, w.Contact, w.second.Code, plan.Reintegration, 0, w.second.Content(w.Line("rent", "1")))),
		"identity": second(casefile.AddPart(ctx, w.DB, w.Vault, w.Contact, w.second.Code, &person.Address{Use: "home", Lines: "1", Country: "RO"})),
		"withdraw": second(partners.Withdraw(ctx, w.DB, w.Contact, w.second.Code, w.Version(t, w.second), casefile.Withdrawal{WithdrawnOn: w.Today()})),
		"again":    second(w.join(t, w.second, w.first)),
		"into it":  second(w.join(t, w.first, w.second)),
	}
	for what, err := range attempts {
		if fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, sql := range []string{
		`UPDATE cases SET offered_on = NULL WHERE id = $1`, `UPDATE cases SET destination = 'MD' WHERE id = $1`,
		`INSERT INTO plan_deadlines (case_id, due_on, actions) VALUES ($1, '2027-01-01', 1)`,
		`INSERT INTO track_changes (case_id, from_track, to_track, changed_on, reason, recorded_by) VALUES ($1, 'asylum_seeker', 'lawful_stay', '2026-10-01', 'x', $1)`,
	} {
		_, err := w.Exec(ctx, w.Program, sql, w.second.ID)
		housetest.Broken(t, err, "case_joined")
	}
	_, err = w.Exec(ctx, w.Program, `UPDATE identity_parts SET do_not_contact = true WHERE person_id = (SELECT person_id FROM cases WHERE id = $1)`, w.second.ID)
	housetest.Broken(t, err, "person_joined")
	// R7: a consent can be withdrawn at any time.
	_, err = partners.WithdrawConsent(ctx, w.DB, w.Contact, w.second.Code, consent.ID, consent.Version)
	must(t, err)
}

func TestR7_AConsentWithdrawnInOneOfTwoJoinedCasesIsWithdrawn(t *testing.T) {
	t.Parallel()
	w := enteredTwice(t)
	ctx := t.Context()
	w.Consent(t, w.first, w.Home, casefile.ShareIdentity, casefile.ShareTravel)
	w.Offer(t, w.first, w.Home)
	narrower := w.Consent(t, w.second, w.Home, casefile.ShareIdentity)[0]
	w.Pass(1)
	_, err := partners.WithdrawConsent(ctx, w.DB, w.Colleague, w.second.Code, narrower.ID, narrower.Version)
	must(t, err)
	joined, err := w.join(t, w.second, w.first)
	must(t, err)
	if joined.Carried.Consents != 1 || joined.Carried.Ended != 1 {
		t.Errorf("carried over: %+v", joined.Carried)
	}
	sharing, err := casefile.ReadSharing(ctx, w.DB, w.Contact, w.first.Code, w.Home.Partner)
	must(t, err)
	for _, s := range sharing {
		if want := s.Category == casefile.ShareTravel; s.May != want {
			t.Errorf("%s may be shared: %v (%s)", s.Category, s.May, s.Why)
		}
	}
	if n := w.Count(t, `SELECT count(*) FROM letters WHERE kind = 'sharing_ended' AND partner_id = $1 AND case_id = $2`, w.Home.Partner, w.first.ID); n != 1 {
		t.Errorf("the partner is told by %d letters", n)
	}
}

func TestJoiningIsRefusedWithAllThatStandsInTheWay(t *testing.T) {
	t.Parallel()
	w := enteredTwice(t)
	busy := w.Departed(t)
	_, err := w.join(t, busy, w.first)
	if want := []string{"budget", "departed", "handoffs"}; !slices.Equal(housetest.Missing(err), want) {
		t.Errorf("in the way: %v (%v), want %v", housetest.Missing(err), err, want)
	}
	w.Set(t, `UPDATE cases SET state = 'withdrawn' WHERE id = $1`, w.first.ID)
	_, err = w.join(t, w.second, w.first)
	if want := []string{"body.into"}; !slices.Equal(housetest.Missing(err), want) {
		t.Errorf("into one that is over: %v (%v)", housetest.Missing(err), err)
	}
	_, err = w.join(t, w.second, w.second)
	housetest.Refused(t, err, fault.Invalid, "")
	elsewhere := w.Case(t, housetest.Of(w.OtherContact, w.OtherLead))
	_, err = w.join(t, w.second, elsewhere)
	housetest.Refused(t, err, fault.NotFound, "")
	_, err = partners.Join(t.Context(), w.DB, w.Vault, w.Colleague, w.second.Code, 1, casefile.Joining{Into: busy.Code, Reason: "Mine"})
	housetest.Refused(t, err, fault.Forbidden, "")
	_, err = partners.Join(t.Context(), w.DB, w.Vault, w.Lead, w.second.Code, w.Version(t, w.second)-1, casefile.Joining{Into: busy.Code, Reason: "Stale"})
	housetest.Refused(t, err, fault.Stale, "")
}

func TestACaseThatCameToItsEndIsOnlyLinked(t *testing.T) {
	t.Parallel()
	w := enteredTwice(t)
	w.Set(t, `UPDATE cases SET state = 'withdrawn', withdrawn_on = $2, withdrawn_from = 'offered' WHERE id = $1`, w.second.ID, w.Today())
	joined, err := w.join(t, w.second, w.first)
	must(t, err)
	if joined.State != casefile.Withdrawn || joined.JoinedInto != w.first.Code {
		t.Errorf("linked: %+v", joined)
	}
	again, err := w.join(t, w.second, w.first)
	if fault.KindOf(err) != fault.Conflict {
		t.Errorf("linked twice: %+v, %v", again, err)
	}
}

func TestTwoWhoJoinInOppositeDirectionsAtOnceLeaveOneCaseThatGoesOn(t *testing.T) {
	t.Parallel()
	w := enteredTwice(t)
	ways := [][2]*housetest.Case{{w.first, w.second}, {w.second, w.first}}
	errs := housetest.AtOnce(4, func(i int) error {
		return second(w.join(t, ways[i%2][0], ways[i%2][1]))
	})
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d succeeded: %v", n, errs)
	}
	if n := w.Count(t, `SELECT count(*) FROM cases WHERE state = 'joined'`); n != 1 {
		t.Errorf("%d cases are joined", n)
	}
}

func TestAJoinedPersonIsNoDuplicateAndCountsOnce(t *testing.T) {
	t.Parallel()
	w := enteredTwice(t)
	ctx := t.Context()
	count := func() int {
		r, err := outcome.Read(ctx, w.DB, w.Manager, calendar.MustParse("2026-01-01"), w.Today())
		must(t, err)
		return r.Funnel[0].N
	}
	before := count()
	_, err := w.join(t, w.second, w.first)
	must(t, err)
	if got := count(); got != before-1 {
		t.Errorf("R40: %d persons, %d before", got, before)
	}
	found, err := casefile.ListDuplicates(ctx, w.DB, w.Lead, w.first.Code)
	must(t, err)
	if len(found.Cases) != 0 {
		t.Errorf("still duplicates: %+v", found.Cases)
	}
	third, err := casefile.Open(ctx, w.DB, w.Vault, w.Contact, w.Opening())
	must(t, err)
	if third.PossibleDuplicates != 1 {
		t.Errorf("a third record is like %d persons", third.PossibleDuplicates)
	}
}

func TestR2_ACaseGoesToAnotherContactPersonWithWhatWasJoinedIntoIt(t *testing.T) {
	t.Parallel()
	w := enteredTwice(t)
	ctx := t.Context()
	_, err := w.join(t, w.second, w.first)
	must(t, err)
	assign := func(user string) error {
		return second(casefile.AssignContactPerson(ctx, w.DB, w.Lead, w.first.Code, w.Version(t, w.first), casefile.NewContactPerson{UserID: user}))
	}
	housetest.Refused(t, assign(w.Contact.ID), fault.Conflict, "R2")
	housetest.Refused(t, assign(w.Finance.ID), fault.Invalid, "")
	must(t, assign(w.OtherContact.ID)) // of another team
	for _, code := range []string{w.first.Code, w.second.Code} {
		_, err := casefile.Read(ctx, w.DB, w.OtherContact, code)
		must(t, err)
		_, err = casefile.Read(ctx, w.DB, w.Lead, code)
		housetest.Refused(t, err, fault.NotFound, "")
	}
	changes, err := casefile.ListContactPersonChanges(ctx, w.DB, w.OtherLead, w.first.Code)
	if err != nil || len(changes) != 1 || changes[0].From != w.Contact.ID || changes[0].To != w.OtherContact.ID || changes[0].By != w.Lead.ID {
		t.Errorf("kept: %+v, %v", changes, err)
	}
	if n := w.Count(t, `SELECT count(*) FROM letters WHERE kind = 'case_assigned' AND user_id IN ($1, $2)`, w.Contact.ID, w.OtherContact.ID); n != 2 {
		t.Errorf("%d letters", n)
	}
}
