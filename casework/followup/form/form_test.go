package form

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/followup"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/press"
)

var kinds = []followup.Kind{followup.Baseline, followup.Month3, followup.Exit, followup.Month12}

func print(t *testing.T, kind followup.Kind, language string, format press.Format) press.File {
	t.Helper()
	f, err := Print(kind, language, format)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestR37_EveryLanguageHasEveryFixedTextOfTheForm(t *testing.T) {
	place := regexp.MustCompile(`\{[a-z]+\}`)
	for name, texts := range words {
		if len(texts) != len(followup.Languages) {
			t.Errorf("%s is in %d languages", name, len(texts))
		}
		for _, l := range followup.Languages {
			if strings.TrimSpace(texts[l]) == "" || !slices.Equal(place.FindAllString(texts[l], -1), place.FindAllString(texts["en"], -1)) {
				t.Errorf("%s is missing in %s, or lacks a place", name, l)
			}
		}
	}
	for _, q := range followup.ServiceQuestions().Questions {
		if q.OnlyWith != "" && words["only_with."+q.OnlyWith] == nil {
			t.Errorf("the form does not say of whom %s is asked", q.Key)
		}
	}
}

func TestR37_TheFormAsksEveryQuestionOnceWithEveryAnswer(t *testing.T) {
	rss, service := followup.RSS(), followup.ServiceQuestions()
	for _, l := range followup.Languages {
		for _, kind := range kinds {
			s := layOut(kind, l)
			n, prompts := 0, map[string]bool{}
			for _, sec := range s.Sections {
				for _, q := range sec.Questions {
					if n++; q.Number != n || prompts[q.Prompt] || len(q.Options) < 2 || len(q.Others) < 2 {
						t.Errorf("%s in %s: %+v", kind, l, q)
					}
					prompts[q.Prompt] = true
				}
			}
			want := 29 // with the reasons to leave
			if kind == followup.Month3 || kind == followup.Exit {
				want += len(service.Questions)
			}
			if n != want {
				t.Errorf("%s in %s asks %d questions, want %d", kind, l, n, want)
			}
			for _, ind := range rss.Indicators {
				if prompts[ind.Prompt.In(l)] != ind.Asked() {
					t.Errorf("%s in %s: %s is asked: %v", kind, l, ind.Key, !ind.Asked())
				}
			}
		}
	}
}

func TestR37_TheFormSaysWhenTheReasonsAreAsked(t *testing.T) {
	for _, l := range followup.Languages {
		last := layOut(followup.Baseline, l).Sections[2].Questions
		if q := last[len(last)-1]; len(q.Hints) != 2 || !strings.Contains(q.Hints[0], "28") || q.Number != 29 {
			t.Errorf("in %s: %+v", l, q)
		}
	}
}

// unspoken are words that no form may have, beside those of letters.
var unspoken = strings.Fields("menneskehandel offer tvang udnyttelse hjemsendelse asyl trafficking traffick victim prostitut exploit repatriat reintegr asylum programme program " +
	"trafic sclav azil traite esclav rapatri réintégr asile cmm iom")

func TestR11_NoFormSaysWhatTheWorkIsAbout(t *testing.T) {
	tag := regexp.MustCompile(`(?s)<style>.*</style>|<[^>]*>`)
	for _, l := range followup.Languages {
		for _, kind := range kinds {
			f := print(t, kind, l, press.HTML)
			text := tag.ReplaceAllString(string(f.Body), " ") + " " + f.Name
			if err := letter.Neutral(text); err != nil {
				t.Errorf("%s in %s: %v", kind, l, err)
			}
			for _, word := range unspoken {
				if strings.Contains(strings.ToLower(text), word) {
					t.Errorf("the form in %s says %q", l, word)
				}
			}
			if strings.Contains(string(f.Body), "ZgotmplZ") || strings.Contains(string(f.Body), "http") || strings.Contains(string(f.Body), "src=") {
				t.Errorf("the page in %s loads something, or has a text where it cannot stand", l)
			}
		}
	}
}

func TestR37_AFormIsAlwaysTheSameAndHasEveryLetter(t *testing.T) {
	for _, l := range followup.Languages {
		for _, kind := range kinds {
			one, two := print(t, kind, l, press.PDF), print(t, kind, l, press.PDF)
			if !bytes.Equal(one.Body, two.Body) || !bytes.HasPrefix(one.Body, []byte("%PDF-")) || bytes.Contains(one.Body, []byte("/JavaScript")) {
				t.Errorf("the form of %s in %s differs from itself, or is no PDF", kind, l)
			}
		}
		for name, texts := range words {
			if _, lacking := press.Printable(texts[l]); lacking {
				t.Errorf("%s in %s has a letter that the fonts lack", name, l)
			}
		}
		s := layOut(followup.Exit, l)
		for _, sec := range s.Sections {
			for _, q := range sec.Questions {
				for _, text := range slices.Concat([]string{q.Prompt}, q.Hints, q.Options, q.Others) {
					if _, lacking := press.Printable(text); lacking {
						t.Errorf("question %d in %s has a letter that the fonts lack", q.Number, l)
					}
				}
			}
		}
	}
}

func TestAFormOfWhatIsNotAskedIsRefused(t *testing.T) {
	for _, wrong := range [][3]string{{"month_1", "da", "pdf"}, {"exit", "th", "pdf"}, {"exit", "da", "doc"}, {"", "", ""}} {
		if _, err := Print(followup.Kind(wrong[0]), wrong[1], press.Format(wrong[2])); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}
