package migrations_test

import (
	"context"
	"testing"

	"hjemvej/internal/housetest"
	"hjemvej/internal/pgtest"
	"hjemvej/migrations"

	"github.com/jackc/pgx/v5"
)

// TestPartnersFromBeforeTheRegistry brings the registers of the version before
// up to this one, and then writes them as that version does while it still runs.
func TestPartnersFromBeforeTheRegistry(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t, func(ctx context.Context, url string) error { return migrations.ApplyUpTo(ctx, url, 18) })
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
	is := func(want, sql string) {
		t.Helper()
		var got string
		must(conn.QueryRow(t.Context(), sql).Scan(&got))
		if got != want {
			t.Errorf("%s, want %s: %s", got, want, sql)
		}
	}
	const partner = `INSERT INTO partners (id, name, role, countries, language, email, active, created_at) VALUES `
	must(do(partner + `('00000000-0000-4000-8000-000000000001', 'Old', 'home_country_partner', '{RO}', 'en', 'x@partner.example', true, '2025-03-04 23:30Z'),
		('00000000-0000-4000-8000-000000000002', 'Gone', 'home_country_partner', '{RO}', 'en', 'x@partner.example', false, '2025-03-04 12:00Z'),
		('00000000-0000-4000-8000-000000000003', 'Gone the same day', 'home_country_partner', '{RO}', 'en', 'x@partner.example', false, now())`))
	const key = `INSERT INTO partner_keys (partner_id, label, prefix, hash, expires_at) VALUES ('00000000-0000-4000-8000-000000000001', 'x', 'hjv_x', `
	must(do(key + `sha256('1'), now() + interval '1 day')`))

	must(migrations.Apply(t.Context(), url))
	is("2025-03-05 true", `SELECT active_from || ' ' || (active_until IS NULL AND active AND partner_active(p, now()))::text FROM partners p WHERE name = 'Old'`)
	is("true", `SELECT bool_and(active_until = actor_today() - 1 AND NOT active AND NOT partner_active(p, now()))::text FROM partners p WHERE name LIKE 'Gone%'`)
	is("none", `SELECT coalesce(string_agg(DISTINCT transfer_ground, ','), 'none') FROM partners`)
	is("{1,2,3,4,5} Europe/Copenhagen", `SELECT DISTINCT working_days::text || ' ' || time_zone FROM partners`)
	const every = "{read_handoffs,answer_handoffs,report_arrival,report_support,upload,follow_up} {}"
	is(every, `SELECT scopes::text || ' ' || addresses::text FROM partner_keys`)

	must(do(partner + `('00000000-0000-4000-8000-000000000004', 'New', 'return_organisation', '{}', 'da', 'x@partner.example', true, now())`))
	is("true", `SELECT (active AND active_from = actor_today())::text FROM partners WHERE name = 'New'`)
	must(do(key + `sha256('2'), now() + interval '1 day')`))
	is(every, `SELECT DISTINCT scopes::text || ' ' || addresses::text FROM partner_keys`)
	must(do(`INSERT INTO letters (once, kind, partner_id) VALUES ('x', 'sharing_ended', '00000000-0000-4000-8000-000000000001')`))
	housetest.Broken(t, do(`INSERT INTO letters (once, kind, partner_id, partner_person_id) VALUES ('y', 'sharing_ended', '00000000-0000-4000-8000-000000000001', gen_random_uuid())`),
		"letter_to_one_of_the_partners_people")
}
