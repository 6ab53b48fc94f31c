package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hjemvej/internal/access"
)

// scoped makes the world's key do no more than the scopes.
func (w *world) scoped(scopes ...access.Scope) *world {
	w.t.Helper()
	_, err := w.owner.Exec(w.t.Context(), `UPDATE partner_keys SET scopes = $1`, scopes)
	must(w.t, err)
	return w
}

// TestEveryOperationOfAPartnerAsksForItsScope asks each with a key that has
// every other scope, and with one that has this alone.
func TestEveryOperationOfAPartnerAsksForItsScope(t *testing.T) {
	t.Parallel()
	served := documented(t)
	keys := map[access.Scope]struct{ with, without *world }{}
	for _, scope := range access.Scopes {
		others := slices.DeleteFunc(slices.Clone(access.Scopes), func(s access.Scope) bool { return s == scope })
		keys[scope] = struct{ with, without *world }{newWorld(t, nil).scoped(scope), newWorld(t, nil).scoped(others...)}
	}
	for _, rule := range access.Rules() {
		key, ok := keys[rule.Scope()]
		if !ok {
			continue
		}
		op := served[rule.Operation]
		path := pathParameter.ReplaceAllStringFunc(op.path, func(name string) string {
			name = strings.Trim(name, "{}")
			return nobody[name] + op.params[name]
		})
		asked := req{method: op.method, path: path, bearer: key.without.key}
		before := key.without.denials()
		p := key.without.refused(asked, http.StatusForbidden, "forbidden")
		if !strings.Contains(p.Detail, string(rule.Scope())) {
			t.Errorf("%s: told %q", rule.Operation, p.Detail)
		}
		if n := key.without.denials(); n != before+1 {
			t.Errorf("%s: %d refusals are recorded", rule.Operation, n-before)
		}
		asked.bearer = key.with.key
		if got := key.with.do(asked).Code; got == http.StatusForbidden || got == http.StatusUnauthorized || got >= 500 {
			t.Errorf("%s with the scope %s: %d", rule.Operation, rule.Scope(), got)
		}
	}
}

func TestAKeyIsToldItsScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).scoped(access.Upload, access.ReadHandoffs)
	var me Me
	must(t, json.Unmarshal(w.do(req{method: "GET", path: "/v1/me", bearer: w.key}).Body.Bytes(), &me))
	if want := []access.Scope{access.ReadHandoffs, access.Upload}; !slices.Equal(me.Scopes, want) {
		t.Errorf("%v, want %v", me.Scopes, want)
	}
	rec := w.do(req{method: "GET", path: "/v1/me", bearer: people[access.Finance]})
	if strings.Contains(rec.Body.String(), "scopes") {
		t.Errorf("staff has scopes: %s", rec.Body)
	}
}

// What no scope opens stays the role's refusal: a partner is told of no scope
// that would help.
func TestNoScopeOpensWhatIsNoPartners(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.refused(req{method: "GET", path: "/v1/cases", bearer: w.key}, http.StatusForbidden, "forbidden")
	if strings.Contains(p.Detail, "scope") {
		t.Errorf("told %q", p.Detail)
	}
}
