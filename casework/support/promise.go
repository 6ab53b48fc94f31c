package support

import (
	"cmp"
	"slices"

	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

// Promise is one instalment of a line, as the newest approved plan has it (R30).
// Amounts are DKK.
type Promise struct {
	Number int
	DueOn  calendar.Date
	Amount money.Amount
}

// Delivery is what reached the person on a day; DKK.
type Delivery struct {
	On     calendar.Date
	Amount money.Amount
}

// Outcome is what became of a promise (R30). Amounts are DKK.
type Outcome struct {
	Number      int           `json:"instalment" example:"1"`
	DueOn       calendar.Date `json:"due_on" format:"date"`
	Promised    money.Amount  `json:"promised"`
	Delivered   money.Amount  `json:"delivered"`
	ShortBy     money.Amount  `json:"short_by" doc:"What is missing of it"`
	CompletedOn calendar.Date `json:"completed_on,omitzero" format:"date" doc:"When all of it had come, but for less than half a krone that rounding leaves"`
	OnTime      bool          `json:"on_time" doc:"All of it had come by its day"`
	LateDays    int           `json:"late_days" example:"0" doc:"After its day, until it had all come, or until today"`
}

// Passed reports whether the promise's day is over and not all of it has come.
func (o Outcome) Passed(today calendar.Date) bool {
	return o.CompletedOn.IsZero() && today.After(o.DueOn)
}

// rounding is how many øre may be missing of each promise that is kept: an amount
// in another currency seldom counts as a round sum of kroner (R28).
const rounding = 50

// Compare sets the deliveries of one line against its promises: in the order of
// their days, the first fill the first (R30). What was delivered beyond all
// promises is in no outcome. The database has the same rule, promise_kept, and a
// test compares them. Errors: those of money.
func Compare(promises []Promise, deliveries []Delivery, today calendar.Date) ([]Outcome, error) {
	came, err := cumulated(deliveries)
	if err != nil {
		return nil, err
	}
	promises = slices.SortedFunc(slices.Values(promises), func(a, b Promise) int {
		return cmp.Or(a.DueOn.Compare(b.DueOn), cmp.Compare(a.Number, b.Number))
	})
	outcomes := make([]Outcome, len(promises))
	promised := int64(0) // up to here
	for i, p := range promises {
		amount, err := p.Amount.Minor()
		if err != nil {
			return nil, err
		}
		filled := min(max(came.sum()-promised, 0), amount)
		promised += amount
		o := Outcome{Number: p.Number, DueOn: p.DueOn, CompletedOn: came.dayAbove(max(promised-rounding*int64(i+1), 0))}
		for to, oere := range map[*money.Amount]int64{&o.Promised: amount, &o.Delivered: filled, &o.ShortBy: amount - filled} {
			if *to, err = money.OfMinor(oere, money.Krone); err != nil {
				return nil, err
			}
		}
		until := cmp.Or(o.CompletedOn, today)
		o.LateDays = max(until.DaysSince(p.DueOn), 0)
		o.OnTime = !o.CompletedOn.IsZero() && o.LateDays == 0
		outcomes[i] = o
	}
	return outcomes, nil
}

// series is how much had come by each day, in øre.
type series []struct {
	on  calendar.Date
	sum int64
}

func cumulated(deliveries []Delivery) (out series, err error) {
	sum := int64(0)
	for _, d := range slices.SortedFunc(slices.Values(deliveries), func(a, b Delivery) int { return a.On.Compare(b.On) }) {
		oere, err := d.Amount.Minor()
		if err != nil {
			return nil, err
		}
		sum += oere
		out = append(out, struct {
			on  calendar.Date
			sum int64
		}{d.On, sum})
	}
	return out, nil
}

func (s series) sum() int64 {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1].sum
}

// dayAbove is the first day on which more than so many øre had come.
func (s series) dayAbove(oere int64) calendar.Date {
	for _, day := range s {
		if day.sum > oere {
			return day.on
		}
	}
	return calendar.Date{}
}
