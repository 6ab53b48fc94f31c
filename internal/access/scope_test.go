package access_test

import (
	"slices"
	"testing"

	"hjemvej/internal/access"

	"pgregory.net/rapid"
)

func TestEveryOperationThatAPartnerReachesNamesAScope(t *testing.T) {
	for _, rule := range access.Rules() {
		reached, scope := rule.Reach(access.Partner) != access.None, rule.Scope()
		if named := scope == access.AnyKey || slices.Contains(access.Scopes, scope); named != reached {
			t.Errorf("%s: a partner reaches it: %v; it needs the scope %q", rule.Operation, reached, scope)
		}
	}
}

// A key reaches an operation by its scope alone, whatever else it may.
func TestAKeyReachesWhatItsScopesSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scopes := rapid.SliceOfDistinct(rapid.SampledFrom(access.Scopes), rapid.ID).Draw(t, "scopes")
		key := access.Actor{ID: "k", Role: access.Partner, Partner: "p", Scopes: access.SetOf(scopes...)}
		for _, rule := range access.Rules() {
			may := rule.Reach(access.Partner) != access.None && (rule.Scope() == access.AnyKey || slices.Contains(scopes, rule.Scope()))
			if got := access.ReachOf(key, rule.Operation) != access.None; got != may {
				t.Fatalf("%s with %v: reached %v", rule.Operation, scopes, got)
			}
			lacking := access.Lacking(key, rule.Operation)
			if want := !may && rule.Reach(access.Partner) != access.None; (lacking != "") != want || want && lacking != rule.Scope() {
				t.Fatalf("%s with %v: lacks %q", rule.Operation, scopes, lacking)
			}
		}
	})
}

func TestASetOfScopesHoldsWhatWasPutIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOf(rapid.SampledFrom(append([]access.Scope{"", "none", access.AnyKey}, access.Scopes...))).Draw(t, "scopes")
		set := access.SetOf(in...)
		for _, s := range access.Scopes {
			if set.Has(s) != slices.Contains(in, s) {
				t.Fatalf("%v: has %s: %v", in, s, set.Has(s))
			}
		}
		if !set.Has(access.AnyKey) || set.Has("") || set.Has("none") || access.SetOf(set.List()...) != set {
			t.Fatalf("%v is %v", in, set.List())
		}
	})
}
