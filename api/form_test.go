package api

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hjemvej/internal/access"
)

func TestEveryMistakeOfFormIsAProblemWithoutWhatWasSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, new(bed).add)
	staff := people[access.ContactPerson]
	with := func(field string) string { return strings.Replace(goodBody, "{", "{"+field+",", 1) }
	instead := func(old, new string) string { return strings.Replace(goodBody, old, new, 1) }
	for name, c := range map[string]struct {
		body   string
		status int
		kind   string
		path   string
	}{
		"no JSON":                 {`{"name": ` + canary, 400, "malformed", ""},
		"two documents":           {goodBody + `{"x":"` + canary + `"}`, 400, "malformed", ""},
		"invalid UTF-8":           {instead("a thing", canary+"\xff"), 400, "malformed", ""},
		"no body":                 {``, 400, "malformed", ""},
		"control character":       {instead("a thing", canary+`\u0007`), 422, "invalid", "body.name"},
		"NUL":                     {instead("a thing", canary+`\u0000`), 422, "invalid", "body.name"},
		"delete":                  {instead("a thing", canary+"\u007f"), 422, "invalid", "body.name"},
		"nothing but blanks":      {instead("a thing", ` \u00a0\u200b\n`), 422, "invalid", "body.name"},
		"half a surrogate":        {instead("a thing", canary+`\ud800`), 422, "invalid", "body.name"},
		"NUL in a property":       {with(`"x\u0000` + canary + `":1`), 422, "invalid", "body"},
		"too deep":                {with(`"choices":` + strings.Repeat("[", 40) + `"` + canary + `"` + strings.Repeat("]", 40)), 422, "invalid", "body"},
		"unknown field":           {with(`"other":"` + canary + `"`), 422, "invalid", "body.other"},
		"unknown field, data":     {with(`"` + canary + `":"` + canary + `"`), 422, "invalid", "body"},
		"unknown field, dots":     {with(`"a.` + strings.ToLower(canary) + `":1`), 422, "invalid", "body"},
		"other casing":            {with(`"Name":"` + canary + `"`), 422, "invalid", "body"},
		"property twice":          {with(`"name":"` + canary + `"`), 422, "invalid", "body"},
		"inner property twice":    {with(`"inner":{"place":"x","place":"` + canary + `"}`), 422, "invalid", "body"},
		"wrong type":              {instead(`1}`, `"`+canary+`"}`), 422, "invalid", "body.count"},
		"fraction":                {instead(`1}`, `1.5}`), 422, "invalid", "body.count"},
		"whole fraction":          {instead(`1}`, `1.0}`), 422, "invalid", "body"},
		"number too large":        {instead(`1}`, `1e400}`), 400, "malformed", ""},
		"integer too large":       {instead(`1}`, `99999999999999999999}`), 422, "invalid", "body"},
		"below the minimum":       {instead(`1}`, `-1}`), 422, "invalid", "body.count"},
		"impossible date":         {instead("2026-02-28", "2026-02-30"), 422, "invalid", "body.on"},
		"no date":                 {instead("2026-02-28", canary), 422, "invalid", "body.on"},
		"empty date":              {instead("2026-02-28", ""), 422, "invalid", "body.on"},
		"too long":                {instead("a thing", strings.Repeat(canary, 9)), 422, "invalid", "body.name"},
		"pattern":                 {instead("a thing", canary), 422, "invalid", "body.name"},
		"enum":                    {with(`"kind":"` + canary + `"`), 422, "invalid", "body.kind"},
		"no uuid":                 {with(`"id":"` + canary + `"`), 422, "invalid", "body.id"},
		"no mail":                 {with(`"mail":"` + canary + `"`), 422, "invalid", "body.mail"},
		"missing":                 {`{"on":"2026-02-28","count":1}`, 422, "invalid", "body.name"},
		"null":                    {instead(`"a thing"`, `null`), 422, "invalid", "body.name"},
		"a list":                  {`["` + canary + `"]`, 422, "invalid", "body"},
		"inside":                  {with(`"inner":{"place":"` + canary + `"}`), 422, "invalid", "body.inner.place"},
		"inside a map":            {with(`"choices":{"x":1,"y":"` + canary + `"}`), 422, "invalid", "body.choices.x"},
		"larger than the service": {instead("a thing", strings.Repeat(canary, 100_000)), 413, "too_large", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.t = t
			p := w.refused(req{method: "POST", path: "/v1/things", body: c.body, bearer: staff,
				header: map[string]string{"Idempotency-Key": "12345678", "Content-Type": "application/json"}}, c.status, c.kind)
			if c.path != "" && (len(p.Errors) == 0 || p.Errors[0].Path != c.path || p.Errors[0].Message == "") {
				t.Errorf("errors %+v, want %s", p.Errors, c.path)
			}
		})
	}
}

func TestABodyAtTheLimitIsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, new(bed).add)
	body := goodBody + strings.Repeat(" ", maxBody-len(goodBody))
	rec := w.do(req{method: "POST", path: "/v1/things", body: body, bearer: people[access.ContactPerson], header: map[string]string{"Idempotency-Key": "12345678"}})
	expect(t, rec, 201)
}

func TestBodiesOnTheWireHaveALimitOfSizeAndTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, new(bed).add)
	w.s.bodyTime = 100 * time.Millisecond
	server := httptest.NewServer(w.s)
	defer server.Close()
	for length, c := range map[int]struct{ send, status int }{100: {10, 408}, 4 << 20: {2 << 20, 413}} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		must(t, err)
		_, err = fmt.Fprintf(conn, "POST /v1/things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nIdempotency-Key: 12345678\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
			people[access.ContactPerson], length)
		must(t, err)
		go func() { _, _ = conn.Write(make([]byte, c.send)) }()
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		must(t, err)
		if res.StatusCode != c.status || res.Header.Get("Content-Type") != problemJSON {
			t.Errorf("%d of %d bytes: %s", c.send, length, res.Status)
		}
		must(t, conn.Close())
	}
}

func TestOnlyPlainJSONIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, new(bed).add)
	for _, h := range []map[string]string{
		{"Content-Type": ""}, {"Content-Type": "text/plain"}, {"Content-Type": "application/merge-patch+json"}, {"Content-Type": canary},
		{"Content-Type": "application/json; charset=latin1"}, {"Content-Type": "application/json", "Content-Encoding": "gzip"},
		{"Content-Type": "multipart/form-data; boundary=" + canary},
	} {
		h["Idempotency-Key"] = "12345678"
		w.refused(req{method: "POST", path: "/v1/things", body: goodBody, bearer: people[access.ContactPerson], header: h}, 415, "unsupported_media_type")
	}
	rec := w.do(req{method: "POST", path: "/v1/things", body: goodBody, bearer: people[access.ContactPerson],
		header: map[string]string{"Content-Type": "application/json; charset=UTF-8", "Idempotency-Key": "12345678", "Accept": canary}})
	expect(t, rec, 201)
	if ct := rec.Header().Get("Content-Type"); ct != "application/json" {
		t.Errorf("answered as %s", ct)
	}
	w.refused(req{method: "POST", path: "/v1/boom", body: `{"x":"` + canary + `"}`, bearer: people[access.ContactPerson]}, 422, "invalid")
}

func TestQueriesAreReadWholeOrRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, new(bed).add)
	staff := people[access.Finance]
	for query, path := range map[string]string{
		"other=" + canary: "query.other", canary + "=1": "query", "a." + strings.ToLower(canary) + "=1": "query",
		"limit=" + canary: "query.limit", "limit=0": "query.limit", "limit=201": "query.limit", "kind=" + canary: "query.kind",
		"on=" + canary: "query.on", "on=2026-02-30": "query.on", "cursor=*" + canary: "query.cursor", "cursor=AA": "query.cursor",
		"limit=1&limit=2": "query", "a=%zz" + canary: "query", "a;b=" + canary: "query", "kind=%00" + canary: "query",
	} {
		p := w.refused(req{method: "GET", path: "/v1/things?" + query, bearer: staff}, 422, "invalid")
		if len(p.Errors) != 1 || p.Errors[0].Path != path {
			t.Errorf("%s: %+v, want %s", query, p.Errors, path)
		}
	}
	rec := w.do(req{method: "GET", path: "/v1/things?limit=5&cursor=" + cursor("K7QX-2MVC"), bearer: staff})
	expect(t, rec, 200)
	if got, want := rec.Body.String(), `{"items":["K7QX-2MVC"],"next_cursor":"`+cursor("K7QX-2MVD")+`"}`+"\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestWhatIsNotServedIsAProblem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, new(bed).add)
	staff := people[access.ContactPerson]
	for _, path := range []string{"/" + canary, "/v1/" + canary + "?x=" + canary, "//v1/things", "/v1/things/", "/docs/" + canary, "/v1/things/%00" + canary, "/v1/things/%ff", "/metrics", "/openapi-3.0.yaml", "/schemas/Case.json"} {
		w.refused(req{method: "GET", path: path, bearer: staff}, 404, "not_found")
	}
	for _, method := range []string{"DELETE", "PATCH", "CANARY" + canary} {
		rec := w.do(req{method: method, path: "/v1/things", bearer: staff})
		if rec.Code != 405 || rec.Header().Get("Allow") != "GET, HEAD, POST" || rec.Header().Get("Content-Type") != problemJSON {
			t.Errorf("%s: %d, Allow %q", method, rec.Code, rec.Header().Get("Allow"))
		}
	}
}

func TestAPanicIsOurFaultAndSaysNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, new(bed).add)
	w.refused(req{method: "POST", path: "/v1/boom", bearer: people[access.ContactPerson]}, 500, "internal")
	if !strings.Contains(w.log.String(), "a request panicked") || !strings.Contains(w.log.String(), "things_test.go") {
		t.Error("the panic's stack is not in the log")
	}
}

func TestTheCauseOfOurFaultGoesToTheLogOnly(t *testing.T) {
	t.Parallel()
	b := &bed{fail: errors.New("secret cause")}
	w := newWorld(t, b.add)
	p := w.refused(req{method: "GET", path: "/v1/things/K7QX-2MVD", bearer: people[access.ContactPerson]}, 500, "internal")
	if strings.Contains(fmt.Sprint(p), "secret") || !strings.Contains(w.log.String(), "secret cause") {
		t.Errorf("%+v; log %s", p, w.log)
	}
	if strings.Contains(w.log.String(), "K7QX-2MVD") {
		t.Error("a path is in the log")
	}
}

func TestEveryAnswerCarriesItsNameAndIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	seen := map[string]bool{}
	for _, path := range []string{"/v1/me", "/nothing", "/healthz"} {
		rec := w.do(req{method: "GET", path: path, bearer: people[access.Manager], header: map[string]string{"X-Request-Id": canary}})
		h := rec.Header()
		if id := h.Get("X-Request-Id"); id == "" || seen[id] {
			t.Errorf("%s: request id %q", path, id)
		}
		seen[h.Get("X-Request-Id")] = true
		if h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestABrokenAnswerBreaksTheConnection(t *testing.T) {
	t.Parallel()
	s := bare(Config{})
	s.routes.HandleFunc("GET /half", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("half"))
		panic("the rest")
	})
	server := httptest.NewServer(s)
	defer server.Close()
	res, err := http.Get(server.URL + "/half")
	if err == nil {
		buf := make([]byte, 99)
		for err == nil {
			_, err = res.Body.Read(buf)
		}
		if err.Error() == "EOF" {
			t.Error("half an answer ended as if it were whole")
		}
	}
}

// The mux redirects paths that it would write otherwise, in HTML and with the
// query: nobody gets there.
func TestAPathThatIsNotCleanIsNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	server := httptest.NewServer(w.s)
	defer server.Close()
	for _, path := range []string{"//v1/cases", "/v1//cases", "/v1/./cases", "/v1/../v1/cases", "/v1/cases//followups"} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		must(t, err)
		_, err = io.WriteString(conn, "GET "+path+"?q="+canary+" HTTP/1.1\r\nHost: desk.example\r\nConnection: close\r\n\r\n")
		must(t, err)
		answer, err := io.ReadAll(conn)
		must(t, err)
		must(t, conn.Close())
		if !bytes.HasPrefix(answer, []byte("HTTP/1.1 404 ")) || bytes.Contains(answer, []byte(canary)) {
			t.Errorf("%s: %s", path, answer)
		}
	}
}
