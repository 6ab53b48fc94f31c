package seal_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hjemvej/internal/seal"
	"hjemvej/internal/seal/kms"
	"hjemvej/internal/seal/kmstest"

	"github.com/tink-crypto/tink-go/v2/tink"
)

// each runs a test once with a KMS of each kind, and a master key under it.
func each(t *testing.T, do func(t *testing.T, c *under)) {
	kmstest.Each(t, func(t *testing.T, s *kmstest.Server, newKey func() string) {
		c := &under{Server: s, path: filepath.Join(t.TempDir(), "master.json"), newKey: newKey, uri: newKey()}
		c.key = keyAt(t, c.uri)
		must(t, seal.CreateMasterFile(c.path, c.key))
		do(t, c)
	})
}

// under is a master key file under a KMS.
type under struct {
	*kmstest.Server
	path   string
	newKey func() string
	uri    string
	key    tink.AEAD
}

// opens wants the file to open under a key, and what was wrapped with it before.
func (c *under) opens(t *testing.T, key tink.AEAD, wrapped []byte) *seal.Master {
	t.Helper()
	master, err := seal.OpenMaster(c.path, key)
	must(t, err)
	if _, err := master.Unwrap(wrapped, placeOfKey(person)); err != nil {
		t.Error(err)
	}
	return master
}

func keyAt(t *testing.T, uri string) tink.AEAD {
	t.Helper()
	key, err := kms.Open(uri, "THE_SETTING")
	must(t, err)
	return key
}

func TestR12_AMasterKeyUnderAKMSIsAskedForOnceAndThenServesEverybody(t *testing.T) {
	each(t, func(t *testing.T, c *under) {
		text, err := os.ReadFile(c.path)
		must(t, err)
		if strings.Contains(string(text), `"keyData"`) || !strings.Contains(string(text), `"encryptedKeyset"`) {
			t.Errorf("the file is plain: %s", text)
		}
		before := c.Asked()
		master, err := seal.OpenMaster(c.path, c.key)
		must(t, err)
		wrapped, _ := newKey(t, master, person)
		c.opens(t, c.key, wrapped)
		fromText, err := seal.ParseMaster(string(text), c.key)
		must(t, err)
		if _, err := fromText.Unwrap(wrapped, placeOfKey(person)); err != nil {
			t.Error(err)
		}
		if n := c.Asked() - before; n != 3 {
			t.Errorf("three openings asked the KMS %d times", n)
		}
		for range 3 { // what never opens is no reason to ask again
			if _, err := master.Unwrap([]byte("nonsense"), placeOfKey(person)); !errors.Is(err, seal.ErrClosed) {
				t.Error(err)
			}
		}
		if n := c.Asked() - before; n != 3 {
			t.Errorf("nonsense asked the KMS %d times", n-3)
		}
	})
}

func TestR12_AMasterKeyUnderAKMSIsRotatedWhileAProgramRuns(t *testing.T) {
	each(t, func(t *testing.T, c *under) {
		running, err := seal.OpenMaster(c.path, c.key)
		must(t, err)
		old, _ := newKey(t, running, person)
		must(t, seal.RotateMasterFile(c.path, c.key))
		rotated := c.opens(t, c.key, old)
		anew, err := rotated.Rewrap(old, placeOfKey(person))
		must(t, err)
		if running.Current(anew) || !rotated.Current(anew) {
			t.Error("the new key is not the primary one")
		}
		c.Refuse(c.uri, true)
		if _, err := running.Unwrap(anew, placeOfKey(person)); !errors.Is(err, seal.ErrClosed) || !errors.Is(err, kms.ErrRefused) {
			t.Errorf("while the KMS refuses: %v", err)
		}
		if _, err := running.Unwrap(old, placeOfKey(person)); err != nil {
			t.Errorf("what it could open, it cannot any more: %v", err)
		}
		c.Refuse(c.uri, false)
		eventually(t, func() bool { _, err := running.Unwrap(anew, placeOfKey(person)); return err == nil })
		if !running.Current(anew) {
			t.Error("the running program does not take the new key up")
		}
	})
}

func TestR12_AMasterKeyIsMovedUnderAKMSToAnotherKeyAndBack(t *testing.T) {
	each(t, func(t *testing.T, c *under) {
		master, err := seal.OpenMaster(c.path, c.key)
		must(t, err)
		wrapped, _ := newKey(t, master, person)
		other := keyAt(t, c.newKey())
		for _, way := range [][2]tink.AEAD{{c.key, other}, {other, nil}, {nil, c.key}} {
			must(t, seal.MoveMasterFile(c.path, way[0], way[1]))
			if now := c.opens(t, way[1], wrapped); !now.Current(wrapped) {
				t.Error("the move made another key the primary one")
			}
			if about, err := os.Stat(c.path); err != nil || about.Mode() != 0o600 {
				t.Errorf("the file's mode is %v, %v", about.Mode(), err)
			}
			if _, err := seal.OpenMaster(c.path, way[0]); err == nil {
				t.Error("it opens as before")
			}
		}
	})
}

func TestR12_AMasterFileSaysWhetherItWantsAKMS(t *testing.T) {
	each(t, func(t *testing.T, c *under) {
		if _, err := seal.OpenMaster(c.path, nil); !errors.Is(err, seal.ErrEncrypted) {
			t.Errorf("an encrypted file without a KMS: %v", err)
		}
		if _, err := seal.OpenMaster(masterFile(t), c.key); !errors.Is(err, seal.ErrPlain) {
			t.Errorf("a plain file with one: %v", err)
		}
		must(t, os.WriteFile(c.path, []byte("SECRETSECRET"), 0o600))
		if _, err := seal.OpenMaster(c.path, c.key); !errors.Is(err, seal.ErrNotAKey) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("nonsense: %v", err)
		}
	})
}

func TestR12_AMasterFileIsLeftAloneWhereTheKMSDoesNotOpenIt(t *testing.T) {
	each(t, func(t *testing.T, c *under) {
		before, err := os.ReadFile(c.path)
		must(t, err)
		another := keyAt(t, c.newKey())
		closed := c.newKey()
		c.Refuse(closed, true)
		wants := func(want error, do func() error) {
			t.Helper()
			if err := do(); !errors.Is(err, want) {
				t.Errorf("answers %v, want %v", err, want)
			}
		}
		wants(kms.ErrOtherKey, func() error { return seal.RotateMasterFile(c.path, another) })
		wants(kms.ErrOtherKey, func() error { return seal.MoveMasterFile(c.path, another, nil) })
		wants(kms.ErrRefused, func() error { return seal.MoveMasterFile(c.path, c.key, keyAt(t, closed)) })
		wants(kms.ErrOtherKey, func() error { return seal.MoveMasterFile(c.path, c.key, sealsOnly{c.key, another}) })
		wants(kms.ErrRefused, func() error { return seal.CreateMasterFile(c.path+".2", keyAt(t, closed)) })
		c.Stop()
		wants(kms.ErrUnreachable, func() error { return seal.RotateMasterFile(c.path, c.key) })
		wants(kms.ErrUnreachable, func() error { _, err := seal.OpenMaster(c.path, c.key); return err })
		if after, err := os.ReadFile(c.path); err != nil || string(after) != string(before) {
			t.Errorf("the file was changed, %v", err)
		}
		if left, err := filepath.Glob(c.path + ".*"); err != nil || left != nil {
			t.Errorf("%v is left behind, %v", left, err)
		}
	})
}

// sealsOnly encrypts what it does not open again.
type sealsOnly struct {
	tink.AEAD
	opens tink.AEAD
}

func (s sealsOnly) Decrypt(text, aad []byte) ([]byte, error) { return s.opens.Decrypt(text, aad) }

func TestAWSTakesDozensOfRotationsAndThenLeavesTheFileAsItWas(t *testing.T) {
	s := kmstest.Start(t)
	path, key := filepath.Join(t.TempDir(), "master.json"), keyAt(t, s.NewAWSKey())
	must(t, seal.CreateMasterFile(path, key))
	rotations, err := 0, error(nil)
	for ; err == nil && rotations < 100; rotations++ {
		err = seal.RotateMasterFile(path, key)
	}
	if rotations--; rotations < 30 || !errors.Is(err, kms.ErrRefused) {
		t.Errorf("%d rotations, then %v", rotations, err)
	}
	t.Logf("%d rotations", rotations)
	if _, err := seal.OpenMaster(path, key); err != nil {
		t.Error(err)
	}
}

// eventually waits out the second in which a file is not read again.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for range 100 {
		if holds() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("it never came to hold")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
