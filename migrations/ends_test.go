package migrations_test

import (
	"context"
	"testing"

	"hjemvej/internal/pgtest"
	"hjemvej/migrations"

	"github.com/jackc/pgx/v5"
)

// TestR32_OfExtensionsThatWaitedTogetherTheNewestGoesOn brings a database up to this
// version in which several extensions of a case waited, one waited after the exit,
// and one reached beyond twelve months since the arrival was corrected.
func TestR32_OfExtensionsThatWaitedTogetherTheNewestGoesOn(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, func(ctx context.Context, url string) error {
		return migrations.ApplyUpTo(ctx, url, numberOf(t, "ends")-1)
	})
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	const one, two, by = `'00000000-0000-4000-8000-000000000001'`, `'00000000-0000-4000-8000-000000000002'`, `'00000000-0000-4000-8000-000000000003'`
	_, err = conn.Exec(t.Context(), `SET session_replication_role = replica;
		INSERT INTO cases (id, code, person_id, programme_id, track, assessed_by, assessed_on, contact_person_id, team_id, opened_on, state, arrived_on, last_day)
		SELECT id, code, `+by+`, `+by+`, 'asylum_seeker', 'immigration_service', '2026-01-01', `+by+`, `+by+`, '2026-01-01', state, arrived, last
		FROM (VALUES (`+one+`::uuid, 'K7QX-2MVD', 'arrived', date '2026-03-01', date '2027-03-10'), (`+two+`, 'K7QX-2MVE', 'exited', '2026-03-01', '2026-09-01')) v(id, code, state, arrived, last);
		INSERT INTO followups (case_id, kind, opens_on, due_on, closes_on) VALUES (`+one+`, 'exit', '2027-02-24', '2027-03-10', '2027-03-24');
		INSERT INTO extensions (case_id, until, reason, asked_by, asked_at, approved_by, approved_at) VALUES
			(`+one+`, '2027-03-10', 'approved', `+by+`, '2026-05-01', `+one+`, '2026-05-02'), (`+one+`, '2027-03-20', 'older', `+by+`, '2026-06-01', NULL, NULL),
			(`+one+`, '2027-03-25', 'newest', `+by+`, '2026-07-01', NULL, NULL), (`+two+`, '2027-03-01', 'exited', `+by+`, '2026-06-01', NULL, NULL);
		SET session_replication_role = origin`)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrations.Apply(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	for sql, want := range map[string]string{
		`SELECT string_agg(reason || ' ' || state, ', ' ORDER BY asked_at, reason) FROM extensions`:                                         "approved approved, exited lapsed, older superseded, newest asked",
		`SELECT c.last_day || ' ' || f.opens_on || ' ' || f.due_on || ' ' || f.closes_on FROM cases c JOIN followups f ON f.case_id = c.id`: "2027-03-01 2027-02-15 2027-03-01 2027-03-15",
	} {
		var got string
		if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil || got != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}
