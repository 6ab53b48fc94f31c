package seal_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hjemvej/internal/seal"
)

func TestR12_TheMasterFileIsPrivateAndOpensAgain(t *testing.T) {
	t.Parallel()
	path := masterFile(t)
	if about, err := os.Stat(path); err != nil || about.Mode() != 0o600 {
		t.Fatalf("the file's mode is %v, %v", about.Mode(), err)
	}
	wrapped, key := newKey(t, openMaster(t, path), person)
	again, err := openMaster(t, path).Unwrap(wrapped, placeOfKey(person))
	if err != nil {
		t.Fatal(err)
	}
	sealed := mustSeal(t, key, "Fictional Name", "at")
	if got, err := again.Open(sealed, "at"); err != nil || string(got) != "Fictional Name" {
		t.Errorf("opened %q, %v", got, err)
	}
}

func TestR12_AMasterFileIsNeverReplaced(t *testing.T) {
	t.Parallel()
	path := masterFile(t)
	before, _ := os.ReadFile(path)
	if err := seal.CreateMasterFile(path, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("answers %v", err)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the master key was replaced")
	}
}

func TestR12_AMasterFileThatOthersReadIsRefused(t *testing.T) {
	t.Parallel()
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620, 0o777} {
		path := masterFile(t)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.OpenMaster(path, nil); !errors.Is(err, seal.ErrNotPrivate) {
			t.Errorf("mode %v answers %v", mode, err)
		}
	}
}

func TestR12_WithoutAMasterKeyNothingStarts(t *testing.T) {
	t.Parallel()
	if _, err := seal.OpenMaster(filepath.Join(t.TempDir(), "none.json"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file answers %v", err)
	}
	if _, err := seal.OpenMaster(t.TempDir(), nil); !errors.Is(err, seal.ErrNotAKey) {
		t.Errorf("a folder answers %v", err)
	}
}

func TestR12_ABrokenMasterFileIsRefusedWithoutShowingIt(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile(masterFile(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty":        "",
		"half":         string(whole[:len(whole)/2]),
		"not JSON":     "SECRETSECRET",
		"no keys":      `{"primaryKeyId":1,"key":[]}`,
		"wrong type":   strings.Replace(string(whole), "AesGcmKey", "SECRETKey", 1),
		"unknown JSON": `{"value":"SECRETSECRET"}`,
	} {
		path := filepath.Join(t.TempDir(), "master.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := seal.OpenMaster(path, nil)
		if !errors.Is(err, seal.ErrNotAKey) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s answers %v", name, err)
		}
	}
}

func masterFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "master.json")
	if err := seal.CreateMasterFile(path, nil); err != nil {
		t.Fatal(err)
	}
	return path
}

func openMaster(t *testing.T, path string) *seal.Master {
	t.Helper()
	master, err := seal.OpenMaster(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return master
}

func TestR12_ARotatedFileOpensWhatBothKeysWrapped(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "master.key")
	if err := seal.CreateMasterFile(path, nil); err != nil {
		t.Fatal(err)
	}
	running, err := seal.OpenMaster(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	old, key, err := running.NewKey("at")
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := key.Seal([]byte("Fictional Name"), "at")
	if err != nil {
		t.Fatal(err)
	}
	if err := seal.RotateMasterFile(path, nil); err != nil {
		t.Fatal(err)
	}
	rotated, err := seal.OpenMaster(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	anew, err := rotated.Rewrap(old, "at")
	if err != nil || rotated.Current(old) || !rotated.Current(anew) || !running.Current(old) || running.Current(anew) {
		t.Errorf("old %v %v, new %v %v: %v", running.Current(old), rotated.Current(old), running.Current(anew), rotated.Current(anew), err)
	}
	for _, wrapped := range [][]byte{old, anew} { // the running one reads the file again
		again, err := running.Unwrap(wrapped, "at")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := again.Open(sealed, "at"); err != nil || string(got) != "Fictional Name" {
			t.Errorf("%q, %v", got, err)
		}
	}
	if _, err := rotated.Rewrap(anew, "elsewhere"); !errors.Is(err, seal.ErrClosed) {
		t.Errorf("rewrapped for another place: %v", err)
	}
	if rotated.Current([]byte("nonsense")) || (&seal.Master{}).Current(anew) {
		t.Error("nonsense is current")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.WriteFile(path+".next", nil, 0o600); err != nil { // another rotation is under way
		t.Fatal(err)
	}
	if err := seal.RotateMasterFile(path, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("two at once: %v", err)
	}
}
