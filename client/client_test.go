package client_test

import (
	"reflect"
	"strings"
	"testing"

	"hjemvej/client"
	"hjemvej/internal/access"
)

// TestTheClientHasWhatAPartnersKeyReaches holds oapi-codegen.yaml to the table of
// access.
func TestTheClientHasWhatAPartnersKeyReaches(t *testing.T) {
	t.Parallel()
	operations := reflect.TypeFor[client.ClientInterface]()
	for _, r := range access.Rules() {
		if r.Operation == "read-calendar" {
			continue // by a calendar's own address, and with no key
		}
		_, withJSON := operations.MethodByName(methodOf(r.Operation))
		_, withBytes := operations.MethodByName(methodOf(r.Operation) + "WithBody")
		in := withJSON || withBytes
		if reaches := r.Reach(access.Partner) != access.None; reaches != in {
			t.Errorf("%s: a partner's key reaches it: %t; the client has it: %t. Change client/oapi-codegen.yaml and run go generate ./client", r.Operation, reaches, in)
		}
	}
}

// methodOf is what the generator calls an operation.
func methodOf(op access.Operation) (name string) {
	for word := range strings.SplitSeq(string(op), "-") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return name
}
