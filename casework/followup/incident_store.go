package followup

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"

	"github.com/google/uuid"
)

// incidentRow is an incident as it lies in the database.
type incidentRow struct {
	Incident
	casefile.Reach
	CaseID                 string
	SealedText, SealedPlan []byte
}

// What is done about an incident is for the case's staff alone.
const incidentSQL = `SELECT i.id, c.code AS "case", i.case_id, ` + casefile.ReachSQL + `, i.kind, i.occurred_on, '' AS text, i.sealed_text, i.recorded_by, i.recorded_at,
		coalesce(i.by_partner::text, '') AS by_partner, coalesce(i.report_id::text, '') AS report_id, i.state, '' AS plan,
		CASE WHEN actor_role() <> 'partner' THEN i.sealed_plan END AS sealed_plan, CASE WHEN actor_role() <> 'partner' THEN i.plan_due_on END AS plan_due_on,
		CASE WHEN actor_role() <> 'partner' THEN coalesce(i.taken_by::text, '') ELSE '' END AS taken_by, i.taken_at,
		i.closed_on, coalesce(i.result, '') AS result, i.version
	FROM incidents i JOIN cases c ON c.id = i.case_id `

// keyOfOwnWordsSQL is the person's key for a partner's own words, without the
// identity, which has a consent of its own.
const keyOfOwnWordsSQL = `SELECT k.id, k.wrapped_key, NULL::bytea AS identity FROM cases c, key_of_reports(c.id) k WHERE c.code = $1`

func keySQL(who access.Actor) string {
	if who.Role == access.Partner {
		return keyOfOwnWordsSQL
	}
	return person.FindSQL
}

// RecordIncident records what happened to the person, or is feared, and tells the
// contact person and the team's leads at once, but for whoever recorded it.
func RecordIncident(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, in NewIncident) (Incident, error) {
	return postgres.Write(ctx, db, who, "record-incident", func(ctx context.Context, tx *postgres.Tx) (Incident, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return Incident{}, err
		}
		if err := c.GoesOn(); err != nil {
			return Incident{}, err
		}
		today := tx.Today // here, or there, where the person may be: the later one
		if there := c.DayThere(tx.Now); there.After(today) {
			today = there
		}
		if err := in.check(today); err != nil {
			return Incident{}, err
		}
		key, err := keyFor(ctx, tx, v, code)
		if err != nil {
			return Incident{}, err
		}
		id, err := OpenIncident(ctx, tx, key, c.ID, "", in)
		if err != nil {
			return Incident{}, err
		}
		if err := tellIncident(ctx, tx, id, c.ID, c.Reach); err != nil {
			return Incident{}, err
		}
		tx.Touch(c.ID, c.Code, id)
		return shownIncident(ctx, tx, key, id)
	})
}

func keyFor(ctx context.Context, tx *postgres.Tx, v person.Vault, code string) (seal.Key, error) {
	whose, err := postgres.One[person.Sealed](ctx, tx, keySQL(tx.Who), code)
	if err != nil {
		return seal.Key{}, fmt.Errorf("find a person's key: %w", err)
	}
	return v.Key(whose)
}

// OpenIncident inserts an incident in the actor's name and answers its id; report
// is the partner's report that it comes with, "" for none. Nobody is told of it:
// that is for whoever calls.
func OpenIncident(ctx context.Context, tx *postgres.Tx, key seal.Key, caseID, report string, in NewIncident) (id string, err error) {
	id = uuid.NewString()
	sealed, err := key.Seal([]byte(in.Text), incidentPlace("sealed_text", id))
	if err != nil {
		return "", fmt.Errorf("seal an incident: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO incidents (id, case_id, kind, occurred_on, sealed_text, recorded_by, by_partner, report_id)
		VALUES ($1,$2,$3,$4,$5,$6,nullif($7,'')::uuid,nullif($8,'')::uuid)`, id, caseID, string(in.Kind), in.OccurredOn, sealed, tx.Who.ID, tx.Who.Partner, report)
	if err != nil {
		return "", fmt.Errorf("record an incident: %w", err)
	}
	return id, nil
}

func tellIncident(ctx context.Context, tx *postgres.Tx, id, caseID string, of casefile.Reach) error {
	leads, err := casefile.TeamLeads(ctx, tx, of.TeamID)
	if err != nil {
		return err
	}
	for _, user := range append([]string{of.ContactPersonID}, leads...) {
		if user == tx.Who.ID {
			continue
		}
		_, err := outbox.Queue(ctx, tx, outbox.Letter{Once: "incident:" + id + ":recorded:" + user, Kind: letter.IncidentRecorded, CaseID: caseID, UserID: user})
		if err != nil {
			return err
		}
	}
	return nil
}

func findIncident(ctx context.Context, tx *postgres.Tx, id, lock string) (incidentRow, error) {
	tx.Seek(id)
	i, err := postgres.One[incidentRow](ctx, tx, incidentSQL+`WHERE i.id = $1`+lock, id)
	if noRow(err) {
		return i, fault.NoSuch("incident")
	}
	if err != nil {
		return i, fmt.Errorf("find an incident: %w", err)
	}
	if err := tx.May(i.Record(), "incident"); err != nil {
		return i, err
	}
	tx.Touch(i.CaseID, i.Case, i.ID)
	return i, nil
}

func shownIncident(ctx context.Context, tx *postgres.Tx, key seal.Key, id string) (Incident, error) {
	i, err := postgres.One[incidentRow](ctx, tx, incidentSQL+`WHERE i.id = $1`, id)
	if err != nil {
		return Incident{}, fmt.Errorf("show an incident: %w", err)
	}
	return i.open(key)
}

// open unseals an incident's texts with the person's key. Whoever calls it must
// leave an audit row that says so.
func (r incidentRow) open(key seal.Key) (Incident, error) {
	out := r.Incident
	text, err := key.Open(r.SealedText, incidentPlace("sealed_text", r.ID))
	if err != nil {
		return Incident{}, fmt.Errorf("open an incident: %w", err)
	}
	out.Text = string(text)
	if r.SealedPlan == nil {
		return out, nil
	}
	if text, err = key.Open(r.SealedPlan, incidentPlace("sealed_plan", r.ID)); err != nil {
		return Incident{}, fmt.Errorf("open a plan: %w", err)
	}
	out.Plan = string(text)
	return out, nil
}

func incidentPlace(column, id string) string { return seal.At("incidents", column, id) }
