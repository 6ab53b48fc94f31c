package support

import (
	"slices"
	"strings"

	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

// StatementLine is one line of a partner's account statement: what it paid, and
// how it names what for.
type StatementLine struct {
	PaidOn    calendar.Date `json:"paid_on" format:"date" example:"2026-10-16"`
	Amount    money.Amount  `json:"amount" doc:"In the statement's currency"`
	PaymentID string        `json:"payment_id,omitempty" format:"uuid" doc:"The payment, where you know its id"`
	Case      string        `json:"case_code,omitempty" maxLength:"20" example:"K7QX-2MVD" doc:"Or the case"`
	Line      string        `json:"line,omitempty" maxLength:"40" example:"rent" doc:"And the key of its budget line"`
	Reference string        `json:"reference,omitempty" maxLength:"100" example:"R-2026-118" doc:"Or the payment's reference, or the number of its receipt; never a name"`
}

// Reason is why a line of a statement was matched with no payment.
type Reason string

// The reasons. Unknown is also the answer for payments that the partner does not
// give, or that no consent shows it any more (R21).
const (
	Unknown        Reason = "unknown"
	AmountDiffers  Reason = "amount_differs"
	AlreadySettled Reason = "already_settled"
	NotProven      Reason = "not_proven"
	TooFarApart    Reason = "too_far_apart"
)

// Candidate is a payment that a line may be of.
type Candidate struct {
	PaymentID, Case, Line string
	SentOn                calendar.Date
	References            []string // of its receipts
	Sent                  bool     // it went out and did not come back
	Proven                bool     // some of it, settled or not
	Unsettled             Outstanding
}

// Match is what became of a line: the payment, or the reason.
type Match struct {
	PaymentID string
	Reason    Reason
	DiffersBy money.Amount // what is proven and not settled, less the line; of AmountDiffers
}

// daysApart is how far the day on a statement may lie from the day on which the
// payment was sent.
const daysApart = 31

// MatchLines matches each line of a statement with a payment that is proven in
// just that amount and currency, sent within 31 days of it, and not settled yet:
// no payment with two lines. A line may name the payment, or its case and budget
// line, or a receipt. Where several are left it is the one that was sent nearest
// to the line's day, and of those the one with the lowest id (R28).
func MatchLines(lines []StatementLine, candidates []Candidate) []Match {
	taken := map[string]bool{}
	out := make([]Match, len(lines))
	for i, l := range lines {
		out[i] = l.match(candidates, taken)
		if id := out[i].PaymentID; id != "" {
			taken[id] = true
		}
	}
	return out
}

func (l StatementLine) match(candidates []Candidate, taken map[string]bool) Match {
	named := slices.Collect(func(yield func(Candidate) bool) {
		for _, c := range candidates {
			if l.names(c) && !yield(c) {
				return
			}
		}
	})
	slices.SortStableFunc(named, func(a, b Candidate) int {
		if d := l.apart(a) - l.apart(b); d != 0 {
			return d
		}
		return strings.Compare(a.PaymentID, b.PaymentID)
	})
	worst := Match{Reason: Unknown}
	for _, c := range named {
		m := l.with(c, taken[c.PaymentID])
		if m.PaymentID != "" {
			return m
		}
		if worst.Reason == Unknown && (l.PaymentID != "" || l.Case != "" || l.Reference != "") {
			worst = m // of the nearest one that the line names
		}
	}
	return worst
}

// names reports whether the line can be of the payment by what it names.
func (l StatementLine) names(c Candidate) bool {
	switch {
	case !c.Sent:
		return false
	case l.PaymentID != "":
		return strings.EqualFold(l.PaymentID, c.PaymentID)
	case l.Case != "" && l.Case != c.Case, l.Line != "" && l.Line != c.Line:
		return false
	case l.Reference != "":
		return slices.Contains(c.References, l.Reference)
	}
	return l.Case != "" || l.Amount == c.Unsettled.Amount // by its amount alone
}

func (l StatementLine) apart(c Candidate) int {
	return max(l.PaidOn.DaysSince(c.SentOn), c.SentOn.DaysSince(l.PaidOn))
}

// with is the line against one payment that it names.
func (l StatementLine) with(c Candidate, taken bool) Match {
	switch differs, err := c.Unsettled.Amount.Sub(l.Amount); {
	case !c.Proven:
		return Match{Reason: NotProven}
	case taken || c.Unsettled.Amount.IsZero():
		return Match{Reason: AlreadySettled}
	case err != nil: // in another currency
		return Match{Reason: Unknown}
	case !differs.IsZero():
		return Match{Reason: AmountDiffers, DiffersBy: differs}
	case l.apart(c) > daysApart:
		return Match{Reason: TooFarApart}
	}
	return Match{PaymentID: c.PaymentID}
}
