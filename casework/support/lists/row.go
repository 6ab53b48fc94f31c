package lists

import (
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
	"hjemvej/internal/sheet"
)

// Row is one row of any list; what its list does not know is absent.
type Row struct {
	About    string `json:"about" enum:"payment,line,person,programme" example:"payment" doc:"What the row is about"`
	Case     string `json:"case_code,omitempty" example:"K7QX-2MVD"`
	Line     string `json:"line,omitempty" example:"rent"`
	Category string `json:"category,omitempty" example:"housing"`

	Payment     string        `json:"payment_id,omitempty" format:"uuid"`
	State       support.State `json:"state,omitempty" enum:"planned,authorised,sent,received,cancelled,failed,returned" example:"planned"`
	Form        string        `json:"form,omitempty" enum:"in_kind,cash" example:"in_kind"`
	Amount      *money.Amount `json:"amount,omitempty" doc:"In the currency paid"`
	Counted     *money.Amount `json:"counted_as,omitempty" doc:"In DKK, against the line (R28)"`
	PlannedFor  calendar.Date `json:"planned_for,omitzero" format:"date"`
	Mine        bool          `json:"mine_to_decide,omitempty" doc:"You may authorise the payment, or approve its exception: you neither planned it nor last edited its payee (R23, R26)"`
	SentOn      calendar.Date `json:"sent_on,omitzero" format:"date"`
	DaysOut     int           `json:"days_since_sent,omitempty" example:"12"`
	Overdue     bool          `json:"overdue,omitempty" doc:"Sent longer ago than the policy in force gives a receipt, and not proven whole (R26)"`
	Proven      *money.Amount `json:"proven,omitempty" doc:"Of a payment that was sent: by receipts so far, in the currency paid"`
	Open        *money.Amount `json:"open,omitempty" doc:"Of a payment that was sent: neither proven nor explained, in the currency paid"`
	HeldSince   calendar.Date `json:"held_since,omitzero" format:"date" doc:"When the payee changed, or the payment was planned where that came later (R27)"`
	HeldBecause string        `json:"held_because,omitempty" enum:"no_payee,payee_not_verified" example:"payee_not_verified"`
	Exception   string        `json:"exception,omitempty" enum:"waiting,approved" example:"waiting" doc:"Whether another person approved that the payment is dated outside the six months (R23)"`
	Reason      string        `json:"exception_reason,omitempty" doc:"For finance and team leads"`

	Programme string        `json:"programme_id,omitempty" format:"uuid"`
	Ceiling   *money.Amount `json:"ceiling,omitempty" doc:"A person's or a programme's ceiling, or a line's approved amount; DKK (R25)"`
	Used      *money.Amount `json:"used,omitempty" doc:"Of the ceiling; DKK"`
	Percent   int           `json:"percent,omitempty" example:"93" doc:"Used of the ceiling, rounded down"`

	LastDay    calendar.Date `json:"last_day,omitzero" format:"date" doc:"Of support (R23)"`
	Approved   *money.Amount `json:"approved,omitempty" doc:"Of the line; DKK"`
	Committed  *money.Amount `json:"committed,omitempty" doc:"Planned, authorised, sent or received; DKK"`
	Received   *money.Amount `json:"received,omitempty" doc:"With proof, also in part; DKK"`
	Unspent    *money.Amount `json:"unspent,omitempty" doc:"Approved and not committed; DKK"`
	Unreceived *money.Amount `json:"not_received,omitempty" doc:"Committed and neither received nor a difference that was explained; DKK"`
}

// reader is who reads, on which day.
type reader struct {
	access.Actor
	today calendar.Date
}

// decides reports whether the reader's role may do op at all.
func (r reader) decides(op access.Operation) bool {
	return access.ReachOf(r.Actor, op) != access.None
}

func text(name string, of func(Row) string) column {
	return column{sheet.Column{Name: name, Kind: sheet.Text}, func(r Row) sheet.Cell { return sheet.Words(of(r)) }}
}

func yes(name string, of func(Row) bool) column {
	return text(name, func(r Row) string { return map[bool]string{true: "yes", false: "no"}[of(r)] })
}

func date(name string, of func(Row) calendar.Date) column {
	return column{sheet.Column{Name: name, Kind: sheet.Date}, func(r Row) sheet.Cell { return sheet.Day(of(r)) }}
}

func number(name string, of func(Row) int) column {
	return column{sheet.Column{Name: name, Kind: sheet.Number}, func(r Row) sheet.Cell { return sheet.Count(of(r)) }}
}

func amount(name string, of func(Row) *money.Amount) column {
	return column{sheet.Column{Name: name, Kind: sheet.Money}, func(r Row) sheet.Cell {
		if a := of(r); a != nil {
			return sheet.Sum(*a)
		}
		return sheet.Cell{}
	}}
}

// Columns that several lists have.
var (
	caseCode = text("case_code", func(r Row) string { return r.Case })
	line     = text("line", func(r Row) string { return r.Line })
	category = text("category", func(r Row) string { return r.Category })
	mine     = yes("mine_to_decide", func(r Row) bool { return r.Mine })
)

// kroner reads amounts in DKK as the database writes them.
func kroner(into map[**money.Amount]string) error {
	for dst, text := range into {
		a, err := money.New(text, money.Krone)
		if err != nil {
			return err
		}
		*dst = &a
	}
	return nil
}
