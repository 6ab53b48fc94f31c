package followup

import "fmt"

// Change is the difference of two scores in ten-thousandths. As text it always
// has four decimals: 0.1000, -0.0250.
type Change int

// String writes -0.0250.
func (c Change) String() string {
	if c < 0 {
		return "-" + Score(-c).String()
	}
	return Score(c).String()
}

// MarshalText writes -0.0250.
func (c Change) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads -0.0250 and nothing that is written in another way.
func (c *Change) UnmarshalText(b []byte) error {
	var s Score
	sign := Change(1)
	if len(b) > 0 && b[0] == '-' {
		sign, b = -1, b[1:]
	}
	if err := s.UnmarshalText(b); err != nil {
		return fmt.Errorf("read a change: %w", err)
	}
	*c = sign * Change(s)
	return nil
}

// Changes is how the scores of one survey differ from those of another, for each
// dimension and for the composite.
type Changes struct {
	Economic     Change `json:"economic" example:"0.1000"`
	Social       Change `json:"social" example:"-0.0250"`
	Psychosocial Change `json:"psychosocial" example:"0.2000"`
	Composite    Change `json:"composite" example:"0.0830"`
}

// since is the change from an earlier survey, nil where the two were scored by
// different versions of the instrument and cannot be compared.
func (s Survey) since(earlier Survey) *Changes {
	if s.Instrument != earlier.Instrument {
		return nil
	}
	return &Changes{Change(s.Economic - earlier.Economic), Change(s.Social - earlier.Social),
		Change(s.Psychosocial - earlier.Psychosocial), Change(s.Composite - earlier.Composite)}
}

// compare adds to surveys in the order in which they were answered how each
// differs from the baseline and from the one before it.
func compare(all []Survey) {
	var baseline *Survey
	for i := range all {
		if baseline != nil {
			all[i].SinceBaseline = all[i].since(*baseline)
		}
		if i > 0 {
			all[i].SinceLast = all[i].since(all[i-1])
		}
		if all[i].Kind == Baseline {
			baseline = &all[i]
		}
	}
}
