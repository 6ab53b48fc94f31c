package form

import (
	"strconv"
	"time"

	"hjemvej/internal/press"
)

// In millimetres.
const (
	tick       = 3.2 // the side of a box to tick
	afterTick  = 1.6
	betweenTwo = 6.0
	boxHeight  = 9.0
	optionLead = 5.6
	numberWide = 8.0
)

// made is the day of the form's file: it has none of its own, and the same form
// is always the same file.
var made = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

type printer struct{ *press.Press }

func (s sheet) pdf() ([]byte, error) {
	p := printer{press.New("form", s.Language, made)}
	p.opening(s)
	for _, sec := range s.Sections {
		p.section(sec)
	}
	p.Feet(s.Foot, func(page, pages int) string { return s.Page(strconv.Itoa(page), strconv.Itoa(pages)) })
	return p.Bytes()
}

func (p printer) opening(s sheet) {
	p.Paragraph(s.Title, press.Title)
	p.Paragraph(s.Occasion, press.Heading)
	p.Y += 2.5
	p.Paragraph(s.Intro, press.Text)
	p.Y += 4
	const gap = 4
	wide := (press.Width - gap*float64(len(s.Boxes)-1)) / float64(len(s.Boxes))
	for i, label := range s.Boxes {
		x := press.Margin + float64(i)*(wide+gap)
		p.Print(label, press.Small, x, wide, "L")
		p.frame(x, p.Y+press.Small.Lead, wide, boxHeight)
	}
	p.Y += press.Small.Lead + boxHeight
}

func (p printer) frame(x, y, wide, high float64) {
	p.SetDrawColor(90, 90, 90)
	p.SetLineWidth(.25)
	p.Rect(x, y, wide, high, "D")
}

// section prints a heading, never the last on its page, and its questions.
func (p printer) section(s section) {
	p.Y += 7
	p.Room(press.Goal.Lead + 2 + p.height(s.Questions[0]))
	p.Paragraph(s.Heading, press.Goal)
	p.Rule(.2, 160)
	for _, q := range s.Questions {
		p.question(q)
	}
}

// row is the options that stand beside each other.
type row []option

type option struct {
	label   string
	face    press.Face
	x, wide float64
}

// rows lays the options out on as many rows as they need. What is no answer
// stands apart where it does not fit beside all the answers.
func (p printer) rows(q question) []row {
	options := append(p.options(q.Options, press.Text), p.options(q.Others, press.Small)...)
	if together := flow(options); len(together) == 1 {
		return together
	}
	n := len(q.Options)
	return append(flow(options[:n]), flow(options[n:])...)
}

func (p printer) options(labels []string, f press.Face) (out []option) {
	for _, label := range labels {
		line := p.Split(label, f, press.Width-numberWide-tick-afterTick)[0]
		out = append(out, option{label: line, face: f, wide: tick + afterTick + p.GetStringWidth(line)})
	}
	return out
}

func flow(options []option) (out []row) {
	const left, right = press.Margin + numberWide, press.Margin + press.Width
	x := left
	for _, o := range options {
		if len(out) == 0 || x+o.wide > right {
			out, x = append(out, nil), left
		}
		o.x = x
		last := len(out) - 1
		out[last] = append(out[last], o)
		x += o.wide + betweenTwo
	}
	return out
}

func (p printer) height(q question) float64 {
	h := 4 + float64(len(p.Split(q.Prompt, press.Strong, press.Width-numberWide)))*press.Strong.Lead + 1.2
	for _, hint := range q.Hints {
		h += float64(len(p.Split(hint, press.Small, press.Width-numberWide))) * press.Small.Lead
	}
	return h + float64(len(p.rows(q)))*optionLead
}

// question prints a question whole, on one page.
func (p printer) question(q question) {
	p.Room(p.height(q))
	p.Y += 4
	p.Print(strconv.Itoa(q.Number)+".", press.Strong, press.Margin, numberWide, "L")
	p.lines(q.Prompt, press.Strong)
	for _, hint := range q.Hints {
		p.lines(hint, press.Small)
	}
	p.Y += 1.2
	for _, r := range p.rows(q) {
		for _, o := range r {
			p.frame(o.x, p.Y+.7, tick, tick)
			p.Print(o.label, o.face, o.x+tick+afterTick, press.Width, "L")
		}
		p.Y += optionLead
	}
}

// lines prints a text beside the number.
func (p printer) lines(text string, f press.Face) {
	for _, line := range p.Split(text, f, press.Width-numberWide) {
		p.Print(line, f, press.Margin+numberWide, press.Width-numberWide, "L")
		p.Y += f.Lead
	}
}
