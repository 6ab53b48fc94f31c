package picture

import (
	"bufio"
	"bytes"
	"errors"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// planted stands in the test pictures wherever metadata can: in EXIF with its
// GPS, in XMP, in comments.
const planted = "GPS-MARKER"

func TestR11_APictureLosesItsMetadataAndNoPixel(t *testing.T) {
	t.Parallel()
	for name, original := range fixtures(t) {
		if !bytes.Contains(original, []byte(planted)) {
			t.Fatalf("%s has no metadata to lose", name)
		}
		cleaned, err := clean(original)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if bytes.Contains(cleaned, []byte(planted)) {
			t.Errorf("%s keeps metadata", name)
		}
		if !samePicture(t, original, cleaned) {
			t.Errorf("%s changed its pixels", name)
		}
		if again, err := clean(cleaned); err != nil || !bytes.Equal(again, cleaned) {
			t.Errorf("%s, cleaned again, changes: %v", name, err)
		}
	}
}

func TestAPictureStaysAsItIsTurned(t *testing.T) {
	t.Parallel()
	for name, original := range fixtures(t) {
		cleaned, err := clean(original)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := orientationOf(cleaned[max(0, bytes.Index(cleaned, []byte("MM\x00*"))):]); got != 6 {
			t.Errorf("%s says orientation %d", name, got)
		}
	}
}

func TestColourProfilesStay(t *testing.T) {
	t.Parallel()
	for name, mark := range map[string]string{"progressive.jpg": "ICC_PROFILE", "colours.png": "iCCP", "cmyk.jpg": "Adobe", "palette.png": "tRNS"} {
		if cleaned, err := clean(fixtures(t)[name]); err != nil || !bytes.Contains(cleaned, []byte(mark)) {
			t.Errorf("%s lost its %s: %v", name, mark, err)
		}
	}
}

func TestR11_WhatFollowsAPictureIsLeftThere(t *testing.T) {
	t.Parallel()
	for name, original := range fixtures(t) {
		source := bufio.NewReader(strings.NewReader(string(original) + planted))
		var cleaned bytes.Buffer
		if err := by(original)(&cleaned, source); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		rest, err := io.ReadAll(source)
		if string(rest) != planted || err != nil || bytes.Contains(cleaned.Bytes(), []byte(planted)) {
			t.Errorf("%s: %q is left, %v", name, rest, err)
		}
	}
}

func TestHalfAPictureIsRefused(t *testing.T) {
	t.Parallel()
	for name, original := range fixtures(t) {
		var malformed Malformed
		for n := range len(original) {
			if _, err := cleanAs(original, original[:n]); !errors.As(err, &malformed) {
				t.Fatalf("%s: the first %d bytes answer %v", name, n, err)
			}
		}
	}
}

func TestAFailingSourceIsNoMalformedPicture(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line broke")
	for name, original := range fixtures(t) {
		for _, n := range []int{0, 3, 200, len(original) - 1} {
			source := io.MultiReader(bytes.NewReader(original[:n]), iotest.ErrReader(broken))
			if err := by(original)(io.Discard, bufio.NewReader(source)); !errors.Is(err, broken) {
				t.Errorf("%s after %d bytes answers %v", name, n, err)
			}
		}
	}
}

func TestAFailingDestinationIsSaid(t *testing.T) {
	t.Parallel()
	for name, original := range fixtures(t) {
		for n := range 200 {
			err := by(original)(&full{n}, bufio.NewReader(bytes.NewReader(original)))
			if !errors.Is(err, errFull) {
				t.Fatalf("%s: with room for %d bytes it answers %v", name, n, err)
			}
		}
	}
}

var errFull = errors.New("full")

// full is a destination with room for so many bytes.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.room {
		return f.room, errFull
	}
	f.room -= len(p)
	return len(p), nil
}

func fixtures(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.*")
	if err != nil || len(paths) != 6 {
		t.Fatalf("%d pictures, %v", len(paths), err)
	}
	all := map[string][]byte{}
	for _, path := range paths {
		if all[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func by(original []byte) func(io.Writer, *bufio.Reader) error {
	if bytes.HasPrefix(original, []byte{0xFF}) {
		return JPEG
	}
	return PNG
}

func clean(original []byte) ([]byte, error) { return cleanAs(original, original) }

// cleanAs cleans data as what original is.
func cleanAs(original, data []byte) ([]byte, error) {
	var out bytes.Buffer
	err := by(original)(&out, bufio.NewReaderSize(bytes.NewReader(data), 16)) // small, to meet its ends
	return out.Bytes(), err
}

// samePicture reports whether both are shown as the same pixels. It is true
// where the first is no picture that can be shown.
func samePicture(t testing.TB, original, cleaned []byte) bool {
	t.Helper()
	if c, _, err := image.DecodeConfig(bytes.NewReader(original)); err != nil || c.Width*c.Height > 1<<20 {
		return true
	}
	a, _, err := image.Decode(bytes.NewReader(original))
	if err != nil {
		return true
	}
	b, _, err := image.Decode(bytes.NewReader(cleaned))
	if err != nil {
		t.Errorf("it can be shown no more: %v", err)
		return false
	}
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}
