package api

import (
	"context"
	"net/http"

	"hjemvej/casework/support/rates"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
)

func (s *Server) rates() {
	register(s, operation{
		ID: "list-rates", Method: http.MethodGet, Path: "/v1/rates", Tag: "Support",
		Summary:     "List exchange rates",
		Description: "The newest day first, with source, age and who recorded them; those that were replaced, too (R28). A payment takes the first that is in force, where it is not too old.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		Paging
		Currency string        `query:"currency" pattern:"^[A-Z]{3}$" example:"RON" doc:"Only those of this currency"`
		On       calendar.Date `query:"on" format:"date" example:"2026-10-12" doc:"Only those of this day or before, and their age on it; today where it is left out"`
	}) (*Answer[Page[rates.Rate]], error) {
		after, err := beforeOf(in.After())
		if err != nil {
			return nil, err
		}
		items, last, err := rates.List(ctx, s.db, who, rates.Filter{Currency: in.Currency, On: in.On, After: after, Limit: in.Limit})
		return page(items, last, err)
	})
	register(s, operation{
		ID: "record-rate", Method: http.MethodPost, Path: "/v1/rates", Tag: "Support", Status: http.StatusCreated,
		Summary:     "Record an exchange rate by hand",
		Description: "Nothing is ever replaced silently: where the day has a rate, another needs a reason, and the first is kept. Payments stay as they were counted (R28).",
		Example:     rates.NewRate{Currency: "EUR", RatedOn: day("2026-10-09"), Rate: "7.4605"},
	}, func(ctx context.Context, who access.Actor, in *struct{ Body rates.NewRate }) (*Answer[rates.Rate], error) {
		return answer(rates.Record(ctx, s.db, who, in.Body))
	})
	register(s, operation{
		ID: "import-rates", Method: http.MethodPost, Path: "/v1/rates/imports", Tag: "Support",
		Summary:     "Import the ECB's file of reference rates",
		Description: "As it is published, XML or CSV; the rates in kroner are worked out through the euro, exactly, and rounded to eight decimals. The same file again changes nothing. A rate that differs from the one recorded is answered and not replaced (R28). What lies more than two years back is not recorded.",
		Example:     rates.Sent{File: "Date, USD, DKK, RON, \n9 October 2026, 1.1605, 7.4605, 5.0921, \n"},
	}, func(ctx context.Context, who access.Actor, in *struct{ Body rates.Sent }) (*Answer[rates.Imported], error) {
		return answer(rates.ImportFile(ctx, s.db, who, in.Body))
	})
}
