package filing_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/filing"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/seal"
	"hjemvej/partners"
)

func TestR12_AFileIsReadByThoseWhoNeedItAndEachOpeningIsRecorded(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	payment := o.sent().ID
	signed, receipt, theirs := o.uploaded(o.Contact, ""), o.uploaded(o.Contact, payment), o.uploaded(o.Home, payment)
	all := []filing.File{signed, receipt, theirs}
	for _, c := range []struct {
		who  access.Actor
		sees []filing.File
	}{
		{o.Contact, all}, {o.Lead, all}, {o.Finance, []filing.File{receipt, theirs}}, {o.Home, []filing.File{theirs}}, {o.HomeFocalPoint, []filing.File{theirs}},
		{o.Return, []filing.File{}},
	} {
		for _, f := range all {
			got, err := o.read(c.who, f.ID)
			if slices.Contains(c.sees, f) {
				if err != nil || got != paper {
					t.Errorf("%s reads %q, %v", c.who.Role, got, err)
				}
			} else {
				housetest.Refused(t, err, fault.NotFound, "")
			}
		}
		list, err := o.cabinet.List(t.Context(), c.who, o.c.Code)
		must(t, err)
		if len(list) != len(c.sees) || slices.ContainsFunc(list, func(f filing.File) bool {
			return !slices.ContainsFunc(c.sees, func(s filing.File) bool { return s.ID == f.ID })
		}) {
			t.Errorf("%s is listed %d files, want %d", c.who.Role, len(list), len(c.sees))
		}
	}
	for _, who := range []access.Actor{o.Colleague, o.OtherLead, o.OtherHome} {
		housetest.Refused(t, second(o.read(who, theirs.ID)), fault.NotFound, "")
		housetest.Refused(t, second(o.cabinet.List(t.Context(), who, o.c.Code)), fault.NotFound, "")
		housetest.Refused(t, second(o.upload(who, "")), fault.NotFound, "")
	}
	housetest.Refused(t, second(o.read(o.Manager, theirs.ID)), fault.Forbidden, "")
	housetest.Refused(t, second(o.upload(o.Finance, "")), fault.Forbidden, "")
	housetest.Refused(t, second(o.cabinet.Remove(t.Context(), o.Home, o.c.Code, theirs.ID)), fault.Forbidden, "")
	opened := o.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'read-file' AND outcome = 'done' AND object_id = $1 AND case_code = $2`, theirs.ID, o.c.Code)
	if opened != 5 {
		t.Errorf("%d openings are recorded, want 5", opened)
	}
}

func TestR21_APartnersFilesLeaveItsSightWithTheCase(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	f := o.uploaded(o.Home, "")
	o.Set(t, `UPDATE consents SET withdrawn_at = now()`) // what it sent itself needs no consent
	must(t, second(o.read(o.Home, f.ID)))
	must(t, second(partners.Revoke(t.Context(), o.DB, o.Contact, o.c.Code, o.c.HomeHandoff, 0)))
	housetest.Refused(t, second(o.read(o.Home, f.ID)), fault.NotFound, "")
	housetest.Refused(t, second(o.upload(o.Home, "")), fault.NotFound, "")
	must(t, second(o.read(o.Contact, f.ID)))
}

// A large file takes its time, and the hand-off may end meanwhile.
func TestR21_AHandoffThatEndsDuringAnUploadEndsTheUpload(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	revoking := readerFunc(func([]byte) (int, error) {
		must(t, second(partners.Revoke(t.Context(), o.DB, o.Contact, o.c.Code, o.c.HomeHandoff, 0)))
		return 0, io.EOF
	})
	_, err := o.cabinet.Upload(t.Context(), o.Home, o.c.Code, filing.NewFile{Kind: filing.Other}, io.MultiReader(strings.NewReader(paper), revoking))
	housetest.Refused(t, err, fault.NotFound, "")
	o.nothing("a hand-off that ended")
}

func TestR12_ErasingThePersonErasesTheFiles(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	f := o.uploaded(o.Contact, "")
	id := o.Text(t, `SELECT person_id::text FROM cases WHERE id = $1`, o.c.ID)
	another, _, err := o.Vault.Master.NewKey(seal.At("persons", "wrapped_key", id))
	must(t, err)
	o.Set(t, `UPDATE persons SET wrapped_key = $2 WHERE id = $1`, id, another)
	if got, err := o.read(o.Contact, f.ID); err == nil || got != "" {
		t.Errorf("without the person's key it reads %q", got)
	}
}

func TestAReceiptIsOfAPaymentOfItsCase(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	other := o.Arrived(t, housetest.Of(o.OtherContact, o.OtherLead), housetest.HandedTo(o.OtherHome))
	elsewhere := o.Pay(t, other, "100", "sent")
	for what, in := range map[string]filing.NewFile{
		"none":           {Kind: filing.Receipt},
		"another's":      {Kind: filing.Receipt, PaymentID: elsewhere.ID},
		"no receipt's":   {Kind: filing.Other, PaymentID: o.sent().ID},
		"one that isn't": {Kind: filing.Receipt, PaymentID: o.c.ID},
	} {
		_, err := o.cabinet.Upload(t.Context(), o.Contact, o.c.Code, in, strings.NewReader(paper))
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	o.nothing("a receipt of nothing")
	_, err := o.Exec(t.Context(), o.Contact, `INSERT INTO files (id, case_id, kind, payment_id, content_type, size, wrapped_key) VALUES ($1, $1, 'receipt', $2, 'image/png', 1, '')`, o.c.ID, elsewhere.ID)
	housetest.Broken(t, err, "file_payment_of_the_case")
	_, err = o.Exec(t.Context(), o.Contact, `INSERT INTO files (id, case_id, kind, content_type, size, wrapped_key) VALUES ($1, $1, 'receipt', 'image/png', 1, '')`, o.c.ID)
	housetest.Broken(t, err, "file_receipt_of_a_payment")
	_, err = o.Exec(t.Context(), o.Contact, `INSERT INTO files (id, case_id, kind, content_type, size, wrapped_key, uploaded_by) VALUES ($1, $1, 'other', 'image/png', 1, '', $2)`, o.c.ID, o.Lead.ID)
	housetest.Broken(t, err, "42501") // in one's own name alone
}

func TestAJoinedCaseTakesNoFiles(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	f := o.uploaded(o.Contact, "")
	o.Set(t, `ALTER TABLE cases DISABLE TRIGGER case_move`)
	o.Set(t, `UPDATE cases SET state = 'joined' WHERE id = $1`, o.c.ID)
	housetest.Refused(t, second(o.upload(o.Contact, "")), fault.Conflict, "")
	housetest.Refused(t, second(o.cabinet.Remove(t.Context(), o.Contact, o.c.Code, f.ID)), fault.Conflict, "")
	must(t, second(o.read(o.Contact, f.ID)))
	if o.lie() != 1 {
		t.Errorf("%d files lie there", o.lie())
	}
}
