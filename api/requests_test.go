package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func connect(t *testing.T, c *pgx.ConnConfig) *pgx.Conn {
	t.Helper()
	conn, err := pgx.ConnectConfig(context.Background(), c)
	must(t, err)
	return conn
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func TestTheRoleIsRefusedBeforeTheBodyIsLookedAt(t *testing.T) {
	t.Parallel()
	b := &bed{}
	w := newWorld(t, b.add)
	bad := `{"name":` + canary
	w.refused(req{method: "POST", path: "/v1/things", body: bad}, 401, "unauthenticated")
	if n := w.denials(); n != 0 {
		t.Errorf("%d denials for nobody", n)
	}
	w.refused(req{method: "POST", path: "/v1/things", body: bad, bearer: w.key}, 403, "forbidden")
	if n := w.denials(); n != 1 {
		t.Errorf("%d denials recorded, want 1", n)
	}
	w.refused(req{method: "GET", path: "/v1/things/K7QX-2MVD?x=" + canary, bearer: w.key}, 403, "forbidden")
	var code, operation string
	must(t, w.owner.QueryRow(t.Context(), `SELECT case_code, operation FROM audit_log ORDER BY id DESC LIMIT 1`).Scan(&code, &operation))
	if code != "K7QX-2MVD" || operation != "read-plan" || w.denials() != 2 {
		t.Errorf("denied %s of %s, %d in all", operation, code, w.denials())
	}
	if b.ran.Load() != 0 {
		t.Error("a refused request ran")
	}
}

func TestR29_ARequestThatComesTwiceIsDoneOnce(t *testing.T) {
	t.Parallel()
	b := &bed{}
	w := newWorld(t, b.add)
	post := func(key, body string) req {
		return req{method: "POST", path: "/v1/things", body: body, bearer: people[access.ContactPerson], header: map[string]string{"Idempotency-Key": key}}
	}
	first := w.do(post("key-0001", goodBody))
	expect(t, first, 201)
	again := w.do(post("key-0001", goodBody))
	expect(t, again, 201)
	if first.Body.String() != again.Body.String() || b.ran.Load() != 1 {
		t.Errorf("%s then %s; ran %d times", first.Body, again.Body, b.ran.Load())
	}
	if p := w.refused(post("key-0001", strings.Replace(goodBody, "1}", "2}", 1)), 409, "conflict"); p.Rule != "R29" {
		t.Errorf("rule %q", p.Rule)
	}
	other := post("key-0001", goodBody)
	other.bearer = people[access.TeamLead] // keys are each actor's own
	expect(t, w.do(other), 201)
	expect(t, w.do(post("key-0002", goodBody)), 201)
	if b.ran.Load() != 3 {
		t.Errorf("ran %d times, want 3", b.ran.Load())
	}
}

func TestR29_AKeyIsNeededAndHasAForm(t *testing.T) {
	t.Parallel()
	b := &bed{}
	w := newWorld(t, b.add)
	for _, key := range []string{"", "short12", strings.Repeat("x", 201), canary + " " + canary, canary + "\u00e6"} {
		p := w.refused(req{method: "POST", path: "/v1/things", body: goodBody, bearer: people[access.ContactPerson], header: map[string]string{"Idempotency-Key": key}}, 422, "invalid")
		if p.Rule != "R29" || len(p.Errors) != 1 || p.Errors[0].Path != "header.Idempotency-Key" {
			t.Errorf("%q: %+v", key, p)
		}
	}
	if b.ran.Load() != 0 {
		t.Error("ran without a key")
	}
}

func TestAChangeNamesTheVersionThatWasRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, new(bed).add)
	put := func(path, match string) req {
		return req{method: "PUT", path: path, body: goodBody, bearer: people[access.ContactPerson], header: map[string]string{"If-Match": match}}
	}
	w.refused(put("/v1/things/K7QX-2MVD", ""), 428, "precondition")
	for _, match := range []string{"3", "*", `W/"3"`, `"0"`, `"-3"`, `"03"`, `"3", "4"`, `"` + canary + `"`, `"99999999999999"`, `"4"`} {
		w.refused(put("/v1/things/K7QX-2MVD", match), 412, "stale")
	}
	rec := w.do(put("/v1/things/K7QX-2MVD", `"3"`))
	expect(t, rec, 200)
	if rec.Header().Get("ETag") != `"4"` {
		t.Errorf("ETag %s", rec.Header().Get("ETag"))
	}
	for match, want := range map[string]string{"": "0\n", `"7"`: "7\n"} {
		rec := w.do(put("/v1/maybe", match))
		expect(t, rec, 200)
		if rec.Body.String() != want {
			t.Errorf("%q is version %s", match, rec.Body)
		}
	}
	w.refused(put("/v1/maybe", "*"), 412, "stale")
}

func TestAVersionThatTheCallerHasIsNotSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, new(bed).add)
	for match, status := range map[string]int{"": 200, `"3"`: 304, `W/"3"`: 304, "*": 304, `"1", "3"`: 304, `"4"`: 200, canary: 200} {
		rec := w.do(req{method: "GET", path: "/v1/things/K7QX-2MVD", bearer: people[access.ContactPerson], header: map[string]string{"If-None-Match": match}})
		expect(t, rec, status)
		if rec.Header().Get("ETag") != `"3"` || (status == 304) != (rec.Body.Len() == 0) || (status == 304) != (rec.Header().Get("Content-Type") == "") {
			t.Errorf("%s: %v %q", match, rec.Header(), rec.Body)
		}
	}
}

func TestTooManyRequestsAreToldToWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, func(c *Config) { c.RatePerSecond, c.Burst = 0.1, 3 })
	for range 3 {
		expect(t, w.do(req{method: "GET", path: "/v1/me", bearer: w.key}), 200)
	}
	r := req{method: "GET", path: "/v1/me", bearer: w.key}
	w.refused(r, 429, "too_many")
	if wait, err := strconv.Atoi(w.do(r).Header().Get("Retry-After")); err != nil || wait < 1 || wait > 10 {
		t.Errorf("Retry-After %d %v", wait, err)
	}
	expect(t, w.do(req{method: "GET", path: "/v1/me", bearer: people[access.Finance]}), 200) // others are not slowed
}

func TestFailedSignInsAreToldToWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for range failuresAtOnce {
		w.refused(req{method: "GET", path: "/v1/me"}, 401, "unauthenticated")
	}
	w.refused(req{method: "GET", path: "/v1/me"}, 429, "too_many")
	expect(t, w.do(req{method: "GET", path: "/v1/me", bearer: w.key}), 200) // a valid key from the same address
}

func TestLimitsForgetWhomTheyHaveNotSeen(t *testing.T) {
	t.Parallel()
	l := newLimiter(1, 5)
	now := time.Unix(1_000_000, 0)
	for i := range 3 * maxVisitors {
		if err := l.take(strconv.Itoa(i), now); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.seen) > maxVisitors {
		t.Errorf("%d visitors are kept", len(l.seen))
	}
	if err := l.take("x", now.Add(time.Minute)); err != nil || len(l.seen) != 1 {
		t.Errorf("%d visitors after a minute, %v", len(l.seen), err)
	}
}

func TestWhoWentAwayIsNoError(t *testing.T) {
	t.Parallel()
	b := &bed{fail: errors.New("interrupted")}
	w := newWorld(t, b.add)
	ctx, cancel := context.WithCancel(t.Context())
	expect(t, w.do(req{method: "GET", path: "/v1/me", bearer: people[access.ContactPerson]}), 404)
	warm := httptest.NewRequest("GET", "/v1/things/K7QX-2MVD", nil).WithContext(ctx)
	warm.Header.Set("Authorization", "Bearer "+people[access.ContactPerson])
	w.s.ServeHTTP(httptest.NewRecorder(), warm) // remembered now
	before := w.log.String()
	cancel()
	w.s.ServeHTTP(httptest.NewRecorder(), warm)
	if since := strings.TrimPrefix(w.log.String(), before); strings.Contains(since, "ERROR") || !strings.Contains(since, "interrupted") {
		t.Errorf("log: %s", since)
	}
}

func TestCausesAreLoggedWithoutValues(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		&pgconn.PgError{Code: "22007", Message: "invalid input syntax for type date: " + canary},
		&pgconn.PgError{Code: "23505", Message: "duplicate " + canary, ConstraintName: "one"},
		errors.New("failed to encode args[1]: unable to encode \"" + canary + "\n\" into text format for int4 (OID 23): cannot find encode plan"),
	} {
		if got := postgres.CauseText(errors.Join(errors.New("do it"), err)); strings.Contains(got, canary) || !strings.Contains(got, "do it") {
			t.Errorf("logged as %s", got)
		}
	}
	undefined := &pgconn.PgError{Code: "42703", Message: "column c does not exist"}
	if got := postgres.CauseText(undefined); !strings.Contains(got, "column c") {
		t.Errorf("logged as %s", got)
	}
}

func TestEveryKindOfFaultHasAStatus(t *testing.T) {
	t.Parallel()
	for kind, status := range map[fault.Kind]int{
		fault.Invalid: 422, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404, fault.Conflict: 409, fault.Stale: 412,
		fault.Precondition: 428, fault.Gone: 410, fault.TooMany: 429, fault.Unavailable: 503, fault.Internal: 500, "another": 500,
	} {
		if p := newProblem("x", &fault.Error{Kind: kind, Rule: "R1", Message: "m"}); p.Status != status {
			t.Errorf("%s is %d, want %d", kind, p.Status, status)
		}
	}
	if p := newProblem("x", &fault.Error{Kind: fault.Internal, Message: canary}); strings.Contains(p.Detail, canary) {
		t.Error("an internal error's message is shown")
	}
}
