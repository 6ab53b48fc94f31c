package letter_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hjemvej/internal/calendar"
	"hjemvej/internal/letter"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden letters anew")

func TestR11_EveryLetterReadsAsAgreed(t *testing.T) {
	t.Parallel()
	forEveryLetter(t, func(t *testing.T, l letter.Letter, m letter.Message) {
		golden(t, string(l.Kind)+"."+l.Language, m)
	})
}

// golden compares a letter with the one that was agreed.
func golden(t *testing.T, name string, m letter.Message) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	got := strings.Join([]string{"From: " + m.Sender, "Subject: " + m.Subject, "", m.Text, m.HTML}, "\n")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run go test -update and read the letter", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the letter has changed; run go test -update and read it (-want +got):\n%s", diff)
	}
}

func TestR23_ALetterBeforeTheLastDayCountsWhatIsNotUsedUp(t *testing.T) {
	t.Parallel()
	for kind, says := range map[letter.Kind]map[int]string{
		letter.SupportEnds:      {0: "approved exception.\n\nCase: ", 1: "1 line is not", 3: "3 lines are not"},
		letter.SupportEndsThere: {0: "We miss nothing", 1: "1 line is not", 3: "3 lines are not"},
	} {
		for lines, want := range says {
			l := example(kind, "en")
			l.Lines = lines
			m, err := letter.Compose(l)
			if err != nil || !strings.Contains(m.Text, want) {
				t.Errorf("%s, %d lines: %q, %v", kind, lines, m.Text, err)
			}
		}
	}
}

func TestR11_NoLetterSaysWhatTheWorkIsAbout(t *testing.T) {
	t.Parallel()
	// A list of its own, and cruder than Neutral's: parts of words count too.
	never := strings.Fields(`traffick menneskehand prostitu sex cmm victim survivor hjemsend hjemvej hjemrejse
		repatri reintegr refleks reflect exploit udnyt slave coerc tvang asyl asylum deport udvis politi police
		migra iom programme`)
	words := strings.Fields("handel handlet offer offeret ofre return returned prepared")
	forEveryLetter(t, func(t *testing.T, _ letter.Letter, m letter.Message) {
		all := strings.ToLower(m.Sender + " " + m.Subject + " " + m.Text + " " + m.HTML)
		for _, part := range never {
			if strings.Contains(all, part) {
				t.Errorf("it says %q", part)
			}
		}
		for _, word := range words {
			if strings.Contains(" "+strings.NewReplacer(".", " ", ",", " ", ":", " ", "<", " ", ">", " ", "\n", " ").Replace(all)+" ", " "+word+" ") {
				t.Errorf("it says %q", word)
			}
		}
	})
}

func TestR11_EveryLetterCarriesCodeAndSignIn(t *testing.T) {
	t.Parallel()
	ends := map[string]string{"da": "Log ind for at læse: ", "en": "Sign in to read: "}
	forEveryLetter(t, func(t *testing.T, l letter.Letter, m letter.Message) {
		if !strings.Contains(m.Subject, l.CaseCode) || strings.Contains(m.Subject, "\n") {
			t.Errorf("the subject is %q", m.Subject)
		}
		if !strings.Contains(m.Text, l.CaseCode) || !strings.Contains(m.HTML, l.CaseCode) {
			t.Error("the case code is missing in the body")
		}
		if !strings.HasSuffix(m.Text, ends[l.Language]+l.Link+"\n") {
			t.Errorf("the letter ends otherwise:\n%s", m.Text)
		}
		if !strings.Contains(m.HTML, `href="`+l.Link+`"`) || strings.Contains(m.HTML, "src=") {
			t.Error("the HTML lacks the link, or loads something")
		}
	})
}

func TestR11_ALinkThatSaysTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	for _, link := range []string{
		"https://prostitution.example/x",
		"https://desk.example/menneskehandel",
		"https://desk.example/c?from=CMM",
		"https://hjemvej.example/c/K7-0001",
		"https://desk.example/prepared-return",
	} {
		l := example(letter.SurveyAlert, "da")
		l.Link = link
		if _, err := letter.Compose(l); !errors.Is(err, letter.ErrNotNeutral) || strings.Contains(err.Error(), link) {
			t.Errorf("%s answers %v", link, err)
		}
	}
}

func TestR11_ACodeMayByChanceSpellAnything(t *testing.T) {
	t.Parallel()
	l := example(letter.SurveyAlert, "en")
	l.CaseCode, l.Link = "K7-IOM-CMM", "https://desk.example/c/K7-IOM-CMM"
	if _, err := letter.Compose(l); err != nil {
		t.Error(err)
	}
}

func TestR11_NeutralKnowsItsWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"Victims of trafficking":                  letter.ErrNotNeutral,
		"MENNESKEHANDEL":                          letter.ErrNotNeutral,
		"til ofrene":                              letter.ErrNotNeutral,
		"noreply@cmm.example":                     letter.ErrNotNeutral,
		"Prepared  return":                        letter.ErrNotNeutral,
		"refleksionsperioden":                     letter.ErrNotNeutral,
		"Behandlingen af sagen er i gang":         nil,
		"The payment was returned, as he offered": nil,
		"atom and axiom":                          nil,
		"":                                        nil,
	} {
		if err := letter.Neutral(text); !errors.Is(err, want) {
			t.Errorf("%q answers %v", text, err)
		}
	}
}

func TestALetterThatLacksSomethingIsNotWritten(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*letter.Letter){
		"kind":            func(l *letter.Letter) { l.Kind = "sender" },
		"language":        func(l *letter.Letter) { l.Language = "de" },
		"no code":         func(l *letter.Letter) { l.CaseCode = "" },
		"code with line":  func(l *letter.Letter) { l.CaseCode = "K7\r\nBcc: x" },
		"days":            func(l *letter.Letter) { l.Days = 0 },
		"date":            func(l *letter.Letter) { l.DueOn = calendar.Date{} },
		"no link":         func(l *letter.Letter) { l.Link = "" },
		"a code too many": func(l *letter.Letter) { l.Kind = letter.EndpointPaused },
		"path":            func(l *letter.Letter) { l.Link = "/c/1" },
		"script":          func(l *letter.Letter) { l.Link = "javascript:alert(1)" },
		"plain http":      func(l *letter.Letter) { l.Link = "http://desk.example/c/1" },
		"password":        func(l *letter.Letter) { l.Link = "https://a:b@desk.example/c/1" },
	} {
		l := example(letter.FollowupReminderBefore, "da")
		spoil(&l)
		if m, err := letter.Compose(l); !errors.Is(err, letter.ErrLetter) || m != (letter.Message{}) {
			t.Errorf("%s answers %v", name, err)
		}
	}
}

func TestOneDayIsOneDay(t *testing.T) {
	t.Parallel()
	for language, want := range map[string]string{"da": "om 1 dag.", "en": "in 1 day."} {
		l := example(letter.ReflectionEnds, language)
		l.Days = 1
		if m, err := letter.Compose(l); err != nil || !strings.Contains(m.Text, want) {
			t.Errorf("%s: %v\n%s", language, err, m.Text)
		}
	}
}

func forEveryLetter(t *testing.T, check func(*testing.T, letter.Letter, letter.Message)) {
	for _, kind := range letter.Kinds() {
		for _, language := range []string{"da", "en"} {
			t.Run(string(kind)+"."+language, func(t *testing.T) {
				l := example(kind, language)
				m, err := letter.Compose(l)
				if err != nil {
					t.Fatal(err)
				}
				check(t, l, m)
			})
		}
	}
}

func example(kind letter.Kind, language string) letter.Letter {
	l := letter.Letter{
		Kind: kind, Language: language, CaseCode: "K7-0001", Days: 3, Lines: 2,
		DueOn: calendar.MustParse("2026-03-10"), Link: "https://desk.example/c/K7-0001",
	}
	if kind == letter.EndpointPaused {
		l.CaseCode, l.Link = "", "https://desk.example/events"
	}
	return l
}
