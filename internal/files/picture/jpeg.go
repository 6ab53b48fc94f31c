package picture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// The markers of a JPEG that are told apart; each stands after a byte 0xFF.
const (
	sof0, sof1, sof2   = 0xC0, 0xC1, 0xC2 // a frame: baseline, extended, progressive
	dht, dqt, dri, dnl = 0xC4, 0xDB, 0xDD, 0xDC
	rst0, rst7         = 0xD0, 0xD7
	soi, eoi, sos      = 0xD8, 0xD9, 0xDA
	app0, app1, app2   = 0xE0, 0xE1, 0xE2
	app14, app15, com  = 0xEE, 0xEF, 0xFE
)

// JPEG copies a JPEG from src to dst without its metadata, and leaves src after
// the picture's end: what follows there, such as a second picture, is no part of
// it. It uses some 70 KB of memory, however large the picture is.
//
// Kept are the frame, its tables and scans, the colour profile, what JFIF says
// of the size of a dot, and how colours are transformed.
func JPEG(dst io.Writer, src *bufio.Reader) error {
	return buffered(dst, func(out *bufio.Writer) error {
		return (&jpeg{in: src, out: out}).copy()
	})
}

// jpeg is a picture on its way.
type jpeg struct {
	in              *bufio.Reader
	out             *bufio.Writer
	payload         [1<<16 - 1]byte
	framed, scanned bool
	turned          bool // the orientation was written
}

func (j *jpeg) copy() error {
	begin := j.payload[:2]
	if _, err := io.ReadFull(j.in, begin); err != nil {
		return err
	}
	if begin[0] != 0xFF || begin[1] != soi {
		return notJPEG
	}
	if _, err := j.out.Write(begin); err != nil {
		return err
	}
	marker, err := j.next(io.Discard)
	for err == nil && marker != eoi {
		marker, err = j.part(marker)
	}
	if err != nil {
		return err
	}
	if !j.scanned {
		return misplaced
	}
	_, err = j.out.Write([]byte{0xFF, eoi})
	return err
}

// next is the next marker. What stands before it goes to between: in a scan that
// is the picture itself, outside of one it belongs to nothing and viewers skip
// it.
func (j *jpeg) next(between io.Writer) (byte, error) {
	for {
		if err := j.upToFF(between); err != nil {
			return 0, err
		}
		marker := byte(0xFF)
		for marker == 0xFF { // any number of them may stand before a marker
			var err error
			if marker, err = j.in.ReadByte(); err != nil {
				return 0, err
			}
		}
		if marker != 0 && (marker < rst0 || marker > rst7) {
			return marker, nil
		}
		// Both are part of a scan: 0xFF itself, and marks to restart at.
		if _, err := between.Write([]byte{0xFF, marker}); err != nil {
			return 0, err
		}
	}
}

// upToFF copies up to the next 0xFF, and takes that away.
func (j *jpeg) upToFF(dst io.Writer) error {
	for {
		some, err := j.in.ReadSlice(0xFF)
		more := errors.Is(err, bufio.ErrBufferFull)
		if err != nil && !more {
			return err
		}
		if !more {
			some = some[:len(some)-1]
		}
		if _, err := dst.Write(some); err != nil || !more {
			return err
		}
	}
}

// part copies one part or leaves it out, and gives the marker of the next.
func (j *jpeg) part(marker byte) (byte, error) {
	payload, err := j.segment()
	if err != nil {
		return 0, err
	}
	switch marker {
	case sof0, sof1, sof2:
		if j.framed {
			return 0, misplaced
		}
		j.framed = true
	case sos:
		if !j.framed {
			return 0, misplaced
		}
		j.scanned = true
	case dht, dqt, dri, dnl:
	default:
		if marker != com && (marker < app0 || marker > app15) {
			return 0, strange
		}
		payload = j.kept(marker, payload)
	}
	if err := j.write(marker, payload); err != nil {
		return 0, err
	}
	if marker == sos {
		return j.next(j.out)
	}
	return j.next(io.Discard)
}

// kept is what stays of a segment of an application's: nil for none of it.
func (j *jpeg) kept(marker byte, payload []byte) []byte {
	switch {
	case marker == app0 && bytes.HasPrefix(payload, []byte("JFIF\x00")):
		jfif := make([]byte, 14) // its last two bytes are the thumbnail's size: none
		copy(jfif[:12], payload)
		return jfif
	case marker == app1 && !j.turned && bytes.HasPrefix(payload, []byte("Exif\x00\x00")):
		if o := orientationOf(payload[6:]); o != 0 {
			j.turned = true
			return append(payload[:6], o.exif()...)
		}
	case marker == app2 && bytes.HasPrefix(payload, []byte("ICC_PROFILE\x00")):
		return payload
	case marker == app14 && len(payload) >= 12 && bytes.HasPrefix(payload, []byte("Adobe")):
		return payload[:12]
	}
	return nil
}

// segment reads what follows a marker: its length, and so much.
func (j *jpeg) segment() ([]byte, error) {
	size := j.payload[:2]
	if _, err := io.ReadFull(j.in, size); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(size))
	if n < 2 {
		return nil, damaged
	}
	_, err := io.ReadFull(j.in, j.payload[:n-2])
	return j.payload[:n-2], err
}

func (j *jpeg) write(marker byte, payload []byte) error {
	if payload == nil {
		return nil
	}
	head := binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(len(payload)+2))
	if _, err := j.out.Write(head); err != nil {
		return err
	}
	_, err := j.out.Write(payload)
	return err
}
