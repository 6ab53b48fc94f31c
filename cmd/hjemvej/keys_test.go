package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hjemvej/internal/housetest"
)

func TestR12_KeysAreRotatedRewrappedAndChecked(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.KeepKey(t)
	h.Case(t)
	on := []string{"--database-url", h.URL, "--master-key", h.KeyFile}
	says := func(want string, args ...string) {
		t.Helper()
		if got := ok(t, args...); !strings.Contains(got, want) {
			t.Errorf("%v: %s, want %s", args[:2], got, want)
		}
	}
	says("1 persons' keys, 0 of them", append([]string{"keys", "check"}, on...)...)
	ok(t, "keys", "rotate", h.KeyFile)
	says("1 persons' keys, 1 of them", append([]string{"keys", "check"}, on...)...)
	says("1 of 1", append([]string{"keys", "rewrap"}, on...)...)
	says("0 of 1", append([]string{"keys", "rewrap"}, on...)...)
	says("1 persons' keys, 0 of them", append([]string{"keys", "check"}, on...)...)
	h.Case(t) // the running program takes the rotated file up by itself
	says("2 persons' keys, 0 of them", append([]string{"keys", "check"}, on...)...)

	wrong := filepath.Join(t.TempDir(), "wrong.key")
	ok(t, "keys", "create", wrong)
	for _, command := range []string{"check", "rewrap"} {
		if status, _, errs := called(t, "keys", command, "--database-url", h.URL, "--master-key", wrong); status != 1 || !strings.Contains(errs, "does not open this database") {
			t.Errorf("%s: %d: %s", command, status, errs)
		}
	}
	if status, _, errs := called(t, "keys", "check"); status != 1 || !strings.Contains(errs, "HJEMVEJ_MASTER_KEY") || !strings.Contains(errs, "HJEMVEJ_DATABASE_URL") {
		t.Errorf("without anything: %d: %s", status, errs)
	}
	p := newProduction(t, h.URL)
	if status, _, errs := called(t, append(p.flags, "--master-key", wrong)...); status != 1 || !strings.Contains(errs, "does not open this database") {
		t.Errorf("serve: %d: %s", status, errs)
	}
}

func TestAMasterKeyInAVariable(t *testing.T) {
	h := housetest.New(t)
	h.KeepKey(t)
	h.Case(t)
	text, err := os.ReadFile(h.KeyFile)
	must(t, err)
	configure(t, map[string]string{"HJEMVEJ_DATABASE_URL": h.URL, "HJEMVEJ_MASTER_KEY": "", "HJEMVEJ_MASTER_KEY_JSON": string(text)})
	ok(t, "keys", "check")
	t.Setenv("HJEMVEJ_MASTER_KEY_JSON", "secret-value")
	if status, _, errs := called(t, "keys", "check"); status != 1 || !strings.Contains(errs, "no usable master key") || strings.Contains(errs, "secret-value") {
		t.Errorf("%d: %s", status, errs)
	}
	t.Setenv("HJEMVEJ_MASTER_KEY", h.KeyFile)
	if status, _, errs := called(t, "keys", "check"); status != 1 || !strings.Contains(errs, "two keys") {
		t.Errorf("%d: %s", status, errs)
	}
}
