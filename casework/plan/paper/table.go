package paper

// line is one line of text in a cell.
type line struct {
	text string
	face face
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
func (p *press) begin(s section) float64 {
	if len(s.Rows) == 0 {
		return faceText.lead
	}
	return height(p.head(s)) + together(p.cells(s, s.Rows[0], faceText))
}

func (p *press) head(s section) [][]line { return p.cells(s, row{Cells: titles(s)}, faceHeading) }

// table prints the rows under a head that every page repeats.
func (p *press) table(s section) {
	head := p.head(s)
	p.room(p.begin(s))
	p.tableHead(s, head)
	for _, r := range s.Rows {
		f := faceText
		if r.Sum {
			f = faceStrong
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
func (p *press) cells(s section, r row, f face) [][]line {
	out := make([][]line, len(r.Cells))
	for i, text := range r.Cells {
		column := s.Columns[i].Share * width
		if r.Sum && i == 0 {
			column = (1 - s.Columns[len(s.Columns)-1].Share) * width // the cells between are empty
		}
		if i == 0 && r.Over != "" {
			for _, t := range p.split(r.Over, faceSmall, column-2*padding) {
				out[i] = append(out[i], line{t, faceSmall})
			}
		}
		for _, t := range p.split(text, f, column-2*padding) {
			out[i] = append(out[i], line{t, f})
		}
	}
	return out
}

func height(cells [][]line) (most float64) {
	for _, c := range cells {
		h := 2 * padding
		for _, l := range c {
			h += l.face.lead
		}
		most = max(most, h)
	}
	return most
}

func (p *press) tableHead(s section, head [][]line) {
	p.SetFillColor(238, 241, 244)
	p.Rect(margin, p.y, width, height(head), "F")
	p.rowPart(s, head)
}

// row prints one row: whole where that is possible, else as much as each page
// holds.
func (p *press) row(s section, cells, head [][]line) {
	if p.y+together(cells) > pageBottom {
		p.turn()
		p.tableHead(s, head)
	}
	for p.y+height(cells) > pageBottom {
		var now [][]line
		now, cells = cut(cells, pageBottom-p.y)
		p.rowPart(s, now)
		p.turn()
		p.tableHead(s, head)
	}
	p.rowPart(s, cells)
	p.rule(.2, 200)
}

// cut divides a row's lines into those that fit into a height and the rest.
func cut(cells [][]line, most float64) (now, rest [][]line) {
	now, rest = make([][]line, len(cells)), make([][]line, len(cells))
	for i, c := range cells {
		n, h := 0, 2*padding
		for n < len(c) && h+c[n].face.lead <= most {
			h += c[n].face.lead
			n++
		}
		now[i], rest[i] = c[:n], c[n:]
	}
	return now, rest
}

func (p *press) rowPart(s section, cells [][]line) {
	top, x := p.y, margin
	for i, c := range cells {
		column := s.Columns[i].Share * width
		align := "L"
		if s.Columns[i].Right {
			align = "R"
		}
		p.y = top + padding
		for _, l := range c {
			p.print(l.text, l.face, x+padding, column-2*padding, align)
			p.y += l.face.lead
		}
		x += column
	}
	p.y = top + height(cells)
}
