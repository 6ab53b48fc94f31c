package paper

import "hjemvej/internal/press"

// line is one line of text in a cell.
type line struct {
	text string
	face press.Face
}

// A row up to this height stays whole; of a taller one a part of that height
// must fit before a page ends.
const (
	wholeRow  = 90.0
	leastPart = 30.0
)

// together is the height that must be left on a page for a row to begin on it.
func together(cells [][]line) float64 {
	if h := height(cells); h <= wholeRow {
		return h
	}
	return leastPart
}

// begin is the height of a section's table head and the beginning of its first
// row, which stand on one page.
func (p printer) begin(s section) float64 {
	if len(s.Rows) == 0 {
		return press.Text.Lead
	}
	return height(p.head(s)) + together(p.cells(s, s.Rows[0], press.Text))
}

func (p printer) head(s section) [][]line { return p.cells(s, row{Cells: titles(s)}, press.Heading) }

// table prints the rows under a head that every page repeats.
func (p printer) table(s section) {
	head := p.head(s)
	p.Room(p.begin(s))
	p.tableHead(s, head)
	for _, r := range s.Rows {
		f := press.Text
		if r.Sum {
			f = press.Strong
		}
		p.row(s, p.cells(s, r, f), head)
	}
}

func titles(s section) (out []string) {
	for _, c := range s.Columns {
		out = append(out, c.Title)
	}
	return out
}

// cells breaks a row's texts into the lines of its columns.
func (p printer) cells(s section, r row, f press.Face) [][]line {
	out := make([][]line, len(r.Cells))
	for i, text := range r.Cells {
		column := s.Columns[i].Share * press.Width
		if r.Sum && i == 0 {
			column = (1 - s.Columns[len(s.Columns)-1].Share) * press.Width // the cells between are empty
		}
		if i == 0 && r.Over != "" {
			for _, t := range p.Split(r.Over, press.Small, column-2*padding) {
				out[i] = append(out[i], line{t, press.Small})
			}
		}
		for _, t := range p.Split(text, f, column-2*padding) {
			out[i] = append(out[i], line{t, f})
		}
	}
	return out
}

func height(cells [][]line) (most float64) {
	for _, c := range cells {
		h := 2 * padding
		for _, l := range c {
			h += l.face.Lead
		}
		most = max(most, h)
	}
	return most
}

func (p printer) tableHead(s section, head [][]line) {
	p.SetFillColor(238, 241, 244)
	p.Rect(press.Margin, p.Y, press.Width, height(head), "F")
	p.rowPart(s, head)
}

// row prints one row: whole where that is possible, else as much as each page
// holds.
func (p printer) row(s section, cells, head [][]line) {
	if p.Y+together(cells) > press.PageBottom {
		p.Turn()
		p.tableHead(s, head)
	}
	for p.Y+height(cells) > press.PageBottom {
		var now [][]line
		now, cells = cut(cells, press.PageBottom-p.Y)
		p.rowPart(s, now)
		p.Turn()
		p.tableHead(s, head)
	}
	p.rowPart(s, cells)
	p.Rule(.2, 200)
}

// cut divides a row's lines into those that fit into a height and the rest.
func cut(cells [][]line, most float64) (now, rest [][]line) {
	now, rest = make([][]line, len(cells)), make([][]line, len(cells))
	for i, c := range cells {
		n, h := 0, 2*padding
		for n < len(c) && h+c[n].face.Lead <= most {
			h += c[n].face.Lead
			n++
		}
		now[i], rest[i] = c[:n], c[n:]
	}
	return now, rest
}

func (p printer) rowPart(s section, cells [][]line) {
	top, x := p.Y, press.Margin
	for i, c := range cells {
		column := s.Columns[i].Share * press.Width
		align := "L"
		if s.Columns[i].Right {
			align = "R"
		}
		p.Y = top + padding
		for _, l := range c {
			p.Print(l.text, l.face, x+padding, column-2*padding, align)
			p.Y += l.face.Lead
		}
		x += column
	}
	p.Y = top + height(cells)
}
