package api

import (
	"context"
	"net/http"

	"hjemvej/casework/support/lists"
	"hjemvej/internal/access"
)

// ListPath names one of finance's lists.
type ListPath struct {
	List lists.Name `path:"list" enum:"to_authorise,to_send,waiting_for_receipt,on_hold,exceptions,near_ceiling,ending_soon" example:"to_send" doc:"Which list"`
}

// Sheet is the output of an operation that answers a table to be saved.
type Sheet struct {
	Type        string `header:"Content-Type" hidden:"true"`
	Disposition string `header:"Content-Disposition" example:"attachment; filename=\"to-send-2026-10-12.xlsx\"" doc:"The list's name and the day; with first-10000 where the list was longer"`
	Body        []byte
}

func (Sheet) mediaTypes() []string { return []string{lists.Types[lists.XLSX], lists.Types[lists.CSV]} }

func (s *Server) financeLists() {
	register(s, operation{
		ID: "list-finance-lists", Method: http.MethodGet, Path: "/v1/finance/lists", Tag: "Support",
		Summary:     "Read how much waits in finance's lists",
		Description: "For the morning: each list with how many of its rows wait. Finance sees all, caseworkers those of their cases.",
	}, func(ctx context.Context, who access.Actor, _ *struct{}) (*Answer[[]lists.Waiting], error) {
		return answer(lists.Overview(ctx, s.db, who))
	})
	register(s, operation{
		ID: "read-finance-list", Method: http.MethodGet, Path: "/v1/finance/lists/{list}", Tag: "Support",
		Summary: "Read one of finance's lists",
		Description: "to_authorise: planned and not on hold, the longest planned for first. to_send: authorised, and the payee verified. waiting_for_receipt: sent and not proven whole, with what is open; overdue after the days of the policy in force (R26). " +
			"on_hold: cash whose payee nobody verified (R27). exceptions: dated outside the six months, waiting for approval or approved in the last 12 months (R23). " +
			"near_ceiling: persons, programmes and lines that have used 90 % of what they may (R25). ending_soon: lines with money that is not committed or not received, of support that ends within 30 days. " +
			"A row names no person and has no free text but an exception's reason, for finance and team leads.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		ListPath
		Paging
	}) (*Answer[Page[lists.Row]], error) {
		items, last, err := lists.Read(ctx, s.db, who, in.List, lists.Page{After: in.After(), Limit: in.Limit})
		return page(items, last, err)
	})
	register(s, operation{
		ID: "export-finance-list", Method: http.MethodGet, Path: "/v1/finance/lists/{list}/sheet", Tag: "Support",
		Summary: "Save one of finance's lists as a sheet",
		Description: "The whole list, at most 10,000 rows: as XLSX to look at, or as CSV (RFC 4180, UTF-8) for programs. An amount is a number with its currency in the next column. " +
			"Text that a spreadsheet would take for a formula begins with an apostrophe. Each export is recorded with the number of its rows.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		ListPath
		Format lists.Format `query:"format" enum:"xlsx,csv" default:"xlsx" doc:"What to write"`
	}) (*Sheet, error) {
		f, err := lists.Export(ctx, s.db, who, in.List, in.Format)
		if err != nil {
			return nil, err
		}
		return &Sheet{f.Type, `attachment; filename="` + f.Name + `"`, f.Body}, nil
	})
}
