package bench

import (
	"encoding/json"
	"net/http"

	"hjemvej/casework/casefile"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The program's statements of read-case, word for word.
const (
	caseSQL = `SELECT c.id, code, person_id, programme_id, state, track, assessed_by, assessed_on,
	support_person_reason, support_person_agreed_on, destination, destination_kind, destination_place, destination_time_zone,
	reflection_starts_on, reflection_ends_on, opened_on, offered_on, answered_on, departed_on, arrived_on, last_day,
	support_ended_on, withdrawn_on, exit_outcome, exited_on, closed_on, version, ` + casefile.ConcernsSQL + `, ` + casefile.ReachSQL + `
	FROM cases c WHERE code = $1`
	decisionsSQL = `SELECT d.decided_on, d.days, d.ground, d.authority FROM reflection_decisions d
	JOIN cases c ON c.id = d.case_id WHERE c.code = $1 ORDER BY d.decided_on, d.recorded_at, d.id`
	representativesSQL = `SELECT r.kind, coalesce(r.municipality, '') AS municipality, r.appointed_on, r.ended_on
	FROM representatives r JOIN cases c ON c.id = r.case_id WHERE c.code = $1 ORDER BY r.appointed_on, r.id`
	auditSQL = `INSERT INTO audit_log (at, actor_id, actor_role, partner_id, operation, outcome, request_id, case_id, case_code, object_id)
	SELECT now(), $1::uuid, 'contact_person', NULL, 'read-case', 'done', $2, c.id, c.code, NULL FROM cases c WHERE c.code = $3`
)

// bare is the yardstick: net/http and pgx with the same statements in one
// batch, as the database's owner, whom no row security holds. It asks nobody who
// they are, limits nothing and logs nothing.
func bare(pool *pgxpool.Pool, reader string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/cases/{code}", func(w http.ResponseWriter, r *http.Request) {
		code := r.PathValue("code")
		var row casefile.Row
		var decisions []casefile.Decision
		var represented []casefile.Representative
		b := &pgx.Batch{}
		b.Queue(caseSQL, code).Query(func(rows pgx.Rows) (err error) {
			row, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[casefile.Row])
			return err
		})
		b.Queue(decisionsSQL, code).Query(func(rows pgx.Rows) (err error) {
			decisions, err = pgx.CollectRows(rows, pgx.RowToStructByName[casefile.Decision])
			return err
		})
		b.Queue(representativesSQL, code).Query(func(rows pgx.Rows) (err error) {
			represented, err = pgx.CollectRows(rows, pgx.RowToStructByName[casefile.Representative])
			return err
		})
		b.Queue(auditSQL, reader, r.Header.Get("X-Request-Id"), code)
		if err := pool.SendBatch(r.Context(), b).Close(); err != nil {
			http.Error(w, "failed", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(shown(row, decisions, represented)) // the caller may have gone
	})
	return mux
}

func shown(r casefile.Row, decisions []casefile.Decision, represented []casefile.Representative) casefile.Case {
	c := casefile.Case{
		Code: r.Code, State: r.State, Track: r.Track, AssessedBy: r.AssessedBy, AssessedOn: r.AssessedOn,
		ContactPerson: r.ContactPersonID, Team: r.TeamID, Represented: represented, OpenedOn: r.OpenedOn,
		OfferedOn: r.OfferedOn, AnsweredOn: r.AnsweredOn, DepartedOn: r.DepartedOn, ArrivedOn: r.ArrivedOn,
		LastDay: r.LastDay, Version: r.Version,
	}
	if r.Destination != nil {
		c.Destination = &casefile.Destination{Country: *r.Destination, Kind: *r.DestinationKind, Place: *r.DestinationPlace}
	}
	if len(decisions) > 0 {
		c.Reflection = &casefile.Reflection{StartsOn: r.ReflectionStartsOn, LastDay: r.ReflectionEndsOn, Decisions: decisions}
	}
	return c
}
