// Package signin says who a bearer is: a partner by its API key, a member of
// staff by the identity provider's access token, and in the demo by a fixed
// token. Answers are remembered for less than a second.
package signin

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
)

// Authenticator says who a bearer is that came from an address (the zero Addr
// where that cannot be told). Whom it does not know it answers with
// fault.Unauthenticated; any other error means that it could not look.
type Authenticator interface {
	Authenticate(ctx context.Context, bearer string, from netip.Addr) (access.Actor, error)
}

// Elsewhere is the cause of fault.Unauthenticated where a key is right and comes
// from an address that it is not bound to. The caller is told as if the key were
// unknown; Who is for the record.
type Elsewhere struct{ Who access.Actor }

// Error says nothing of the key or the address.
func (Elsewhere) Error() string { return "a key came from an address that it is not bound to" }

type chain []Authenticator

// maxRemembered bounds the memory, whoever comes.
const maxRemembered = 10_000

// Chain asks one after the other until somebody knows the bearer. One that
// could not look counts only where nobody after it knows the bearer either: the
// answer is then that the service is unavailable, not that the bearer is wrong.
func Chain(all ...Authenticator) Authenticator { return chain(all) }

// Authenticate is Authenticator's.
func (c chain) Authenticate(ctx context.Context, bearer string, from netip.Addr) (access.Actor, error) {
	failed := unknown()
	for _, a := range c {
		who, err := a.Authenticate(ctx, bearer, from)
		if err == nil {
			return who, nil
		}
		if fault.KindOf(err) != fault.Unauthenticated || errors.As(err, new(Elsewhere)) {
			failed = err
		}
	}
	return access.Actor{}, failed
}

// unknown says that nobody is known by the bearer, and never why.
func unknown() error { return &fault.Error{Kind: fault.Unauthenticated, Message: notKnown} }

const notKnown = "The access token or key is not valid."

// lookedUp turns the error of a look-up: no row is nobody, and everything else
// is an outage, so that a database that is down locks nobody out for good.
func lookedUp(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrNoRows):
		return unknown()
	}
	return &fault.Error{Kind: fault.Unavailable, Message: "Sign-in is not available now. Please try again.", Cause: fmt.Errorf("look up who asks: %w", err)}
}

// rememberFor is how long an answer about somebody is believed without asking
// the database again: what is revoked fails within this time.
const rememberFor = 900 * time.Millisecond

// memory keeps what was found for rememberFor. It runs on the machine's clock,
// whatever the program's clock is set to.
type memory[K comparable, V any] struct {
	mu   sync.Mutex
	kept map[K]kept[V]
}

type kept[V any] struct {
	value V
	until time.Time
}

// recall answers what is kept under the key, or finds and keeps it.
func (m *memory[K, V]) recall(key K, find func() (V, error)) (V, error) {
	asked := time.Now() // before the look-up: what it finds is at least this new
	m.mu.Lock()
	k, ok := m.kept[key]
	m.mu.Unlock()
	if ok && asked.Before(k.until) {
		return k.value, nil
	}
	value, err := find()
	if err != nil {
		return value, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil || len(m.kept) >= maxRemembered {
		m.kept = map[K]kept[V]{}
	}
	m.kept[key] = kept[V]{value, asked.Add(rememberFor)}
	return value, nil
}

// users finds members of staff who may sign in.
type users struct {
	db     *postgres.DB
	memory memory[string, access.Actor]
}

// find answers the active member of staff whose column has the value.
func (u *users) find(ctx context.Context, sql, value string) (access.Actor, error) {
	return u.memory.recall(value, func() (access.Actor, error) {
		row, err := postgres.One[userRow](ctx, u.db.Pool, sql, value)
		if err != nil {
			return access.Actor{}, lookedUp(err)
		}
		return access.Actor{ID: row.ID, Role: access.Role(row.Role), Team: row.Team}, nil
	})
}
