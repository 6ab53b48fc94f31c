package seal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"hjemvej/internal/seal"

	"pgregory.net/rapid"
)

const person, other = "person-1", "person-2"

func TestR12_SealedIdentityOpensAtItsPlace(t *testing.T) {
	t.Parallel()
	master := newMaster(t)
	wrapped, key := newKey(t, master, person)
	at := seal.At("person", "name", person)
	sealed := mustSeal(t, key, "Fictional Name", at)
	if bytes.Contains(sealed, []byte("Fictional")) {
		t.Error("the name can be read in what was sealed")
	}
	again, err := master.Unwrap(wrapped, placeOfKey(person))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open(sealed, at); err != nil || string(got) != "Fictional Name" {
		t.Errorf("opened %q, %v", got, err)
	}
	if bytes.Equal(sealed, mustSeal(t, key, "Fictional Name", at)) {
		t.Error("equal names are sealed to equal bytes, so they can be matched")
	}
}

func TestR12_AMovedValueDoesNotOpen(t *testing.T) {
	t.Parallel()
	_, key := newKey(t, newMaster(t), person)
	sealed := mustSeal(t, key, "Fictional Name", seal.At("person", "name", person))
	for _, at := range []string{
		seal.At("person", "name", other),
		seal.At("person", "city", person),
		seal.At("relative", "name", person),
	} {
		mustStayClosed(t, key, sealed, at)
	}
}

func TestR12_AnotherPersonsKeyDoesNotOpen(t *testing.T) {
	t.Parallel()
	master := newMaster(t)
	_, key := newKey(t, master, person)
	_, stranger := newKey(t, master, other)
	at := seal.At("person", "name", person)
	mustStayClosed(t, stranger, mustSeal(t, key, "Fictional Name", at), at)
}

func TestR12_AWrappedKeyBelongsToItsPerson(t *testing.T) {
	t.Parallel()
	master := newMaster(t)
	wrapped, _ := newKey(t, master, person)
	if _, err := master.Unwrap(wrapped, placeOfKey(other)); !errors.Is(err, seal.ErrClosed) {
		t.Errorf("another person's row unwraps it: %v", err)
	}
}

func TestR12_AnotherMasterDoesNotUnwrap(t *testing.T) {
	t.Parallel()
	wrapped, _ := newKey(t, newMaster(t), person)
	if _, err := newMaster(t).Unwrap(wrapped, placeOfKey(person)); !errors.Is(err, seal.ErrClosed) {
		t.Errorf("another master unwraps it: %v", err)
	}
}

func TestR12_NoAlteredByteOpens(t *testing.T) {
	t.Parallel()
	master := newMaster(t)
	wrapped, key := newKey(t, master, person)
	at := seal.At("person", "name", person)
	sealed := mustSeal(t, key, "Fictional Name", at)
	rapid.Check(t, func(t *rapid.T) {
		altered := bytes.Clone(sealed)
		altered[rapid.IntRange(0, len(sealed)-1).Draw(t, "byte")] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		if _, err := key.Open(altered, at); !errors.Is(err, seal.ErrClosed) {
			t.Fatalf("an altered value opens: %v", err)
		}
	})
	for n := range len(sealed) {
		mustStayClosed(t, key, sealed[:n], at)
	}
	for n := range len(wrapped) {
		if _, err := master.Unwrap(wrapped[:n], placeOfKey(person)); !errors.Is(err, seal.ErrClosed) {
			t.Fatalf("the first %d bytes of a key unwrap: %v", n, err)
		}
	}
}

func TestAnythingSealedOpensUnchanged(t *testing.T) {
	t.Parallel()
	_, key := newKey(t, newMaster(t), person)
	rapid.Check(t, func(t *rapid.T) {
		text, row := rapid.SliceOf(rapid.Byte()).Draw(t, "text"), rapid.String().Draw(t, "row")
		sealed, err := key.Seal(text, seal.At("person", "name", row))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := key.Open(sealed, seal.At("person", "name", row)); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("opened %x, %v", got, err)
		}
	})
}

func TestPlacesAreNeverConfused(t *testing.T) {
	t.Parallel()
	short := rapid.StringMatching(`["\\.#a]{0,3}`)
	rapid.Check(t, func(t *rapid.T) {
		a := [3]string{short.Draw(t, "a"), short.Draw(t, "b"), short.Draw(t, "c")}
		b := [3]string{short.Draw(t, "d"), short.Draw(t, "e"), short.Draw(t, "f")}
		if same := seal.At(a[0], a[1], a[2]) == seal.At(b[0], b[1], b[2]); same != (a == b) {
			t.Fatalf("%q and %q share a place: %v", a, b, same)
		}
	})
}

func TestMistakesInUseAreErrors(t *testing.T) {
	t.Parallel()
	_, key := newKey(t, newMaster(t), person)
	_, noPlace := key.Seal([]byte("x"), "")
	_, noKey := seal.Key{}.Seal([]byte("x"), "at")
	_, noKeyOpen := seal.Key{}.Open([]byte("x"), "at")
	_, _, noMaster := (*seal.Master)(nil).NewKey("at")
	_, noMasterUnwrap := (&seal.Master{}).Unwrap([]byte("x"), "at")
	for _, err := range []error{noPlace, noKey, noKeyOpen, noMaster, noMasterUnwrap} {
		if !errors.Is(err, seal.ErrUse) {
			t.Errorf("answers %v", err)
		}
	}
}

func TestR12_PrintingAKeyShowsNothing(t *testing.T) {
	t.Parallel()
	master := newMaster(t)
	_, key := newKey(t, master, person)
	for _, v := range []any{key, &key, master, struct{ K seal.Key }{key}} {
		asJSON, _ := json.Marshal(v)
		shown := fmt.Sprintf("%v %+v %#v %s %s", v, v, v, v, asJSON)
		if strings.Contains(shown, "0x") || len(shown) > 300 {
			t.Errorf("shows %s", shown)
		}
	}
}

func newMaster(t *testing.T) *seal.Master {
	t.Helper()
	master, err := seal.NewMaster()
	if err != nil {
		t.Fatal(err)
	}
	return master
}

func newKey(t *testing.T, m *seal.Master, person string) ([]byte, seal.Key) {
	t.Helper()
	wrapped, key, err := m.NewKey(placeOfKey(person))
	if err != nil {
		t.Fatal(err)
	}
	return wrapped, key
}

func placeOfKey(person string) string { return seal.At("person_key", "wrapped", person) }

func mustSeal(t *testing.T, k seal.Key, text, at string) []byte {
	t.Helper()
	sealed, err := k.Seal([]byte(text), at)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func mustStayClosed(t *testing.T, k seal.Key, sealed []byte, at string) {
	t.Helper()
	if got, err := k.Open(sealed, at); !errors.Is(err, seal.ErrClosed) || got != nil {
		t.Errorf("opened %q, %v", got, err)
	}
}
