package filing_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"hjemvej/casework/filing"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/files"
	"hjemvej/internal/housetest"
	"hjemvej/internal/postgres"
)

// once is a context with an idempotency key.
func (o *office) once(key string) context.Context {
	return postgres.WithOnce(o.t.Context(), postgres.Once{Key: key, Request: [32]byte{1}})
}

func TestR29_TheSameFileUnderOneKeyIsKeptOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	send := func(who access.Actor, content string) (filing.File, error) {
		return o.cabinet.Upload(o.once("upload"), who, o.c.Code, filing.NewFile{Kind: filing.Other}, strings.NewReader(content))
	}
	kept := make([]filing.File, 6)
	for _, err := range housetest.AtOnce(6, func(i int) (err error) { kept[i], err = send(o.Contact, paper); return err }) {
		must(t, err)
	}
	for _, f := range kept {
		if f.ID != kept[0].ID {
			t.Errorf("answered %s and %s", f.ID, kept[0].ID)
		}
	}
	housetest.Refused(t, second(send(o.Contact, paper+"!")), fault.Conflict, "R29")
	if n := o.Count(t, `SELECT count(*) FROM files`); n != 1 || o.lie() != 1 {
		t.Errorf("%d rows and %d files", n, o.lie())
	}
	must(t, second(send(o.Lead, paper+"!"))) // keys are each actor's own
}

func TestR29_AnUploadThatBrokeOffMayBeSentAgainUnderItsKey(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	in := filing.NewFile{Kind: filing.Other}
	for _, size := range []int{0, 10, 100_000} {
		if _, err := o.cabinet.Upload(o.once("upload"), o.Contact, o.c.Code, in, broken(size)); !errors.Is(err, errBroken) {
			t.Errorf("%d bytes and a break answer %v", size, err)
		}
		o.nothing("half an upload")
	}
	for name, content := range map[string]string{"nothing": "", "another kind": "GIF89a", "half a picture": "\xff\xd8\xff\xe0\x00\x10JFIF"} {
		if _, err := o.cabinet.Upload(o.once("upload"), o.Contact, o.c.Code, in, strings.NewReader(content)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s answers %v", name, err)
		}
		o.nothing(name)
	}
	ctx, cancel := context.WithCancel(o.once("upload"))
	_, err := o.cabinet.Upload(ctx, o.Contact, o.c.Code, in, io.MultiReader(strings.NewReader(paper), readerFunc(func([]byte) (int, error) { cancel(); return 0, io.EOF })))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("an upload that was given up answers %v", err)
	}
	o.nothing("an upload that was given up")
	must(t, second(o.cabinet.Upload(o.once("upload"), o.Contact, o.c.Code, in, strings.NewReader(paper))))
}

func TestManyUploadsAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, err := range housetest.AtOnce(20, func(int) error { return second(o.upload(o.Home, "")) }) {
		must(t, err)
	}
	list, err := o.cabinet.List(t.Context(), o.Home, o.c.Code)
	must(t, err)
	for _, f := range list {
		must(t, second(o.read(o.Home, f.ID)))
	}
	if len(list) != 20 || o.lie() != 20 {
		t.Errorf("%d listed, %d lie there", len(list), o.lie())
	}
}

// harmful is what the scanner of these tests finds.
const harmful = "HJEMVEJ-TEST-SIGNATURE"

func TestAFileThatIsKeptAwayIsRecordedAndTold(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var err error
	o.cabinet.Store, err = files.Open(t.Context(), files.Config{URL: "file://" + o.folder, ClamdAddress: scanner(t)})
	must(t, err)
	o.Set(t, `DELETE FROM river_job`)
	o.Set(t, `DELETE FROM letters`)
	for range 2 {
		_, err := o.cabinet.Upload(o.once("upload"), o.Home, o.c.Code, filing.NewFile{Kind: filing.Other}, strings.NewReader(paper+harmful))
		housetest.Refused(t, err, fault.Invalid, "")
		o.nothing("a harmful file")
	}
	recorded := o.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'keep-file-away' AND actor_id = $1 AND partner_id = $2 AND case_code = $3 AND object_id = 'Hjemvej.Test'`, o.Home.ID, o.Home.Partner, o.c.Code)
	told := o.Text(t, `SELECT string_agg(kind || ' to ' || user_id, ', ') FROM letters`)
	if want := "file_kept_away to " + o.Contact.ID; recorded != 2 || told != want {
		t.Errorf("recorded %d times, told: %s; want 2 and %s, once a day", recorded, told, want)
	}
	must(t, second(o.upload(o.Home, "")))
}

// scanner answers as a clamd does, and finds what is harmful alone. It returns its
// address.
func scanner(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go look(conn)
		}
	}()
	return l.Addr().String()
}

func look(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	if command, err := in.ReadString(0); err != nil || command != "zINSTREAM\x00" {
		return
	}
	var all bytes.Buffer
	for size := uint32(1); size > 0; {
		if binary.Read(in, binary.BigEndian, &size) != nil {
			return
		}
		if _, err := io.CopyN(&all, in, int64(size)); err != nil {
			return
		}
	}
	said := "stream: OK\x00"
	if bytes.Contains(all.Bytes(), []byte(harmful)) {
		said = "stream: Hjemvej.Test FOUND\x00"
	}
	_, _ = io.WriteString(conn, said) // the asker may have gone
}
