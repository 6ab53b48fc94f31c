package paper

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"hjemvej/casework/plan"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

// sheet is what stands on a paper, whatever prints it. Texts that somebody wrote
// are in Written and in the first cell of a row; all others are fixed texts.
type sheet struct {
	voice

	Title      string
	Intro      string
	Facts      []fact
	Sections   []section
	Notes      []string
	Agreement  string
	Signatures []signature
	Foot       string // on every page, beside its number
	Name       string // of the document: code and version
	savedOn    calendar.Date
}

// fact is one thing by which papers and versions are matched.
type fact struct{ Label, Value string }

type section struct {
	Heading string
	Written string
	Columns []column
	Rows    []row
	Empty   string // in place of a table without rows
}

type column struct {
	Title string
	Share float64 // of the width
	Right bool
}

type row struct {
	Over  string // small, above the first cell
	Cells []string
	Sum   bool
}

// Tall reports whether a page may end within the row.
func (r row) Tall() bool {
	return utf8.RuneCountInString(r.Cells[0]) > 400 || strings.Count(r.Cells[0], "\n") > 15
}

// written is a text of somebody's, without the characters that turn the
// direction of what follows: a paper must not read otherwise than it was saved.
func written(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, text)
}

type signature struct{ Who, Date, Language string }

// Language is the sheet's own, for the page.
func (s sheet) Language() string { return string(s.voice) }

// PageParts are the words before the number of a page, between it and the
// number of pages, and after that.
func (s sheet) PageParts() []string {
	return strings.Split(s.say("page", "{page}", "|", "{pages}", "|"), "|")
}

// markLength is how much of the content's hash stands on paper: enough to match
// a signed paper with the version that was approved (R16).
const markLength = 8

func layOut(v plan.Version, code, language string) (sheet, error) {
	say := voice(language)
	mark := v.Hash[:min(markLength, len(v.Hash))]
	number := strconv.Itoa(v.Version)
	s := sheet{
		voice: say, Title: say.say("title." + string(v.Kind)), Intro: say.say("intro." + string(v.Kind)),
		savedOn: calendar.Today(v.SavedAt), Agreement: say.say("agreement"), Name: code + " – " + number,
		Foot: code + "  ·  " + say.say("version") + " " + number + "  ·  " + mark,
	}
	s.Facts = []fact{{say.say("code"), code}, {say.say("version"), number}, {say.say("saved_on"), say.date(s.savedOn)}, {say.say("mark"), mark}}
	for _, who := range []string{"signature.self", "signature.representative"} {
		s.Signatures = append(s.Signatures, signature{say.say(who), say.say("signature.date"), say.say("signature.language")})
	}
	for i, g := range v.Content.Goals {
		s.Sections = append(s.Sections, s.goal(i+1, g))
	}
	if len(v.Content.Lines) == 0 {
		return s, nil
	}
	lines, err := s.lines(v.Content.Lines)
	s.Sections = append(s.Sections, lines)
	s.Notes = append(s.Notes, say.say("currency_note"))
	return s, err
}

func (s sheet) goal(n int, g plan.Goal) section {
	out := section{
		Heading: s.say("goal", "{n}", strconv.Itoa(n)), Written: written(g.Goal), Empty: s.say("no_actions"),
		Columns: []column{{s.say("column.what"), .43, false}, {s.say("column.who"), .21, false}, {s.say("column.due"), .22, false}, {s.say("column.state"), .14, false}},
	}
	for _, a := range g.Actions {
		out.Rows = append(out.Rows, row{Over: s.say("area." + a.Area),
			Cells: []string{written(a.What), s.say("responsible." + a.Responsible), s.date(a.DueOn), s.say("state." + a.State)}})
	}
	return out
}

// lines are the lines of support with their sum. Pocket money is counted apart
// (R24).
func (s sheet) lines(lines []plan.Line) (section, error) {
	out := section{Columns: []column{{s.say("column.purpose"), .34, false}, {s.say("column.form"), .15, false}, {s.say("column.first"), .165, false},
		{s.say("column.told"), .165, false}, {s.say("column.amount"), .18, true}}}
	var support, besides money.Amount
	for _, l := range lines {
		amount, err := s.amount(l.Amount)
		if err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, row{Over: s.say("category." + l.Category),
			Cells: []string{written(l.Purpose), s.say("form." + l.Form), s.date(l.DueOn), s.date(l.ToldOn), amount}})
		parts, err := s.instalments(l)
		if err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, parts...)
		sum := &support
		if l.Category == "pocket_money" {
			sum = &besides
		}
		if *sum, err = sum.Add(l.Amount); err != nil {
			return out, err
		}
	}
	for _, sum := range []struct {
		name   string
		amount money.Amount
	}{{"total", support}, {"total_besides", besides}} {
		if sum.amount == (money.Amount{}) {
			continue
		}
		amount, err := s.amount(sum.amount)
		if err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, row{Cells: []string{s.say(sum.name), "", "", "", amount}, Sum: true})
	}
	return out, nil
}

// instalments are a row for each promised day of a line that has several (R30).
func (s sheet) instalments(l plan.Line) (rows []row, err error) {
	for i, part := range l.Instalments {
		amount, err := s.amount(part.Amount)
		if err != nil {
			return nil, err
		}
		name := "instalment"
		if l.ProofBeforeNext && i > 0 {
			name = "instalment_after_proof"
		}
		text := s.say(name, "{n}", strconv.Itoa(i+1), "{of}", strconv.Itoa(len(l.Instalments)))
		rows = append(rows, row{Cells: []string{text, "", s.date(part.DueOn), "", amount}})
	}
	return rows, nil
}
