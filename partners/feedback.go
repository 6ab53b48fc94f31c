package partners

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// ReturnStatus is how a prepared return stands, in one word: all that an
// organisation is told about a person whom it referred (R41).
type ReturnStatus string

// The statuses. Where no return was offered yet there is none.
const (
	ReturnOffered   ReturnStatus = "offered"
	ReturnDeclined  ReturnStatus = "declined"
	ReturnPreparing ReturnStatus = "preparing"
	ReturnDeparted  ReturnStatus = "departed"
	ReturnArrived   ReturnStatus = "arrived"
	ReturnEnded     ReturnStatus = "support_ended" // after the last day, or with the exit before it
	ReturnWithdrawn ReturnStatus = "withdrawn"
)

// ReturnFacts are the days of one prepared return; those that have not come are
// zero.
type ReturnFacts struct {
	OfferedOn   calendar.Date
	Answer      string // accepted or declined
	AnsweredOn  calendar.Date
	DepartedOn  calendar.Date
	ArrivedOn   calendar.Date
	LastDay     calendar.Date // of support
	ExitedOn    calendar.Date
	WithdrawnOn calendar.Date
}

// StatusOn is how the return stood at the end of a day, "" where none had been
// offered.
func (f ReturnFacts) StatusOn(day calendar.Date) ReturnStatus {
	by := func(d calendar.Date) bool { return !d.IsZero() && !d.After(day) }
	switch {
	case !by(f.OfferedOn):
		return ""
	case by(f.WithdrawnOn):
		return ReturnWithdrawn
	case by(f.ExitedOn), by(f.ArrivedOn) && f.LastDay.Before(day):
		return ReturnEnded
	case by(f.ArrivedOn):
		return ReturnArrived
	case by(f.DepartedOn):
		return ReturnDeparted
	case by(f.AnsweredOn) && f.Answer == "accepted":
		return ReturnPreparing
	case by(f.AnsweredOn):
		return ReturnDeclined
	}
	return ReturnOffered
}

// Feedback is how the prepared returns of the people whom an organisation
// referred stood at the end of a quarter.
type Feedback struct {
	Quarter string           `json:"quarter" example:"2026-Q3"`
	AsOf    calendar.Date    `json:"as_of" format:"date" doc:"The quarter's last day"`
	People  []FeedbackStatus `json:"people" nullable:"false" doc:"Those who agreed to it by that day and still do, in the order of the references"`
}

// FeedbackStatus is one person's.
type FeedbackStatus struct {
	Reference string       `json:"reference" example:"K7QX2MVD" doc:"Given at the referral; says nothing"`
	Status    ReturnStatus `json:"status" enum:"offered,declined,preparing,departed,arrived,support_ended,withdrawn" example:"preparing"`
}

type referredRow struct {
	CaseID, Code, Reference string
	ReturnFacts
}

// Of those who agree now, only who had agreed by the quarter's last day.
const referredSQL = `SELECT case_id, code, reference, offered_on, answer, answered_on, departed_on, arrived_on, last_day, exited_on, withdrawn_on
	FROM referral_facts WHERE given_on <= $1 ORDER BY reference`

// ReadFeedback tells a referring organisation how the prepared returns of the
// people whom it referred stood at the end of a quarter that is over: one word
// each, by consent, under references that say nothing (R41). That each was told
// about is recorded with their case.
func ReadFeedback(ctx context.Context, db *postgres.DB, who access.Actor, quarter string) (Feedback, error) {
	q, err := calendar.ParseQuarter(quarter)
	if err != nil {
		return Feedback{}, fault.Invalidf("query.quarter", "must be a quarter like 2026-Q3")
	}
	day := q.LastDay()
	return postgres.Write(ctx, db, who, "read-referral-feedback", func(ctx context.Context, tx *postgres.Tx) (Feedback, error) {
		if !day.Before(tx.Today) {
			return Feedback{}, fault.Invalidf("query.quarter", "has not ended yet")
		}
		rows, err := postgres.Collect[referredRow](ctx, tx, referredSQL, day)
		if err != nil {
			return Feedback{}, fmt.Errorf("read the returns of people referred: %w", err)
		}
		out := Feedback{q.String(), day, []FeedbackStatus{}}
		for _, r := range rows {
			if status := r.StatusOn(day); status != "" {
				tx.Touch(r.CaseID, r.Code, "")
				out.People = append(out.People, FeedbackStatus{r.Reference, status})
			}
		}
		return out, nil
	})
}
