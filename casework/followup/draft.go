package followup

import (
	"maps"
	"slices"
	"time"

	"hjemvej/internal/fault"
)

// NewDraft is the part of a survey that was answered so far.
type NewDraft struct {
	Instrument string  `json:"instrument,omitempty" example:"2018-annex3" doc:"The version that is asked; the one in use where it is left out"`
	Answers    Answers `json:"answers" doc:"All that was answered so far, also before; what is left out is unanswered"`
}

// Draft is a survey that waits to be answered to its end.
type Draft struct {
	Kind       Kind      `json:"kind" enum:"baseline,month_3,exit,month_12" example:"month_3"`
	Instrument string    `json:"instrument" example:"2018-annex3"`
	Answers    Answers   `json:"answers"`
	Missing    []string  `json:"missing" nullable:"false" example:"[\"has_id\"]" doc:"What is still to be asked, in the survey's order"`
	Skipped    []string  `json:"skipped" nullable:"false" example:"[\"reasons_to_leave\"]" doc:"What the answers so far make needless: the reasons are asked only of a person who does not feel able to stay"`
	ByPartner  string    `json:"by_partner_id,omitempty" format:"uuid" doc:"The partner that began it"`
	SavedBy    string    `json:"saved_by" format:"uuid"`
	SavedAt    time.Time `json:"saved_at"`
	Version    int       `json:"version" example:"2"`
}

// reasonsKey is what the reasons to leave are called beside the indicators' keys.
const reasonsKey = "reasons_to_leave"

// left is what is still to be asked after part of the answers, and what they
// make needless.
func (in Instrument) left(a Answers) (missing, skipped []string) {
	missing, skipped = []string{}, []string{}
	for _, ind := range in.Indicators {
		code, given := a.Choices[ind.Key]
		if ind.Asked() && !given {
			missing = append(missing, ind.Key)
		}
		if ind.Key != in.ReasonToLeave.AskedAfter.Indicator || !given {
			continue
		}
		switch asked := in.asksReason(ind.Key, code); {
		case asked && len(a.ReasonsToLeave) == 0:
			missing = append(missing, reasonsKey)
		case !asked:
			skipped = append(skipped, reasonsKey)
		}
	}
	return missing, skipped
}

// touched is in which version of a draft each of its answers last changed, those
// that were taken back included.
type touched map[string]int

// touch notes what differs between two versions of a draft.
func (t touched) touch(before, after Answers, version int) {
	for _, a := range []Answers{before, after} {
		for key := range a.Choices {
			was, had := before.Choices[key]
			is, has := after.Choices[key]
			if was != is || had != has {
				t[key] = version
			}
		}
	}
	if !slices.Equal(before.ReasonsToLeave, after.ReasonsToLeave) {
		t[reasonsKey] = version
	}
}

// stale is the refusal of whoever read an earlier version: the answers that
// changed since, and none of their words.
func (t touched) stale(read int) error {
	f := &fault.Error{Kind: fault.Stale, Message: "The draft changed since you read it, at the places listed. Read it again, and decide anew."}
	for _, key := range slices.Sorted(maps.Keys(t)) {
		if t[key] <= read {
			continue
		}
		path := pathChoices + "." + key
		if key == reasonsKey {
			path = pathReasons
		}
		f.Fields = append(f.Fields, fault.Field{Path: path, Message: "was changed since"})
	}
	return f
}
