package partnersim

import (
	"context"
	"slices"
	"time"

	"hjemvej/client"
)

// copenhagen is where the service's days begin.
var copenhagen = func() *time.Location {
	l, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		return time.UTC // a machine without time zones: some hours a day it is the day before
	}
	return l
}()

func (s *Sim) confirmArrival(ctx context.Context, h client.Handoff) error {
	k := key(h.Id.String(), "arrival")
	_, err := got[[]client.Arrived](s.api.ConfirmArrival(ctx, h.CaseCode,
		&client.ConfirmArrivalParams{IdempotencyKey: &k}, client.Arrival{ArrivedOn: today()}))
	if err == nil {
		s.say(h.CaseCode, "departed: arrival confirmed")
		s.again()
	}
	return err
}

// report reports once. The list of reports says whether it was: the day of the
// first time is part of the report, and another one under its reference is
// refused.
func (s *Sim) report(ctx context.Context, h client.Handoff) error {
	reference := key(h.Id.String(), string(s.Report))
	if s.Report == "" || s.done[reference] {
		return nil
	}
	have, err := got[[]client.Report](s.api.ListOwnReports(ctx, h.Id.String()))
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(have, func(r client.Report) bool { return r.Reference == reference }) {
		text := "Written by a program that plays a partner."
		_, err := got[client.Report](s.api.Report(ctx, h.Id.String(), &client.ReportParams{},
			client.NewReport{Kind: s.Report, HappenedOn: today(), Reference: reference, Text: &text}))
		if err != nil {
			return err
		}
		s.say(h.CaseCode, "reported: "+string(s.Report))
	}
	s.done[reference] = true
	return nil
}

// follow makes one attempt a day at each follow-up whose time has begun.
func (s *Sim) follow(ctx context.Context, h client.Handoff, d client.Document) error {
	if d.FollowUps == nil || s.Outcome == "" {
		return nil
	}
	for _, f := range *d.FollowUps {
		k := key(f.Id.String(), today().String())
		if f.State != client.SharedFollowupStateOpen || f.OpensOn.After(today().Time) || s.done[k] {
			continue
		}
		_, err := got[client.Followup](s.api.RecordAttempt(ctx, f.Id.String(), &client.RecordAttemptParams{IdempotencyKey: &k},
			client.NewAttempt{MadeOn: today(), Channel: client.NewAttemptChannelVisit, Outcome: s.Outcome}))
		if err != nil {
			return err
		}
		s.done[k] = true
		s.say(h.CaseCode, "attempt at "+f.Kind+": "+string(s.Outcome))
	}
	return nil
}

// hasContact reports whether a follow-up has an end.
func hasContact(d client.Document) bool {
	return d.FollowUps != nil && slices.ContainsFunc(*d.FollowUps, func(f client.SharedFollowup) bool {
		return f.State != client.SharedFollowupStateOpen && f.State != client.SharedFollowupStateDropped
	})
}

// proveReceipts records a receipt for each payment of a case that was sent.
func (s *Sim) proveReceipts(ctx context.Context, code string) error {
	for id, of := range s.payments {
		if of.code != code || of.received {
			continue
		}
		p, err := got[client.Payment](s.api.ReadPayment(ctx, id))
		if err != nil {
			return err
		}
		if s.Receipt && p.State == client.PaymentStateSent {
			p, err = got[client.Payment](s.api.RecordReceipt(ctx, id, &client.RecordReceiptParams{IfMatch: tag(p.Version), IdempotencyKey: key(id, "receipt")},
				client.Proof{Kind: client.ProofKindReceipt, ReceivedOn: today()}))
			if err != nil {
				return err
			}
			s.say(code, "payment sent: receipt recorded")
		}
		s.payments[id] = caseOf{code, p.State == client.PaymentStateReceived}
	}
	return nil
}

func (s *Sim) hasReceipt(code string) bool {
	for _, of := range s.payments {
		if of.code == code && of.received {
			return true
		}
	}
	return false
}
