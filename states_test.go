package hjemvej

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"hjemvej/partners"
)

// TestR20_ThePictureOfTheStatesIsTheirTable keeps docs/handoff-states.svg what
// the state machine is.
func TestR20_ThePictureOfTheStatesIsTheirTable(t *testing.T) {
	const path = "docs/handoff-states.svg"
	want := statesPicture(t)
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s does not show the moves that there are; run: go test . -update", path)
	}
}

// Where each state stands in the picture: column and row.
var places = map[partners.State][2]int{
	partners.Draft: {0, 0}, partners.Offered: {1, 0}, partners.Received: {2, 0}, partners.Accepted: {3, 0}, partners.InProgress: {4, 0}, partners.Completed: {5, 0},
	partners.Declined: {2, 1}, partners.Revoked: {4, 1},
}

// The measures of the picture.
const (
	boxWidth, boxHeight = 112, 40
	columnWidth         = 160
	rowHeight           = 130
	marginX, marginY    = 20, 70
)

func statesPicture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 260" font-family="system-ui, sans-serif" role="img" aria-label="The states of a hand-off">
<style>.b{fill:#f4f8fb;stroke:#0b5b8a;stroke-width:1.5}.e{fill:#eef7ee;stroke:#2e7d32;stroke-width:1.5}.t{font-size:13.5px;font-weight:600;fill:#10222e;text-anchor:middle}.a{stroke:#41525c;stroke-width:1.5;fill:none;marker-end:url(#m)}</style>
<defs><marker id="m" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#41525c"/></marker></defs>
<rect width="960" height="260" fill="#fff"/>
`)
	known := map[partners.State]bool{}
	for _, from := range slices.Sorted(maps.Keys(partners.Moves)) {
		known[from] = true
		for _, to := range partners.Moves[from] {
			known[to] = true
			fmt.Fprintf(&b, "<path class=\"a\" d=\"%s\"/>\n", arrow(from, to))
		}
	}
	for _, state := range slices.Sorted(maps.Keys(known)) {
		if _, ok := places[state]; !ok {
			t.Fatalf("the state %s has no place in the picture", state)
		}
		class := "b"
		if len(partners.Moves[state]) == 0 {
			class = "e"
		}
		x, y := corner(state)
		fmt.Fprintf(&b, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\"/><text class=\"t\" x=\"%d\" y=\"%d\">%s</text>\n",
			class, x, y, boxWidth, boxHeight, x+boxWidth/2, y+boxHeight/2+5, strings.ReplaceAll(string(state), "_", " "))
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func corner(s partners.State) (x, y int) {
	return marginX + places[s][0]*columnWidth, marginY + places[s][1]*rowHeight
}

// arrow is the path from one box to another: straight to the next in the row, an
// arc over those between, and down to the second row.
func arrow(from, to partners.State) string {
	x1, y1 := corner(from)
	x2, y2 := corner(to)
	columns := places[to][0] - places[from][0]
	switch {
	case y1 != y2:
		return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1+boxWidth/2, y1+boxHeight, x1+boxWidth/2, y1+boxHeight+45, x2+boxWidth/2+14*-columns, y2-45, x2+boxWidth/2+14*-columns, y2)
	case columns == 1:
		return fmt.Sprintf("M%d %dH%d", x1+boxWidth, y1+boxHeight/2, x2)
	}
	return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1+boxWidth/2, y1, x1+boxWidth, y1-24*columns, x2, y2-24*columns, x2+boxWidth/2, y2)
}
