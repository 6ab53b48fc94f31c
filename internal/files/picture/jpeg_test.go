package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// TestR11_NoSegmentOfAnApplicationStays puts a segment of every kind at every
// place, also between the scans.
func TestR11_NoSegmentOfAnApplicationStays(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"progressive.jpg", "restart.jpg"} {
		original := fixtures(t)[name]
		want, err := clean(original)
		if err != nil {
			t.Fatal(err)
		}
		begins := []string{"", "JFXX\x00", "Exif\x00\x00", "http://ns.adobe.com/xap/1.0/\x00", "MPF\x00", "Photoshop 3.0\x00"}
		for marker := byte(app0); marker <= com; marker++ {
			for _, begin := range begins {
				for _, at := range placesOf(original) {
					got, err := clean(inserted(original, at, marker, []byte(begin+planted)))
					if marker > app15 && marker < com {
						if !errors.Is(err, strange) {
							t.Fatalf("marker %X answers %v", marker, err)
						}
					} else if err != nil || !bytes.Equal(got, want) {
						t.Fatalf("marker %X with %q at %d: %v, or it stays", marker, begin, at, err)
					}
				}
			}
		}
	}
}

func TestR11_AThumbnailOfJFIFIsCutOff(t *testing.T) {
	t.Parallel()
	original := fixtures(t)["grey.jpg"]
	at := bytes.Index(original, []byte("JFIF\x00"))
	with := bytes.Clone(original)
	with[at+12], with[at+13] = 2, 2
	thumbnail := []byte("..GPS-MARKER")
	binary.BigEndian.PutUint16(with[at-2:], uint16(2+14+len(thumbnail)))
	with = append(with[:at+14:at+14], append(thumbnail, original[at+14:]...)...)
	want, _ := clean(original)
	if got, err := clean(with); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the thumbnail stays: %v", err)
	}
}

func TestAJPEGOutOfOrderIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data string
		want Malformed
	}{
		"another file":            {"GIF89a", notJPEG},
		"a second beginning":      {"\xff\xd8\xff\xd8\x00\x02\xff\xd9", strange},
		"no picture":              {"\xff\xd8\xff\xd9", misplaced},
		"a scan without a frame":  {"\xff\xd8\xff\xda\x00\x02..\xff\xd9", misplaced},
		"two frames":              {"\xff\xd8\xff\xc0\x00\x02\xff\xc0\x00\x02\xff\xd9", misplaced},
		"a length that is none":   {"\xff\xd8\xff\xc0\x00\x01\xff\xd9", damaged},
		"arithmetic coding":       {"\xff\xd8\xff\xc9\x00\x02\xff\xd9", strange},
		"an end within a segment": {"\xff\xd8\xff\xe1\x00\x20Exif", tooShort},
	} {
		if _, err := cleanAs([]byte{0xFF}, []byte(c.data)); err != error(c.want) {
			t.Errorf("%s answers %v", name, err)
		}
	}
}

func TestBytesBetweenSegmentsAreLeftOut(t *testing.T) {
	t.Parallel()
	original := fixtures(t)["grey.jpg"]
	want, _ := clean(original)
	with := append(bytes.Clone(original[:2]), planted...)
	with = append(with, "\xff\x00\xff\xd3\xff\xff"...) // no markers outside of a scan
	if got, err := clean(append(with, original[2:]...)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("they stay: %v", err)
	}
}

func FuzzJPEG(f *testing.F) {
	for _, original := range fixtures(f) {
		f.Add(original)
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkClean(t, []byte{0xFF}, data) })
}

// FuzzJPEGSegment looks for a segment of metadata that stays, whatever begins
// it and wherever it stands.
func FuzzJPEGSegment(f *testing.F) {
	originals := [][]byte{fixtures(f)["progressive.jpg"], fixtures(f)["restart.jpg"]}
	f.Add(byte(0), []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x08\x00\x00\x00"), byte(0))
	f.Add(byte(1), []byte("JFIF\x00\x01\x01"), byte(3))
	f.Add(byte(14), []byte("Adobe\x00\x64"), byte(9))
	f.Fuzz(func(t *testing.T, kind byte, begin []byte, place byte) {
		marker := app0 + kind%17
		if marker > app15 {
			marker = com
		}
		if marker == app2 && bytes.HasPrefix(begin, []byte("ICC_PROFILE\x00")) || len(begin) > 60_000 {
			return // a colour profile stays, whatever it holds
		}
		for _, original := range originals {
			places := placesOf(original)
			payload := append(bytes.Clone(begin), make([]byte, max(0, 32-len(begin)))...)
			with := inserted(original, places[int(place)%len(places)], marker, append(payload, planted...))
			if got, err := clean(with); err != nil || bytes.Contains(got, []byte(planted)) {
				t.Errorf("it stays, or %v", err)
			}
		}
	})
}

// checkClean says of any data that cleaning it does not panic; where it is taken,
// what comes out is clean, and the same picture.
func checkClean(t *testing.T, kind, data []byte) {
	cleaned, err := cleanAs(kind, data)
	var malformed Malformed
	if errors.As(err, &malformed) {
		return
	}
	if err != nil {
		t.Fatalf("answers %v", err)
	}
	if again, err := clean(cleaned); err != nil || !bytes.Equal(again, cleaned) {
		t.Fatalf("cleaned again, it changes: %v", err)
	}
	if !samePicture(t, data, cleaned) {
		t.Fatal("the pixels changed")
	}
}

// placesOf are the offsets at which a segment begins or the end stands.
func placesOf(jpeg []byte) (places []int) {
	for at := 2; at < len(jpeg); {
		marker := jpeg[at+1]
		places = append(places, at)
		if marker == eoi {
			return places
		}
		at += 2 + int(binary.BigEndian.Uint16(jpeg[at+2:]))
		for marker == sos && (jpeg[at] != 0xFF || jpeg[at+1] == 0 || jpeg[at+1] >= rst0 && jpeg[at+1] <= rst7) {
			at++
		}
	}
	return places
}

func inserted(jpeg []byte, at int, marker byte, payload []byte) []byte {
	segment := binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(len(payload)+2))
	return append(append(append(bytes.Clone(jpeg[:at]), segment...), payload...), jpeg[at:]...)
}

func TestOrientationIsReadInBothByteOrders(t *testing.T) {
	t.Parallel()
	for o := orientation(2); o <= 8; o++ {
		little := []byte("II*\x00\x08\x00\x00\x00\x02\x00\x0f\x01\x02\x00\x01\x00\x00\x00a\x00\x00\x00\x12\x01\x03\x00\x01\x00\x00\x00")
		little = append(little, byte(o), 0, 0, 0)
		if got := orientationOf(little); got != o {
			t.Errorf("%d is read as %d", o, got)
		}
		if got := orientationOf(o.exif()); got != o {
			t.Errorf("%d is written as %d", o, got)
		}
	}
}

func TestNoEXIFBreaksTheReading(t *testing.T) {
	t.Parallel()
	whole := orientation(8).exif()
	for n := range len(whole) - 8 { // what follows the value is not needed
		if got := orientationOf(whole[:n]); got != 0 {
			t.Errorf("the first %d bytes say %d", n, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		tiff := append([]byte(rapid.SampledFrom([]string{"II*\x00", "MM\x00*"}).Draw(t, "order")), rapid.SliceOf(rapid.Byte()).Draw(t, "rest")...)
		if o := orientationOf(tiff); o == 1 || o > 8 {
			t.Fatalf("orientation %d", o)
		}
	})
}
