package support_test

import (
	"testing"

	"hjemvej/casework/policy"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"

	"pgregory.net/rapid"
)

// financeUpTo sets the common limit, and one person's own.
func financeUpTo(common string, person access.Actor, own string) func(*policy.Policy) {
	return func(p *policy.Policy) {
		p.Authorisation = policy.AuthorisationLimits{FinanceUpTo: money.DKK(common), People: []policy.PersonLimit{{UserID: person.ID, UpTo: money.DKK(own)}}}
	}
}

func TestR26_NobodyAuthorisesAboveTheirLimit(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.FromTomorrow(t, financeUpTo("1000", b.Finance2, "5000"))
	at, above := b.planned("1000", "in_kind"), b.planned("1000.01", "in_kind")
	b.must(b.authorise(b.Finance, at))
	housetest.Refused(t, b.authorise(b.Finance, above), fault.Conflict, "R26")
	const sql = `UPDATE payments SET state = 'authorised', authorised_by = $2, authorised_at = now() WHERE id = $1`
	_, err := b.Exec(t.Context(), b.Finance, sql, above.ID, b.Finance.ID)
	housetest.Broken(t, err, "payment_authoriser_limit")
	b.must(b.authorise(b.Finance2, above))
	more := b.planned("5000.01", "in_kind")
	housetest.Refused(t, b.authorise(b.Finance2, more), fault.Conflict, "R26")

	// Nor in the name of somebody with a higher limit, written while it was planned.
	forged := b.planned("2000", "in_kind")
	_, err = b.Exec(t.Context(), b.Finance2, `UPDATE payments SET authorised_by = $2 WHERE id = $1`, forged.ID, b.Finance2.ID)
	b.must(err)
	_, err = b.Exec(t.Context(), b.Finance, `UPDATE payments SET state = 'authorised' WHERE id = $1`, forged.ID)
	housetest.Broken(t, err, "payment_by_the_actor")
}

func TestR28_ALimitIsMeasuredInKroner(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.FromTomorrow(t, financeUpTo("1690", b.Finance2, "0"))
	b.Rated(t, "RON", "1.69")
	lei := func(amount string) support.Payment {
		in := b.NewPayment("1", "in_kind")
		in.Amount = money.Must(amount, "RON")
		p, err := support.Plan(t.Context(), b.DB, b.Contact, b.c.Code, in)
		b.must(err)
		return p
	}
	b.must(b.authorise(b.Finance, lei("1000")))
	housetest.Refused(t, b.authorise(b.Finance, lei("1000.01")), fault.Conflict, "R26")
}

func TestR26_WhatWasAuthorisedIsSentAfterTheLimitWasLowered(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, planned := b.planned("9000", "in_kind"), b.planned("9000", "in_kind")
	b.must(b.authorise(b.Finance, p))
	_, err := policy.Approve(t.Context(), b.DB, b.Manager, b.Proposed(t, financeUpTo("100", b.Finance2, "0")).ID)
	b.must(err)
	another := b.planned("200", "in_kind")
	b.must(b.authorise(b.Finance, another)) // approved, but in force from tomorrow
	b.Pass(1)
	b.must(b.send(b.Finance, p), b.send(b.Finance, another))
	housetest.Refused(t, b.authorise(b.Finance, planned), fault.Conflict, "R26")
	housetest.Refused(t, b.authorise(b.Finance2, b.planned("1", "in_kind")), fault.Conflict, "R26")
}

// TestR26_TheProgramAndTheDatabaseAgreeWhoAuthorisesWhat draws limits and amounts,
// and asks both.
func TestR26_TheProgramAndTheDatabaseAgreeWhoAuthorisesWhat(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rapid.Check(t, func(r *rapid.T) {
		kroner := func(name string) string { return rapid.StringMatching(`[1-9][0-9]{0,5}(\.[0-9]{2})?`).Draw(r, name) }
		p := policy.Default()
		financeUpTo(kroner("common"), b.Finance, kroner("own"))(&p)
		text, err := p.Canonical()
		b.must(err)
		b.Set(t, `ALTER TABLE policies DISABLE TRIGGER guard_policy`)
		b.Set(t, `UPDATE policies SET content = $1`, text)
		for _, who := range []access.Actor{b.Finance, b.Finance2} {
			got := b.Text(t, `SELECT may_authorise_dkk($1, '2026-10-12')::numeric(14,2)::text`, who.ID)
			if want := p.Authorisation.UpTo(who.ID).Number(); got != want {
				r.Fatalf("the database says %s, the program %s", got, want)
			}
		}
	})
}

func TestR25_AProgrammeTakesThePolicysCeilingWhereItSetsNone(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.FromTomorrow(t, func(p *policy.Policy) { p.Support.PersonCeiling = money.DKK("40000") })
	own := money.DKK("30000")
	for name, in := range map[string]*money.Amount{"40000.00": nil, "30000.00": &own} {
		p, err := support.BeginProgramme(t.Context(), h.DB, h.Administrator, support.NewProgramme{Name: name, Ceiling: money.DKK("100000"), PersonCeiling: in})
		if err != nil || p.PersonCeiling.Number() != name {
			t.Errorf("%v, %v; want %s", p.PersonCeiling, err, name)
		}
	}
}
