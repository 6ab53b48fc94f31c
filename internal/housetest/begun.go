package housetest

import (
	"context"
	"testing"

	"hjemvej/casework/person"
	"hjemvej/internal/pgtest"
)

// A beginning is a house in which one case was walked to where many tests begin.
// The walk is made once in a test binary, by the same use cases as any other;
// each test then has a copy of what it left. A case with options is walked anew.
type beginning struct {
	walk   func(*House, testing.TB, ...Option) *Case
	vault  person.Vault // what the case's person is sealed with
	walked Case
}

var (
	accepted = beginning{walk: (*House).Accepted}
	arrived  = beginning{walk: (*House).Arrived}
)

// NewAccepted is New with a case in it, as Accepted walks one.
func NewAccepted(t testing.TB, options ...Option) (*House, *Case) {
	t.Helper()
	if len(options) > 0 {
		h := New(t)
		return h, h.Accepted(t, options...)
	}
	return accepted.on(t, pgtest.Database(t, Furnish, func(_ context.Context, url string) error { return accepted.make(t, url) }))
}

// NewArrived is New with a case in it, as Arrived walks one.
func NewArrived(t testing.TB, options ...Option) (*House, *Case) {
	t.Helper()
	if len(options) > 0 {
		h := New(t)
		return h, h.Arrived(t, options...)
	}
	return arrived.on(t, pgtest.Database(t, Furnish, func(_ context.Context, url string) error { return arrived.make(t, url) }))
}

// make fills the template, on behalf of whichever test comes first. Each beginning
// has a function literal of its own to call it, by which pgtest tells templates apart.
func (b *beginning) make(t testing.TB, url string) error {
	t.Helper()
	h := On(t, url)
	defer h.Owner.Close()
	defer h.DB.Close()
	b.vault, b.walked = h.Vault, *b.walk(h, t)
	return nil
}

// on is a house on a copy, and the case in it.
func (b *beginning) on(t testing.TB, url string) (*House, *Case) {
	t.Helper()
	h, c := On(t, url), b.walked
	h.Vault = b.vault
	t.Cleanup(func() { h.balanced(t) })
	return h, &c
}
