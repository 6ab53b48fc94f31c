package followup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// Followup is one contact that is owed to the person, and what came of it.
type Followup struct {
	ID       string        `json:"id" format:"uuid"`
	Case     string        `json:"case_code" example:"K7QX-2MVD"`
	Kind     Kind          `json:"kind" enum:"arrival_contact,month_1,month_3,month_6,exit,payment_check,weekly,extension,month_12" example:"month_1"`
	Payment  string        `json:"payment_id,omitempty" doc:"The payment that a payment_check follows"`
	Ref      string        `json:"ref,omitempty" example:"9" doc:"What this is one of several for: of weekly the survey or raise and the week, of extension the month"`
	By       string        `json:"by" enum:"partner,contact_person" example:"contact_person" doc:"Who calls: the home-country partner at work, where the person's consent to follow-up covers the day"`
	With     string        `json:"with" enum:"person,representative" example:"person" doc:"Of a child, whoever represents it on the day on which it is due, or today where that has passed; from the day on which they turn 18, the person (R5)"`
	TimeZone string        `json:"time_zone" example:"Europe/Bucharest" doc:"Of the destination: its days are meant there"`
	OpensOn  calendar.Date `json:"opens_on" format:"date"`
	DueOn    calendar.Date `json:"due_on" format:"date"`
	ClosesOn calendar.Date `json:"closes_on" format:"date" doc:"The last day in time; later contacts can still be recorded (R32)"`
	State    string        `json:"state" enum:"open,done,lost,declined,dropped" example:"open"`
	DoneOn   calendar.Date `json:"done_on,omitzero" format:"date"`
	Overdue  bool          `json:"overdue" doc:"Open after its due day, as the day is there"`
	Hold     bool          `json:"safety_hold" doc:"The person must not be contacted: nobody is reminded (R10)"`

	QuietUntil calendar.Date `json:"quiet_until,omitzero" format:"date" doc:"The last day on which nobody is reminded: the person was reached and not free to talk"`
	SafetyMark bool          `json:"safety_mark" doc:"The person was reached and not free to talk, with this or another follow-up, and has not been reached and safe since (R33)"`

	LostMissing []string `json:"lost_contact_missing,omitempty" doc:"What still stands in the way of recording lost contact (R34); shown for one open follow-up"`

	Attempts []Made `json:"attempts,omitempty" doc:"A partner sees only its own (R21)"`
	Version  int    `json:"version" example:"1"`
}

// Made is one attempt at a contact (R33).
type Made struct {
	MadeOn    calendar.Date  `json:"made_on" format:"date"`
	Channel   Channel        `json:"channel" enum:"call,text,messaging_app,email,visit,through_partner" example:"call"`
	Outcome   AttemptOutcome `json:"outcome" enum:"reached_safe,reached_not_free,no_answer,number_dead,third_party,refused" example:"reached_safe"`
	MadeAt    *time.Time     `json:"made_at,omitempty"`
	ByPerson  bool           `json:"by_the_person,omitempty" doc:"The person got in touch"`
	Word      string         `json:"shared_word,omitempty" enum:"safe,danger" doc:"The shared word that the person said (R10)"`
	Unsafe    string         `json:"unsafe,omitempty" enum:"do_not_contact,channel,hours" doc:"Why it did not keep to what was safe then (R10); it does not count towards lost contact (R34)"`
	ByPartner string         `json:"by_partner_id,omitempty" format:"uuid"`
	By        string         `json:"recorded_by" format:"uuid"`
}

type followupRow struct {
	ID, CaseID, Case string
	casefile.Reach
	Kind                     Kind
	Ref                      string
	OpensOn, DueOn, ClosesOn calendar.Date
	State                    string
	DoneOn                   calendar.Date
	QuietUntil               calendar.Date
	Marked                   bool
	Hold                     bool
	Zone, Destination        string
	ByPartner                bool
	HeldOn                   calendar.Date
	Represented
	Version int
}

// heldOn is the day by which it is told who calls whom: that on which it was done,
// or on which it can be at the earliest.
const heldOn = `coalesce(f.done_on, greatest(f.due_on, actor_today()))`

const followupSQL = `SELECT f.id, f.case_id, c.code AS "case", ` + casefile.ReachSQL + `,
		f.kind, f.ref, f.opens_on, f.due_on, f.closes_on, f.state, f.done_on, CASE f.state WHEN 'open' THEN f.quiet_until END AS quiet_until, f.state = 'open' AND EXISTS (SELECT FROM followups q WHERE q.case_id = f.case_id AND q.state = 'open' AND q.quiet_until IS NOT NULL) AS marked,
		f.state = 'open' AND contact_blocked(c.person_id) AS hold, f.version,
		coalesce(c.destination_time_zone, '') AS zone, coalesce(c.destination, '') AS destination,
		follows_up(f.case_id, ` + heldOn + `) IS NOT NULL AS by_partner, ` + heldOn + ` AS held_on, m.person_id, m.wrapped_key, m.identity
	FROM followups f JOIN cases c ON c.id = f.case_id LEFT JOIN LATERAL represented_person(f.case_id, ` + heldOn + `) m ON true `

type madeRow struct {
	FollowupID string
	Made
}

const madeSQL = `SELECT a.followup_id, a.made_on, a.channel, a.outcome, a.made_at, a.by_person, coalesce(a.word, '') AS word, coalesce(a.unsafe, '') AS unsafe,
		coalesce(a.by_partner::text, '') AS by_partner, a.recorded_by::text AS "by"
	FROM attempts a JOIN cases c ON c.id = a.case_id WHERE c.code = $1 ORDER BY a.made_on, a.recorded_at, a.id`

func (r followupRow) show(v person.Vault, now time.Time) (Followup, error) {
	with, err := r.with(v, r.HeldOn)
	f := Followup{ID: r.ID, Case: r.Case, Kind: r.Kind, By: "contact_person", With: with, TimeZone: r.zone(),
		OpensOn: r.OpensOn, DueOn: r.DueOn, ClosesOn: r.ClosesOn, State: r.State, DoneOn: r.DoneOn,
		Overdue: r.State == "open" && r.today(now).After(r.DueOn), Hold: r.Hold, QuietUntil: r.QuietUntil, SafetyMark: r.Marked, Version: r.Version}
	if r.Kind == PaymentCheck {
		f.Payment = r.Ref
	} else {
		f.Ref = r.Ref
	}
	if r.ByPartner {
		f.By = "partner"
	}
	return f, err
}

// zone is where the follow-up's days are counted.
func (r followupRow) zone() string { return casefile.ZoneThere(r.Destination, r.Zone) }

// today is the day there.
func (r followupRow) today(now time.Time) calendar.Date {
	return casefile.DayThere(now, r.Destination, r.Zone)
}

// List is the series of a case with its attempts, by due day.
func List(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string) ([]Followup, error) {
	const op = "list-followups"
	if !access.IsCode(code) {
		return nil, fault.NoSuch("case")
	}
	var head casefile.Reach
	var rows []followupRow
	var made []madeRow
	moment, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&head, "case", casefile.ReachOfCaseSQL, code),
		postgres.Many(&rows, followupSQL+`WHERE c.code = $1 ORDER BY f.due_on, f.kind, f.ref`, code),
		postgres.Many(&made, madeSQL, code))
	if err != nil {
		return nil, err
	}
	if err := postgres.Allow(ctx, db, who, op, head.Record(), "case"); err != nil {
		return nil, err
	}
	out := make([]Followup, len(rows))
	for i, r := range rows {
		if out[i], err = r.show(v, moment.Now); err != nil {
			return nil, err
		}
		for _, m := range made {
			if m.FollowupID == r.ID {
				out[i].Attempts = append(out[i].Attempts, m.Made)
			}
		}
	}
	return out, nil
}

// Due narrows the list of follow-ups that wait.
type Due struct {
	Until calendar.Date // due on or before this day; zero for today at each destination
	After string        // the cursor: the last "due day/id" of the page before
	Limit int           // 1 to 200
}

// ListDue is a page of the open follow-ups that are due, oldest first, of all
// cases that the actor may see, and the cursor of the next page. A partner gets
// those that are its own to make.
func ListDue(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, f Due) ([]Followup, string, error) {
	until := f.Until
	if until.IsZero() {
		until = casefile.LastDayAnywhere(calendar.Today(db.Now()))
	}
	var w postgres.Where
	w.And("f.state = 'open' AND f.due_on <= ?", until)
	if due, id, ok := strings.Cut(f.After, "/"); ok {
		w.And("(f.due_on, f.id) > (?::date, ?::uuid)", due, id)
	}
	switch access.ReachOf(who, "list-due-followups") {
	case access.Own:
		w.And("c.contact_person_id = ?", who.ID)
	case access.Team:
		w.And("c.team_id = ?", who.Team)
	case access.Handed:
		w.And("follows_up(f.case_id, "+heldOn+") = ?::uuid", who.Partner)
	}
	limit := w.Arg(f.Limit + 1)
	var rows []followupRow
	moment, err := postgres.Read(ctx, db, who, "list-due-followups", postgres.About{},
		postgres.Many(&rows, followupSQL+w.SQL()+` ORDER BY f.due_on, f.id LIMIT `+limit, w.Args...))
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		last := rows[f.Limit-1]
		next = last.DueOn.String() + "/" + last.ID
	}
	out := make([]Followup, 0, len(rows))
	for _, r := range rows {
		if !f.Until.IsZero() || !r.DueOn.After(r.today(moment.Now)) {
			shown, err := r.show(v, moment.Now)
			if err != nil {
				return nil, "", err
			}
			out = append(out, shown)
		}
	}
	return out, next, nil
}

// Read is one follow-up with its attempts and, while it is open, what still
// stands in the way of recording lost contact (R34).
func Read(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, id string) (Followup, error) {
	return postgres.Write(ctx, db, who, "read-followup", func(ctx context.Context, tx *postgres.Tx) (Followup, error) {
		f, err := findFollowup(ctx, tx, id)
		if err != nil {
			return Followup{}, err
		}
		out, err := shownFollowup(ctx, tx, v, id)
		if err != nil || f.State != "open" {
			return out, err
		}
		out.LostMissing, err = f.lostMissing(ctx, tx, v)
		return out, err
	})
}

func findFollowup(ctx context.Context, tx *postgres.Tx, id string) (followupRow, error) {
	tx.Seek(id)
	f, err := postgres.One[followupRow](ctx, tx, followupSQL+`WHERE f.id = $1`, id)
	if noRow(err) {
		return f, fault.NoSuch("follow-up")
	}
	if err != nil {
		return f, fmt.Errorf("find a follow-up: %w", err)
	}
	if err := tx.May(f.Record(), "follow-up"); err != nil {
		return f, err
	}
	tx.Touch(f.CaseID, f.Case, f.ID)
	return f, nil
}

func shownFollowup(ctx context.Context, tx *postgres.Tx, v person.Vault, id string) (Followup, error) {
	f, err := postgres.One[followupRow](ctx, tx, followupSQL+`WHERE f.id = $1`, id)
	if err != nil {
		return Followup{}, err
	}
	made, err := postgres.Collect[madeRow](ctx, tx, madeSQL, f.Case)
	if err != nil {
		return Followup{}, err
	}
	out, err := f.show(v, tx.Now)
	if err != nil {
		return Followup{}, err
	}
	for _, m := range made {
		if m.FollowupID == id {
			out.Attempts = append(out.Attempts, m.Made)
		}
	}
	return out, nil
}

func noRow(err error) bool { return errors.Is(err, pgx.ErrNoRows) }
