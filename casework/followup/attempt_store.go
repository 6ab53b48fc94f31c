package followup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/casework/policy"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// NewAttempt is an attempt at a contact (R33). Who called is the actor, unless
// the person got in touch.
type NewAttempt struct {
	MadeOn   calendar.Date  `json:"made_on" format:"date" example:"2026-10-20" doc:"The day at the destination"`
	MadeAt   *time.Time     `json:"made_at,omitempty" example:"2026-10-20T09:30:00Z" doc:"The instant, on that day at the destination: whether it was within the person's hours is known only with it (R10)"`
	Channel  Channel        `json:"channel" enum:"call,text,messaging_app,email,visit,through_partner" example:"call"`
	Outcome  AttemptOutcome `json:"outcome" enum:"reached_safe,reached_not_free,no_answer,number_dead,third_party,refused" example:"reached_safe"`
	ByPerson bool           `json:"by_the_person,omitempty" doc:"The person got in touch: always safe"`
	Word     string         `json:"shared_word,omitempty" enum:"safe,danger" doc:"The shared word that the person said (R10). Where they have one for when it is safe, staff reach them safely only by having heard it; after the other one they are reached_not_free"`
}

// A contact that was made before a follow-up opens is one of the follow-up before it,
// whose attempts can be recorded at any time after (R32): it does not stand for
// another that is owed later.
var beforeWindow = fault.Invalidf("body.made_on", "must not lie before the follow-up opens; a contact before that is recorded with the follow-up before it")
var _ = postgres.Rule("attempt_in_window", beforeWindow)

// validate checks what no schema can.
func (in NewAttempt) validate(f followupRow, now time.Time) error {
	today := f.today(now)
	switch {
	case in.MadeOn.Before(f.OpensOn):
		return beforeWindow
	case in.MadeOn.After(today):
		return fault.Invalidf("body.made_on", "must not lie in the future")
	case in.MadeAt != nil && (in.MadeAt.After(now) || f.today(*in.MadeAt) != in.MadeOn):
		return fault.Invalidf("body.made_at", "must lie on the day of made_on, and not in the future")
	case in.Word == "danger" && in.Outcome != ReachedNotFree:
		return fault.Invalidf("body.outcome", "is reached_not_free where the person said the word for danger")
	case in.ByPerson && !in.Outcome.reaches():
		return fault.Invalidf("body.by_the_person", "goes with an outcome in which they were reached")
	}
	return nil
}

// RecordAttempt records an attempt. Reached and safe completes the follow-up,
// refused ends it as declined; every other outcome leaves it open, and not free to
// talk lets all that is due of the person rest for some days. Attempts can
// be recorded after the end (R32), and not before the follow-up opens (R31). One that did not keep to what is safe for the
// person is kept as that, and shown, and somebody is told (R10).
func RecordAttempt(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, id string, in NewAttempt) (Followup, error) {
	return postgres.Write(ctx, db, who, "record-attempt", func(ctx context.Context, tx *postgres.Tx) (Followup, error) {
		f, err := findFollowup(ctx, tx, id)
		if err != nil {
			return Followup{}, err
		}
		if err := in.validate(f, tx.Now); err != nil {
			return Followup{}, err
		}
		unsafe, err := f.judge(ctx, tx, v, in)
		if err != nil {
			return Followup{}, err
		}
		if err := f.holdCase(ctx, tx); err != nil {
			return Followup{}, err
		}
		attempt, err := f.insertAttempt(ctx, tx, in, unsafe)
		if err != nil {
			return Followup{}, err
		}
		if as, ends := Concludes(in.Outcome); ends {
			state := map[ExitOutcome]string{Reached: "done", DeclinedContact: "declined"}[as]
			err := tx.AsProgram(ctx, func() error {
				if err := conclude(ctx, tx, f.ID, state, in.MadeOn); err != nil || as != Reached {
					return err
				}
				return f.endQuiet(ctx, tx, in.MadeOn)
			})
			if err != nil {
				return Followup{}, err
			}
		}
		if in.Outcome == ReachedNotFree {
			if err := f.keepQuiet(ctx, tx, in); err != nil {
				return Followup{}, err
			}
		}
		if unsafe != "" {
			if err := f.tellUnsafe(ctx, tx, attempt); err != nil {
				return Followup{}, err
			}
		}
		return shownFollowup(ctx, tx, v, id)
	})
}

// holdCase holds the case before any of its follow-ups: whoever plans the series
// anew does, too.
func (r followupRow) holdCase(ctx context.Context, tx *postgres.Tx) error {
	return tx.AsProgram(ctx, func() error {
		if _, err := tx.Exec(ctx, `SELECT FROM cases WHERE id = $1 FOR NO KEY UPDATE`, r.CaseID); err != nil {
			return fmt.Errorf("hold a case: %w", err)
		}
		return nil
	})
}

// judge says why an attempt did not keep to what is safe, "" where it did. It
// refuses a safe conversation without the word for it, where the person has one.
func (r followupRow) judge(ctx context.Context, tx *postgres.Tx, v person.Vault, in NewAttempt) (unsafe string, err error) {
	if in.ByPerson {
		return "", nil
	}
	points, err := contactPoints(ctx, tx, v, r.Case)
	if err != nil {
		return "", err
	}
	staff := tx.Who.Role != access.Partner // a partner may not know the words
	if staff && in.Outcome == ReachedSafe && in.Word != "safe" && person.HasSafeWord(points, in.Channel) {
		return "", &fault.Error{Kind: fault.Conflict, Rule: "R10", Message: "The person has a word for when it is safe to talk.",
			Fields: []fault.Field{{Path: "body.shared_word", Message: "say that you heard it; without it, they were reached_not_free"}}}
	}
	at := tx.Now
	if in.MadeAt != nil {
		at = *in.MadeAt
	}
	return person.SafeContactAt(points, at).Unsafe(in.Channel, in.MadeAt != nil), nil
}

// contactPoints opens the contact points of a case's person, those that have
// neither ended nor expired, for a rule to decide by. Nobody sees them, and they
// are opened whoever acts.
func contactPoints(ctx context.Context, tx *postgres.Tx, v person.Vault, code string) (out []person.ContactPoint, err error) {
	err = tx.AsProgram(ctx, func() error {
		_, who, err := v.FindCurrent(ctx, tx, code)
		out = who.ContactPoints
		return err
	})
	return out, err
}

func (r followupRow) insertAttempt(ctx context.Context, tx *postgres.Tx, in NewAttempt, unsafe string) (id string, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO attempts (case_id, followup_id, made_on, made_at, channel, outcome, by_person, word, unsafe, by_partner, recorded_by)
		VALUES ($1,$2,$3,$4,$5,$6,$7,nullif($8,''),nullif($9,''),nullif($10,'')::uuid,$11) RETURNING id`,
		r.CaseID, r.ID, in.MadeOn, in.MadeAt, string(in.Channel), string(in.Outcome), in.ByPerson, in.Word, unsafe, tx.Who.Partner, tx.Who.ID).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("record an attempt: %w", err)
	}
	return id, nil
}

// tellUnsafe tells of an attempt that was not safe: who answers for the case, or
// where the contact person made it the team's leads.
func (r followupRow) tellUnsafe(ctx context.Context, tx *postgres.Tx, attempt string) error {
	readers, err := r.Responsible(ctx, tx)
	if tx.Who.ID == r.ContactPersonID {
		readers, err = casefile.TeamLeads(ctx, tx, r.TeamID)
	}
	if err != nil {
		return err
	}
	for _, user := range readers {
		_, err := outbox.Queue(ctx, tx, outbox.Letter{Once: "unsafe:" + attempt + ":" + user, Kind: letter.ContactUnsafe, CaseID: r.CaseID, UserID: user})
		if err != nil {
			return err
		}
	}
	return nil
}

// conclude ends an open follow-up, or turns a lost one into a done one. What
// was concluded otherwise stays.
func conclude(ctx context.Context, tx *postgres.Tx, id, state string, on calendar.Date) error {
	_, err := tx.Exec(ctx, `UPDATE followups SET state = $2, done_on = $3, quiet_until = NULL, version = version + 1
		WHERE id = $1 AND (state = 'open' OR state = 'lost' AND $2 = 'done')`, id, state, on)
	if err != nil {
		return fmt.Errorf("conclude a follow-up: %w", err)
	}
	return nil
}

// RecordLost records that contact was lost: a result, counted in every
// denominator. It is refused, with what is still missing, before enough was
// tried on the ways that are permitted (R34).
func RecordLost(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, id string, version int) (Followup, error) {
	return postgres.Write(ctx, db, who, "record-lost-contact", func(ctx context.Context, tx *postgres.Tx) (Followup, error) {
		f, err := findFollowup(ctx, tx, id)
		if err != nil {
			return Followup{}, err
		}
		if err := casefile.Current(f.Version, version); err != nil {
			return Followup{}, err
		}
		if f.State != "open" {
			return Followup{}, fault.Conflictf("R34", "The follow-up is not open.")
		}
		missing, err := f.lostMissing(ctx, tx, v)
		if err != nil {
			return Followup{}, err
		}
		if len(missing) > 0 {
			fields := make([]fault.Field, len(missing))
			for i, m := range missing {
				fields[i] = fault.Field{Path: "attempts", Message: m}
			}
			return Followup{}, fault.Missing("R34", "Contact cannot be called lost yet; see errors for what is missing.", fields)
		}
		if err := conclude(ctx, tx, id, "lost", f.today(tx.Now)); err != nil {
			return Followup{}, err
		}
		return shownFollowup(ctx, tx, v, id)
	})
}

// lostMissing applies the rule, with today's policy, to the attempts that were
// safe when they were made. A channel that was permitted then still counts as one
// that was tried, though the number may be dead and ended by now.
func (r followupRow) lostMissing(ctx context.Context, tx *postgres.Tx, v person.Vault) ([]string, error) {
	made, err := postgres.Collect[Attempt](ctx, tx, `SELECT made_on AS "on", channel, outcome FROM attempts WHERE followup_id = $1 AND unsafe IS NULL`, r.ID)
	if err != nil {
		return nil, fmt.Errorf("read attempts: %w", err)
	}
	points, err := contactPoints(ctx, tx, v, r.Case)
	if err != nil {
		return nil, err
	}
	permitted := person.SafeContactAt(points, tx.Now).Permitted()
	for _, a := range made {
		if len(permitted) > 0 && !slices.Contains(permitted, a.Channel) {
			permitted = append(permitted, a.Channel)
		}
	}
	rules, err := policy.On(ctx, tx, tx.Today)
	if err != nil {
		return nil, err
	}
	return LostContactMissing(made, permitted, rules.FollowUp), nil
}
