// Package rates is what other currencies cost in Danish kroner, day by day:
// recorded by finance or imported from the European Central Bank's file of
// reference rates, never changed, and replaced only with a reason. Payments are
// counted with a rate that stands here, and none that is too old (R28).
package rates

import (
	"time"

	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
)

// Source says where a rate comes from.
type Source string

// The sources of rates.
const (
	Hand Source = "hand" // recorded by finance
	ECB  Source = "ecb"  // worked out from the bank's file
)

// Rate is what one unit of a currency cost on a day, as it was recorded (R28).
type Rate struct {
	Number    int64         `json:"number" example:"118" doc:"Running; of the rates of one currency and day the highest is in force"`
	Currency  string        `json:"currency" example:"RON" doc:"ISO 4217"`
	RatedOn   calendar.Date `json:"rated_on" format:"date"`
	Rate      string        `json:"rate" example:"1.69" doc:"DKK for one unit"`
	AgeDays   int           `json:"age_days" example:"3" doc:"From its day to the day asked for, or to today"`
	Source    Source        `json:"source" enum:"hand,ecb" example:"ecb"`
	InForce   bool          `json:"in_force" doc:"No later one of its day replaces it"`
	Reason    string        `json:"reason,omitempty" doc:"Why it replaces an earlier one of its day"`
	EnteredBy string        `json:"entered_by" format:"uuid" doc:"A user, or zeros for the program"`
	EnteredAt time.Time     `json:"entered_at"`
}

var (
	_ = postgres.Rule("rate_once_a_day", fault.Conflictf("R28", "There is a rate of that currency and day; say for which reason another replaces it."))
	_ = postgres.Rule("rate_replaced_once", fault.Conflictf("R28", "Somebody else has replaced that rate meanwhile."))
)

// known reports whether a text is the code of a currency that has rates: one of
// ISO 4217 that is in use, but not DKK.
func known(code string) bool {
	return code != money.Krone && money.Amount{Amount: "0", Currency: code}.Valid() == nil
}
