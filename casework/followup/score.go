package followup

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
)

// Score is a result between 0 and 1 in ten-thousandths: 6350 is 0.6350. As text
// it always has four decimals (R37).
type Score int

// scoreOne is the best score.
const scoreOne Score = 10000

// String writes 0.6350.
func (s Score) String() string { return fmt.Sprintf("%d.%04d", int(s/scoreOne), int(s%scoreOne)) }

// MarshalText writes 0.6350.
func (s Score) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

var errScore = errors.New("not a score like 0.6350")

var scoreText = regexp.MustCompile(`^(0\.[0-9]{4}|1\.0000)$`)

// UnmarshalText reads 0.6350 and nothing that is written in another way.
func (s *Score) UnmarshalText(b []byte) error {
	if !scoreText.Match(b) {
		return errScore
	}
	n, err := strconv.Atoi(string(b[:1]) + string(b[2:]))
	*s = Score(n)
	return err
}

// Level is how closely somebody is followed up after a survey (R37).
type Level string

// The levels.
const (
	Intensified Level = "intensified" // any score is below 0.33
	Standard    Level = "standard"
	Light       Level = "light" // every score is above 0.66
)

// exact is a sum of weight × points before rounding. Weights and points are
// hundredths and a computed indicator is a mean of parts others, so the unit is
// one in 10,000 × parts, and no sum needs a fraction.
type exact int

func (e exact) score(parts int) Score {
	return Score((2*int(e) + parts) / (2 * parts)) // rounded to the nearest, a half up
}

// level compares the sums before they are rounded: 0.32999 is below 0.33.
func (in Instrument) level(parts int, sums ...exact) Level {
	below, above := exact(in.IntensifiedBelow*100*parts), exact(in.LightAbove*100*parts)
	level := Light
	for _, s := range sums {
		if s < below {
			return Intensified
		}
		if s <= above {
			level = Standard
		}
	}
	return level
}
