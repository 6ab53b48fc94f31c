package calendar_test

import (
	"testing"

	"hjemvej/internal/calendar"
)

func TestQuartersEndWithTheirThirdMonth(t *testing.T) {
	for text, want := range map[string]string{"2026-Q1": "2026-03-31", "2026-Q2": "2026-06-30", "2026-Q3": "2026-09-30", "2026-Q4": "2026-12-31"} {
		q, err := calendar.ParseQuarter(text)
		if err != nil || q.LastDay().String() != want || q.String() != text {
			t.Errorf("%s ends on %s, %v", q, q.LastDay(), err)
		}
	}
	for _, text := range []string{"", "2026", "2026-Q0", "2026-Q5", "2026-q1", "1999-Q1", "2026-Q12", " 2026-Q1"} {
		if _, err := calendar.ParseQuarter(text); err == nil {
			t.Errorf("%q is read as a quarter", text)
		}
	}
}
