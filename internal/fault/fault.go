// Package fault is the one short list of what can go wrong for a caller.
//
// Rooms return these errors; the API's only translator turns a Kind into an
// RFC 9457 problem document. Every text in an Error is ours and safe to show:
// no value that was sent, no SQL, nothing about a person. Whatever is not an
// Error is "internal" to the outside and goes to the log.
package fault

import (
	"errors"
	"fmt"
)

// Kind is what a caller can do about an error.
type Kind string

// The kinds, from the caller's mistakes to ours.
const (
	Invalid         Kind = "invalid"         // the request breaks a rule of form; mend it
	Unauthenticated Kind = "unauthenticated" // nobody is signed in
	Forbidden       Kind = "forbidden"       // this role never may
	NotFound        Kind = "not_found"       // there is none, or none that you may see
	Conflict        Kind = "conflict"        // the state of things does not allow it
	Stale           Kind = "stale"           // it changed since you read it
	Precondition    Kind = "precondition"    // If-Match is missing
	Gone            Kind = "gone"            // there was one
	TooLarge        Kind = "too_large"       // more bytes than are taken
	TooMany         Kind = "too_many"        // slow down
	Unavailable     Kind = "unavailable"     // try again soon
	Internal        Kind = "internal"        // our fault
)

// Field names one place in the request and what is wrong there.
type Field struct {
	Path    string // JSON path, such as body.decided_on
	Message string
}

// Error is a failure that its receiver can act on.
type Error struct {
	Kind    Kind
	Rule    string // the rule it serves, such as "R16"; "" where it is plain form
	Message string // one safe sentence
	Fields  []Field
	Cause   error // for the log only; never shown
}

// Error is for logs: the kind, the rule and the safe sentence.
func (e *Error) Error() string {
	s := string(e.Kind) + ": " + e.Message
	if e.Rule != "" {
		s += " (" + e.Rule + ")"
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Invalidf says that one place of the request breaks a rule of form.
func Invalidf(path, format string, args ...any) *Error {
	m := fmt.Sprintf(format, args...)
	return &Error{Kind: Invalid, Message: "The request has a value that cannot be used.", Fields: []Field{{path, m}}}
}

// Conflictf says that the state of things does not allow it, and which rule
// says so ("" for none).
func Conflictf(rule, format string, args ...any) *Error {
	return &Error{Kind: Conflict, Rule: rule, Message: fmt.Sprintf(format, args...)}
}

// Missing is a conflict that lists everything that is missing, at once.
func Missing(rule, message string, fields []Field) *Error {
	return &Error{Kind: Conflict, Rule: rule, Message: message, Fields: fields}
}

// NoSuch says that there is no such thing for this caller. What names the kind
// of thing ("case", "plan"), never which.
func NoSuch(what string) *Error {
	return &Error{Kind: NotFound, Message: "There is no such " + what + "."}
}

// Refused says that the caller's role never may do this.
func Refused() *Error {
	return &Error{Kind: Forbidden, Message: "Your role does not include this."}
}

// OutOfScope says that the caller's key was not issued for this, and which scope
// it would need.
func OutOfScope(scope string) *Error {
	return &Error{Kind: Forbidden, Message: "Your key was not issued for this: it does not have the scope " + scope + "."}
}

// KindOf is the kind of the first Error in err's chain, and Internal where
// there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
