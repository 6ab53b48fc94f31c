// Package policy is the limits and times that the house sets itself: ceilings,
// caps, who may authorise up to which amount, when a contact is due and when it
// counts as lost. A policy is data with a first day. An administrator proposes it
// and a second person approves it, from tomorrow at the earliest: whatever was
// decided by then stays judged by the policy of its own day ([On]).
package policy

import "hjemvej/internal/money"

// Policy is everything that the house may set, from one day on. All amounts are
// DKK. A document of one is whole: what it leaves out is not taken from another
// policy. The bounds stand in the tags, once, for [Policy.Validate] and for the
// API's document.
type Policy struct {
	Support       SupportLimits       `json:"support"`
	Authorisation AuthorisationLimits `json:"authorisation"`
	FollowUp      FollowUpRules       `json:"follow_up"`
}

// SupportLimits bound lines and payments (R25, R26, R28, R31).
type SupportLimits struct {
	PersonCeiling       money.Amount            `json:"person_ceiling" doc:"Of one person's lines, in programmes that set none of their own; DKK (R25)"`
	CategoryCaps        map[string]money.Amount `json:"category_caps,omitempty" doc:"Of one person's lines of a category (R24); DKK. What is not here has no cap"`
	LargePayment        money.Amount            `json:"large_payment" doc:"From which on a payment is followed by a check; DKK (R31)"`
	ProofBeforeNextFrom *money.Amount           `json:"proof_before_next_from,omitempty" doc:"A line of several instalments of at least this pays the next only after proof of the one before; DKK. Left out: none does"`
	MaxInstalments      int                     `json:"max_instalments" minimum:"1" maximum:"60" example:"24" doc:"Of one line"`
	RateMaxAgeDays      int                     `json:"rate_max_age_days" minimum:"0" maximum:"366" example:"7" doc:"How old a rate may be on the day of a payment (R28)"`
	ReceiptWithinDays   int                     `json:"receipt_within_days" minimum:"1" maximum:"366" example:"30" doc:"From when on a sent payment without proof waits too long (R26)"`
}

// AuthorisationLimits say who may authorise up to which amount (R26).
type AuthorisationLimits struct {
	FinanceUpTo money.Amount  `json:"finance_up_to" doc:"What a payment may count as that anybody of finance authorises; DKK"`
	People      []PersonLimit `json:"people,omitempty" maxItems:"200" doc:"Of whom it is more, or less"`
}

// PersonLimit is one member of finance's own limit.
type PersonLimit struct {
	UserID string       `json:"user_id" format:"uuid" example:"5f0c8a52-6d3e-4b57-9d0a-0c5b7e1f2a10"`
	UpTo   money.Amount `json:"up_to" doc:"DKK; 0.00 for nothing"`
}

// FollowUpRules are the windows of the series and what lost contact takes, in
// days where they say nothing else (R31, R34, R37).
type FollowUpRules struct {
	LostAttempts         int `json:"lost_attempts" minimum:"1" maximum:"20" example:"4" doc:"Attempts over permitted channels before contact is lost (R34)"`
	LostDays             int `json:"lost_days" minimum:"1" maximum:"20" example:"3" doc:"Different days on which they were made"`
	LostChannels         int `json:"lost_channels" minimum:"1" maximum:"6" example:"2" doc:"Permitted channels, or all where there are fewer"`
	IntensifiedWeeks     int `json:"intensified_weeks" minimum:"1" maximum:"26" example:"4" doc:"Weekly contacts of an intensified follow-up (R37)"`
	NotFreeQuietDays     int `json:"not_free_quiet_days" minimum:"0" maximum:"30" example:"3" doc:"How long nobody is reminded after the person was reached but not free to talk"`
	ArrivalContactWithin int `json:"arrival_contact_within" minimum:"1" maximum:"60" example:"14" doc:"After the arrival (R31)"`
	MonthOpensBefore     int `json:"month_opens_before" minimum:"0" maximum:"27" example:"7" doc:"Month 1, 3 and 12, and checks of payments"`
	ExitOpensBefore      int `json:"exit_opens_before" minimum:"0" maximum:"60" example:"14"`
	PaymentCheckAfter    int `json:"payment_check_after" minimum:"1" maximum:"90" example:"14" doc:"A large payment (R31)"`
	ClosesAfter          int `json:"closes_after" minimum:"10" maximum:"90" example:"14" doc:"The due day; not before the letter of the tenth day (R36)"`
}

// Default is the policy that the house begins with: the rules' own defaults. A
// database's first policy says the same.
func Default() Policy {
	return Policy{
		Support: SupportLimits{PersonCeiling: money.DKK("50000"), LargePayment: money.DKK("10000"),
			MaxInstalments: 24, RateMaxAgeDays: 7, ReceiptWithinDays: 30},
		Authorisation: AuthorisationLimits{FinanceUpTo: money.DKK("50000")},
		FollowUp: FollowUpRules{LostAttempts: 4, LostDays: 3, LostChannels: 2, IntensifiedWeeks: 4, NotFreeQuietDays: 3,
			ArrivalContactWithin: 14, MonthOpensBefore: 7, ExitOpensBefore: 14, PaymentCheckAfter: 14, ClosesAfter: 14},
	}
}

// UpTo is what a payment may count as that this member of finance authorises;
// DKK (R26).
func (l AuthorisationLimits) UpTo(userID string) money.Amount {
	for _, p := range l.People {
		if p.UserID == userID {
			return p.UpTo
		}
	}
	return l.FinanceUpTo
}

// OverCaps are the categories in which one person's lines together exceed the
// cap, in the order of [Categories]. The amounts are DKK (R25).
func (l SupportLimits) OverCaps(sums map[string]money.Amount) (over []string, err error) {
	for _, c := range Categories {
		limit, capped := l.CategoryCaps[c]
		if !capped {
			continue
		}
		more, err := sums[c].Cmp(limit)
		if err != nil {
			return nil, err
		}
		if more > 0 {
			over = append(over, c)
		}
	}
	return over, nil
}

// NeedsProofBefore reports whether a line of so many instalments must say that the
// next is paid only after the proof of the one before; DKK (R26).
func (l SupportLimits) NeedsProofBefore(line money.Amount, instalments int) (bool, error) {
	if l.ProofBeforeNextFrom == nil || instalments < 2 {
		return false, nil
	}
	more, err := line.Cmp(*l.ProofBeforeNextFrom)
	return more >= 0, err
}

// Categories are those of support (R24).
var Categories = []string{"housing", "small_business", "education", "pocket_money", "food", "school_fees", "medical", "psychosocial", "security", "other"}
