package signin_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/pgtest"
	"hjemvej/internal/postgres"
	"hjemvej/internal/signin"
	"hjemvej/partners"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var (
	nowhere netip.Addr
	inside  = netip.MustParseAddr("192.0.2.7")
	outside = netip.MustParseAddr("198.51.100.7")
)

func issue(t *testing.T, h *housetest.House, in partners.NewKey) (id, key string) {
	t.Helper()
	in.Label, in.Days = "test", 30
	k, err := partners.IssueKey(t.Context(), h.DB, h.Administrator, h.Home.Partner, in)
	if err != nil {
		t.Fatal(err)
	}
	return k.ID, k.Secret.Reveal()
}

// replica is one more program on the house's database.
func replica(t *testing.T, h *housetest.House) *signin.PartnerKeys {
	t.Helper()
	db, err := postgres.Open(t.Context(), h.URL, h.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return signin.NewPartnerKeys(db)
}

func TestAKeyDoesWhatItWasIssuedFor(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	id, key := issue(t, h, partners.NewKey{Scopes: []access.Scope{access.ReadHandoffs, access.Upload}})
	got, err := replica(t, h).Authenticate(t.Context(), key, nowhere)
	if want := (access.Actor{ID: id, Role: access.Partner, Partner: h.Home.Partner, Scopes: access.SetOf(access.ReadHandoffs, access.Upload)}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

// A success that was asked for later than a second after the revocation fails
// the test, on however slow a machine.
func TestARevokedKeyEndsOnEveryReplicaWithinASecond(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	replicas := []*signin.PartnerKeys{replica(t, h), replica(t, h), replica(t, h)}
	id, key := issue(t, h, partners.NewKey{Scopes: access.Scopes})
	for _, r := range replicas { // each remembers it
		if _, err := r.Authenticate(t.Context(), key, nowhere); err != nil {
			t.Fatal(err)
		}
	}
	if err := partners.RevokeKey(t.Context(), h.DB, h.Administrator, h.Home.Partner, id); err != nil {
		t.Fatal(err)
	}
	revoked := time.Now()
	for i, err := range housetest.AtOnce(3*len(replicas), func(i int) error {
		for {
			asked := time.Now()
			_, err := replicas[i%len(replicas)].Authenticate(t.Context(), key, nowhere)
			switch {
			case fault.KindOf(err) == fault.Unauthenticated:
				return nil
			case err != nil:
				return err
			case asked.Sub(revoked) > time.Second:
				return errors.New("it still works")
			}
			time.Sleep(10 * time.Millisecond)
		}
	}) {
		if err != nil {
			t.Errorf("replica %d: %v", i%len(replicas), err)
		}
	}
	t.Logf("it ended everywhere after %s", time.Since(revoked).Round(10*time.Millisecond))
}

func TestBothKeysWorkWhileTheyOverlap(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	id, old := issue(t, h, partners.NewKey{Scopes: access.Scopes})
	next, err := partners.RotateKey(t.Context(), h.DB, h.Administrator, h.Home.Partner, id, partners.Rotation{})
	if err != nil {
		t.Fatal(err)
	}
	works := func(key string) bool {
		_, err := replica(t, h).Authenticate(t.Context(), key, nowhere)
		return err == nil
	}
	for _, s := range []struct {
		days     int
		old, new bool
	}{{0, true, true}, {6, true, true}, {1, false, true}, {23, false, false}} {
		h.SetNow(h.Now().UTC().AddDate(0, 0, s.days))
		if works(old) != s.old || works(next.Secret.Reveal()) != s.new {
			t.Errorf("on %s the old key works: %v, the next one: %v", h.Today(), !s.old, !s.new)
		}
	}
}

func TestABoundKeyComesFromItsAddressesAlone(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	id, key := issue(t, h, partners.NewKey{Scopes: access.Scopes, Addresses: []string{"192.0.2.0/24", "2001:db8:1::/48"}})
	keys := signin.Chain(replica(t, h), signin.NewTokens(h.DB, nil))
	for _, from := range []netip.Addr{inside, netip.MustParseAddr("2001:db8:1:2::3")} {
		if who, err := keys.Authenticate(t.Context(), key, from); err != nil || who.ID != id {
			t.Errorf("from %s: %v", from, err)
		}
	}
	other, _, _ := signin.NewPartnerKey()
	_, unknown := keys.Authenticate(t.Context(), other, inside)
	for _, from := range []netip.Addr{outside, nowhere, netip.MustParseAddr("2001:db8:2::1"), netip.MustParseAddr("::1")} {
		who, err := keys.Authenticate(t.Context(), key, from)
		var told, as *fault.Error
		if !errors.As(err, &told) || !errors.As(unknown, &as) || told.Kind != as.Kind || told.Message != as.Message || who != (access.Actor{}) {
			t.Errorf("from %s: %+v, %v; an unknown key is told %v", from, who, err, unknown)
		}
		var elsewhere signin.Elsewhere
		if !errors.As(err, &elsewhere) || elsewhere.Who.ID != id {
			t.Errorf("from %s, for the record: %v", from, err)
		}
	}
}

// A key has 256 random bits: at a million guesses a second, from however many
// addresses, the sun burns out first. What is left to guessing is to tire the
// database, or to fill the memory.
func TestAFloodOfUnknownKeysAsksTheDatabaseNoMoreThanOnePartnerDoes(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	_, known := issue(t, h, partners.NewKey{Scopes: access.Scopes})
	db, err := postgres.Open(t.Context(), h.URL, h.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	keys, begun := signin.NewPartnerKeys(db), time.Now()
	before := db.Pool.Stat().AcquireCount()
	for _, err := range housetest.AtOnce(20, func(int) error {
		for range 1000 {
			guess, _, _ := signin.NewPartnerKey()
			if _, err := keys.Authenticate(t.Context(), guess, outside); fault.KindOf(err) != fault.Unauthenticated {
				return errors.Join(errors.New("a guess is let in, or answered otherwise"), err)
			}
		}
		_, err := keys.Authenticate(t.Context(), known, inside) // is served in the midst of it
		return err
	}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	// The pool opens and tells the time, a key's use is noted, and all keys are
	// read once in 900 ms.
	took := time.Since(begun)
	if n, most := db.Pool.Stat().AcquireCount()-before, int64(took/(900*time.Millisecond))*2+4; n > most {
		t.Errorf("%d questions to the database by 20,000 guesses in %s, want at most %d", n, took, most)
	}
}

func TestADatabaseThatComesBackIsAskedAgain(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	_, key := issue(t, h, partners.NewKey{Scopes: access.Scopes})
	keys := replica(t, h)
	h.Set(t, `ALTER TABLE partner_keys RENAME TO away`)
	for _, err := range housetest.AtOnce(5, func(int) error { _, err := keys.Authenticate(t.Context(), key, nowhere); return err }) {
		if fault.KindOf(err) != fault.Unavailable {
			t.Errorf("while it is away: %v", err)
		}
	}
	h.Set(t, `ALTER TABLE away RENAME TO partner_keys`)
	if _, err := keys.Authenticate(t.Context(), key, nowhere); err != nil {
		t.Error(err)
	}
}
