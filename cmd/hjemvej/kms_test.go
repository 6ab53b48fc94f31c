package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/person"
	"hjemvej/internal/housetest"
	"hjemvej/internal/pgtest"
	"hjemvej/internal/seal/kmstest"
)

func TestR12_TheServiceRunsWithItsMasterKeyUnderAKMSAndTakesUpARotation(t *testing.T) {
	kmstest.Each(t, func(t *testing.T, s *kmstest.Server, newKey func() string) {
		h := housetest.New(t)
		h.KeepKey(t)
		c, uri := h.Case(t), newKey()
		on := []string{"--database-url", h.URL, "--master-key", h.KeyFile, "--kms", uri}
		says := func(want string, args ...string) {
			t.Helper()
			if got := ok(t, args...); !strings.Contains(got, want) {
				t.Errorf("%v: %s, want %s", args[:2], got, want)
			}
		}
		says("is moved", "keys", "move", h.KeyFile, "--to", uri)
		says("1 persons' keys, 0 of them", append([]string{"keys", "check"}, on...)...)

		p := newProduction(t, h.URL)
		p.flags = append(p.flags, on...)
		d, stop, log := p.serve()
		d.Tokens["contact"] = p.provider.token("subject-1")
		name := func() string {
			return got[person.Identity](d.do("contact", "GET", "/v1/cases/"+c.Code+"/identity", nil, 200)).FamilyName
		}
		asked := s.Asked()
		for range 3 {
			if name() != "Exemplu" {
				t.Error("the identity does not open")
			}
		}
		if n := s.Asked() - asked; n != 0 {
			t.Errorf("three readings asked the KMS %d times", n)
		}
		says("A new key", "keys", "rotate", h.KeyFile, "--kms", uri)
		says("1 of 1", append([]string{"keys", "rewrap"}, on...)...)
		if name() != "Exemplu" {
			t.Error("after the rotation the identity does not open")
		}
		if stop() != 0 || strings.Contains(log.String(), uri) {
			t.Errorf("the end: %s", log)
		}

		other := newKey()
		says("is moved", "keys", "move", h.KeyFile, "--kms", uri, "--to", other)
		says("is moved", "keys", "move", h.KeyFile, "--kms", other, "--to", "plain")
		says("1 persons' keys, 0 of them", "keys", "check", "--database-url", h.URL, "--master-key", h.KeyFile)
	})
}

func TestR12_WithoutItsKMSTheServiceDoesNotStartAndSaysWhy(t *testing.T) {
	kmstest.Each(t, func(t *testing.T, s *kmstest.Server, newKey func() string) {
		uri, another, closed, database := newKey(), newKey(), newKey(), pgtest.Database(t, nil)
		p := newProduction(t, database)
		plain := p.flags[slices.Index(p.flags, "--master-key")+1]
		file := plain + ".kms"
		ok(t, "keys", "create", file, "--kms", uri)
		s.Refuse(closed, true)
		refused := func(want string, flags ...string) {
			t.Helper()
			for _, args := range [][]string{append(slices.Clone(p.flags), flags...), append([]string{"keys", "check", "--database-url", database}, flags...)} {
				status, out, errs := called(t, args...)
				if status != 1 || !strings.Contains(errs, want) || !strings.Contains(errs, "HJEMVEJ_MASTER_KEY_KMS") || strings.Count(errs, "\n") != 1 {
					t.Errorf("%s: %d: %s, want %s", args[0], status, errs, want)
				}
				for _, private := range []string{uri, another, closed, kmstest.AccessKey, kmstest.Token, s.URL} {
					if strings.Contains(out+errs, private) {
						t.Errorf("the message repeats %s: %s", private, errs)
					}
				}
			}
		}
		refused("it is encrypted by a key in a KMS: name that key", "--master-key", file)
		refused("it is not encrypted by a key in a KMS: put it under one", "--master-key", plain, "--kms", uri)
		refused("has another key", "--master-key", file, "--kms", another)
		refused("refuses", "--master-key", file, "--kms", closed)
		s.Stop()
		refused("cannot be reached", "--master-key", file, "--kms", uri)
		for _, args := range [][]string{{"create", file + ".2"}, {"rotate", file}, {"move", file, "--to", "plain"}} {
			if status, _, errs := called(t, append([]string{"keys"}, append(args, "--kms", uri)...)...); status != 1 || !strings.Contains(errs, "cannot be reached") {
				t.Errorf("%s: %d: %s", args[0], status, errs)
			}
		}
	})
}

func TestAMasterKeyInAVariableUnderAKMS(t *testing.T) {
	s := kmstest.Start(t)
	uri := s.NewVaultKey()
	h := housetest.New(t)
	h.KeepKey(t)
	h.Case(t)
	ok(t, "keys", "move", h.KeyFile, "--to", uri)
	text, err := os.ReadFile(h.KeyFile)
	must(t, err)
	configure(t, map[string]string{"HJEMVEJ_DATABASE_URL": h.URL, "HJEMVEJ_MASTER_KEY": "", "HJEMVEJ_MASTER_KEY_JSON": string(text), "HJEMVEJ_MASTER_KEY_KMS": uri})
	ok(t, "keys", "check")
	t.Setenv("HJEMVEJ_MASTER_KEY_KMS", "")
	if status, _, errs := called(t, "keys", "check"); status != 1 || !strings.Contains(errs, "HJEMVEJ_MASTER_KEY_JSON") || !strings.Contains(errs, "HJEMVEJ_MASTER_KEY_KMS") {
		t.Errorf("%d: %s", status, errs)
	}
}

func TestAMoveToNoKeyIsRefusedByItsFlag(t *testing.T) {
	t.Parallel()
	status, _, errs := called(t, "keys", "move", t.TempDir(), "--to", "secret-value")
	if status != 1 || !strings.Contains(errs, "--to") || strings.Contains(errs, "secret-value") {
		t.Errorf("%d: %s", status, errs)
	}
}
