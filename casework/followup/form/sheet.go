package form

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"hjemvej/casework/followup"
)

//go:embed words.json
var wordsJSON []byte

// words are the fixed texts beside the questions, by their name and language.
var words = func() (all map[string]map[string]string) {
	if err := json.Unmarshal(wordsJSON, &all); err != nil {
		panic("form: words.json: " + err.Error())
	}
	return all
}()

// sheet is what stands on a form, whatever prints it.
type sheet struct {
	Language string
	Title    string
	Intro    string
	Occasion string
	Boxes    []string // to be written into
	Sections []section
	Foot     string

	numbered int
}

type section struct {
	Heading   string
	Questions []question
}

type question struct {
	Number  int
	Prompt  string
	Hints   []string // small, below the prompt
	Options []string
	Others  []string // non-answers
}

func (s *sheet) say(name string) string { return words[name][s.Language] }

// Page is the number of a page in words.
func (s *sheet) Page(page, pages string) string {
	return strings.NewReplacer("{page}", page, "{pages}", pages).Replace(s.say("page"))
}

func layOut(kind followup.Kind, language string) sheet {
	rss, service := followup.RSS(), followup.ServiceQuestions()
	s := sheet{Language: language, Foot: rss.Version}
	s.Title, s.Intro, s.Occasion = s.say("title"), s.say("intro"), s.say("occasion."+string(kind))
	for _, box := range []string{"code", "date", "asked_by", "interpreter"} {
		s.Boxes = append(s.Boxes, s.say(box))
	}
	for _, d := range []followup.Dimension{followup.Economic, followup.Social, followup.Psychosocial} {
		s.Sections = append(s.Sections, s.dimension(rss, d))
	}
	if kind == followup.Month3 || kind == followup.Exit {
		s.Sections = append(s.Sections, s.service(service))
		s.Foot += " · " + service.Version
	}
	return s
}

// dimension is the questions of one side of the survey. How answers are read
// stands at the first question of a row that has it.
func (s *sheet) dimension(in followup.Instrument, d followup.Dimension) section {
	out := section{Heading: s.say("section." + string(d))}
	others := s.labels(in.NonAnswer.Codes, in.NonAnswer.Labels)
	note := ""
	for _, ind := range in.Indicators {
		if ind.Dimension != d || !ind.Asked() {
			continue
		}
		scale := in.Scales[ind.Scale]
		q := s.ask(ind.Prompt)
		q.Others = others
		for _, o := range scale.Options {
			q.Options = append(q.Options, o.Label.In(s.Language))
		}
		if len(scale.Options) == 2 && scale.Options[1].Code == "yes" {
			slices.Reverse(q.Options) // whoever ticks expects yes where it stands elsewhere
		}
		if text := scale.Note.In(s.Language); text != note {
			if note = text; text != "" {
				q.Hints = append(q.Hints, text)
			}
		}
		out.Questions = append(out.Questions, q)
		if ind.Key == in.ReasonToLeave.AskedAfter.Indicator {
			out.Questions = append(out.Questions, s.reasons(in))
		}
	}
	return out
}

// reasons is the question that is asked only after an answer to the one before.
func (s *sheet) reasons(in followup.Instrument) question {
	q := s.ask(in.ReasonToLeave.Prompt)
	q.Hints = []string{strings.ReplaceAll(s.say("only_after_no"), "{number}", strconv.Itoa(q.Number-1)), s.say("several")}
	q.Options = append(s.labels(in.ReasonToLeave.Wish, in.ReasonToLeave.Labels), s.labels(in.ReasonToLeave.Need, in.ReasonToLeave.Labels)...)
	q.Others = s.labels(in.NonAnswer.Counted, in.NonAnswer.Labels)
	return q
}

func (s *sheet) service(in followup.ServiceInstrument) section {
	out := section{Heading: s.say("section.service")}
	for _, asked := range in.Questions {
		q := s.ask(asked.Prompt)
		if asked.OnlyWith != "" {
			q.Hints = append(q.Hints, s.say("only_with."+asked.OnlyWith))
		}
		if asked.Several {
			q.Hints = append(q.Hints, s.say("several"))
		}
		for _, o := range asked.Options {
			q.Options = append(q.Options, o.Label.In(s.Language))
		}
		for _, o := range in.NonAnswers {
			q.Others = append(q.Others, o.Label.In(s.Language))
		}
		out.Questions = append(out.Questions, q)
	}
	return out
}

func (s *sheet) ask(p followup.Prompt) question {
	s.numbered++
	return question{Number: s.numbered, Prompt: p.In(s.Language)}
}

func (s *sheet) labels(codes []string, of map[string]followup.Prompt) (out []string) {
	for _, c := range codes {
		out = append(out, of[c].In(s.Language))
	}
	return out
}
