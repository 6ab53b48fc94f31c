package api

import (
	"context"
	"net/http"
	"strconv"

	"hjemvej/casework/support"
	"hjemvej/internal/access"
)

func (s *Server) books() {
	register(s, operation{
		ID: "read-books", Method: http.MethodGet, Path: "/v1/books", Tag: "Support",
		Summary:     "Read what was promised, committed, paid and proven",
		Description: "At this moment, by programme and category, with the trial balance: every øre that was granted lies at exactly one place (R25). Sums of many, and nobody's case.",
	}, func(ctx context.Context, who access.Actor, _ *struct{}) (*Answer[support.Books], error) {
		return answer(support.ReadBooks(ctx, s.db, who))
	})
	register(s, operation{
		ID: "list-postings", Method: http.MethodGet, Path: "/v1/cases/{code}/postings", Tag: "Support",
		Summary:     "List the postings of a case",
		Description: "Every movement of money on its lines, oldest first, with what moved in its own currency, the rate and its day (R28). A posting is never changed; a correction is another one.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Paging
	}) (*Answer[Page[support.Posting]], error) {
		after, err := beforeOf(in.After())
		if err != nil {
			return nil, err
		}
		items, next, err := support.ListPostings(ctx, s.db, who, in.Code, after, in.Limit)
		last := ""
		if next != 0 {
			last = strconv.FormatInt(next, 10)
		}
		return page(items, last, err)
	})
}
