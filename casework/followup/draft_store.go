package followup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

var errUnknownVersion = errors.New("no such version of the survey")

// draftRow is a draft as it lies in the database.
type draftRow struct {
	Kind             Kind
	Instrument       string
	Answers, Touched []byte
	ByPartner        string
	SavedBy          string
	SavedAt          time.Time
	Version          int
}

const draftSQL = `SELECT d.kind, d.instrument, d.answers, d.touched, coalesce(d.by_partner::text, '') AS by_partner, d.saved_by, d.saved_at, d.version
	FROM survey_drafts d JOIN cases c ON c.id = d.case_id `

// SaveDraft keeps the part of a survey that was answered so far; read is the
// version that the actor went on from, 0 for the first. Each answer is checked,
// none is missed. A stale one is refused with the answers that changed since. A
// partner goes on with what it began itself (R21, R37).
func SaveDraft(ctx context.Context, db *postgres.DB, who access.Actor, code string, kind Kind, read int, in NewDraft) (Draft, error) {
	return postgres.Write(ctx, db, who, "save-survey-draft", func(ctx context.Context, tx *postgres.Tx) (Draft, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return Draft{}, err
		}
		if err := mayKnow(ctx, tx, c.ID); err != nil {
			return Draft{}, err
		}
		if err := mayAnswer(ctx, tx, c, kind, c.DayThere(tx.Now)); err != nil {
			return Draft{}, err
		}
		version, err := surveys.find(in.Instrument, "body.instrument")
		if err != nil {
			return Draft{}, err
		}
		if err := version.check(in.Answers, true); err != nil {
			return Draft{}, err
		}
		now, err := lockDraft(ctx, tx, c.ID, kind)
		if err != nil {
			return Draft{}, err
		}
		if err := now.mustMatch(read); err != nil {
			return Draft{}, err
		}
		in.Instrument = version.Version
		if err := now.save(ctx, tx, c.ID, kind, in); err != nil {
			return Draft{}, err
		}
		saved, err := lockDraft(ctx, tx, c.ID, kind)
		if err != nil {
			return Draft{}, err
		}
		return saved.show()
	})
}

// lockDraft is the draft that the actor can see, held until the transaction
// ends; its version is 0 where there is none.
func lockDraft(ctx context.Context, tx *postgres.Tx, caseID string, kind Kind) (draftRow, error) {
	d, err := postgres.One[draftRow](ctx, tx, draftSQL+`WHERE d.case_id = $1 AND d.kind = $2 FOR UPDATE OF d`, caseID, string(kind))
	if noRow(err) {
		return draftRow{}, nil
	}
	if err != nil {
		return draftRow{}, fmt.Errorf("find a draft: %w", err)
	}
	return d, nil
}

func (r draftRow) mustMatch(read int) error {
	err := casefile.MustMatch(r.Version, read)
	if fault.KindOf(err) != fault.Stale || r.Version == 0 {
		return err
	}
	var t touched
	if err := json.Unmarshal(r.Touched, &t); err != nil {
		return fmt.Errorf("read a draft: %w", err)
	}
	return t.stale(read)
}

func (r draftRow) save(ctx context.Context, tx *postgres.Tx, caseID string, kind Kind, in NewDraft) error {
	var before Answers
	t := touched{}
	if r.Version > 0 {
		if err := errors.Join(json.Unmarshal(r.Answers, &before), json.Unmarshal(r.Touched, &t)); err != nil {
			return fmt.Errorf("read a draft: %w", err)
		}
	}
	t.touch(before, in.Answers, r.Version+1)
	answers, err := json.Marshal(in.Answers)
	if err != nil {
		return fmt.Errorf("write a draft: %w", err)
	}
	places, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("write a draft: %w", err)
	}
	if r.Version == 0 {
		_, err = tx.Exec(ctx, `INSERT INTO survey_drafts (case_id, kind, instrument, answers, touched, by_partner, saved_by) VALUES ($1,$2,$3,$4,$5,nullif($6,'')::uuid,$7)`,
			caseID, string(kind), in.Instrument, answers, places, tx.Who.Partner, tx.Who.ID)
	} else {
		_, err = tx.Exec(ctx, `UPDATE survey_drafts SET instrument = $3, answers = $4, touched = $5, version = version + 1, saved_by = $6, saved_at = $7 WHERE case_id = $1 AND kind = $2`,
			caseID, string(kind), in.Instrument, answers, places, tx.Who.ID, tx.Now)
	}
	if err != nil {
		return fmt.Errorf("save a draft: %w", err)
	}
	return nil
}

func (r draftRow) show() (Draft, error) {
	version, err := surveys.find(r.Instrument, "")
	if err != nil {
		return Draft{}, fmt.Errorf("read a draft: %w", errUnknownVersion)
	}
	d := Draft{Kind: r.Kind, Instrument: r.Instrument, ByPartner: r.ByPartner, SavedBy: r.SavedBy, SavedAt: r.SavedAt, Version: r.Version}
	if err := json.Unmarshal(r.Answers, &d.Answers); err != nil {
		return Draft{}, fmt.Errorf("read a draft: %w", err)
	}
	d.Missing, d.Skipped = version.left(d.Answers)
	return d, nil
}

// completes refuses a survey that passes over a draft which the actor can see,
// and takes the draft's version of the instrument. A draft that a partner cannot
// see does not keep its whole survey from being taken.
func completes(ctx context.Context, tx *postgres.Tx, caseID string, in *NewSurvey) error {
	d, err := lockDraft(ctx, tx, caseID, in.Kind)
	if err != nil {
		return err
	}
	if d.Version > 0 && in.DraftVersion == 0 {
		return &fault.Error{Kind: fault.Stale, Message: "Somebody began this survey. Read the draft, and complete it with its version."}
	}
	if err := d.mustMatch(in.DraftVersion); err != nil {
		return err
	}
	if in.Instrument == "" {
		in.Instrument = d.Instrument
	}
	return nil
}

// ReadDraft is the draft of a survey with what is still missing. A partner reads
// what it began itself, by consent (R21).
func ReadDraft(ctx context.Context, db *postgres.DB, who access.Actor, code string, kind Kind) (Draft, error) {
	d, err := postgres.Write(ctx, db, who, "read-survey-draft", func(ctx context.Context, tx *postgres.Tx) (draftRow, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return draftRow{}, err
		}
		if err := mayKnow(ctx, tx, c.ID); err != nil {
			return draftRow{}, err
		}
		return lockDraft(ctx, tx, c.ID, kind)
	})
	if err != nil {
		return Draft{}, err
	}
	if d.Version == 0 {
		return Draft{}, fault.NoSuch("draft") // asked for in vain, but no refusal
	}
	return d.show()
}

// mayKnow refuses a partner that no consent lets know of the follow-up.
func mayKnow(ctx context.Context, tx *postgres.Tx, caseID string) error {
	if tx.Who.Role != access.Partner {
		return nil
	}
	var may bool
	if err := tx.QueryRow(ctx, `SELECT consented($1, 'follow_up')`, caseID).Scan(&may); err != nil {
		return fmt.Errorf("ask for a consent: %w", err)
	}
	if !may {
		return fault.NoSuch("case")
	}
	return nil
}

var _ = postgres.Rule("survey_draft_once", fault.Conflictf("R37", "Somebody else began this survey just now. Where you cannot read their draft, send yours when it is whole."))
