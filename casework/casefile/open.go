package casefile

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// Opening is what a contact person knows when a case begins.
type Opening struct {
	Track         Track           `json:"track" enum:"asylum_seeker,no_lawful_stay,lawful_stay" example:"asylum_seeker" doc:"The person's standing in Denmark; decides who assesses (R1)"`
	AssessedBy    Authority       `json:"assessed_by" enum:"immigration_service,cmm" example:"immigration_service"`
	AssessedOn    calendar.Date   `json:"assessed_on" format:"date" example:"2026-07-15"`
	Person        person.Identity `json:"person" doc:"Sealed at once; read again only through read-identity (R12)"`
	SupportPerson *SupportPerson  `json:"support_person,omitempty"`
}

// Of some hundred billion codes two may be alike once a million are drawn.
var _ = postgres.TryAgain("cases_code_key")

// Open begins a case with the actor as its contact person (R2). The assessment
// must come from the authority that the track asks for (R1). The answer warns
// where the person may exist already.
func Open(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, in Opening) (Opened, error) {
	return postgres.Write(ctx, db, who, "open-case", func(ctx context.Context, tx *postgres.Tx) (Opened, error) {
		if err := in.validate(tx.Today); err != nil {
			return Opened{}, err
		}
		personID, err := person.Add(ctx, tx, v, in.Person)
		if err != nil {
			return Opened{}, err
		}
		code, err := insert(ctx, tx, personID, in)
		if err != nil {
			return Opened{}, err
		}
		var out Opened
		if out.PossibleDuplicates, err = person.CountAlike(ctx, tx, personID); err != nil {
			return Opened{}, err
		}
		if out.PossibleDuplicates > 0 {
			out.Hint = hintDuplicates
		}
		out.Case, err = shown(ctx, tx, code)
		return out, err
	})
}

func (in Opening) validate(today calendar.Date) error {
	if want := in.Track.Assessor(); in.AssessedBy != want {
		return &fault.Error{Kind: fault.Conflict, Rule: "R1", Message: "The assessment was made by the wrong authority for this track.",
			Fields: []fault.Field{{Path: "body.assessed_by", Message: "must be " + string(want) + " for this track"}}}
	}
	if err := in.Person.Validate("body.person", today); err != nil {
		return err
	}
	if in.AssessedOn.Before(in.Person.BirthDate) { // the day itself is nobody's to repeat (R12)
		return fault.Invalidf("body.assessed_on", "must not lie before the birth date")
	}
	if err := happened("body.assessed_on", in.AssessedOn, today.AddMonths(-12*10), today); err != nil {
		return err
	}
	if s := in.SupportPerson; s != nil {
		return happened("body.support_person.agreed_on", s.AgreedOn, in.AssessedOn, today)
	}
	return nil
}

func insert(ctx context.Context, tx *postgres.Tx, personID string, in Opening) (code string, err error) {
	var programme, ceiling string
	err = tx.QueryRow(ctx, `SELECT id, person_ceiling_dkk::text FROM programmes WHERE active ORDER BY name LIMIT 1`).Scan(&programme, &ceiling)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", fault.Conflictf("R25", "There is no active programme to open a case under; an administrator begins one.")
	}
	if err != nil {
		return "", fmt.Errorf("find the programme: %w", err)
	}
	var reason *string
	var agreed calendar.Date
	if s := in.SupportPerson; s != nil {
		reason, agreed = &s.Reason, s.AgreedOn
	}
	code = access.NewCode()
	var id string
	err = tx.QueryRow(ctx, `INSERT INTO cases (code, person_id, programme_id, track, assessed_by, assessed_on, contact_person_id, team_id,
			support_person_reason, support_person_agreed_on, opened_on)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) RETURNING id`,
		code, personID, programme, string(in.Track), string(in.AssessedBy), in.AssessedOn, tx.Who.ID, tx.Who.Team, reason, agreed, tx.Today).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("open a case: %w", err)
	}
	tx.Touch(id, code, "")
	_, err = tx.Exec(ctx, `INSERT INTO case_budgets (case_id, programme_id, ceiling_dkk) VALUES ($1,$2,$3)`, id, programme, ceiling)
	if err != nil {
		return "", fmt.Errorf("open a case's budget: %w", err)
	}
	return code, nil
}
