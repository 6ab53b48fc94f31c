package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hjemvej/casework/filing"
	"hjemvej/internal/access"
	"hjemvej/internal/files"
	"hjemvej/internal/housetest"
)

// counter is a service on the wire with a case, for those who bring files.
type counter struct {
	*housetest.House
	t      *testing.T
	s      *Server
	url    string
	folder string // where files lie
	c      *housetest.Case
}

// newCounter has an http.Server whose own limits of time are short, so that what
// streams must keep to its pace alone.
func newCounter(t *testing.T, change ...func(*files.Config)) *counter {
	t.Helper()
	k := &counter{House: housetest.New(t), t: t, folder: t.TempDir()}
	config := files.Config{URL: "file://" + k.folder}
	for _, f := range change {
		f(&config)
	}
	store, err := files.Open(t.Context(), config)
	must(t, err)
	k.s, err = New(Config{DB: k.DB, Vault: k.Vault, Files: store, Auth: byName{}, Logger: quiet(), RatePerSecond: 1e6, Burst: 1e6})
	must(t, err)
	server := httptest.NewUnstartedServer(k.s)
	server.Config.ReadTimeout, server.Config.WriteTimeout = 300*time.Millisecond, 300*time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	k.url, k.c = server.URL, k.Arrived(t)
	return k
}

func (k *counter) path() string { return "/v1/cases/" + k.c.Code + "/files" }

// ask sends a request as somebody; header are pairs.
func (k *counter) ask(who access.Actor, method, path string, body io.Reader, header ...string) (*http.Response, []byte) {
	k.t.Helper()
	r, err := http.NewRequestWithContext(k.t.Context(), method, k.url+path, body)
	must(k.t, err)
	r.Header.Set("Authorization", "Bearer "+bearerFor(who))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	must(k.t, err)
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		k.t.Fatal(err)
	}
	if err != nil {
		got = nil
	}
	return res, got
}

func (k *counter) upload(who access.Actor, body io.Reader, header ...string) (f filing.File, status int) {
	k.t.Helper()
	res, got := k.ask(who, http.MethodPost, k.path()+"?kind=document_photo", body, header...)
	if res.StatusCode == http.StatusCreated {
		must(k.t, json.Unmarshal(got, &f))
	}
	return f, res.StatusCode
}

// nothing fails unless uploads left no file, no row, no key and no trace.
func (k *counter) nothing() {
	k.t.Helper()
	lie, err := os.ReadDir(k.folder)
	must(k.t, err)
	n := k.Count(k.t, `SELECT (SELECT count(*) FROM files) + (SELECT count(*) FROM idempotency_keys) + (SELECT count(*) FROM audit_log WHERE operation = 'upload-file' AND outcome = 'done')`)
	if n != 0 || len(lie) != 0 {
		k.t.Errorf("%d rows and %d files are left", n, len(lie))
	}
}

func TestR11_APhotographLosesWhereItWasTakenAndItsName(t *testing.T) {
	t.Parallel()
	k := newCounter(t)
	taken, err := os.ReadFile("../internal/files/picture/testdata/progressive.jpg")
	must(t, err)
	const marker = "GPS-MARKER"
	f, status := k.upload(k.Home, bytes.NewReader(taken), "Content-Type", "text/html", "Content-Disposition", `attachment; filename="passport of Ana.html"`)
	if status != http.StatusCreated || !bytes.Contains(taken, []byte(marker)) || f.ContentType != "image/jpeg" || f.PartnerID != k.Home.Partner {
		t.Fatalf("%d %+v", status, f)
	}
	for _, who := range []access.Actor{k.Home, k.Contact} {
		res, got := k.ask(who, http.MethodGet, k.path()+"/"+f.ID, nil)
		if res.StatusCode != http.StatusOK || bytes.Contains(got, []byte(marker)) || int64(len(got)) != f.Size || res.ContentLength != f.Size || http.DetectContentType(got) != "image/jpeg" {
			t.Errorf("%d: %d bytes, announced as %d, of %d", res.StatusCode, len(got), res.ContentLength, f.Size)
		}
		for name, want := range map[string]string{
			"Content-Type": "image/jpeg", "Content-Disposition": `attachment; filename="` + f.ID + `.jpg"`,
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
	}
	lies, err := os.ReadFile(filepath.Join(k.folder, f.ID))
	if err != nil || bytes.Contains(lies, taken[:8]) {
		t.Errorf("it can be read where it lies: %v", err)
	}
}

func TestR21_AnotherPartnersFileIsNotThere(t *testing.T) {
	t.Parallel()
	k := newCounter(t)
	f, _ := k.upload(k.Home, strings.NewReader(smallPDF))
	res, got := k.ask(k.Return, http.MethodGet, k.path()+"/"+f.ID, nil) // the case is handed to it as well
	if res.StatusCode != http.StatusNotFound || res.Header.Get("Content-Disposition") != "" {
		t.Errorf("%d %s", res.StatusCode, got)
	}
	if _, got = k.ask(k.Return, http.MethodGet, k.path(), nil); string(got) != "[]\n" {
		t.Errorf("listed: %s", got)
	}
}

func TestR29_AnUploadThatComesTwiceIsOneFile(t *testing.T) {
	t.Parallel()
	k := newCounter(t)
	key := []string{"Idempotency-Key", "upload-0001"}
	first, status := k.upload(k.Home, strings.NewReader(smallPDF), key...)
	again, _ := k.upload(k.Home, strings.NewReader(smallPDF), key...)
	if status != http.StatusCreated || first.ID == "" || again.ID != first.ID {
		t.Errorf("%d %+v and then %+v", status, first, again)
	}
	if _, status := k.upload(k.Home, strings.NewReader(smallPDF+"another"), key...); status != http.StatusConflict {
		t.Errorf("other content under the key: %d", status)
	}
	if res, _ := k.ask(k.Home, http.MethodPost, k.path()+"?kind=other", strings.NewReader(smallPDF), key...); res.StatusCode != http.StatusConflict {
		t.Errorf("another kind under the key: %d", res.StatusCode)
	}
	if lie, err := os.ReadDir(k.folder); err != nil || len(lie) != 1 {
		t.Errorf("%d files lie there, %v", len(lie), err)
	}
}

func TestTwentyUploadsAtOnce(t *testing.T) {
	t.Parallel()
	k := newCounter(t)
	ids := make([]string, 20)
	housetest.AtOnce(len(ids), func(i int) error {
		f, _ := k.upload(k.Home, strings.NewReader(smallPDF+strings.Repeat("x", 100_000)))
		ids[i] = f.ID
		return nil
	})
	for i, id := range ids {
		if res, got := k.ask(k.Home, http.MethodGet, k.path()+"/"+id, nil); res.StatusCode != http.StatusOK || len(got) != 100_000+len(smallPDF) {
			t.Errorf("the file of upload %d answers %d with %d bytes", i, res.StatusCode, len(got))
		}
	}
}

func TestWhatIsNoFileIsRefusedAndLeavesNothing(t *testing.T) {
	t.Parallel()
	k := newCounter(t, func(c *files.Config) { c.MaxBytes = 100_000 })
	for name, c := range map[string]struct {
		body, encoding string
		status         int
	}{
		"too large": {smallPDF + strings.Repeat("x", 100_000), "", 413}, "empty": {"", "", 422}, "another kind": {"<html>" + canary, "", 422},
		"half a picture": {"\x89PNG\r\n\x1a\n\x00\x00", "", 422}, "compressed": {smallPDF, "gzip", 415},
	} {
		res, got := k.ask(k.Contact, http.MethodPost, k.path()+"?kind=other", strings.NewReader(c.body), "Content-Encoding", c.encoding, "Idempotency-Key", "upload-0001")
		if res.StatusCode != c.status || res.Header.Get("Content-Type") != problemJSON || bytes.Contains(got, []byte(canary)) {
			t.Errorf("%s: %d %s", name, res.StatusCode, got)
		}
	}
	for _, query := range []string{"", "?kind=" + canary, "?kind=receipt", "?kind=other&payment_id=" + absent, "?kind=receipt&payment_id=" + canary, "?kind=other&name=" + canary} {
		if res, got := k.ask(k.Contact, http.MethodPost, k.path()+query, strings.NewReader(smallPDF)); res.StatusCode != 422 || bytes.Contains(got, []byte(canary)) {
			t.Errorf("%s: %d %s", query, res.StatusCode, got)
		}
	}
	k.nothing()
}

// dial begins an upload by hand.
func (k *counter) dial(length int, begin string) net.Conn {
	k.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(k.url, "http://"))
	must(k.t, err)
	k.t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "POST %s?kind=other HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nIdempotency-Key: upload-0001\r\nContent-Length: %d\r\n\r\n%s",
		k.path(), bearerFor(k.Contact), length, begin)
	must(k.t, err)
	return conn
}

func TestAnUploadThatBreaksOffOrFallsSilentLeavesNothing(t *testing.T) {
	t.Parallel()
	k := newCounter(t)
	k.s.pace.silence = 100 * time.Millisecond
	res, err := http.ReadResponse(bufio.NewReader(k.dial(1_000_000, smallPDF+strings.Repeat("x", 200_000))), nil)
	must(t, err)
	if res.StatusCode != http.StatusRequestTimeout {
		t.Errorf("silence is answered %s", res.Status)
	}
	k.nothing()
	must(t, k.dial(1_000_000, smallPDF+strings.Repeat("x", 200_000)).Close())
	k.settle()
	k.nothing()
	if _, status := k.upload(k.Contact, strings.NewReader(smallPDF), "Idempotency-Key", "upload-0001"); status != http.StatusCreated {
		t.Errorf("another try under the key: %d", status)
	}
}

// settle waits until no upload is under way.
func (k *counter) settle() {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(k.t.Context(), 10*time.Second)
	defer cancel()
	for {
		lie, err := os.ReadDir(k.folder)
		must(k.t, err)
		must(k.t, ctx.Err())
		if len(lie) == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestASlowUploadThatGoesOnIsTakenUpToALimit(t *testing.T) {
	t.Parallel()
	k := newCounter(t)
	slow := func() io.Reader {
		r, w := io.Pipe()
		go func() {
			for i := range 10 { // longer than the http.Server lets a request or an answer take
				_, _ = io.WriteString(w, []string{smallPDF, "x"}[min(i, 1)]) // whoever reads may have given up
				time.Sleep(60 * time.Millisecond)
			}
			_ = w.Close()
		}()
		return r
	}
	if _, status := k.upload(k.Contact, slow()); status != http.StatusCreated {
		t.Errorf("a slow upload: %d", status)
	}
	k.s.pace.whole = 200 * time.Millisecond
	if _, status := k.upload(k.Contact, slow()); status != http.StatusRequestTimeout {
		t.Errorf("an upload that never ends: %d", status)
	}
}

// What is silent while a scanner looks is not the sender.
func TestAScannerMayTakeItsTime(t *testing.T) {
	t.Parallel()
	slow, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = slow.Close() })
	go func() {
		conn, err := slow.Accept()
		if err != nil {
			return
		}
		time.Sleep(600 * time.Millisecond)
		_, _ = io.WriteString(conn, "stream: OK\x00") // whoever asked may have gone
	}()
	k := newCounter(t, func(c *files.Config) { c.ClamdAddress = slow.Addr().String() })
	k.s.pace.silence = 100 * time.Millisecond
	if _, status := k.upload(k.Contact, strings.NewReader(smallPDF)); status != http.StatusCreated {
		t.Errorf("it answers %d", status)
	}
}

func TestAFileThatDoesNotOpenIsNoAnswer(t *testing.T) {
	t.Parallel()
	k := newCounter(t)
	f, _ := k.upload(k.Contact, strings.NewReader(smallPDF+strings.Repeat("x", 1_000_000)))
	path := filepath.Join(k.folder, f.ID)
	lies, err := os.ReadFile(path)
	must(t, err)
	for name, c := range map[string]struct{ at, status int }{"at its beginning": {100, 500}, "at its end": {len(lies) - 100, 200}} {
		spoilt := bytes.Clone(lies)
		spoilt[c.at] ^= 1
		must(t, os.WriteFile(path, spoilt, 0o600))
		res, got := k.ask(k.Contact, http.MethodGet, k.path()+"/"+f.ID, nil)
		whole := got != nil && res.Header.Get("Content-Type") != problemJSON
		if res.StatusCode != c.status || whole || (c.status == 500) != (res.Header.Get("Content-Disposition") == "") {
			t.Errorf("spoilt %s: %d with %d bytes, %v", name, res.StatusCode, len(got), res.Header)
		}
	}
	must(t, os.Remove(path))
	if res, _ := k.ask(k.Contact, http.MethodGet, k.path()+"/"+f.ID, nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("a file that is lost: %d", res.StatusCode)
	}
}

func TestASlowReaderGetsItsFile(t *testing.T) {
	t.Parallel()
	k := newCounter(t)
	const size = 8 << 20 // more than a socket holds
	f, _ := k.upload(k.Contact, io.MultiReader(strings.NewReader(smallPDF), strings.NewReader(strings.Repeat("x", size))))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, k.url+k.path()+"/"+f.ID, nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+bearerFor(k.Contact))
	res, err := http.DefaultClient.Do(r)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	time.Sleep(600 * time.Millisecond) // longer than the http.Server lets an answer take
	if n, err := io.Copy(io.Discard, res.Body); n != f.Size || err != nil {
		t.Errorf("%d of %d bytes, %v", n, f.Size, err)
	}
}

func TestTheServiceIsReadyOnlyWithItsFiles(t *testing.T) {
	t.Parallel()
	k := newCounter(t)
	if res, _ := k.ask(k.Contact, http.MethodGet, "/readyz", nil); res.StatusCode != http.StatusOK {
		t.Errorf("%d", res.StatusCode)
	}
	must(t, os.RemoveAll(k.folder))
	if res, got := k.ask(k.Contact, http.MethodGet, "/readyz", nil); res.StatusCode != http.StatusServiceUnavailable || bytes.Contains(got, []byte(k.folder)) {
		t.Errorf("without its folder: %d %s", res.StatusCode, got)
	}
}
