package postgres

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"

	"github.com/jackc/pgx/v5"
)

// Once is a request that may come twice (R29): the caller's key and the
// SHA-256 of what is asked.
type Once struct {
	Key     string
	Request [sha256.Size]byte
}

type onceKey struct{}

// kept is what is kept of a request: a hash of the key, and the request's under
// the key, so that a copy of the database cannot be asked whether some guessed
// content, such as a name, was sent (R12).
func (o Once) kept() (key string, request []byte) {
	hash := sha256.Sum256([]byte(o.Key))
	mac := hmac.New(sha256.New, []byte(o.Key))
	mac.Write(o.Request[:])
	return hex.EncodeToString(hash[:]), mac.Sum(nil)
}

// WithOnce puts the request's idempotency key into the context. The first Write
// in it keeps its answer under the key, in the same transaction as the fact; a
// second one with the same content answers the same without doing anything, and
// one with other content is refused.
func WithOnce(ctx context.Context, o Once) context.Context {
	return context.WithValue(ctx, onceKey{}, o)
}

// WithoutOnce is ctx without its idempotency key, for a Write beside the act that
// the key is for.
func WithoutOnce(ctx context.Context) context.Context {
	return context.WithValue(ctx, onceKey{}, nil)
}

// AlsoAsked makes what became known of the request since WithOnce a part of what
// is asked: the SHA-256 of content that is too large to be read before.
func AlsoAsked(ctx context.Context, content [sha256.Size]byte) context.Context {
	once, ok := ctx.Value(onceKey{}).(Once)
	if !ok {
		return ctx
	}
	once.Request = sha256.Sum256(append(once.Request[:], content[:]...))
	return WithOnce(ctx, once)
}

func answerOnce[T any](ctx context.Context, tx *Tx, do func() (T, error)) (out T, err error) {
	once, ok := ctx.Value(onceKey{}).(Once)
	if !ok {
		return do()
	}
	key, request := once.kept()
	// A second request with the key waits here for the first one's transaction.
	tag, err := tx.Exec(ctx, `INSERT INTO idempotency_keys (actor_id, key, operation, request) VALUES ($1, $2, $3, $4)
		ON CONFLICT (actor_id, key) DO NOTHING`, tx.Who.ID, key, string(tx.Op), request)
	if err != nil {
		return out, fmt.Errorf("keep the idempotency key: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return earlierAnswer[T](ctx, tx, once)
	}
	if out, err = do(); err != nil {
		return out, err
	}
	answer, err := json.Marshal(out)
	if err != nil {
		return out, fmt.Errorf("keep the answer: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE idempotency_keys SET answer = $3, touched = $4 WHERE actor_id = $1 AND key = $2`, tx.Who.ID, key, answer, tx.touched)
	return out, err
}

func earlierAnswer[T any](ctx context.Context, tx *Tx, once Once) (out T, err error) {
	key, asked := once.kept()
	var operation string
	var request, answer []byte
	err = tx.QueryRow(ctx, `SELECT operation, request, answer, touched FROM idempotency_keys WHERE actor_id = $1 AND key = $2`,
		tx.Who.ID, key).Scan(&operation, &request, &answer, &tx.touched)
	if errors.Is(err, pgx.ErrNoRows) { // swept away between the two statements
		return out, &fault.Error{Kind: fault.Unavailable, Message: "Please send the request again."}
	}
	if err != nil {
		return out, fmt.Errorf("find the earlier answer: %w", err)
	}
	if operation != string(tx.Op) || !bytes.Equal(request, asked) {
		return out, fault.Conflictf("R29", "This idempotency key was used before with another request.")
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return out, fmt.Errorf("read the earlier answer: %w", err)
	}
	return out, nil
}

// keptAnswers is how long a key is remembered.
const keptAnswers = 30 * 24 * time.Hour

// ForgetAnswers forgets the keys and answers that are older than 30 days, and
// reports how many.
func ForgetAnswers(ctx context.Context, db *DB) (int, error) {
	return Write(ctx, db, access.Program, "forget-answers", func(ctx context.Context, tx *Tx) (int, error) {
		tag, err := tx.Exec(ctx, `DELETE FROM idempotency_keys WHERE created_at < $1`, tx.Now.Add(-keptAnswers))
		return int(tag.RowsAffected()), err
	})
}
