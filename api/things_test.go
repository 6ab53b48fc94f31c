package api

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// thing is a body with one of each: the operations below borrow rows of the
// table of access and stand on a bare server.
type thing struct {
	Name    string            `json:"name" minLength:"1" maxLength:"20" pattern:"^[a-z ]*$"`
	On      calendar.Date     `json:"on" format:"date"`
	Count   int               `json:"count" minimum:"0"`
	ID      string            `json:"id,omitempty" format:"uuid"`
	Mail    string            `json:"mail,omitempty" format:"email"`
	Kind    string            `json:"kind,omitempty" enum:"one,two"`
	Choices map[string]string `json:"choices,omitempty"`
	Inner   *inner            `json:"inner,omitempty"`
}

type inner struct {
	Place string `json:"place" maxLength:"5"`
}

var goodThing = thing{Name: "a thing", On: calendar.MustParse("2026-02-28"), Count: 1}

const goodBody = `{"name":"a thing","on":"2026-02-28","count":1}`

type bed struct {
	ran  atomic.Int32
	fail error
}

func (b *bed) add(s *Server) {
	register(s, operation{
		ID: "plan-payment", Method: http.MethodPost, Path: "/v1/things", Tag: "Support", Example: goodThing, Status: 201, Once: true,
		Summary: "Add", Description: "Adds.",
	}, func(ctx context.Context, who access.Actor, in *struct{ Body thing }) (*Tagged[int32], error) {
		n, err := postgres.Write(ctx, s.db, who, "plan-payment", func(context.Context, *postgres.Tx) (int32, error) {
			return b.ran.Add(1), b.fail
		})
		return tagged(n, 1, err)
	})
	register(s, operation{
		ID: "save-plan", Method: http.MethodPut, Path: "/v1/things/{code}", Tag: "Plans", Example: goodThing,
		Summary: "Change", Description: "Changes.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		IfMatch
		Body thing
	}) (*Tagged[int], error) {
		if in.Version() != 3 {
			return nil, &fault.Error{Kind: fault.Stale}
		}
		return tagged(in.Version()+1, in.Version()+1, nil)
	})
	register(s, operation{
		ID: "agree-plan", Method: http.MethodPut, Path: "/v1/maybe", Tag: "Plans", Example: goodThing,
		Summary: "Change or make", Description: "Changes or makes.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		MaybeIfMatch
		Body thing
	}) (*Answer[int], error) {
		return answer(in.Version(), nil)
	})
	register(s, operation{
		ID: "list-payments", Method: http.MethodGet, Path: "/v1/things", Tag: "Support", Summary: "List", Description: "Lists.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		Paging
		Kind string        `query:"kind" enum:"one,two"`
		On   calendar.Date `query:"on" format:"date"`
	}) (*Answer[Page[string]], error) {
		return page([]string{in.After()}, "K7QX-2MVD", b.fail)
	})
	register(s, operation{
		ID: "read-plan", Method: http.MethodGet, Path: "/v1/things/{code}", Whole: true, Tag: "Plans", Summary: "Read", Description: "Reads.",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Tagged[string], error) {
		return tagged("it", 3, b.fail)
	})
	register(s, operation{
		ID: "read-payment", Method: http.MethodGet, Path: "/v1/parts/{code}", Tag: "Support", Summary: "Read a part", Description: "Its version covers a part of the answer.",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Tagged[string], error) {
		return tagged("it", 3, b.fail)
	})
	register(s, operation{
		ID: "close-case", Method: http.MethodPost, Path: "/v1/boom", Tag: "Cases", Summary: "Fall", Description: "Falls over.",
	}, func(context.Context, access.Actor, *struct{}) (*Answer[string], error) {
		panic(errors.New(canary))
	})
}
