package paper

import (
	"testing"
	"unicode/utf8"

	"hjemvej/casework/plan"
	"hjemvej/internal/press"
)

func TestEveryFixedTextCanBeShownInItsPDF(t *testing.T) {
	for name, texts := range words {
		for _, l := range Languages {
			if _, lacking := press.Printable(texts[l]); lacking && Check(l, press.PDF) == nil && name != "missing_characters" {
				t.Errorf("%s in %s has a character that the fonts lack", name, l)
			}
		}
	}
}

// FuzzPrint prints whatever may be written in a plan in both formats.
func FuzzPrint(f *testing.F) {
	for _, g := range oddPlan().Content.Goals {
		f.Add(g.Goal)
	}
	f.Add("\U000e0041\ufeff\uffff")
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || tells(text) {
			return
		}
		v := version(plan.Action, plan.Content{Goals: []plan.Goal{{Goal: text, Actions: []plan.Step{
			{Area: "health", What: text, Responsible: "person", DueOn: day, State: "open"}}}}})
		for _, format := range []press.Format{press.HTML, press.PDF} {
			print(t, v, "ro", format)
		}
	})
}
