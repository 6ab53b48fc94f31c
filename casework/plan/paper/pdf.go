package paper

import (
	"strconv"

	"hjemvej/internal/press"
)

const padding = 1.6 // around a cell's text, in millimetres

// printer prints a sheet from top to bottom.
type printer struct{ *press.Press }

// pdf is the sheet as a PDF with the letters that it uses in it. The same sheet
// is always the same file.
func (s sheet) pdf() ([]byte, error) {
	p := printer{press.New(s.Name, s.Language(), s.savedOn.Time())}
	p.opening(s)
	for _, sec := range s.Sections {
		p.section(sec)
	}
	for _, n := range s.Notes {
		p.Y += 3
		p.Paragraph(n, press.Small)
	}
	p.signatures(s)
	if p.Lacking {
		p.Room(12)
		p.Y += 6
		p.Paragraph(s.say("missing_characters"), press.Small)
	}
	parts := s.PageParts()
	p.Feet(s.Foot, func(page, pages int) string {
		return parts[0] + strconv.Itoa(page) + parts[1] + strconv.Itoa(pages) + parts[2]
	})
	return p.Bytes()
}

func (p printer) opening(s sheet) {
	p.Paragraph(s.Title, press.Title)
	p.Y += 2.5
	p.Paragraph(s.Intro, press.Text)
	p.Y += 4
	p.Rule(.3, 160)
	p.Y += 2.5
	column := press.Width / float64(len(s.Facts))
	for i, f := range s.Facts {
		x := press.Margin + float64(i)*column
		p.Print(f.Label, press.Small, x, column, "L")
		p.Y += press.Small.Lead
		p.Print(f.Value, press.Strong, x, column, "L")
		p.Y -= press.Small.Lead
	}
	p.Y += press.Small.Lead + press.Strong.Lead + 2.5
	p.Rule(.3, 160)
	p.Y += 2
}

// section prints a goal or the lines. A heading is never the last on its page.
func (p printer) section(s section) {
	p.Y += 6
	if s.Heading != "" {
		written := p.Split(s.Written, press.Goal, press.Width)
		p.Room(press.Heading.Lead + float64(len(written))*press.Goal.Lead + 2 + p.begin(s))
		p.Print(s.Heading, press.Heading, press.Margin, press.Width, "L")
		p.Y += press.Heading.Lead
		p.Paragraph(s.Written, press.Goal)
		p.Y += 2
	}
	if len(s.Rows) == 0 {
		p.Paragraph(s.Empty, press.Text)
		return
	}
	p.table(s)
}

// signatures prints the agreement with room for two signatures, on one page.
func (p printer) signatures(s sheet) {
	text := p.Split(s.Agreement, press.Strong, press.Width)
	const each = 15 + 6
	p.Room(9 + float64(len(text))*press.Strong.Lead + float64(len(s.Signatures))*each)
	p.Y += 9
	p.Paragraph(s.Agreement, press.Strong)
	const gap = 6
	share := (press.Width - 2*gap) / 9
	for _, sig := range s.Signatures {
		p.Y += 15
		x := press.Margin
		for _, place := range []struct {
			label string
			width float64
		}{{sig.Who, 5 * share}, {sig.Date, 2 * share}, {sig.Language, 2 * share}} {
			p.SetDrawColor(26, 26, 26)
			p.SetLineWidth(.3)
			p.Line(x, p.Y, x+place.width, p.Y)
			p.Y++
			p.Print(place.label, press.Small, x, place.width, "L")
			p.Y--
			x += place.width + gap
		}
		p.Y += 6
	}
}
