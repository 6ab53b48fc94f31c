package api

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"hjemvej/casework/attention"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
)

// CreatedSubscription is a new calendar, with its address.
type CreatedSubscription struct {
	attention.Subscription
	Path string `json:"path" example:"" doc:"Behind the service's own address: shown this once and stored only as a hash. Whoever has it reads the calendar. Empty in the answer to a repeated request"`
}

// FeedRevocation says which of the caller's calendars end.
type FeedRevocation struct {
	ID string `json:"id,omitempty" format:"uuid" doc:"One of them; all where it is left out"`
}

func (s *Server) attention() {
	register(s, operation{
		ID: "create-calendar-feed", Method: http.MethodPost, Path: "/v1/me/calendar-feeds", Tag: "Yourself", Status: http.StatusCreated,
		Summary:     "Make a calendar of what is due",
		Description: "An address to subscribe to (iCalendar), which needs no sign-in: keep it like a password. It says case codes and days, as they are at the destination, and nothing else (R11): follow-ups, answers of partners, actions of plans, ends of periods and consents, plans about incidents, promises, the last day of support; to a partner, its answers, its follow-ups and the last day of the support that it gives. Follow-ups of somebody who must not be contacted are left out (R10). It shows what you may see at the time of reading; a partner's lives as long as the key that made it.",
	}, func(ctx context.Context, who access.Actor, _ *struct{}) (*Answer[CreatedSubscription], error) {
		f, err := attention.CreateFeed(ctx, s.db, who)
		path := ""
		if f.Token != "" {
			path = "/v1/calendars/" + f.Token.Reveal() + ".ics"
		}
		return answer(CreatedSubscription{f.Subscription, path}, err)
	})
	register(s, operation{
		ID: "list-calendar-feeds", Method: http.MethodGet, Path: "/v1/me/calendar-feeds", Tag: "Yourself",
		Summary:     "List your calendars",
		Description: "With the day on which each was last read, never the address.",
	}, func(ctx context.Context, who access.Actor, _ *struct{}) (*Answer[[]attention.Subscription], error) {
		return answer(attention.ListFeeds(ctx, s.db, who))
	})
	register(s, operation{
		ID: "revoke-calendar-feed", Method: http.MethodPost, Path: "/v1/me/calendar-feeds/revocation", Tag: "Yourself", Also: []int{http.StatusNotFound},
		Summary:     "Revoke your calendars",
		Description: "The address of one, or of all, answers nothing from then on.",
		Example:     FeedRevocation{},
	}, func(ctx context.Context, who access.Actor, in *struct{ Body FeedRevocation }) (*struct{}, error) {
		return nil, attention.RevokeFeed(ctx, s.db, who, in.Body.ID)
	})
	register(s, operation{
		ID: "list-case-letters", Method: http.MethodGet, Path: "/v1/cases/{code}/letters", Tag: "Follow-up",
		Summary:     "List the letters about a case",
		Description: "Every letter that was queued about it, to whomever, the newest first: of what kind, when, what became of it, and what it is about. What a letter said is its kind's words and is kept nowhere; nor is the address (R11).",
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Paging
	}) (*Answer[Page[attention.Letter]], error) {
		items, last, err := attention.ListLetters(ctx, s.db, who, in.Code, in.After(), in.Limit)
		return page(items, last, err)
	})
	register(s, operation{
		ID: "read-caseload-health", Method: http.MethodGet, Path: "/v1/caseload/health", Tag: "Follow-up",
		Summary:     "How does the caseload stand?",
		Description: "What is overdue, by whom and since when; what rests; and what every open case waits for next. A contact person reads their own, a team lead the team's.",
	}, func(ctx context.Context, who access.Actor, _ *struct{}) (*Answer[attention.Health], error) {
		return answer(attention.ReadHealth(ctx, s.db, who))
	})
	register(s, operation{
		ID: "count-caseload-health", Method: http.MethodGet, Path: "/v1/caseload/health/counts", Tag: "Follow-up",
		Summary:     "How does the caseload stand, in numbers?",
		Description: "By team and in all: open cases, overdue follow-ups by how late and whose they are, exits without an outcome, open incidents, cases without a next step. No case is named. Counts are not suppressed, so each view is recorded (R43). A manager reads every team's, a team lead their own.",
	}, func(ctx context.Context, who access.Actor, _ *struct{}) (*Answer[attention.CaseloadCounts], error) {
		return answer(attention.CountHealth(ctx, s.db, who))
	})
}

// calendar answers a calendar to whoever has its address. What is wrong with an
// address is not told, and it is in no log: the route's pattern is.
func (s *Server) calendar(w http.ResponseWriter, r *http.Request) {
	text, err := s.readCalendar(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Cache-Control", "private, max-age=900")
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(text))))
	_, _ = io.WriteString(w, text)
}

func (s *Server) readCalendar(r *http.Request) (string, error) {
	ctx := r.Context()
	if x := exchangeOf(ctx); x != nil {
		x.operation = "read-calendar"
	}
	token, ok := strings.CutSuffix(r.PathValue("file"), ".ics")
	if !ok {
		token = ""
	}
	who, err := attention.OwnerOf(ctx, s.db, token)
	if fault.KindOf(err) == fault.NotFound {
		if slow := s.failures.take(network(s.clientAddress(r)), time.Now()); slow != nil {
			return "", slow
		}
	}
	if err != nil {
		return "", err
	}
	if err := s.actors.take("calendar:"+who.ID, time.Now()); err != nil {
		return "", err
	}
	return attention.Calendar(ctx, s.db, who)
}
