package partnersim

import (
	"context"
	"fmt"

	"hjemvej/client"
)

// readEvents reads what happened since the last time. A Sim that takes events at
// an endpoint reads them here, too: an endpoint may be told twice, late, or not
// for a while, and the list misses nothing.
func (s *Sim) readEvents(ctx context.Context) error {
	for {
		feed, err := got[client.Feed](s.api.ListEvents(ctx, &client.ListEventsParams{After: &s.seen}))
		if err != nil {
			return err
		}
		for _, e := range feed.Items {
			s.notice(e)
		}
		s.seen = feed.Last
		if len(feed.Items) == 0 {
			return nil
		}
	}
}

func (s *Sim) notice(e client.Event) {
	code := caseIn(e)
	if !s.plays(code) {
		return
	}
	s.say(code, fmt.Sprintf("event %d: %s", e.Data.Sequence, e.Type))
	if e.Type == "payment.sent" && e.Data.PaymentId != nil {
		s.payments[e.Data.PaymentId.String()] = caseOf{code: code}
	}
}

// caseIn is the code of the case that an event is about, "" where it is about none.
func caseIn(e client.Event) string {
	if e.Data.CaseCode == nil {
		return ""
	}
	return *e.Data.CaseCode
}
