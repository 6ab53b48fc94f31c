package postgres_test

import (
	"slices"
	"testing"
	"time"

	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

func TestAPageGoesOnOnlyFromAPlaceThatWasAnswered(t *testing.T) {
	t.Parallel()
	const id, condition = "00000000-0000-4000-8000-000000000001", "(at, id) > (?, ?)"
	at := time.Date(2026, 10, 12, 8, 0, 0, 123456000, time.UTC)
	for after, want := range map[string][]any{"": nil, postgres.Key(at, id): {"2026-10-12T08:00:00.123456Z", id}} {
		var w postgres.Where
		if err := w.Past(condition, after); err != nil || !slices.Equal(w.Args, want) {
			t.Errorf("after %q: %v, %v", after, w.Args, err)
		}
	}
	for _, made := range []string{"x", "/", "2026-10-12T08:00:00Z", "2026-10-12T08:00:00Z/x", "x/" + id, "2026-10-12T08:00:00Z/" + id + "/"} {
		var w postgres.Where
		if err := w.Past(condition, made); fault.KindOf(err) != fault.Invalid || w.SQL() != "" {
			t.Errorf("after %q: %s, %v", made, w.SQL(), err)
		}
	}
}
