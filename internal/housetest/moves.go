package housetest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// SameMoves fails unless the moves that the database allows a thing are the
// program's.
func SameMoves[S ~string](t testing.TB, h *House, thing string, moves map[S][]S) {
	t.Helper()
	var want []string
	for from, all := range moves {
		for _, to := range all {
			want = append(want, string(from)+" to "+string(to))
		}
	}
	rows, err := h.Owner.Query(t.Context(), `SELECT from_state || ' to ' || to_state FROM legal_moves WHERE thing = $1`, thing)
	must(t, err)
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("moves of a %s (-program +database):\n%s", thing, diff)
	}
}
