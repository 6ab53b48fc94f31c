package filing

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/files"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"
)

// NewFile says what a file is.
type NewFile struct {
	Kind      Kind
	PaymentID string // of a receipt, and only there
}

// Upload takes in a file of a case, from caseworkers and from partners that have
// the case: it is sealed as it comes, however large it is, and asked about again
// when it is there. What a scanner finds something in is kept away, which is
// recorded and told to the contact person.
//
// Faults: those of files.Store's Put; a conflict where the case was joined; the
// error of body, wrapped. After any of them nothing of the file is kept.
func (c Cabinet) Upload(ctx context.Context, who access.Actor, code string, in NewFile, body io.Reader) (File, error) {
	to, err := postgres.Before(ctx, c.DB, who, "upload-file", func(ctx context.Context, tx *postgres.Tx) (shelf, error) {
		return c.admit(ctx, tx, code, in)
	})
	if err != nil {
		return File{}, err
	}
	content := sha256.New()
	stored, err := c.Store.Put(ctx, to.key, io.TeeReader(body, content))
	if err != nil {
		return File{}, c.notKept(ctx, who, to, err)
	}
	ctx = postgres.AlsoAsked(ctx, [sha256.Size]byte(content.Sum(nil)))
	out, err := postgres.Write(ctx, c.DB, who, "upload-file", func(ctx context.Context, tx *postgres.Tx) (File, error) {
		return keep(ctx, tx, code, in, stored)
	})
	if isNeedless(stored, out, err) {
		_ = c.Store.Delete(context.WithoutCancel(ctx), stored.ID) // Sweep does it another time
	}
	return out, err
}

// shelf is where a file comes to lie.
type shelf struct {
	of  *casefile.Row
	key seal.Key // the person's
}

// admit decides whether a file may come, before any of it is read.
func (c Cabinet) admit(ctx context.Context, tx *postgres.Tx, code string, in NewFile) (shelf, error) {
	row, err := casefile.Find(ctx, tx, code)
	if err != nil {
		return shelf{}, err
	}
	if err := row.GoesOn(); err != nil {
		return shelf{}, err
	}
	if err := in.check(ctx, tx, row); err != nil {
		return shelf{}, err
	}
	key, err := c.personsKey(ctx, tx, code)
	return shelf{row, key}, err
}

// check looks whether a receipt's payment is one of the case that the actor sees.
func (in NewFile) check(ctx context.Context, tx *postgres.Tx, row *casefile.Row) error {
	if (in.Kind == Receipt) != (in.PaymentID != "") {
		return badReceipt
	}
	if in.PaymentID == "" {
		return nil
	}
	var there bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM payments WHERE id = $1 AND case_id = $2)`, in.PaymentID, row.ID).Scan(&there)
	if err != nil {
		return fmt.Errorf("find a receipt's payment: %w", err)
	}
	if !there {
		return badPayment
	}
	return nil
}

// personsKey is the key that wraps the files' keys. It is taken with the
// program's reach: finance and partners may have a file, and not the identity that
// the same key opens.
func (c Cabinet) personsKey(ctx context.Context, tx *postgres.Tx, code string) (key seal.Key, err error) {
	err = tx.AsProgram(ctx, func() error {
		whose, err := person.Find(ctx, tx, code)
		if err != nil {
			return fmt.Errorf("find a person: %w", err)
		}
		key, err = c.Vault.Key(whose)
		return err
	})
	return key, err
}

// keep writes the row of a file that lies in the store. Whether it may lie there
// is asked anew: a large file takes its time, and a hand-off may have ended
// meanwhile.
func keep(ctx context.Context, tx *postgres.Tx, code string, in NewFile, stored files.Stored) (File, error) {
	row, err := casefile.Find(ctx, tx, code)
	if err != nil {
		return File{}, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO files (id, case_id, kind, payment_id, content_type, size, wrapped_key, by_partner)
		VALUES ($1,$2,$3,nullif($4,'')::uuid,$5,$6,$7,nullif($8,'')::uuid)`,
		stored.ID, row.ID, string(in.Kind), in.PaymentID, stored.ContentType, stored.Size, stored.WrappedKey, tx.Who.Partner)
	if err != nil {
		return File{}, fmt.Errorf("keep a file: %w", err)
	}
	tx.Touch(row.ID, row.Code, stored.ID)
	return postgres.One[File](ctx, tx, `SELECT `+columns+` FROM files f JOIN cases c ON c.id = f.case_id WHERE f.id = $1`, stored.ID)
}

// isNeedless reports whether no row can name a file that lies in the store: it
// was refused, or it came again under an idempotency key that has one already.
// Where it is not known how the transaction ended there may be a row, and losing
// the file of a row is worse than keeping one without.
func isNeedless(stored files.Stored, out File, err error) bool {
	var refused *fault.Error
	switch {
	case err == nil:
		return out.ID != stored.ID
	case errors.As(err, &refused):
		return refused.Kind != fault.Unavailable && refused.Kind != fault.Internal
	}
	return false
}
