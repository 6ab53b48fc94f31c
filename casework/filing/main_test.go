package filing_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"hjemvej/casework/filing"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/housetest"
	"hjemvej/internal/housetest/cabinet"
	"hjemvej/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// office is a house with a case whose person arrived, and its files.
type office struct {
	*housetest.House
	t       testing.TB
	cabinet filing.Cabinet
	folder  string // where its files lie
	c       *housetest.Case
}

func newOffice(t *testing.T) *office {
	t.Helper()
	h, c := housetest.NewArrived(t)
	folder := t.TempDir()
	return &office{h, t, cabinet.Of(t, h, folder), folder, c}
}

const paper = "%PDF-1.7\nwhat stands on it"

// upload sends a paper, as a signed paper or as the receipt of a payment.
func (o *office) upload(who access.Actor, payment string) (filing.File, error) {
	in := filing.NewFile{Kind: filing.SignedPaper, PaymentID: payment}
	if payment != "" {
		in.Kind = filing.Receipt
	}
	return o.cabinet.Upload(o.t.Context(), who, o.c.Code, in, strings.NewReader(paper))
}

func (o *office) uploaded(who access.Actor, payment string) filing.File {
	o.t.Helper()
	f, err := o.upload(who, payment)
	must(o.t, err)
	return f
}

func (o *office) sent() support.Payment { o.t.Helper(); return o.Pay(o.t, o.c, "100", support.Sent) }

// read is what an actor reads of a file.
func (o *office) read(who access.Actor, id string) (string, error) {
	f, err := o.cabinet.Open(o.t.Context(), who, o.c.Code, id)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = f.CopyTo(o.t.Context(), &b)
	return b.String(), err
}

// lie is how many files lie in the store, whole or not.
func (o *office) lie() int {
	o.t.Helper()
	all, err := os.ReadDir(o.folder)
	must(o.t, err)
	return len(all)
}

// nothing fails unless an upload left no file, no row, no key and no trace.
func (o *office) nothing(what string) {
	o.t.Helper()
	n := o.Count(o.t, `SELECT (SELECT count(*) FROM files) + (SELECT count(*) FROM idempotency_keys) + (SELECT count(*) FROM audit_log WHERE operation = 'upload-file' AND outcome = 'done')`)
	if n != 0 || o.lie() != 0 {
		o.t.Errorf("%s leaves %d rows and %d files", what, n, o.lie())
	}
}

var errBroken = errors.New("the line broke")

// broken is a paper of some bytes that breaks off.
func broken(size int) io.Reader {
	return io.MultiReader(strings.NewReader(paper), strings.NewReader(strings.Repeat("x", size)), readerFunc(func([]byte) (int, error) { return 0, errBroken }))
}

type readerFunc func([]byte) (int, error)

// Read is io.Reader's.
func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func second[T any](_ T, err error) error { return err }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
