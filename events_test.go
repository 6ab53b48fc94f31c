package hjemvej

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"hjemvej/internal/access"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/partners/events"
)

// TestR11_TheSchemasOfEventsAreTheirTable keeps docs/events what is sent: ids, a
// code and a number.
func TestR11_TheSchemasOfEventsAreTheirTable(t *testing.T) {
	want := map[string][]byte{}
	for _, k := range outbox.EventKinds {
		if k.Says == "" || k.Ending && k.Category != "" || letter.Neutral(string(k.Type)+" "+k.Says) != nil {
			t.Errorf("%s is not whole, or not neutral", k.Type)
		}
		want[filepath.Join("docs", "events", string(k.Type)+".json")] = schema(t, k)
	}
	if *update {
		for path, text := range want {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	have, err := filepath.Glob("docs/events/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range have {
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want[path]) {
			t.Errorf("%s is not what the program sends; run: go test . -update", path)
		}
	}
	if len(have) != len(want) {
		t.Errorf("%d schemas of %d events", len(have), len(want))
	}
}

type object map[string]any

func schema(t *testing.T, k outbox.EventKind) []byte {
	t.Helper()
	names := []string{"sequence"}
	if k.Type != outbox.EndpointTest {
		names = append(names, "case_code", "handoff_id")
	}
	if k.Object != "" {
		names = append(names, k.Object)
	}
	data := object{}
	for _, name := range names {
		data[name] = property(t, name)
	}
	text, err := json.MarshalIndent(object{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": k.Type, "description": k.Says,
		"type": "object", "required": []string{"type", "timestamp", "data"},
		"properties": object{
			"id":        object{"type": "string", "format": "uuid", "description": "Of a polled event; at an endpoint it is the header webhook-id"},
			"type":      object{"const": k.Type},
			"timestamp": object{"type": "string", "format": "date-time"},
			"data":      object{"type": "object", "required": names, "properties": data},
		},
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// property is the schema of a field of events.Data, which must have it.
func property(t *testing.T, name string) object {
	t.Helper()
	for field := range reflect.TypeFor[events.Data]().Fields() {
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case tag != name:
		case field.Type.Kind() == reflect.Int64:
			return object{"type": "integer", "minimum": 1, "description": field.Tag.Get("doc")}
		case field.Tag.Get("format") != "":
			return object{"type": "string", "format": field.Tag.Get("format")}
		default:
			return object{"type": "string", "pattern": access.CodePattern}
		}
	}
	t.Fatalf("no event has a field %s", name)
	return nil
}

// TestTheGuideForPartnersNamesEveryEvent keeps the list in docs/partners.md the
// table.
func TestTheGuideForPartnersNamesEveryEvent(t *testing.T) {
	const path, begin, end = "docs/partners.md", "<!-- events: made by go test . -update -->\n", "<!-- end of events -->\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, ends := strings.Cut(rest, end)
	if !found || !ends {
		t.Fatalf("%s has no place for the events", path)
	}
	var list strings.Builder
	list.WriteString("\n| type | says | with, beside the case and the hand-off |\n|---|---|---|\n")
	for _, k := range outbox.EventKinds {
		with := ""
		if k.Object != "" {
			with = "`" + k.Object + "`"
		}
		fmt.Fprintf(&list, "| [`%s`](events/%[1]s.json) | %s | %s |\n", k.Type, k.Says, with)
	}
	want := before + begin + list.String() + "\n" + end + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Errorf("%s does not name the events that there are; run: go test . -update", path)
	}
}
