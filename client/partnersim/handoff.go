package partnersim

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hjemvej/client"
)

// step takes the next step of a hand-off, where there is one to take now.
func (s *Sim) step(ctx context.Context, h client.Handoff) error {
	switch h.State {
	case client.HandoffStateOffered:
		return s.receive(ctx, h)
	case client.HandoffStateReceived:
		if h.ReceivedAt != nil && time.Since(*h.ReceivedAt) < s.Delay {
			return nil
		}
		return s.answer(ctx, h)
	case client.HandoffStateAccepted, client.HandoffStateInProgress:
		return s.work(ctx, h)
	}
	return nil
}

func (s *Sim) receive(ctx context.Context, h client.Handoff) error {
	_, err := got[client.Handoff](s.api.ReceiveHandoff(ctx, h.Id.String(),
		&client.ReceiveHandoffParams{IfMatch: tag(h.Version), IdempotencyKey: key(h.Id.String(), "receipt")}))
	if err == nil {
		s.say(h.CaseCode, "offered: acknowledged")
		s.again()
	}
	return err
}

func (s *Sim) answer(ctx context.Context, h client.Handoff) error {
	body := client.PartnersAnswer{Answer: client.PartnersAnswerAnswerAccepted}
	if s.Decline != "" {
		body = client.PartnersAnswer{Answer: client.PartnersAnswerAnswerDeclined, Reason: &s.Decline}
	}
	_, err := got[client.Handoff](s.api.AnswerHandoff(ctx, h.Id.String(),
		&client.AnswerHandoffParams{IfMatch: tag(h.Version), IdempotencyKey: key(h.Id.String(), "answer")}, body))
	if err == nil {
		s.say(h.CaseCode, string(body.Answer))
		s.again()
	}
	return err
}

// work reads what was handed over, and does what can be done by now.
func (s *Sim) work(ctx context.Context, h client.Handoff) error {
	d, err := got[client.Document](s.api.ReadHandoff(ctx, h.Id.String()))
	if err != nil {
		return err
	}
	s.sayOnce(h.CaseCode, "read: "+shared(d))
	if d.Travel == nil || d.Travel.DepartedOn == nil {
		return nil
	}
	if h.Role == client.HandoffRoleHomeCountryPartner && h.State == client.HandoffStateAccepted {
		return s.confirmArrival(ctx, h)
	}
	if err := s.report(ctx, h); err != nil {
		return err
	}
	if h.Role == client.HandoffRoleHomeCountryPartner {
		if err := s.follow(ctx, h, d); err != nil {
			return err
		}
		if err := s.proveReceipts(ctx, h.CaseCode); err != nil {
			return err
		}
	}
	return s.complete(ctx, d)
}

// complete ends a hand-off whose work is done.
func (s *Sim) complete(ctx context.Context, d client.Document) error {
	h := d.Handoff
	if !s.Complete || h.Role == client.HandoffRoleHomeCountryPartner && !(hasContact(d) && s.hasReceipt(h.CaseCode)) {
		return nil
	}
	_, err := got[client.Handoff](s.api.CompleteHandoff(ctx, h.Id.String(),
		&client.CompleteHandoffParams{IfMatch: tag(h.Version), IdempotencyKey: key(h.Id.String(), "completion")}))
	if err == nil {
		s.say(h.CaseCode, "completed")
	}
	return err
}

// shared is what the partner may know, by category.
func shared(d client.Document) string {
	var may []string
	for _, c := range d.Shared {
		may = append(may, c.Category)
	}
	return fmt.Sprintf("%s; withheld: %s", orNothing(may), orNothing(d.Withheld))
}

func orNothing(words []string) string {
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}

// tag is the ETag of a version.
func tag(version int64) string { return fmt.Sprintf(`"%d"`, version) }

// again makes the next round follow at once.
func (s *Sim) again() {
	select {
	case s.wake <- struct{}{}:
	default: // it will
	}
}
