package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/postgres"
)

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// traces are the audit rows of an operation, oldest first.
func traces(t testing.TB, h *housetest.House, op string) string {
	t.Helper()
	return h.Text(t, `SELECT coalesce(string_agg(outcome || ' ' || actor_role || ' ' || coalesce(case_code, '-'), ', ' ORDER BY id), '') FROM audit_log WHERE operation = $1`, op)
}

func offer(ctx context.Context, h *housetest.House, who access.Actor, code string) error {
	_, err := casefile.MakeOffer(ctx, h.DB, who, code, 0, casefile.Offer{OfferedOn: h.Today(), Destination: casefile.Destination{Country: "RO", Kind: "home_country"}})
	return err
}

func expect(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestAWriteLeavesItsTraceInTheSameTransaction(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	must(t, offer(postgres.WithRequest(t.Context(), "req-1"), h, h.Contact, c.Code))
	expect(t, "a write", traces(t, h, "offer-return"), "done contact_person "+c.Code)
	same := h.Count(t, `SELECT count(*) FROM audit_log a, cases c WHERE a.operation = 'offer-return' AND a.xmin = c.xmin AND a.case_id = c.id
		AND a.actor_id = c.contact_person_id AND a.request_id = 'req-1' AND a.at = $1`, h.Now())
	if same != 1 {
		t.Error("the trace was not written by the transaction that it tells of")
	}
}

func TestARolledBackUseCaseLeavesNoTrace(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Offered(t)
	before := h.Count(t, `SELECT count(*) FROM audit_log`)
	housetest.Refused(t, offer(t.Context(), h, h.Contact, c.Code), fault.Conflict, "")
	broken := errors.New("broken")
	err := postgres.Do(t.Context(), h.DB, h.Contact, "withdraw", func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := casefile.Withdraw(ctx, tx, c.Code, 0, casefile.Withdrawal{WithdrawnOn: tx.Today}); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) || h.State(t, c) != casefile.Offered {
		t.Errorf("%v; the case is %s", err, h.State(t, c))
	}
	if after := h.Count(t, `SELECT count(*) FROM audit_log`); after != before {
		t.Errorf("%d rows too many", after-before)
	}
}

func TestAFactWithoutATraceIsNotKept(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	h.Set(t, `REVOKE INSERT ON audit_log FROM hjemvej_app`)
	if err := offer(t.Context(), h, h.Contact, c.Code); err == nil {
		t.Error("a write succeeded without its trace")
	}
	if _, err := casefile.Read(t.Context(), h.DB, h.Contact, c.Code); err == nil {
		t.Error("a read succeeded without its trace")
	}
	if h.State(t, c) != casefile.Identified {
		t.Error("the case moved")
	}
}

func TestAReadLeavesOneTraceAndADenialOne(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	read := func(who access.Actor, code string) error {
		_, err := casefile.Read(t.Context(), h.DB, who, code)
		return err
	}
	must(t, read(h.Contact, c.Code))
	housetest.Refused(t, read(h.Colleague, c.Code), fault.NotFound, "")
	housetest.Refused(t, read(h.OtherLead, c.Code), fault.NotFound, "")
	housetest.Refused(t, read(h.Finance, c.Code), fault.Forbidden, "")
	housetest.Refused(t, read(h.Contact, "22222-none"), fault.NotFound, "")
	housetest.Refused(t, read(h.Contact, "2222-2222"), fault.NotFound, "")
	expect(t, "reads", traces(t, h, "read-case"), fmt.Sprintf("done contact_person %s, denied contact_person %[1]s, denied team_lead %[1]s, denied finance %[1]s, denied contact_person 2222-2222", c.Code))
	housetest.Refused(t, offer(t.Context(), h, h.OtherContact, c.Code), fault.NotFound, "")
	housetest.Refused(t, offer(t.Context(), h, h.Auditor, c.Code), fault.Forbidden, "")
	expect(t, "writes", traces(t, h, "offer-return"), "denied contact_person "+c.Code+", denied auditor -")
}

func TestSweepsLeaveATraceForEachCaseTheyTouchAndNoneForLooking(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	_, err := casefile.EndReflection(t.Context(), h.DB)
	must(t, err)
	expect(t, "looking", traces(t, h, "end-reflection"), "")
	c := h.Case(t)
	h.Set(t, `UPDATE cases SET reflection_starts_on = '2026-09-01', reflection_ends_on = '2026-10-01'`)
	_, err = casefile.EndReflection(t.Context(), h.DB)
	must(t, err)
	expect(t, "ending", traces(t, h, "end-reflection"), "done system "+c.Code)
}

func TestR29_AnAnswerIsKeptWithItsFact(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	once := func(who access.Actor, key string, content byte, do func(context.Context, *postgres.Tx) (int, error)) (int, error) {
		return postgres.Write(postgres.WithOnce(t.Context(), postgres.Once{Key: key, Request: [32]byte{content}}), h.DB, who, "open-case", do)
	}
	var ran atomic.Int32
	count := func(context.Context, *postgres.Tx) (int, error) { return int(ran.Add(1)), nil }

	answers := make([]int, 8)
	must(t, housetest.AtOnce(8, func(i int) (err error) { answers[i], err = once(h.Contact, "k", 1, count); return err })...)
	for _, a := range answers {
		if a != 1 || ran.Load() != 1 {
			t.Errorf("answers %v after %d runs", answers, ran.Load())
		}
	}
	_, err := once(h.Contact, "k", 2, count)
	housetest.Refused(t, err, fault.Conflict, "R29")
	if other, err := once(h.Colleague, "k", 2, count); err != nil || other != 2 {
		t.Errorf("another actor's key: %d, %v", other, err)
	}
	// A failure keeps nothing: the request may be sent again.
	broken := errors.New("broken")
	if _, err := once(h.Contact, "f", 1, func(context.Context, *postgres.Tx) (int, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if n, err := once(h.Contact, "f", 1, count); err != nil || n != 3 {
		t.Errorf("after a failure: %d, %v", n, err)
	}
}

func TestConcurrentRequestsWithOneKeyWaitForEachOther(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	opened := make([]casefile.Opened, 6)
	ctx := postgres.WithOnce(t.Context(), postgres.Once{Key: "open", Request: [32]byte{7}})
	must(t, housetest.AtOnce(6, func(i int) (err error) {
		opened[i], err = casefile.Open(ctx, h.DB, h.Vault, h.Contact, h.Opening())
		return err
	})...)
	for _, c := range opened {
		if c.Code != opened[0].Code || c.OpenedOn != h.Today() {
			t.Errorf("%+v", c)
		}
	}
	if n := h.Count(t, `SELECT count(*) FROM cases`); n != 1 {
		t.Errorf("%d cases were opened", n)
	}
}

func TestWhatDecidesBeforeAnActLeavesItsTraceAndItsKeyToTheAct(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	ctx := postgres.WithOnce(t.Context(), postgres.Once{Key: "k", Request: [32]byte{1}})
	find := func(ctx context.Context, tx *postgres.Tx) (int, error) {
		_, err := casefile.Find(ctx, tx, c.Code)
		return 1, err
	}
	for range 2 {
		if n, err := postgres.Before(ctx, h.DB, h.Contact, "upload-file", find); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	_, err := postgres.Before(ctx, h.DB, h.Colleague, "upload-file", find)
	housetest.Refused(t, err, fault.NotFound, "")
	expect(t, "traces", traces(t, h, "upload-file"), "denied contact_person "+c.Code)
	if n := h.Count(t, `SELECT count(*) FROM idempotency_keys`); n != 0 {
		t.Errorf("%d keys are kept", n)
	}
	_, err = postgres.Before(ctx, h.DB, h.Contact, "offer-return", func(ctx context.Context, tx *postgres.Tx) (int, error) {
		_, err := tx.Exec(ctx, `UPDATE cases SET version = version + 1`)
		return 0, err
	})
	housetest.Broken(t, err, "25006")
}

func TestR29_WhatIsKnownLaterIsPartOfWhatIsAsked(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	ran := 0
	ask := func(ctx context.Context, content byte) error {
		return second(postgres.Write(postgres.AlsoAsked(ctx, [32]byte{content}), h.DB, h.Contact, "upload-file", func(context.Context, *postgres.Tx) (int, error) { ran++; return ran, nil }))
	}
	for range 2 {
		must(t, ask(t.Context(), 1)) // without a key each is done
	}
	ctx := postgres.WithOnce(t.Context(), postgres.Once{Key: "k", Request: [32]byte{1}})
	for range 2 {
		must(t, ask(ctx, 1))
	}
	housetest.Refused(t, ask(ctx, 2), fault.Conflict, "R29")
	if ran != 3 {
		t.Errorf("ran %d times, want 3", ran)
	}
}

func TestARequestSeesOneNow(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.SetToday("2026-12-31")
	h.SetNow(h.Now().Add(11*60*60*1e9 + 30*60*1e9)) // half past eleven in the evening in Copenhagen
	must(t, postgres.Do(t.Context(), h.DB, h.Contact, "open-case", func(ctx context.Context, tx *postgres.Tx) error {
		h.SetToday("2027-06-01")
		var now, today string
		if err := tx.QueryRow(ctx, `SELECT actor_now()::text, actor_today()::text`).Scan(&now, &today); err != nil {
			return err
		}
		expect(t, "the database's now", now, "2026-12-31 22:30:00+00")
		expect(t, "the database's today", today, tx.Today.String())
		expect(t, "today", today, "2026-12-31")
		return nil
	}))
}

func TestAsProgramGivesTheReachBack(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	sees := func(ctx context.Context, tx *postgres.Tx, want int) {
		t.Helper()
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM cases WHERE id = $1`, c.ID).Scan(&n); err != nil || n != want {
			t.Errorf("sees %d, %v; want %d", n, err, want)
		}
	}
	must(t, postgres.Do(t.Context(), h.DB, h.OtherContact, "open-case", func(ctx context.Context, tx *postgres.Tx) error {
		sees(ctx, tx, 0)
		err := tx.AsProgram(ctx, func() error { sees(ctx, tx, 1); return nil })
		sees(ctx, tx, 0)
		return err
	}))
	if n := h.Count(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND current_setting('hjemvej.role', true) <> ''`); n != 0 {
		t.Error("a connection kept its settings")
	}
}

func TestWhatFailsApartIsUndoneAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	kept, lost := h.Case(t), h.Case(t)
	broken := errors.New("broken")
	touch := func(ctx context.Context, tx *postgres.Tx, c *housetest.Case) error {
		tx.Touch(c.ID, c.Code, "")
		_, err := tx.Exec(ctx, `UPDATE cases SET opened_on = '2026-01-01' WHERE id = $1`, c.ID)
		return err
	}
	must(t, postgres.Do(t.Context(), h.DB, h.OtherContact, "withdraw", func(ctx context.Context, tx *postgres.Tx) error {
		must(t, tx.Apart(ctx, func() error { return tx.AsProgram(ctx, func() error { return touch(ctx, tx, kept) }) }))
		for _, fail := range []func() error{ // a rule that refuses, and a statement that the database refuses
			func() error { return errors.Join(touch(ctx, tx, lost), broken) },
			func() error { return errors.Join(touch(ctx, tx, lost), second(tx.Exec(ctx, `SELECT 1/0`))) },
		} {
			if tx.Apart(ctx, func() error { return tx.AsProgram(ctx, fail) }) == nil {
				t.Error("nothing failed")
			}
			var n int // neither is the reach of the program left behind, nor is it lost for what follows
			if err := tx.QueryRow(ctx, `SELECT count(*) FROM cases`).Scan(&n); err != nil || n != 0 {
				t.Errorf("the actor sees %d cases, %v", n, err)
			}
		}
		return tx.AsProgram(ctx, func() error { return touch(ctx, tx, kept) })
	}))
	if n := h.Count(t, `SELECT count(*) FROM cases WHERE opened_on = '2026-01-01' AND id = $1`, kept.ID); n != 1 || h.Count(t, `SELECT count(*) FROM cases WHERE opened_on = '2026-01-01'`) != 1 {
		t.Error("what failed is kept, or what did not is lost")
	}
	expect(t, "traces", traces(t, h, "withdraw"), "done contact_person "+kept.Code)
}
