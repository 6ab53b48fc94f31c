package api

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"strconv"

	"hjemvej/internal/fault"

	"github.com/danielgtaylor/huma/v2"
)

// CasePath is embedded in the input of every operation on one case. A code that
// cannot be one is not refused as a mistake of form: there is no such case.
type CasePath struct {
	Code string `path:"code" example:"K7QX-2MVD" doc:"The case's code"`
}

// IfMatch is embedded in the input of every change of an existing thing: the
// version that the caller read. Without it the answer is 428, with another
// version 412.
type IfMatch struct {
	Match string `header:"If-Match" required:"true" example:"\"3\"" doc:"The ETag of what you read and now change"`
}

// Version is the number that the caller read; it is at least 1.
func (m IfMatch) Version() int { return versionOf(m.Match) }

// MaybeIfMatch is IfMatch where a thing may not exist yet.
type MaybeIfMatch struct {
	Match string `header:"If-Match" example:"\"3\"" doc:"The ETag of what you read and now change; leave it out where there is none yet"`
}

// Version is the number that the caller read, 0 where they read none.
func (m MaybeIfMatch) Version() int { return versionOf(m.Match) }

func (IfMatch) versionNeeded() bool      { return true }
func (MaybeIfMatch) versionNeeded() bool { return false }

var tagForm = regexp.MustCompile(`^"([1-9][0-9]{0,8})"$`)

func versionOf(tag string) int {
	m := tagForm.FindStringSubmatch(tag)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // nine digits
	return n
}

// checkIfMatch refuses what no reading can have answered: it matches nothing.
// "*" would make the check worthless.
func checkIfMatch(h http.Header, needed bool) error {
	sent := h.Values("If-Match")
	switch {
	case len(sent) == 0 && needed:
		return &fault.Error{Kind: fault.Precondition}
	case len(sent) == 0:
		return nil
	case len(sent) > 1 || versionOf(sent[0]) == 0:
		return &fault.Error{Kind: fault.Stale, Message: "If-Match is not a version that was answered here."}
	}
	return nil
}

// tag is a version as an ETag.
func tag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// Paging is embedded in the input of every list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Items on a page"`
	Cursor string `query:"cursor" maxLength:"400" doc:"next_cursor of the page before; leave it out for the first"`

	after string
}

// After is the last key of the page before, "" for the first page.
func (p *Paging) After() string { return p.after }

// Resolve reads the cursor, for Huma.
func (p *Paging) Resolve(huma.Context) []error {
	last, err := base64.RawURLEncoding.Strict().DecodeString(p.Cursor)
	if err != nil || !isText(string(last)) {
		return []error{&huma.ErrorDetail{Location: "query.cursor", Message: "expected a cursor that was answered here"}}
	}
	p.after = string(last)
	return nil
}

// cursor is a key as the opaque text of next_cursor; "" stays "".
func cursor(key string) string { return base64.RawURLEncoding.EncodeToString([]byte(key)) }
