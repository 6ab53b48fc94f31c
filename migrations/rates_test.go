package migrations_test

import (
	"context"
	"testing"

	"hjemvej/internal/housetest"
	"hjemvej/internal/pgtest"
	"hjemvej/migrations"

	"github.com/jackc/pgx/v5"
)

// TestR28_RatesOfPaymentsFromBefore brings payments with typed rates up to this
// version: each then has a rate that stands in the register.
func TestR28_RatesOfPaymentsFromBefore(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, func(ctx context.Context, url string) error { return migrations.ApplyUpTo(ctx, url, 25) })
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	do := func(sql string) error { _, err := conn.Exec(t.Context(), sql); return err }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const payment = `INSERT INTO payments (case_id, line_id, amount, currency, rate, rate_on, dkk, form, planned_for, planned_by, created_at)
		SELECT gen_random_uuid(), gen_random_uuid(), 100, currency, rate, day::date, 100 * rate, 'in_kind', day::date, gen_random_uuid(), at::timestamptz FROM (VALUES `
	must(do(`SET session_replication_role = replica`)) // of cases that are not there
	must(do(payment + `('RON', 1.69, '2026-10-09', '2026-10-09 08:00Z'), ('RON', 1.70, '2026-10-09', '2026-10-09 09:00Z'), ('RON', 1.70, '2026-10-08', '2026-10-09 10:00Z'),
		('RON', 1.69, '2026-10-09', '2026-10-09 11:00Z'), ('JPY', 0.0434, '2026-10-09', '2026-10-09 08:00Z'), ('DKK', 1, '2026-10-09', '2026-10-09 08:00Z')) v (currency, rate, day, at)`))
	must(do(`RESET session_replication_role`))

	must(migrations.Apply(t.Context(), url))
	var got string
	must(conn.QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', currency, rated_on, trim_scale(rate), source, CASE WHEN replaces IS NOT NULL THEN 'replaces' END), ', ' ORDER BY number)
		FROM rates WHERE reason = 'used by payments before rates were kept'`).Scan(&got))
	if want := "JPY 2026-10-09 0.0434 hand, RON 2026-10-08 1.7 hand, RON 2026-10-09 1.7 hand, RON 2026-10-09 1.69 hand replaces"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	var without int
	must(conn.QueryRow(t.Context(), `SELECT count(*) FROM payments p WHERE currency <> 'DKK' AND NOT EXISTS (SELECT FROM rates r WHERE (r.currency, r.rated_on, r.rate) = (p.currency, p.rate_on, p.rate))`).Scan(&without))
	if without > 0 {
		t.Errorf("%d payments have a rate that was never recorded", without)
	}
	housetest.Broken(t, do(`INSERT INTO rates (currency, rated_on, rate, source, entered_by) VALUES ('RON', '2026-10-09', 1.71, 'hand', gen_random_uuid())`), "rate_once_a_day")
}
