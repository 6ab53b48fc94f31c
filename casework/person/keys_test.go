package person_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/housetest"
	"hjemvej/internal/seal"
)

func count(t *testing.T, v person.Vault, h *housetest.House) person.KeyCount {
	t.Helper()
	n, err := v.CheckKeys(t.Context(), h.DB)
	must(t, err)
	return n
}

func TestR12_AnotherMasterKeyIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	must(t, h.Vault.Prove(t.Context(), h.DB)) // an empty database takes it on
	must(t, h.Vault.Prove(t.Context(), h.DB))
	another, err := seal.NewMaster()
	must(t, err)
	wrong := person.Vault{Master: another}
	if err := wrong.Prove(t.Context(), h.DB); !errors.Is(err, person.ErrWrongKey) {
		t.Errorf("another key: %v", err)
	}
	h.Case(t)
	h.Set(t, `DELETE FROM key_canary`) // as before there was one
	if err := wrong.Prove(t.Context(), h.DB); !errors.Is(err, person.ErrWrongKey) {
		t.Errorf("another key, by the persons: %v", err)
	}
	must(t, h.Vault.Prove(t.Context(), h.DB))
	if _, err := casefile.Open(t.Context(), h.DB, wrong, h.Contact, h.Opening()); err == nil {
		t.Error("a case is sealed under another key")
	}
	if n := h.Count(t, `SELECT count(*) FROM key_canary`); n != 1 {
		t.Errorf("%d canaries", n)
	}
}

func TestR12_ProgramsThatStartAtOnceAgreeOnTheCanary(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	must(t, housetest.AtOnce(6, func(int) error { return h.Vault.Prove(t.Context(), h.DB) })...)
	must(t, h.Vault.Prove(t.Context(), h.DB))
}

// rotated is a house with persons under an old key, and a vault that was opened
// before the rotation, as a running program's.
func rotated(t *testing.T, cases int) (*housetest.House, []*housetest.Case) {
	h := housetest.New(t)
	h.KeepKey(t)
	var all []*housetest.Case
	for range cases {
		all = append(all, h.Case(t))
	}
	must(t, seal.RotateMasterFile(h.KeyFile, nil))
	return h, all
}

func fresh(t *testing.T, h *housetest.House) person.Vault {
	t.Helper()
	master, err := seal.OpenMaster(h.KeyFile, nil)
	must(t, err)
	return person.Vault{Master: master}
}

func TestR12_RotationRewrapsWithoutTouchingDataWhileTheProgramRuns(t *testing.T) {
	t.Parallel()
	h, cases := rotated(t, 3)
	before := h.Text(t, `SELECT string_agg(identity::text || version, '' ORDER BY id) || (SELECT string_agg(sealed::text, '' ORDER BY id) FROM identity_parts) FROM persons`)
	operator := fresh(t, h)
	if n := count(t, operator, h); n != (person.KeyCount{Persons: 3, Old: 3}) {
		t.Errorf("before: %+v", n)
	}
	n, err := operator.RewrapKeys(t.Context(), h.DB, func(person.KeyCount) {})
	must(t, err)
	if n.Wrapped != 3 || n.Persons != 3 || n.Closed != 0 {
		t.Errorf("rewrapped %+v", n)
	}
	if n := count(t, operator, h); n != (person.KeyCount{Persons: 3}) {
		t.Errorf("after: %+v", n)
	}
	if n, err = operator.RewrapKeys(t.Context(), h.DB, func(person.KeyCount) {}); err != nil || n.Wrapped != 0 {
		t.Errorf("a second time: %+v, %v", n, err)
	}
	after := h.Text(t, `SELECT string_agg(identity::text || version, '' ORDER BY id) || (SELECT string_agg(sealed::text, '' ORDER BY id) FROM identity_parts) FROM persons`)
	if before != after {
		t.Error("data was touched")
	}
	for _, c := range cases { // the running program holds the keyset from before
		who, err := casefile.ReadIdentity(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
		if err != nil || who.FamilyName != "Exemplu" || len(who.ContactPoints) != 1 {
			t.Errorf("%+v, %v", who, err)
		}
	}
	must(t, h.Vault.Prove(t.Context(), h.DB))
	h.Case(t)
	if n := count(t, operator, h); n != (person.KeyCount{Persons: 4}) {
		t.Errorf("the running program seals with the old key: %+v", n)
	}
}

func TestR12_RewrappingTwiceAtOnceBesideWritesLosesNothing(t *testing.T) {
	t.Parallel()
	h, cases := rotated(t, 12)
	operator := fresh(t, h)
	var wrapped atomic.Int64
	errs := housetest.AtOnce(3+len(cases), func(i int) error {
		if i < 3 {
			n, err := operator.RewrapKeys(t.Context(), h.DB, func(person.KeyCount) {})
			wrapped.Add(int64(n.Wrapped))
			return err
		}
		ctx := context.WithoutCancel(t.Context())
		code := cases[i-3].Code
		if _, err := casefile.AddPart(ctx, h.DB, h.Vault, h.Contact, code, &person.Address{Use: "home", Lines: "Strada 1", Country: "RO"}); err != nil {
			return err
		}
		_, err := casefile.Open(ctx, h.DB, h.Vault, h.Contact, h.Opening())
		return err
	})
	must(t, errs...)
	n, err := operator.RewrapKeys(t.Context(), h.DB, func(person.KeyCount) {}) // those that came behind every cursor
	must(t, err)
	if after := count(t, operator, h); after != (person.KeyCount{Persons: 24}) || wrapped.Load()+int64(n.Wrapped) < 12 {
		t.Errorf("%+v; %d wrapped", after, wrapped.Load())
	}
	for _, c := range cases {
		who, err := casefile.ReadIdentity(t.Context(), h.DB, operator, h.Contact, c.Code)
		if err != nil || len(who.Addresses) != 1 {
			t.Errorf("%+v, %v", who, err)
		}
	}
}

func TestR12_AKeyThatDoesNotOpenIsCountedAndLeft(t *testing.T) {
	t.Parallel()
	h, _ := rotated(t, 2)
	h.Set(t, `UPDATE persons SET wrapped_key = (SELECT wrapped_key FROM persons ORDER BY id DESC LIMIT 1)`) // moved to another row
	operator := fresh(t, h)
	n, err := operator.RewrapKeys(t.Context(), h.DB, func(person.KeyCount) {})
	must(t, err)
	if n.Closed != 1 || n.Wrapped != 1 || count(t, operator, h) != (person.KeyCount{Persons: 2, Closed: 1}) {
		t.Errorf("%+v", n)
	}
}

func TestR12_ASealedPartOpensNowhereElse(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	for _, number := range []string{"1", "2"} {
		_, err := casefile.AddPart(t.Context(), h.DB, h.Vault, h.Contact, c.Code, &person.IdentityDocument{Kind: "passport", Country: "RO", Number: number})
		must(t, err)
	}
	for what, move := range map[string]string{
		"another row":  `UPDATE identity_parts SET sealed = (SELECT sealed FROM identity_parts WHERE kind = 'document' ORDER BY position LIMIT 1) WHERE kind = 'document'`,
		"another kind": `UPDATE identity_parts SET kind = 'address' WHERE kind = 'document'`,
		"the names":    `UPDATE persons SET identity = (SELECT sealed FROM identity_parts LIMIT 1)`,
	} {
		_, err := casefile.ReadIdentity(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
		must(t, err)
		h.Set(t, `CREATE TABLE kept AS SELECT * FROM identity_parts`)
		h.Set(t, `CREATE TABLE kept_persons AS SELECT * FROM persons`)
		h.Set(t, move)
		if who, err := casefile.ReadIdentity(t.Context(), h.DB, h.Vault, h.Contact, c.Code); !errors.Is(err, seal.ErrClosed) {
			t.Errorf("%s: %v, %v", what, fmt.Sprint(who), err)
		}
		h.Set(t, `UPDATE identity_parts p SET sealed = k.sealed, kind = k.kind FROM kept k WHERE k.id = p.id`)
		h.Set(t, `UPDATE persons p SET identity = k.identity FROM kept_persons k WHERE k.id = p.id`)
		h.Set(t, `DROP TABLE kept, kept_persons`)
	}
}
