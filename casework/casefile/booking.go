package casefile

import (
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// Booking is the planned departure and the notice of it to the receiving office
// (R19).
type Booking struct {
	PlannedOn   calendar.Date `json:"planned_on" format:"date" example:"2026-10-10" doc:"The day of departure"`
	NotifiedOn  calendar.Date `json:"notified_on" format:"date" example:"2026-10-01" doc:"When the booking notice went out"`
	ConfirmedOn calendar.Date `json:"confirmed_on,omitzero" format:"date" example:"2026-10-02" doc:"When the receiving office confirmed"`
	LateReason  string        `json:"late_reason,omitempty" maxLength:"500" example:"The only seat this month" doc:"Required where the notice goes out less than 5 working days ahead (R19)"`
}

// Booked is a booking as it stands.
type Booked struct {
	Booking
	Late        bool          `json:"late" doc:"The notice went out less than 5 Danish working days before departure"`
	ConfirmBy   calendar.Date `json:"confirm_by" format:"date" doc:"One Danish working day after the notice (R19)"`
	ConfirmLate bool          `json:"confirmation_late" doc:"The receiving office confirmed after that day, or has not confirmed and the day is over"`
	Version     int           `json:"version" example:"1"`
}

// ConfirmDays is within how many working days of the notice the receiving office
// confirms (R19).
const ConfirmDays = 1

// booked is the booking as it stands on a day.
func (b Booking) booked(version int, today calendar.Date) Booked {
	by, confirmed := b.NotifiedOn.AddWorkdays(ConfirmDays), b.ConfirmedOn
	if confirmed.IsZero() {
		confirmed = today
	}
	return Booked{b, b.Late(), by, confirmed.After(by), version}
}

// Late reports whether the notice goes out less than NoticeDays Danish working
// days before the departure (R19).
func (b Booking) Late() bool { return b.NotifiedOn.WorkdaysUntil(b.PlannedOn) < NoticeDays }

// noticed reports whether the notice does for a departure on a day, whatever day
// was planned: in time, or late with a reason (R19).
func (b Booking) noticed(day calendar.Date) bool {
	b.PlannedOn = day
	return !b.Late() || b.LateReason != ""
}

func (b Booking) validate(row *Row, today calendar.Date) error {
	if err := row.Happened("body.notified_on", b.NotifiedOn, today); err != nil {
		return err
	}
	switch {
	case b.PlannedOn.After(today.AddMonths(12)):
		return fault.Invalidf("body.planned_on", "must lie at most a year ahead")
	case b.NotifiedOn.After(b.PlannedOn):
		return fault.Invalidf("body.notified_on", "must not lie after the departure")
	case !b.ConfirmedOn.IsZero() && (b.ConfirmedOn.Before(b.NotifiedOn) || b.ConfirmedOn.After(today)):
		return fault.Invalidf("body.confirmed_on", "must lie between the notice and today")
	case b.Late() && b.LateReason == "":
		return &fault.Error{Kind: fault.Conflict, Rule: "R19", Message: "The notice goes out less than 5 working days before the departure.",
			Fields: []fault.Field{{Path: "body.late_reason", Message: "say why it is late"}}}
	}
	return nil
}

// Book records or changes the planned departure. version is the one that was
// read of an existing booking.
func Book(ctx context.Context, db *postgres.DB, who access.Actor, code string, version int, in Booking) (Booked, error) {
	return postgres.Write(ctx, db, who, "book-departure", func(ctx context.Context, tx *postgres.Tx) (Booked, error) {
		row, err := Lock(ctx, tx, code, 0)
		if err != nil {
			return Booked{}, err
		}
		if row.State != Accepted {
			return Booked{}, fault.Conflictf("", "A departure is booked while the offer is accepted and the person has not left.")
		}
		if err := in.validate(row, tx.Today); err != nil {
			return Booked{}, err
		}
		before, err := booking(ctx, tx, row)
		if err != nil {
			return Booked{}, err
		}
		now := 0
		if before != nil {
			now = before.Version
		}
		if err := MustMatch(now, version); err != nil {
			return Booked{}, err
		}
		_, err = tx.Exec(ctx, `INSERT INTO departures (case_id, planned_on, notified_on, confirmed_on, late_reason, recorded_by) VALUES ($1,$2,$3,$4,nullif($5,''),$6)
			ON CONFLICT (case_id) DO UPDATE SET planned_on = excluded.planned_on, notified_on = excluded.notified_on, confirmed_on = excluded.confirmed_on,
				late_reason = excluded.late_reason, recorded_by = excluded.recorded_by, version = departures.version + 1`,
			row.ID, in.PlannedOn, in.NotifiedOn, in.ConfirmedOn, in.LateReason, who.ID)
		if err != nil {
			return Booked{}, fmt.Errorf("book a departure: %w", err)
		}
		return in.booked(now+1, tx.Today), nil
	})
}

type bookingRow struct {
	PlannedOn, NotifiedOn, ConfirmedOn calendar.Date
	LateReason                         string
	Version                            int
}

const bookingSQL = `SELECT d.planned_on, d.notified_on, d.confirmed_on, coalesce(d.late_reason, '') AS late_reason, d.version
	FROM departures d JOIN cases c ON c.id = d.case_id WHERE c.code = $1`

func (r bookingRow) show(today calendar.Date) Booked {
	return Booking{r.PlannedOn, r.NotifiedOn, r.ConfirmedOn, r.LateReason}.booked(r.Version, today)
}

// booking is the case's booking, nil where there is none.
func booking(ctx context.Context, tx *postgres.Tx, row *Row) (*Booked, error) {
	all, err := postgres.Collect[bookingRow](ctx, tx, bookingSQL, row.Code)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	b := all[0].show(tx.Today)
	return &b, nil
}

// ReadBooking is the booking as it stands. Errors: no such booking.
func ReadBooking(ctx context.Context, db *postgres.DB, who access.Actor, code string) (Booked, error) {
	all, err := listOf[bookingRow](ctx, db, who, "read-booking", code, bookingSQL)
	if err != nil {
		return Booked{}, err
	}
	if len(all) == 0 {
		return Booked{}, fault.NoSuch("booking")
	}
	return all[0].show(calendar.Today(db.Now())), nil
}
