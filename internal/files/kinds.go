package files

import (
	"bufio"
	"io"
	"net/http"

	"hjemvej/internal/fault"
	"hjemvej/internal/files/picture"
)

// kind is a kind of file that is taken, and how it is copied.
type kind struct {
	contentType string
	copy        func(io.Writer, *bufio.Reader) error
}

var kinds = []kind{
	{"application/pdf", unchanged},
	{"image/jpeg", picture.JPEG},
	{"image/png", picture.PNG},
}

// kindOf looks at how a file begins.
func kindOf(src *bufio.Reader) (kind, error) {
	const enough = 512 // bytes: what net/http looks at
	begin, err := src.Peek(enough)
	if err != nil && err != io.EOF {
		return kind{}, err
	}
	if len(begin) == 0 {
		return kind{}, fault.Invalidf("body", "must be a file; it is empty")
	}
	found := http.DetectContentType(begin)
	for _, k := range kinds {
		if k.contentType == found {
			return k, nil
		}
	}
	return kind{}, fault.Invalidf("body", "must be a PDF, a JPEG or a PNG; save a picture of another kind, such as HEIC, as a JPEG first")
}

func unchanged(dst io.Writer, src *bufio.Reader) error {
	_, err := io.Copy(dst, src)
	return err
}
