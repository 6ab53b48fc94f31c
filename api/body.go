package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hjemvej/internal/fault"
)

// What a body may be at most. Nothing that the service takes comes near it.
const (
	maxBody  = 1 << 20 // bytes
	maxDepth = 32      // objects and arrays in each other
	bodyTime = 10 * time.Second
)

// readBody takes the request's whole body, within limits of size and time, and
// puts it back for Huma.
func readBody(w http.ResponseWriter, r *http.Request, within time.Duration) ([]byte, error) {
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(within)) // a recorder in a test has none
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return nil, &fault.Error{Kind: fault.TooLarge, Message: "The body is larger than 1 MiB."}
	case err != nil:
		return nil, notArrived(err)
	}
	_ = conn.SetReadDeadline(time.Time{})
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// checkBody refuses a body that is not one JSON document of plain text, before
// anything looks at its fields. wanted is whether the operation takes one.
func checkBody(h http.Header, body []byte, wanted bool) error {
	if !wanted {
		if t := bytes.TrimSpace(body); len(t) > 0 && string(t) != "{}" {
			return fault.Invalidf("body", "must be empty: this operation takes none")
		}
		return nil
	}
	if len(body) == 0 {
		return &fault.Error{Kind: malformed, Message: "The request needs a body."}
	}
	if !isJSON(h) {
		return &fault.Error{Kind: unsupported, Message: "The body must be application/json in UTF-8."}
	}
	if !utf8.Valid(body) {
		return &fault.Error{Kind: malformed, Message: "The body is not UTF-8."}
	}
	if !json.Valid(body) {
		return &fault.Error{Kind: malformed, Message: "The body is not JSON."}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	return checkValue(d, "body", 0)
}

// isPlain reports whether the body is sent as it is, not compressed.
func isPlain(h http.Header) bool {
	e := h.Get("Content-Encoding")
	return e == "" || strings.EqualFold(e, "identity")
}

func isJSON(h http.Header) bool {
	if !isPlain(h) {
		return false
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, has := params["charset"]
	return err == nil && kind == "application/json" && (!has || strings.EqualFold(charset, "utf-8"))
}

// propertyForm is what a property of this service can be called. What is called
// otherwise is not known, and its name may be data, so it is not repeated.
var propertyForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)

// checkValue walks one value of a document that is known to be JSON; path is its
// place.
func checkValue(d *json.Decoder, path string, depth int) error {
	token, err := d.Token()
	if err != nil {
		return &fault.Error{Kind: malformed, Message: "The body is not JSON."}
	}
	switch t := token.(type) {
	case string:
		if !isText(t) {
			return fault.Invalidf(path, "has a character that is not text")
		}
		if isBlank(t) {
			return fault.Invalidf(path, "has nothing but blanks in it")
		}
	case json.Delim:
		if depth >= maxDepth {
			return fault.Invalidf("body", "is nested too deeply")
		}
		if t == '{' {
			err = checkObject(d, path, depth)
		} else {
			err = checkArray(d, path, depth)
		}
		if err != nil {
			return err
		}
		_, err = d.Token() // the closing bracket
		return err
	}
	return nil
}

func checkArray(d *json.Decoder, path string, depth int) error {
	for i := 0; d.More(); i++ {
		if err := checkValue(d, path+"["+strconv.Itoa(i)+"]", depth+1); err != nil {
			return err
		}
	}
	return nil
}

// checkObject refuses a property that comes twice: validation would look at the
// last, and decoding would mix both.
func checkObject(d *json.Decoder, path string, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return &fault.Error{Kind: malformed, Message: "The body is not JSON."}
		}
		name, _ := token.(string)
		if !propertyForm.MatchString(name) {
			return fault.Invalidf("body", "has a property that is not known")
		}
		if seen[name] {
			return fault.Invalidf("body", "has a property twice")
		}
		seen[name] = true
		if err := checkValue(d, path+"."+name, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// isText reports whether s is UTF-8 without control characters but line breaks
// and tabs, and without the mark that stands for what could not be decoded.
func isText(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return r == utf8.RuneError || unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	}) < 0
}

// isBlank reports whether s has something in it, and nothing that can be seen:
// no name, and no reason, is that. The empty text says that there is none.
func isBlank(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) }) < 0
}
