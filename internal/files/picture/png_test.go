package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"testing"
)

// TestR11_NoUnknownChunkStays puts chunks that the list does not have behind the
// header, where each may stand.
func TestR11_NoUnknownChunkStays(t *testing.T) {
	t.Parallel()
	original := fixtures(t)["colours.png"]
	want, err := clean(original)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields("tEXt zTXt iTXt tIME eXIf bKGD hIST sPLT acTL fcTL fdAT caBX dSIG prVt") {
		got, err := clean(afterHeader(original, name, []byte(planted)))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s stays, or %v", name, err)
		}
	}
}

func TestADamagedPNGIsRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"colours.png", "palette.png"} {
		original := fixtures(t)[name]
		var malformed Malformed
		for i := range original {
			altered := bytes.Clone(original)
			altered[i] ^= 0x41
			if _, err := clean(altered); !errors.As(err, &malformed) {
				t.Fatalf("%s with byte %d altered answers %v", name, i, err)
			}
		}
	}
}

func TestAPNGOutOfOrderIsRefused(t *testing.T) {
	t.Parallel()
	original := fixtures(t)["palette.png"]
	header := original[len(pngSignature) : len(pngSignature)+12+13]
	end := original[len(original)-12:]
	for name, c := range map[string]struct {
		data []byte
		want Malformed
	}{
		"no header":         {chunks(end), misplaced},
		"two headers":       {chunks(header, header), misplaced},
		"no picture":        {chunks(header, end), misplaced},
		"an unknown need":   {afterHeader(original, "CgBI", nil), strange},
		"too much of gamma": {afterHeader(original, "gAMA", []byte(planted)), damaged},
		"no name":           {afterHeader(original, "a b ", nil), damaged},
		"an endless chunk":  {chunks(header, []byte("\xff\xff\xff\xffIDAT")), damaged},
		"another signature": {[]byte("\x89PNG\n\n\n\n"), notPNG},
	} {
		if _, err := cleanAs([]byte(pngSignature), c.data); err != error(c.want) {
			t.Errorf("%s answers %v", name, err)
		}
	}
}

func FuzzPNG(f *testing.F) {
	for _, original := range fixtures(f) {
		f.Add(original)
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkClean(t, []byte(pngSignature), data) })
}

// FuzzPNGChunk looks for a chunk of metadata that stays.
func FuzzPNGChunk(f *testing.F) {
	original := fixtures(f)["palette.png"]
	f.Add("eXIf", append(orientation(3).exif(), 0, 0))
	f.Add("iTXt", []byte("XML:com.adobe.xmp"))
	f.Fuzz(func(t *testing.T, name string, begin []byte) {
		if len(name) != 4 || name == "IDAT" || name == "PLTE" || name == "iCCP" || name == "tRNS" {
			return // these hold the picture and its colours, whatever that is
		}
		got, err := clean(afterHeader(original, name, append(bytes.Clone(begin), planted...)))
		var malformed Malformed
		if bytes.Contains(got, []byte(planted)) && err == nil || err != nil && !errors.As(err, &malformed) {
			t.Errorf("%s stays, or %v", name, err)
		}
	})
}

func chunks(parts ...[]byte) []byte {
	return append([]byte(pngSignature), bytes.Join(parts, nil)...)
}

func afterHeader(png []byte, name string, content []byte) []byte {
	at := len(pngSignature) + 12 + 13
	named := append([]byte(name), content...)
	chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), named...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(named))
	return append(append(bytes.Clone(png[:at]), chunk...), png[at:]...)
}
