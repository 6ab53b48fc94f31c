package api

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestFailuresAreCountedForAHostOrItsNetwork(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{"192.0.2.7:1234": "192.0.2.7", "[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::/64", "[::ffff:192.0.2.7]:1": "192.0.2.7",
		"[fe80::1%eth0]:1": "fe80::/64", "odd": "invalid IP"} {
		if got := network(peer(&http.Request{RemoteAddr: addr})); got != want {
			t.Errorf("%s is %s, want %s", addr, got, want)
		}
	}
}

func TestBehindProxiesTheLastAddressThatIsNoProxysCounts(t *testing.T) {
	t.Parallel()
	of := BehindProxies([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:aaaa::/48")})
	for name, c := range map[string]struct {
		peer string
		sent []string
		want string
	}{
		"one proxy":                  {"10.0.0.1:1", []string{"192.0.2.7"}, "192.0.2.7"},
		"two proxies":                {"10.0.0.1:1", []string{"192.0.2.7, 10.9.9.9"}, "192.0.2.7"},
		"in two headers":             {"10.0.0.1:1", []string{"192.0.2.7", "10.9.9.9"}, "192.0.2.7"},
		"made up before":             {"10.0.0.1:1", []string{"198.51.100.1, nonsense, 192.0.2.7"}, "192.0.2.7"},
		"with a port":                {"10.0.0.1:1", []string{"192.0.2.7:5555"}, "192.0.2.7"},
		"IPv6":                       {"[2001:db8:aaaa::1]:1", []string{"2001:db8::7"}, "2001:db8::7"},
		"IPv6 with a port":           {"10.0.0.1:1", []string{"[2001:db8::7]:443"}, "2001:db8::7"},
		"IPv4 in IPv6":               {"[::ffff:10.0.0.1]:1", []string{"::ffff:192.0.2.7"}, "192.0.2.7"},
		"no proxy of ours":           {"192.0.2.1:1", []string{"192.0.2.7"}, "192.0.2.1"},
		"no header":                  {"10.0.0.1:1", nil, "invalid IP"},
		"nonsense from our proxy":    {"10.0.0.1:1", []string{"192.0.2.7, nonsense"}, "invalid IP"},
		"proxies alone":              {"10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"a proxy that is made up":    {"192.0.2.1:1", []string{"192.0.2.7, 10.0.0.2"}, "192.0.2.1"},
		"the end of the list is bad": {"10.0.0.1:1", []string{"192.0.2.7,"}, "invalid IP"},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.sent}}
		if got := of(r).String(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Whoever cannot speak as one of the proxies cannot choose an address.
func FuzzNobodyChoosesTheirAddress(f *testing.F) {
	f.Add("192.0.2.7")
	f.Add("10.0.0.1, 192.0.2.7")
	f.Add(",,[::1]:x")
	client := netip.MustParseAddr("203.0.113.5")
	of := BehindProxies([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	f.Fuzz(func(t *testing.T, sent string) {
		direct := &http.Request{RemoteAddr: client.String() + ":1", Header: http.Header{"X-Forwarded-For": {sent}}}
		proxied := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{"X-Forwarded-For": {sent, client.String()}}}
		if of(direct) != client || of(proxied) != client {
			t.Errorf("%q makes %s and %s of it", sent, of(direct), of(proxied))
		}
	})
}

func TestABoundKeyFromElsewhereIsTurnedAwayAndRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	_, err := w.owner.Exec(t.Context(), `UPDATE partner_keys SET addresses = '{192.0.2.0/28}'`)
	must(t, err)
	from := func(address string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/v1/handoffs/"+absent, nil)
		r.RemoteAddr = address + ":1234"
		r.Header.Set("Authorization", "Bearer "+w.key)
		rec := httptest.NewRecorder()
		w.s.ServeHTTP(rec, r)
		return rec
	}
	expect(t, from("192.0.2.7"), 404) // it is in, and there is no such hand-off
	before := w.denials()
	rec, unknown := from("198.51.100.7"), w.do(req{method: "GET", path: "/v1/handoffs/" + absent, bearer: "hjv_unknown"})
	expect(t, rec, 401)
	if withoutRequest(rec) != withoutRequest(unknown) {
		t.Errorf("told %s, an unknown key %s", rec.Body, unknown.Body)
	}
	var operation, object, actor string
	must(t, w.owner.QueryRow(t.Context(), `SELECT operation, object_id, actor_id::text FROM audit_log WHERE outcome = 'denied' ORDER BY id DESC LIMIT 1`).Scan(&operation, &object, &actor))
	var id string
	must(t, w.owner.QueryRow(t.Context(), `SELECT id::text FROM partner_keys`).Scan(&id))
	if operation != "read-handoff" || object != absent || actor != id || w.denials() != before+1 {
		t.Errorf("recorded %s of %s by %s; %d rows", operation, object, actor, w.denials()-before)
	}
	for range failuresAtOnce - 1 {
		from("198.51.100.7")
	}
	written := w.denials()
	expect(t, from("198.51.100.7"), 429) // and nothing more is written about it
	if n := w.denials(); n != written {
		t.Errorf("%d rows for what was told to wait", n-written)
	}
	expect(t, from("192.0.2.8"), 404)
}
