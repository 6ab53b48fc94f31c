package access

import "slices"

// Scope is one thing that a partner's key may be used for.
type Scope string

// The scopes of keys. What is written of risk has none of its own: it goes to the
// key of the partner's protection focal point alone (R9).
const (
	ReadHandoffs   Scope = "read_handoffs"
	AnswerHandoffs Scope = "answer_handoffs"
	ReportArrival  Scope = "report_arrival"
	ReportSupport  Scope = "report_support"
	Upload         Scope = "upload"
	FollowUp       Scope = "follow_up"
)

// AnyKey stands in the table where every key will do. No key is issued with it.
const AnyKey Scope = "any"

// Scopes lists what a key can be issued with, in the order of the documentation.
var Scopes = []Scope{ReadHandoffs, AnswerHandoffs, ReportArrival, ReportSupport, Upload, FollowUp}

// ScopeSet is what one key may be used for. Sets compare with ==, so that actors
// do.
type ScopeSet uint8

// EveryScope is the set of them all.
var EveryScope = SetOf(Scopes...)

// SetOf is the set of scopes; what is none is left out.
func SetOf(scopes ...Scope) (set ScopeSet) {
	for _, s := range scopes {
		if i := slices.Index(Scopes, s); i >= 0 {
			set |= 1 << i
		}
	}
	return set
}

// Has reports whether the set includes the scope. Every set has AnyKey, and none
// has "".
func (set ScopeSet) Has(s Scope) bool {
	return s == AnyKey || set&SetOf(s) != 0
}

// List is the set's scopes, in their order.
func (set ScopeSet) List() (out []Scope) {
	for _, s := range Scopes {
		if set.Has(s) {
			out = append(out, s)
		}
	}
	return out
}
