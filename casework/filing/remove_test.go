package filing_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hjemvej/casework/filing"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"

	"github.com/google/uuid"

	"github.com/jackc/pgx/v5"
)

func TestWhatIsRemovedIsGoneAndTheRowSaysByWhom(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	f := o.uploaded(o.Home, "")
	gone, err := o.cabinet.Remove(t.Context(), o.Contact, o.c.Code, f.ID)
	must(t, err)
	if gone.RemovedBy != o.Contact.ID || gone.RemovedAt == nil || !gone.RemovedAt.Equal(o.Now()) || o.lie() != 0 {
		t.Errorf("%+v; %d files lie there", gone, o.lie())
	}
	housetest.Refused(t, second(o.read(o.Contact, f.ID)), fault.Gone, "")
	again, err := o.cabinet.Remove(t.Context(), o.Lead, o.c.Code, f.ID)
	if err != nil || again.RemovedBy != o.Contact.ID {
		t.Errorf("a second time: %+v, %v", again, err)
	}
	if n := o.Count(t, `SELECT count(*) FROM files WHERE wrapped_key IS NULL`); n != 1 {
		t.Error("what opens it is still there")
	}
	if list, err := o.cabinet.List(t.Context(), o.Home, o.c.Code); err != nil || len(list) != 1 || list[0].RemovedAt == nil {
		t.Errorf("listed %+v, %v", list, err)
	}
}

func TestAFileStaysWhatItIsEvenInRawSQL(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.uploaded(o.Contact, "")
	try := func(who access.Actor, sql, broken string) {
		t.Helper()
		_, err := o.Exec(t.Context(), who, sql)
		housetest.Broken(t, err, broken)
	}
	try(o.Contact, `UPDATE files SET kind = 'receipt'`, "42501")
	try(o.Contact, `UPDATE files SET wrapped_key = 'another'`, "file_stays")
	try(o.Contact, `UPDATE files SET wrapped_key = NULL`, "file_stays")
	try(o.Contact, `UPDATE files SET wrapped_key = NULL, removed_at = now(), removed_by = '`+o.Lead.ID+`'`, "file_stays")
	try(o.Contact, `UPDATE files SET removed_at = now(), removed_by = '`+o.Contact.ID+`'`, "file_removed_whole")
	must(t, second(o.Exec(t.Context(), o.Contact, `UPDATE files SET wrapped_key = NULL, removed_at = now(), removed_by = '`+o.Contact.ID+`'`)))
	try(o.Contact, `UPDATE files SET wrapped_key = 'x', removed_at = NULL, removed_by = NULL`, "file_stays")
}

func TestR26_AReceiptThatProvesAPaymentStays(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.sent()
	other := o.sent()
	prove := func(who access.Actor, p support.Payment, file string) error {
		return second(support.RecordReceipt(t.Context(), o.DB, who, p.ID, p.Version, support.Proof{Kind: "receipt", ReceivedOn: o.Today(), FileID: file}))
	}
	ours, theirs := o.uploaded(o.Contact, p.ID), o.uploaded(o.Home, p.ID)
	for what, err := range map[string]error{
		"another payment's": prove(o.Contact, other, ours.ID), "no receipt": prove(o.Contact, p, o.uploaded(o.Contact, "").ID),
		"nothing": prove(o.Contact, p, o.c.ID), "what another sent": prove(o.Home, p, ours.ID),
	} {
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s proves it: %v", what, err)
		}
	}
	must(t, prove(o.Home, p, theirs.ID))
	housetest.Refused(t, second(o.cabinet.Remove(t.Context(), o.Lead, o.c.Code, theirs.ID)), fault.Conflict, "R26")
	must(t, second(o.read(o.Finance, theirs.ID)))
	must(t, second(o.cabinet.Remove(t.Context(), o.Lead, o.c.Code, ours.ID)))
	housetest.Refused(t, prove(o.Contact, other, ours.ID), fault.Invalid, "")
	for file, who := range map[string]string{ours.ID: "NULL", o.uploaded(o.Contact, other.ID).ID: "'" + o.Home.Partner + "'"} {
		_, err := o.Exec(t.Context(), o.Program, `INSERT INTO receipts (case_id, payment_id, kind, received_on, recorded_by, by_partner, file_id) VALUES ($1,$2,'receipt',$3,$1,`+who+`,$4)`,
			o.c.ID, other.ID, o.Today(), file)
		housetest.Broken(t, err, "receipt_file")
	}
}

func TestR26_APaperProvesSeveralPaymentsAmongThemItsOwn(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p, q, third := o.sent(), o.sent(), o.sent()
	paper := o.uploaded(o.Home, p.ID)
	prove := func(who access.Actor, payments ...support.Payment) error {
		in := support.NewReceipt{Kind: "receipt", ReceivedOn: o.Today(), FileID: paper.ID}
		for _, p := range payments {
			in.Shares = append(in.Shares, support.Share{PaymentID: p.ID, Amount: p.Amount})
			in.Amount, _ = in.Amount.Add(p.Amount)
		}
		return second(support.RecordCaseReceipt(t.Context(), o.DB, who, o.c.Code, in))
	}
	housetest.Refused(t, prove(o.Home, q, third), fault.Invalid, "")
	must(t, prove(o.Home, p, q))
	housetest.Refused(t, second(o.cabinet.Remove(t.Context(), o.Lead, o.c.Code, paper.ID)), fault.Conflict, "R26")
	err := o.Raw(t.Context(), o.Contact, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `WITH r AS (INSERT INTO receipts (case_id, kind, received_on, recorded_by, file_id, amount, currency)
			SELECT case_id, 'receipt', sent_on, $2, $3, amount, currency FROM payments WHERE id = $1 RETURNING id)
			INSERT INTO receipt_shares (receipt_id, payment_id, case_id, amount, covers_amount, covers_dkk) SELECT r.id, p.id, p.case_id, p.amount, p.amount, p.dkk FROM r, payments p WHERE p.id = $1`,
			third.ID, o.Contact.ID, paper.ID)
		return err
	})
	housetest.Broken(t, err, "receipt_file")
}

func TestR26_ProvingAndRemovingAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for range 8 {
		p := o.sent()
		f := o.uploaded(o.Contact, p.ID)
		errs := housetest.AtOnce(2, func(i int) error {
			if i == 0 {
				return second(o.cabinet.Remove(t.Context(), o.Contact, o.c.Code, f.ID))
			}
			return second(support.RecordReceipt(t.Context(), o.DB, o.Contact, p.ID, p.Version, support.Proof{Kind: "receipt", ReceivedOn: o.Today(), FileID: f.ID}))
		})
		if housetest.Succeeded(errs) != 1 {
			t.Errorf("both or neither: %v", errs)
		}
	}
}

func TestWhatWasLeftBehindIsSweptAway(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	kept, removed := o.uploaded(o.Contact, ""), o.uploaded(o.Contact, "")
	_, err := o.Exec(t.Context(), o.Contact, `UPDATE files SET wrapped_key = NULL, removed_at = now(), removed_by = $2 WHERE id = $1`, removed.ID, o.Contact.ID)
	must(t, err) // and then the store did not work
	left := o.leave(1)[0]
	o.SetNow(time.Now().Add(afterAll))
	if n, err := o.cabinet.Sweep(t.Context()); n != 2 || err != nil || o.lie() != 1 {
		t.Errorf("%d were taken away, %d lie there; %v", n, o.lie(), err)
	}
	must(t, second(o.read(o.Contact, kept.ID)))
	if _, err := os.Stat(left); err == nil {
		t.Error("what was left is still there")
	}
}

// afterAll is when every upload is over.
const afterAll = 2 * time.Hour

// A program that is pointed at another database's files must not empty them.
func TestFilesOfAnotherDatabaseAreLeftAlone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.uploaded(o.Contact, "")
	o.leave(20)
	o.SetNow(time.Now().Add(afterAll))
	if n, err := o.cabinet.Sweep(t.Context()); n != 0 || !errors.Is(err, filing.ErrForeign) || o.lie() != 21 {
		t.Errorf("%d were taken away, %d lie there; %v", n, o.lie(), err)
	}
}

// leave puts files into the store that no row knows of.
func (o *office) leave(n int) (paths []string) {
	o.t.Helper()
	for range n {
		path := filepath.Join(o.folder, uuid.NewString())
		must(o.t, os.WriteFile(path, []byte("sealed"), 0o600))
		paths = append(paths, path)
	}
	return paths
}
