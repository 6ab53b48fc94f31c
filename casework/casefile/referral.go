package casefile

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// Referral is who referred the person, and whether the person agrees that the
// organisation is told each quarter how the prepared return stands (R41).
type Referral struct {
	PartnerID  string           `json:"partner_id" format:"uuid"`
	ReferredOn calendar.Date    `json:"referred_on" format:"date"`
	Reference  string           `json:"reference" example:"K7QX2MVD" doc:"Says nothing. Give it to the organisation: feedback names the person by it alone"`
	Consent    *FeedbackConsent `json:"feedback_consent,omitempty" doc:"Absent: nothing is told"`
	RecordedAt time.Time        `json:"recorded_at"`
	Version    int              `json:"version" example:"1"`
}

// FeedbackConsent is the person's yes to feedback: one word about the prepared
// return, to the organisation that referred them, until they take it back (R41).
type FeedbackConsent struct {
	GivenBy  string        `json:"given_by" enum:"self,representative" example:"self"`
	Language string        `json:"language" pattern:"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$" maxLength:"35" example:"ro" doc:"In which it was explained and given, BCP 47"`
	GivenOn  calendar.Date `json:"given_on" format:"date" example:"2026-08-20" doc:"Feedback begins with the quarter of this day"`
}

// NewReferral says who referred the person.
type NewReferral struct {
	PartnerID  string           `json:"partner_id" format:"uuid" example:"2b8c1d52-6d3e-4b57-9d0a-0c5b7e1f2a12" doc:"A referring organisation"`
	ReferredOn calendar.Date    `json:"referred_on" format:"date" example:"2026-07-10"`
	Consent    *FeedbackConsent `json:"feedback_consent,omitempty" doc:"Leave it out where the person has not agreed"`
}

// referralRow is a version of a referral as it lies in the database.
type referralRow struct {
	PartnerID, Reference string
	ReferredOn           calendar.Date
	GivenBy, Language    string
	GivenOn              calendar.Date
	RecordedAt           time.Time
	Version              int
}

const referralSQL = `SELECT r.partner_id, r.reference, r.referred_on, coalesce(r.given_by, '') AS given_by, coalesce(r.language, '') AS language, r.given_on, r.recorded_at, r.version
	FROM referrals r JOIN cases c ON c.id = r.case_id WHERE c.code = $1 ORDER BY r.version DESC LIMIT 1`

// As of case codes, two references may be alike once very many are drawn.
var _ = postgres.TryAgain("referrals_reference")

func (r referralRow) show() Referral {
	out := Referral{r.PartnerID, r.ReferredOn, r.Reference, nil, r.RecordedAt, r.Version}
	if !r.GivenOn.IsZero() {
		out.Consent = &FeedbackConsent{r.GivenBy, r.Language, r.GivenOn}
	}
	return out
}

// ReadReferral is who referred the person, as it stands. The reading is recorded.
func ReadReferral(ctx context.Context, db *postgres.DB, who access.Actor, code string) (Referral, error) {
	rows, err := listOf[referralRow](ctx, db, who, "read-referral", code, referralSQL)
	if err != nil {
		return Referral{}, err
	}
	if len(rows) == 0 {
		return Referral{}, fault.NoSuch("referral")
	}
	return rows[0].show(), nil
}

// RecordReferral records who referred the person, and whether the person agrees
// to feedback. read is the version that was read of an existing referral; older
// versions are kept. Another organisation gets another reference.
func RecordReferral(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, read int, in NewReferral) (Referral, error) {
	return postgres.Write(ctx, db, who, "record-referral", func(ctx context.Context, tx *postgres.Tx) (Referral, error) {
		row, err := Lock(ctx, tx, code, 0)
		if err != nil {
			return Referral{}, err
		}
		if err := in.validate(ctx, tx, v, row); err != nil {
			return Referral{}, err
		}
		now, err := row.referral(ctx, tx, read)
		if err != nil {
			return Referral{}, err
		}
		next := referralRow{PartnerID: in.PartnerID, ReferredOn: in.ReferredOn, Reference: now.Reference, Version: now.Version + 1}
		if now.PartnerID != in.PartnerID {
			next.Reference = strings.ReplaceAll(access.NewCode(), "-", "") // not a case's code, nor its form
		}
		if k := in.Consent; k != nil {
			next.GivenBy, next.Language, next.GivenOn = k.GivenBy, k.Language, k.GivenOn
		}
		return row.saveReferral(ctx, tx, next)
	})
}

// WithdrawReferralConsent takes the person's yes to feedback back, at any time
// and in any state of the case: from now on the organisation is told nothing,
// about earlier quarters neither.
func WithdrawReferralConsent(ctx context.Context, db *postgres.DB, who access.Actor, code string, version int) (Referral, error) {
	return postgres.Write(ctx, db, who, "withdraw-referral-consent", func(ctx context.Context, tx *postgres.Tx) (Referral, error) {
		row, err := hold(ctx, tx, code)
		if err != nil {
			return Referral{}, err
		}
		now, err := row.referral(ctx, tx, version)
		if err != nil {
			return Referral{}, err
		}
		if now.GivenOn.IsZero() {
			return Referral{}, fault.Conflictf("R41", "There is no consent to feedback.")
		}
		now.GivenBy, now.Language, now.GivenOn = "", "", calendar.Date{}
		now.Version++
		return row.saveReferral(ctx, tx, now)
	})
}

// referral is the newest version, which read must name; zero where there is none.
func (r *Row) referral(ctx context.Context, tx *postgres.Tx, read int) (now referralRow, err error) {
	all, err := postgres.Collect[referralRow](ctx, tx, referralSQL, r.Code)
	if err != nil {
		return now, fmt.Errorf("find a referral: %w", err)
	}
	if len(all) > 0 {
		now = all[0]
	}
	return now, MustMatch(now.Version, read)
}

func (r *Row) saveReferral(ctx context.Context, tx *postgres.Tx, next referralRow) (Referral, error) {
	_, err := tx.Exec(ctx, `INSERT INTO referrals (case_id, version, partner_id, referred_on, reference, given_by, language, given_on, recorded_by)
		VALUES ($1,$2,$3,$4,$5,nullif($6,''),nullif($7,''),$8,$9)`,
		r.ID, next.Version, next.PartnerID, next.ReferredOn, next.Reference, next.GivenBy, next.Language, next.GivenOn, tx.Who.ID)
	if err != nil {
		return Referral{}, fmt.Errorf("record a referral: %w", err)
	}
	next.RecordedAt = tx.Now
	return next.show(), nil
}

func (in NewReferral) validate(ctx context.Context, tx *postgres.Tx, v person.Vault, row *Row) error {
	if err := happened("body.referred_on", in.ReferredOn, tx.Today.AddMonths(-12*10), tx.Today); err != nil {
		return err
	}
	var refers bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM partners WHERE id = $1 AND active AND role = 'referring_organisation')`, in.PartnerID).Scan(&refers)
	if err != nil {
		return fmt.Errorf("find an organisation: %w", err)
	}
	k := in.Consent
	switch {
	case !refers:
		return fault.Invalidf("body.partner_id", "is not an active organisation that refers people")
	case k == nil:
		return nil
	case k.GivenOn.After(tx.Today) || k.GivenOn.Before(in.ReferredOn):
		return fault.Invalidf("body.feedback_consent.given_on", "must lie between the referral and today")
	case k.GivenBy == "representative":
		return row.MustBeRepresented(ctx, tx, v, k.GivenOn)
	}
	return nil
}
