package calendar

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// QuarterPattern is the form of a Quarter, such as "2026-Q3".
const QuarterPattern = "^20[0-9]{2}-Q[1-4]$"

// Quarter is a quarter of a calendar year.
type Quarter struct{ Year, N int }

// ErrQuarter says that a text is not a quarter written as 2026-Q3.
var ErrQuarter = errors.New("not a quarter like 2026-Q3")

var quarterForm = regexp.MustCompile(QuarterPattern)

// ParseQuarter reads a quarter written as 2026-Q3.
func ParseQuarter(s string) (Quarter, error) {
	if !quarterForm.MatchString(s) {
		return Quarter{}, ErrQuarter
	}
	year, _ := strconv.Atoi(s[:4]) // four digits
	return Quarter{year, int(s[6] - '0')}, nil
}

// LastDay is the quarter's last day.
func (q Quarter) LastDay() Date { return Of(q.Year, time.Month(3*q.N+1), 0) }

// String writes q as 2026-Q3.
func (q Quarter) String() string { return fmt.Sprintf("%04d-Q%d", q.Year, q.N) }
