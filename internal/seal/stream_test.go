package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"hjemvej/internal/seal"

	"pgregory.net/rapid"
)

// Two segments and a part of a third, so that there is something to cut and swap.
const segment, long = 64 << 10, 150_000

var placeOfFile = seal.At("file", "content", "file-1")

func TestR12_AStreamOpensWithThePersonsKey(t *testing.T) {
	t.Parallel()
	master := newMaster(t)
	keyOfPerson, key := newKey(t, master, person)
	for _, size := range []int{0, 1, segment - 100, segment, long} {
		text := textOf(size)
		wrapped, sealed := sealStream(t, key, text)
		if bytes.Contains(sealed, []byte("Fictional")) {
			t.Error("the text can be read in what was sealed")
		}
		again, err := master.Unwrap(keyOfPerson, placeOfKey(person))
		if err != nil {
			t.Fatal(err)
		}
		stream, err := again.OpenStream(wrapped, placeOfFile)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := openAll(stream, bytes.NewReader(sealed)); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%d bytes opened as %d, %v", size, len(got), err)
		}
	}
}

func TestR12_AStreamOpensOnlyWithItsKeyAtItsPlace(t *testing.T) {
	t.Parallel()
	master := newMaster(t)
	_, key := newKey(t, master, person)
	_, stranger := newKey(t, master, other)
	wrapped, _ := sealStream(t, key, textOf(long))
	if _, err := stranger.OpenStream(wrapped, placeOfFile); !errors.Is(err, seal.ErrClosed) {
		t.Errorf("another person's key unwraps it: %v", err)
	}
	if _, err := key.OpenStream(wrapped, seal.At("file", "content", "file-2")); !errors.Is(err, seal.ErrClosed) {
		t.Errorf("another place unwraps it: %v", err)
	}
	for n := range len(wrapped) {
		if _, err := key.OpenStream(wrapped[:n], placeOfFile); !errors.Is(err, seal.ErrClosed) {
			t.Fatalf("the first %d bytes of a key unwrap: %v", n, err)
		}
	}
}

func TestR12_SwappedStreamsDoNotOpen(t *testing.T) {
	t.Parallel()
	_, key := newKey(t, newMaster(t), person)
	one, _ := sealStream(t, key, textOf(long))
	_, sealedOther := sealStream(t, key, textOf(long))
	stream, err := key.OpenStream(one, placeOfFile)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := openAll(stream, bytes.NewReader(sealedOther)); !errors.Is(err, seal.ErrClosed) || len(got) > 0 {
		t.Errorf("another stream's content opens: %d bytes, %v", len(got), err)
	}
}

// TestR12_NoAlteredStreamOpensWhole alters, cuts, lengthens and reorders: what
// comes out before the failure is a beginning of the text, and never all of it
// without an error.
func TestR12_NoAlteredStreamOpensWhole(t *testing.T) {
	t.Parallel()
	_, key := newKey(t, newMaster(t), person)
	text := textOf(long)
	wrapped, sealed := sealStream(t, key, text)
	stream, err := key.OpenStream(wrapped, placeOfFile)
	if err != nil {
		t.Fatal(err)
	}
	stays := func(t interface{ Fatalf(string, ...any) }, what string, altered []byte) {
		got, err := openAll(stream, bytes.NewReader(altered))
		if !errors.Is(err, seal.ErrClosed) || !bytes.HasPrefix(text, got) {
			t.Fatalf("%s: %d bytes open, %v", what, len(got), err)
		}
	}
	swapped := bytes.Clone(sealed)
	copy(swapped[segment:], sealed[:segment])
	copy(swapped, sealed[segment:2*segment])
	stays(t, "swapped segments", swapped)
	stays(t, "a segment left out", append(bytes.Clone(sealed[:segment]), sealed[2*segment:]...))
	stays(t, "one byte more", append(bytes.Clone(sealed), 0))
	for _, n := range []int{0, 1, 40, 60, segment - 1, segment, segment + 1, 2 * segment, len(sealed) - 1} {
		stays(t, fmt.Sprintf("the first %d bytes", n), sealed[:n])
	}
	rapid.Check(t, func(t *rapid.T) {
		altered := bytes.Clone(sealed)
		altered[rapid.IntRange(0, len(sealed)-1).Draw(t, "byte")] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		stays(t, "an altered byte", altered)
	})
}

func TestAStreamPassesOnWhyItsSourceFailed(t *testing.T) {
	t.Parallel()
	_, key := newKey(t, newMaster(t), person)
	wrapped, sealed := sealStream(t, key, textOf(long))
	stream, err := key.OpenStream(wrapped, placeOfFile)
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the line broke")
	for _, n := range []int{0, 10, segment + 10} {
		source := io.MultiReader(bytes.NewReader(sealed[:n]), iotest.ErrReader(broken))
		if _, err := openAll(stream, source); !errors.Is(err, broken) {
			t.Errorf("after %d bytes it answers %v", n, err)
		}
	}
}

func TestMistakesInUseOfStreamsAreErrors(t *testing.T) {
	t.Parallel()
	_, key := newKey(t, newMaster(t), person)
	_, _, noPlace := key.NewStream("")
	_, _, noKey := seal.Key{}.NewStream("at")
	_, noPlaceOpen := key.OpenStream([]byte("x"), "")
	_, noKeyOpen := seal.Key{}.OpenStream([]byte("x"), "at")
	_, zeroSeal := seal.Stream{}.Seal(io.Discard)
	_, zeroOpen := seal.Stream{}.Open(strings.NewReader("x"))
	for _, err := range []error{noPlace, noKey, noPlaceOpen, noKeyOpen, zeroSeal, zeroOpen} {
		if !errors.Is(err, seal.ErrUse) {
			t.Errorf("answers %v", err)
		}
	}
}

func TestR12_PrintingAStreamShowsNothing(t *testing.T) {
	t.Parallel()
	_, key := newKey(t, newMaster(t), person)
	_, stream, err := key.NewStream(placeOfFile)
	if err != nil {
		t.Fatal(err)
	}
	if shown := fmt.Sprintf("%v %+v %#v %s", stream, stream, struct{ S seal.Stream }{stream}, &stream); strings.Contains(shown, "0x") || len(shown) > 300 {
		t.Errorf("shows %s", shown)
	}
}

func textOf(size int) []byte {
	return bytes.Repeat([]byte("Fictional Name. "), size/16+1)[:size]
}

func sealStream(t *testing.T, k seal.Key, text []byte) (wrapped, sealed []byte) {
	t.Helper()
	wrapped, stream, err := k.NewStream(placeOfFile)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := stream.Seal(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return wrapped, out.Bytes()
}

func openAll(s seal.Stream, r io.Reader) ([]byte, error) {
	opened, err := s.Open(r)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(opened)
}
