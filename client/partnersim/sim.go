// Package partnersim plays a partner against any server, through the generated
// client, so that each side of a hand-off can be tried without the other.
//
// A Sim goes round: it reads its events and its hand-offs, and takes the next
// step of each. What it does next hangs on what the server says alone, and every
// step's key is made of the thing's id, so a Sim that is started again goes on
// where it stopped and does nothing twice. What it says names cases by their
// codes, never a person (R11).
package partnersim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"hjemvej/client"

	openapi_types "github.com/oapi-codegen/runtime/types"
)

// Config is whom a Sim plays, and how it behaves.
type Config struct {
	Server  string                   // its address, without /v1
	Key     string                   // the partner's; never printed
	Cases   []string                 // only these; none: every case handed to the partner
	Decline string                   // the reason to decline each offer; "": each is accepted
	Delay   time.Duration            // between acknowledging an offer and answering it
	Report  client.NewReportKind     // what to report once of each case, when the person is under way; "": nothing
	Outcome client.NewAttemptOutcome // of each attempt at a follow-up that has begun; "": none is made
	Receipt bool                     // record a receipt for each payment that was sent
	// Complete ends a hand-off when its work is done: the return organisation's
	// with the departure, the home-country partner's with a contact that is no
	// longer open and a payment that was received.
	Complete bool
	Every    time.Duration // between two rounds, where no event comes before
	Endpoint *Endpoint     // where it takes events; nil: it polls alone
	Out      io.Writer
}

// Sim plays one partner.
type Sim struct {
	Config
	api      *client.Client
	partner  string            // its id
	seen     int64             // the number of the last event that was read
	payments map[string]caseOf // that were sent, by id
	done     map[string]bool   // steps that nothing else shows to be done
	said     map[string]bool   // refusals and troubles, which come again each round
	wake     chan struct{}     // an event came
	saying   sync.Mutex        // the endpoint says things, too
}

type caseOf struct {
	code     string
	received bool
}

// New makes a Sim and asks the server nothing yet.
func New(c Config) (*Sim, error) {
	s := &Sim{Config: c, payments: map[string]caseOf{}, done: map[string]bool{}, said: map[string]bool{}, wake: make(chan struct{}, 1)}
	var err error
	s.api, err = client.NewClient(c.Server, client.WithHTTPClient(&http.Client{Timeout: 30 * time.Second}),
		client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+c.Key)
			return nil
		}))
	if err != nil {
		return nil, errors.New("the server's address is none")
	}
	return s, nil
}

// Run plays until ctx ends, which is no error. It answers an error where the
// server cannot be asked at the start, refuses the key, or the endpoint cannot be
// had; whatever fails later is said, and tried again.
func (s *Sim) Run(ctx context.Context) error {
	me, err := got[client.Me](s.api.ReadMe(ctx))
	if err != nil {
		return ended(ctx, err)
	}
	if me.PartnerId == nil {
		return errors.New("the key is no partner's")
	}
	s.partner = me.PartnerId.String()
	if s.Endpoint != nil {
		closeIt, err := s.listen(ctx)
		if err != nil {
			return ended(ctx, err)
		}
		defer closeIt()
	}
	s.say("", "ready")
	for {
		if err := s.round(ctx); ctx.Err() != nil {
			return nil
		} else if unauthenticated(err) {
			return err
		} else if err != nil {
			s.sayOnce("", err.Error())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-time.After(s.Every):
		}
	}
}

// round reads what happened and takes the next step of each hand-off. A step that
// is refused keeps no other from being taken.
func (s *Sim) round(ctx context.Context) error {
	if err := s.readEvents(ctx); err != nil {
		return err
	}
	handoffs, err := s.handoffs(ctx)
	if err != nil {
		return err
	}
	for _, h := range handoffs {
		err := s.step(ctx, h)
		if err != nil && !isRefusal(err) || unauthenticated(err) {
			return err
		}
		if err != nil {
			s.sayOnce(h.CaseCode, err.Error())
		}
	}
	return nil
}

// handoffs are those that are to be played.
func (s *Sim) handoffs(ctx context.Context) (all []client.Handoff, err error) {
	for cursor := (*string)(nil); ; {
		page, err := got[client.PageHandoff](s.api.ListHandoffs(ctx, &client.ListHandoffsParams{Cursor: cursor}))
		if err != nil {
			return nil, err
		}
		for _, h := range page.Items {
			if s.plays(h.CaseCode) {
				all = append(all, h)
			}
		}
		if cursor = page.NextCursor; cursor == nil {
			return all, nil
		}
	}
}

// plays reports whether a case is to be played; what is about none always is.
func (s *Sim) plays(code string) bool {
	return code == "" || len(s.Cases) == 0 || slices.Contains(s.Cases, code)
}

// say prints a line: when, which case, what.
func (s *Sim) say(code, what string) {
	if code == "" {
		code = "-"
	}
	s.saying.Lock()
	defer s.saying.Unlock()
	fmt.Fprintf(s.Out, "%s %-9s %s\n", time.Now().Format(time.TimeOnly), code, what)
}

// sayOnce prints what would be said again in each round.
func (s *Sim) sayOnce(code, what string) {
	if key := code + " " + what; !s.said[key] {
		s.said[key] = true
		s.say(code, what)
	}
}

// ended is err, or nil where it came of being told to stop.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func today() openapi_types.Date {
	year, month, day := time.Now().In(copenhagen).Date()
	return openapi_types.Date{Time: time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

func key(parts ...string) string { return "sim-" + strings.Join(parts, "-") }
