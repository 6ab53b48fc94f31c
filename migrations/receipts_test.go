package migrations_test

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"

	"hjemvej/internal/pgtest"
	"hjemvej/migrations"

	"github.com/jackc/pgx/v5"
)

// TestR26_ReceiptsFromBeforeTheirAmountsProveTheWhole brings a payment that was
// received by a receipt without an amount up to this version.
func TestR26_ReceiptsFromBeforeTheirAmountsProveTheWhole(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, func(ctx context.Context, url string) error {
		return migrations.ApplyUpTo(ctx, url, numberOf(t, "receipts")-1)
	})
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	const one = `'00000000-0000-4000-8000-000000000001'`
	_, err = conn.Exec(t.Context(), `SET session_replication_role = replica;
		INSERT INTO cases (id, code, person_id, programme_id, track, assessed_by, assessed_on, contact_person_id, team_id, opened_on)
		VALUES (`+one+`, 'K7QX-2MVD', `+one+`, `+one+`, 'asylum_seeker', 'immigration_service', '2026-09-01', `+one+`, `+one+`, '2026-09-01');
		INSERT INTO payments (id, case_id, line_id, state, amount, currency, rate, rate_on, dkk, form, planned_for, planned_by, authorised_by, sent_by, sent_on, received_on, proven_amount, proven_dkk)
		VALUES (`+one+`, `+one+`, `+one+`, 'received', 1183.43, 'RON', 1.69, '2026-10-01', 2000, 'in_kind', '2026-10-01', `+one+`, gen_random_uuid(), gen_random_uuid(), '2026-10-01', '2026-10-02', 1183.43, 2000);
		INSERT INTO receipts (case_id, payment_id, kind, received_on, recorded_by) VALUES (`+one+`, `+one+`, 'receipt', '2026-10-02', `+one+`);
		SET session_replication_role = origin`)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrations.Apply(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	var got string
	err = conn.QueryRow(t.Context(), `SELECT concat_ws(' ', trim_scale(r.amount), r.currency, trim_scale(s.amount), trim_scale(s.covers_amount), s.covers_dkk, p.state, p.proven_dkk)
		FROM receipts r JOIN receipt_shares s ON s.receipt_id = r.id JOIN payments p ON p.id = s.payment_id`).Scan(&got)
	if want := "1183.43 RON 1183.43 1183.43 2000.00 received 2000.00"; err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

// numberOf is the number of the migration with a name.
func numberOf(t *testing.T, name string) int32 {
	t.Helper()
	found, err := filepath.Glob("[0-9][0-9][0-9]_" + name + ".sql")
	if err != nil || len(found) != 1 {
		t.Fatalf("%d migrations are called %s: %v", len(found), name, err)
	}
	n, err := strconv.ParseInt(found[0][:3], 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return int32(n)
}
