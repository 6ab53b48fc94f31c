package support

import (
	"context"
	"errors"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// Payee is what is shown of the payee: never the account.
type Payee struct {
	Verified     bool   `json:"verified" doc:"Over another channel, by a second person; until then cash payments are on hold (R27)"`
	CameOver     string `json:"came_over,omitempty" example:"messaging_app" doc:"The channel that brought the account: verify it over another"`
	VerifiedOver string `json:"verified_over,omitempty" example:"call"`
	OnHold       int    `json:"payments_on_hold" example:"2" doc:"Open cash payments that wait for the verification"`
	Version      int    `json:"version" example:"1"`
}

const payeeSQL = `SELECT p.verified_by IS NOT NULL AS verified, coalesce(p.came_over, '') AS came_over, coalesce(p.verified_over, '') AS verified_over, p.version,
	CASE WHEN p.verified_by IS NULL THEN (SELECT count(*) FROM payments y WHERE y.case_id = p.case_id AND y.form = 'cash' AND y.state IN ('planned','authorised')) ELSE 0 END::int AS on_hold
	FROM payees p WHERE p.case_id = $1`

// ReadPayee is whether the payee is verified, and how many payments wait.
func ReadPayee(ctx context.Context, db *postgres.DB, who access.Actor, code string) (Payee, error) {
	return postgres.Write(ctx, db, who, "read-payee", func(ctx context.Context, tx *postgres.Tx) (Payee, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return Payee{}, err
		}
		return findPayee(ctx, tx, c.ID)
	})
}

func findPayee(ctx context.Context, tx *postgres.Tx, caseID string) (Payee, error) {
	p, err := postgres.One[Payee](ctx, tx, payeeSQL, caseID)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, fault.NoSuch("payee")
	}
	return p, err
}

// ChangePayee sets or changes where cash goes to. The open cash payments are on
// hold until somebody else has verified the account over another channel (R27).
//
// An account that cannot be one is refused by its field (Account.Canonical).
func ChangePayee(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, version int, in Account) (Payee, error) {
	return postgres.Write(ctx, db, who, "change-payee", func(ctx context.Context, tx *postgres.Tx) (Payee, error) {
		in, err := in.Canonical()
		if err != nil {
			return Payee{}, err
		}
		c, err := casefile.Lock(ctx, tx, code, 0)
		if err != nil {
			return Payee{}, err
		}
		now, err := payeeVersion(ctx, tx, c.ID)
		if err != nil {
			return Payee{}, err
		}
		if err := casefile.MustMatch(now, version); err != nil {
			return Payee{}, err
		}
		sealed, err := sealPayee(ctx, tx, v, c, in)
		if err != nil {
			return Payee{}, err
		}
		_, err = tx.Exec(ctx, `INSERT INTO payees (case_id, sealed_account, came_over, edited_by) VALUES ($1,$2,$3,$4)
			ON CONFLICT (case_id) DO UPDATE SET sealed_account = excluded.sealed_account, came_over = excluded.came_over,
				edited_by = excluded.edited_by, edited_at = actor_now(), version = payees.version + 1`,
			c.ID, sealed, in.CameOver, who.ID)
		if err != nil {
			return Payee{}, fmt.Errorf("change a payee: %w", err)
		}
		out, err := findPayee(ctx, tx, c.ID)
		if err != nil {
			return Payee{}, err
		}
		if err := tellVerifiers(ctx, tx, c, out.Version); err != nil {
			return Payee{}, err
		}
		return out, tellOnHold(ctx, tx, c, out)
	})
}

func sealPayee(ctx context.Context, tx *postgres.Tx, v person.Vault, c *casefile.Row, in Account) ([]byte, error) {
	found, err := person.Find(ctx, tx, c.Code)
	if err != nil {
		return nil, err
	}
	key, err := v.Key(found)
	if err != nil {
		return nil, err
	}
	return in.sealed(key, payeePlace(c.ID))
}

func payeeVersion(ctx context.Context, tx *postgres.Tx, caseID string) (version int, err error) {
	err = tx.QueryRow(ctx, `SELECT coalesce(max(version), 0) FROM payees WHERE case_id = $1`, caseID).Scan(&version)
	return version, err
}

// tellVerifiers writes to those who can verify: the team lead and finance.
func tellVerifiers(ctx context.Context, tx *postgres.Tx, c *casefile.Row, version int) error {
	users, err := postgres.Collect[struct{ ID string }](ctx, tx, `SELECT id FROM users WHERE active AND id <> $2
		AND (role = 'finance' OR role = 'team_lead' AND team_id = $1)`, c.TeamID, tx.Who.ID)
	if err != nil {
		return fmt.Errorf("find who verifies: %w", err)
	}
	for _, u := range users {
		_, err := outbox.Queue(ctx, tx, outbox.Letter{
			Once: fmt.Sprintf("payee:%s:%d:%s", c.ID, version, u.ID), Kind: letter.PayeeChanged, CaseID: c.ID, UserID: u.ID})
		if err != nil {
			return err
		}
	}
	return nil
}

// tellOnHold tells the contact person that payments wait, where somebody else
// changed the payee (R27).
func tellOnHold(ctx context.Context, tx *postgres.Tx, c *casefile.Row, p Payee) error {
	if p.OnHold == 0 || c.ContactPersonID == tx.Who.ID {
		return nil
	}
	_, err := outbox.Queue(ctx, tx, outbox.Letter{
		Once: fmt.Sprintf("hold:%s:%d", c.ID, p.Version), Kind: letter.PaymentOnHold, CaseID: c.ID, UserID: c.ContactPersonID})
	return err
}

// Verification says over which channel the account was verified.
type Verification struct {
	Over string `json:"over" enum:"call,visit,through_partner,video" example:"call" doc:"Another channel than the one that brought the account"`
}

// VerifyPayee releases the payments that wait: a second person has asked over
// another channel (R27).
func VerifyPayee(ctx context.Context, db *postgres.DB, who access.Actor, code string, version int, in Verification) (Payee, error) {
	return postgres.Write(ctx, db, who, "verify-payee", func(ctx context.Context, tx *postgres.Tx) (Payee, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return Payee{}, err
		}
		var now int
		rows, err := postgres.Collect[struct{ Version int }](ctx, tx, `SELECT version FROM payees WHERE case_id = $1 FOR UPDATE`, c.ID)
		if err != nil {
			return Payee{}, err
		}
		if len(rows) == 0 {
			return Payee{}, fault.NoSuch("payee")
		}
		now = rows[0].Version
		if err := casefile.Current(now, version); err != nil {
			return Payee{}, err
		}
		_, err = tx.Exec(ctx, `UPDATE payees SET verified_by = $2, verified_at = $3, verified_over = $4, version = version + 1 WHERE case_id = $1`,
			c.ID, who.ID, tx.Now, in.Over)
		if err != nil {
			return Payee{}, fmt.Errorf("verify a payee: %w", err)
		}
		return findPayee(ctx, tx, c.ID)
	})
}
