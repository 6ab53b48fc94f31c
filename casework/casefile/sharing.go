package casefile

import (
	"context"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// Sharing says whether one partner may have one category of data on a day, and
// why (R7).
type Sharing struct {
	Category  Category      `json:"category" example:"identity"`
	May       bool          `json:"may"`
	Why       string        `json:"why" enum:"consent,never_given,not_yet,expired,withdrawn,narrower_ended" example:"consent" doc:"consent: one is in force; otherwise what is in the way"`
	ConsentID string        `json:"consent_id,omitempty" format:"uuid" doc:"The consent that decides"`
	Until     calendar.Date `json:"until,omitzero" format:"date" doc:"The last day on which it may, if nothing is withdrawn before"`
}

// MayShare decides whether a partner may have a category on a day, from every
// consent of the case. Sharing is denied by default; where several consents
// apply for the same purpose, with periods that overlap, the narrowest wins: a
// withdrawal ends all that was given before it, and one that was given later
// bounds the wider one. A consent that merely ran out bounds nothing that was
// given after it: that was its renewal (R7). The database holds the same rule
// (shares_with).
func MayShare(all []Consent, partner string, category Category, day calendar.Date) Sharing {
	out := Sharing{Category: category, Why: "never_given"}
	for _, k := range all {
		if k.PartnerID != partner || k.Category != category {
			continue
		}
		switch s := k.decide(all, day); {
		case s.May && (!out.May || s.Until.After(out.Until)):
			out = s
		case !s.May && !out.May && out.Why != "narrower_ended":
			out = s // the latest given says why not; a narrower one that ended says most
		}
	}
	return out
}

func (k Consent) decide(all []Consent, day calendar.Date) Sharing {
	s := Sharing{Category: k.Category, ConsentID: k.ID, Until: k.ValidUntil}
	switch {
	case k.WithdrawnAt != nil:
		s.Why, s.Until = "withdrawn", calendar.Date{}
	case day.Before(k.ValidFrom):
		s.Why = "not_yet"
	case day.After(k.ValidUntil):
		s.Why, s.Until = "expired", calendar.Date{}
	default:
		s.May, s.Why = true, "consent"
		for _, n := range all {
			if !n.narrows(k) {
				continue
			}
			if n.WithdrawnAt != nil || day.After(n.ValidUntil) {
				return Sharing{Category: k.Category, ConsentID: n.ID, Why: "narrower_ended"}
			}
			if n.ValidUntil.Before(s.Until) {
				s.Until = n.ValidUntil
			}
		}
	}
	return s
}

// narrows reports whether the end of n ends k too: the same partner, category
// and purpose, periods that overlap, and n withdrawn after k was given, or given
// after it and not for the past alone.
func (n Consent) narrows(k Consent) bool {
	if n.ID == k.ID || n.PartnerID != k.PartnerID || n.Category != k.Category || n.Purpose != k.Purpose ||
		n.ValidFrom.After(k.ValidUntil) || n.ValidUntil.Before(k.ValidFrom) {
		return false
	}
	if n.WithdrawnAt != nil {
		return !n.WithdrawnAt.Before(k.RecordedAt)
	}
	return !n.RecordedAt.Before(k.RecordedAt) && !n.ValidUntil.Before(calendar.Today(n.RecordedAt))
}

// ReadSharing answers, for every category, whether a partner may have it today,
// and why: what the contact person can show.
func ReadSharing(ctx context.Context, db *postgres.DB, who access.Actor, code, partner string) ([]Sharing, error) {
	const op = "read-sharing"
	if !access.IsCode(code) {
		return nil, fault.NoSuch("case")
	}
	var row Row
	var all []Consent
	moment, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&row, "case", rowSQL, code), postgres.Many(&all, consentsSQL, code))
	if err != nil {
		return nil, err
	}
	if err := postgres.Allow(ctx, db, who, op, row.Record(), "case"); err != nil {
		return nil, err
	}
	out := make([]Sharing, len(Categories))
	for i, c := range Categories {
		out[i] = MayShare(all, partner, c, moment.Today)
	}
	return out, nil
}
