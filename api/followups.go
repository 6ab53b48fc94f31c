package api

import (
	"context"
	"net/http"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
)

// FollowupPath names a follow-up.
type FollowupPath struct {
	ID string `path:"followup_id" doc:"The follow-up's id"`
}

func (s *Server) followups() {
	register(s, operation{
		ID: "list-followups", Method: http.MethodGet, Path: "/v1/cases/{code}/followups", Tag: "Follow-up",
		Summary:     "List a case's follow-ups",
		Description: "The series laid out at arrival, by due day, with the attempts (R31, R33). A partner sees it by consent, with its own attempts only (R21).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]followup.Followup], error) {
		return answer(followup.List(ctx, s.db, s.vault, who, in.Code))
	})
	register(s, operation{
		ID: "list-due-followups", Method: http.MethodGet, Path: "/v1/followups", Tag: "Follow-up",
		Summary:     "Whom to call?",
		Description: "The open follow-ups that are due, of all your cases, oldest first.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		Paging
		Until calendar.Date `query:"due_until" format:"date" doc:"Due on or before this day; where it is left out, what is due today by the day at its destination"`
	}) (*Answer[Page[followup.Followup]], error) {
		items, last, err := followup.ListDue(ctx, s.db, s.vault, who, followup.Due{Until: in.Until, After: in.After(), Limit: in.Limit})
		return page(items, last, err)
	})
	register(s, operation{
		ID: "read-followup", Method: http.MethodGet, Path: "/v1/followups/{followup_id}", Tag: "Follow-up",
		Summary:     "Read a follow-up",
		Description: "With its attempts, whether it rests since the person was not free to talk (R33), and what still stands in the way of recording lost contact (R34).",
	}, func(ctx context.Context, who access.Actor, in *FollowupPath) (*Tagged[followup.Followup], error) {
		f, err := followup.Read(ctx, s.db, s.vault, who, in.ID)
		return tagged(f, f.Version, err)
	})
	register(s, operation{
		ID: "record-attempt", Method: http.MethodPost, Path: "/v1/followups/{followup_id}/attempts", Tag: "Follow-up", Status: http.StatusCreated,
		Summary:     "Record an attempt at a contact",
		Description: "Reached and safe completes the follow-up, refused ends it as declined; everything else leaves it open (R33). After reached_not_free nobody is reminded of it for some days. Attempts can be recorded after the end (R32).",
		Example:     followup.NewAttempt{MadeOn: day("2026-10-20"), Channel: followup.Call, Outcome: followup.ReachedSafe},
	}, func(ctx context.Context, who access.Actor, in *struct {
		FollowupPath
		Body followup.NewAttempt
	}) (*Tagged[followup.Followup], error) {
		f, err := followup.RecordAttempt(ctx, s.db, s.vault, who, in.ID, in.Body)
		return tagged(f, f.Version, err)
	})
	register(s, operation{
		ID: "record-lost-contact", Method: http.MethodPost, Path: "/v1/followups/{followup_id}/lost-contact", Tag: "Follow-up",
		Summary:     "Record that contact was lost",
		Description: "Only after as many attempts, days and channels as the policy of today asks for; refused with what is missing. It is a result, counted like any other (R34).",
	}, func(ctx context.Context, who access.Actor, in *struct {
		FollowupPath
		IfMatch
	}) (*Tagged[followup.Followup], error) {
		f, err := followup.RecordLost(ctx, s.db, s.vault, who, in.ID, in.Version())
		return tagged(f, f.Version, err)
	})
	s.exit()
	s.surveys()
	s.series()
	s.drafts()
	s.serviceQuestions()
	s.concerns()
	s.incidents()
}

func (s *Server) exit() {
	register(s, operation{
		ID: "read-exit-review", Method: http.MethodGet, Path: "/v1/cases/{code}/exit-review", Tag: "Follow-up",
		Summary:     "What is missing before the exit?",
		Description: "Everything at once: the exit follow-up and what lost contact would still take (R34), the exit survey, open payments (R26), unspent lines (R23), open incidents without their text, open hand-offs. None of it keeps an outcome from being recorded that needs no follow-up (R35).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[followup.ExitStanding], error) {
		return answer(followup.ReadExitReview(ctx, s.db, s.vault, who, in.Code))
	})
	register(s, operation{
		ID: "record-exit", Method: http.MethodPost, Path: "/v1/cases/{code}/exit", Tag: "Follow-up",
		Summary:     "Record the outcome at six months",
		Description: "Reached, lost and declined contact need the exit follow-up to say the same; the others can come at any time after arrival (R35).",
		Example:     followup.ExitReview{Outcome: followup.Reached, ExitedOn: day("2027-04-11")},
	}, func(ctx context.Context, who access.Actor, in *caseChange[followup.ExitReview]) (*Tagged[casefile.Case], error) {
		c, err := followup.RecordExit(ctx, s.db, who, in.Code, in.Version(), in.Body)
		return tagged(c, c.Version, err)
	})
}
