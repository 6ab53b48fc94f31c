package partners_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"
)

func issue(t *testing.T, h *housetest.House, in partners.NewKey) partners.Issued {
	t.Helper()
	k, err := partners.IssueKey(t.Context(), h.DB, h.Administrator, h.Home.Partner, in)
	must(t, err)
	return k
}

// key is one of the partner's, as it stands in the list.
func key(t *testing.T, h *housetest.House, id string) partners.Key {
	t.Helper()
	all, err := partners.ListKeys(t.Context(), h.DB, h.Administrator, h.Home.Partner)
	must(t, err)
	i := slices.IndexFunc(all, func(k partners.Key) bool { return k.ID == id })
	if i < 0 {
		t.Fatal("the key is not listed")
	}
	return all[i]
}

func rotate(t *testing.T, h *housetest.House, id string, overlap *int) (partners.Issued, error) {
	return partners.RotateKey(t.Context(), h.DB, h.Administrator, h.Home.Partner, id, partners.Rotation{OverlapDays: overlap})
}

func TestARotatedKeyGivesWayToOneLikeIt(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	old := issue(t, h, partners.NewKey{Label: "production", Days: 90, FocalPoint: true, Scopes: []access.Scope{access.ReadHandoffs, access.FollowUp}, Addresses: []string{"192.0.2.0/24", "2001:db8::1"}})
	h.Pass(60)
	next, err := rotate(t, h, old.ID, nil)
	must(t, err)
	if next.Secret == old.Secret || next.Secret == "" || next.ID == old.ID {
		t.Error("it is no other key")
	}
	if next.Label != old.Label || !slices.Equal(next.Scopes, old.Scopes) || !slices.Equal(next.Addresses, old.Addresses) || !next.FocalPoint || len(next.Addresses) != 2 {
		t.Errorf("%+v after %+v", next.Key, old.Key)
	}
	now := h.Now().UTC()
	if !next.ExpiresAt.Equal(now.AddDate(0, 0, 90)) {
		t.Errorf("the next one lasts until %s", next.ExpiresAt)
	}
	if was := key(t, h, old.ID); !was.ExpiresAt.Equal(now.AddDate(0, 0, 7)) || was.ReplacedBy != next.ID || was.RevokedAt != nil {
		t.Errorf("the old one is %+v", was)
	}
}

func TestAnOverlapNeverLastsLongerThanTheKeyWould(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for _, c := range []struct{ days, overlap, want int }{{90, 0, 0}, {90, 30, 30}, {10, 30, 10}} {
		old := issue(t, h, partners.NewKey{Label: "x", Days: c.days, Scopes: access.Scopes})
		must(t, second(rotate(t, h, old.ID, &c.overlap)))
		if got := key(t, h, old.ID).ExpiresAt; !got.Equal(h.Now().UTC().AddDate(0, 0, c.want)) {
			t.Errorf("of %d days with an overlap of %d: until %s", c.days, c.overlap, got)
		}
	}
}

func TestAKeyIsRotatedOnceAndNotAfterItsEnd(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	once := issue(t, h, partners.NewKey{Label: "x", Days: 10, Scopes: access.Scopes})
	errs := housetest.AtOnce(3, func(int) error { return second(rotate(t, h, once.ID, nil)) })
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d rotations at once: %v", n, errs)
	}
	housetest.Refused(t, second(rotate(t, h, once.ID, nil)), fault.Conflict, "")
	revoked := issue(t, h, partners.NewKey{Label: "x", Days: 10, Scopes: access.Scopes})
	must(t, partners.RevokeKey(t.Context(), h.DB, h.Administrator, h.Home.Partner, revoked.ID))
	housetest.Refused(t, second(rotate(t, h, revoked.ID, nil)), fault.Conflict, "")
	expired := issue(t, h, partners.NewKey{Label: "x", Days: 1, Scopes: access.Scopes})
	h.SetNow(h.Now().Add(24 * time.Hour))
	housetest.Refused(t, second(rotate(t, h, expired.ID, nil)), fault.Conflict, "")
	housetest.Refused(t, second(rotate(t, h, h.Return.ID, nil)), fault.NotFound, "")
	housetest.Refused(t, second(partners.RotateKey(t.Context(), h.DB, h.Home, h.Home.Partner, h.Home.ID, partners.Rotation{})), fault.Forbidden, "")
}

func TestAKeyIsIssuedForSomething(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for _, scopes := range [][]access.Scope{{}, {"everything"}, {access.ReadHandoffs, access.AnyKey}} {
		_, err := partners.IssueKey(t.Context(), h.DB, h.Administrator, h.Home.Partner, partners.NewKey{Label: "x", Days: 1, Scopes: scopes})
		housetest.Refused(t, err, fault.Invalid, "")
	}
	got := issue(t, h, partners.NewKey{Label: "x", Days: 1, Scopes: access.Scopes})
	if !slices.Equal(got.Scopes, access.Scopes) || len(got.Addresses) != 0 {
		t.Errorf("%+v", got.Key)
	}
}

func TestABindingIsANetworkThatBinds(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for _, address := range []string{"0.0.0.0/0", "::/0", "10.0.0.0/7", "2001:d00::/23", "192.0.2.7/24", "::ffff:192.0.2.0/120", "192.0.2", "192.0.2.0/33", "example.org", "", "192.0.2.0/24\n"} {
		_, err := partners.IssueKey(t.Context(), h.DB, h.Administrator, h.Home.Partner, partners.NewKey{Label: "x", Days: 1, Scopes: access.Scopes, Addresses: []string{"192.0.2.0/24", address}})
		housetest.Refused(t, err, fault.Invalid, "")
		if got := housetest.Missing(err); !slices.Equal(got, []string{"body.addresses[1]"}) {
			t.Errorf("%q is refused at %v", address, got)
		}
	}
	got := issue(t, h, partners.NewKey{Label: "x", Days: 1, Scopes: access.Scopes, Addresses: []string{"10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "2001:db8::7"}})
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2001:db8::7/128")}
	if !slices.Equal(got.Addresses, want) || !slices.Equal(key(t, h, got.ID).Addresses, want) {
		t.Errorf("bound to %v", got.Addresses)
	}
}
