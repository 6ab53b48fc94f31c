package hjemvej

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"hjemvej/internal/access"
)

var update = flag.Bool("update", false, "write the documents that are made from code")

// TestTheAccessPageIsTheTable keeps docs/access.md what the program enforces.
func TestTheAccessPageIsTheTable(t *testing.T) {
	want := accessPage()
	if *update {
		if err := os.WriteFile("docs/access.md", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("docs/access.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/access.md is not the table of internal/access; run: go test . -update")
	}
}

func accessPage() []byte {
	var b bytes.Buffer
	b.WriteString(`# Who may do what

Made from the one table in ` + "`internal/access/table.go`" + `, which the API enforces and row security holds a second time.

**own** is the cases whose contact person you are, **team** those of your team, **handed** those handed to your organisation, by consent, from the offer until it is declined, revoked, or completed plus 30 days (R21), **referred** the people whom it referred, under references that say nothing (R41). Nothing is 403; a record outside your reach does not exist: 404. Finance sees lines and payments, not the story or the health; managers no person's identity; administrators and auditors no case content.

A partner's key needs the scope of the last column, too; where that is *any*, every key will do. What is written of risk goes to the key of the partner's protection focal point alone (R9).

| operation |`)
	for _, r := range access.Roles {
		fmt.Fprintf(&b, " %s |", strings.ReplaceAll(string(r), "_", " "))
	}
	b.WriteString(" a partner's key |\n|---|" + strings.Repeat("---|", len(access.Roles)+1) + "\n")
	for _, rule := range access.Rules() {
		fmt.Fprintf(&b, "| `%s` |", rule.Operation)
		for _, r := range access.Roles {
			fmt.Fprintf(&b, " %s |", rule.Reach(r))
		}
		fmt.Fprintf(&b, " %s |\n", scopeWord(rule.Scope()))
	}
	return b.Bytes()
}

func scopeWord(s access.Scope) string {
	switch s {
	case "":
		return ""
	case access.AnyKey:
		return "*any*"
	}
	return "`" + string(s) + "`"
}
