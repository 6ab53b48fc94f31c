package partners

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// Why nothing can be handed to a partner. The database refuses it by the same
// reasons.
var (
	referringOnly = fault.Conflictf("R20", "Cases are not handed to an organisation that refers people.")
	notActive     = fault.Conflictf("R20", "The partner is not active today.")
	noGround      = fault.Conflictf("R7", "Nothing can be handed to the partner: the registry has no ground on which personal data may be transferred to it. The administrator enters one.")
)

var (
	_ = postgres.Rule("handoff_to_referring_organisation", referringOnly)
	_ = postgres.Rule("handoff_to_inactive_partner", notActive)
	_ = postgres.Rule("handoff_without_transfer_ground", noGround)
)

// receiver is the partner that a case can be handed to today.
func receiver(ctx context.Context, tx *postgres.Tx, id string) (Partner, error) {
	p, err := postgres.One[Partner](ctx, tx, `SELECT `+partnerColumns+` FROM partners p WHERE p.id = $1`, id)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return p, fault.Invalidf("body.partner_id", "is not a partner")
	case err != nil:
		return p, fmt.Errorf("find a partner: %w", err)
	case p.Role == ReferringOrganisation:
		return p, referringOnly
	case !p.Active:
		return p, notActive
	case p.TransferGround == "":
		return p, noGround
	}
	return p, nil
}

// answersBy is the last day of an answer to an offer that is made now, by the
// partner's own days.
func (e RegistryEntry) answersBy(now time.Time) (calendar.Date, error) {
	today, week, err := e.days(now)
	return week.After(today, AnswerWorkdays), err
}

// lastCall reports whether no working day of the partner's own lies between its
// today and the last day of an answer.
func (e RegistryEntry) lastCall(now time.Time, dueOn calendar.Date) (bool, error) {
	today, week, err := e.days(now)
	return !today.After(dueOn) && !week.After(today, 1).Before(dueOn), err
}

// days are the partner's own today, and on which days it works.
func (e RegistryEntry) days(now time.Time) (today calendar.Date, week calendar.Workweek, err error) {
	zone, err := calendar.Zone(e.TimeZone)
	if err != nil {
		return today, week, fmt.Errorf("find the partner's day: %w", err)
	}
	if week, err = e.week(); err != nil {
		return today, week, fmt.Errorf("find the partner's working days: %w", err)
	}
	return calendar.On(now.In(zone)), week, nil
}
