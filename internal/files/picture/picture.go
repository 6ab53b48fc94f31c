// Package picture takes out of pictures what is not the picture: where and when
// it was taken and with what, who edited it, comments, and the small pictures of
// it that cameras and programs put in, which may show what was cut away later
// (R11).
//
// It copies a stream, part by part, and never decodes a pixel: what is shown is
// the same to the last bit. What stays are the parts on a short list; whatever
// is not on it, known or not, is left out. Two things about a picture are no
// metadata to its viewer and stay in their smallest form: its colours, and which
// side is up, which photographs say in EXIF; of that one number remains.
//
// What is not whole and well-formed is refused: see Malformed.
package picture

import (
	"bufio"
	"errors"
	"io"
)

// Malformed says why a picture is refused, as a sentence about it that is safe
// to show, such as "it ends too early".
type Malformed string

// Error is the reason.
func (m Malformed) Error() string { return string(m) }

const (
	tooShort  Malformed = "it ends too early"
	notJPEG   Malformed = "it does not begin as a JPEG"
	notPNG    Malformed = "it does not begin as a PNG"
	strange   Malformed = "it has a part that viewers do not know"
	misplaced Malformed = "its parts are not in order"
	damaged   Malformed = "one of its parts is damaged"
)

// ended makes the end of the source, wherever it is not expected, Malformed.
// Other errors of the source stay what they are.
func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return tooShort
	}
	return err
}

// buffered runs a copy with a buffer before dst.
func buffered(dst io.Writer, run func(*bufio.Writer) error) error {
	out := bufio.NewWriter(dst)
	if err := run(out); err != nil {
		return ended(err)
	}
	return out.Flush()
}
