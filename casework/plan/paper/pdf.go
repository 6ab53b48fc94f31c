package paper

import (
	"bytes"
	"strconv"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
)

// Of an A4 page, in millimetres.
const (
	pageWidth  = 210.0
	pageBottom = 274.0 // what is printed ends here; the foot stands below
	footAt     = 281.0
	margin     = 18.0
	width      = pageWidth - 2*margin
	padding    = 1.6 // around a cell's text
)

// face is one size and weight of the paper's letters.
type face struct {
	style string // "" or "B"
	size  float64
	lead  float64 // from line to line, in millimetres
	gray  int
}

var (
	faceTitle   = face{"B", 19, 8.4, 26}
	faceText    = face{"", 10, 4.7, 26}
	faceStrong  = face{"B", 10, 4.7, 26}
	faceGoal    = face{"B", 12, 5.6, 26}
	faceSmall   = face{"", 8.5, 4.0, 85}
	faceHeading = face{"B", 9, 4.6, 85}
	faceFoot    = face{"", 8, 4.0, 85}
)

// press prints a sheet from top to bottom.
type press struct {
	*fpdf.Fpdf
	y       float64
	lacking bool // a character was replaced
}

// pdf is the sheet as a PDF with the letters that it uses in it. The same sheet
// is always the same file.
func (s sheet) pdf() ([]byte, error) {
	p := &press{Fpdf: fpdf.New("P", "mm", "A4", "")}
	p.AddUTF8FontFromBytes("sans", "", liberationsansregular.TTF)
	p.AddUTF8FontFromBytes("sans", "B", liberationsansbold.TTF)
	p.SetAutoPageBreak(false, 0)
	p.SetCellMargin(0)
	p.SetCatalogSort(true)
	p.SetCreationDate(s.savedOn.Time())
	p.SetModificationDate(s.savedOn.Time())
	p.SetTitle(s.Name, true)
	p.SetLang(s.Language())
	p.SetDisplayMode("fullwidth", "continuous")
	p.turn()
	p.opening(s)
	for _, sec := range s.Sections {
		p.section(sec)
	}
	for _, n := range s.Notes {
		p.y += 3
		p.paragraph(n, faceSmall)
	}
	p.signatures(s)
	if p.lacking {
		p.room(12)
		p.y += 6
		p.paragraph(s.say("missing_characters"), faceSmall)
	}
	p.feet(s)
	var b bytes.Buffer
	err := p.Output(&b)
	return b.Bytes(), err
}

// turn begins a new page.
func (p *press) turn() {
	p.AddPage()
	p.y = margin
}

// room begins a new page where less than height is left on this one.
func (p *press) room(height float64) {
	if p.y+height > pageBottom {
		p.turn()
	}
}

func (p *press) use(f face) {
	p.SetFont("sans", f.style, f.size)
	p.SetTextColor(f.gray, f.gray, f.gray)
}

// split breaks a text into the lines that fit into a width.
func (p *press) split(text string, f face, width float64) []string {
	clean, lacking := printable(text)
	p.lacking = p.lacking || lacking
	p.use(f)
	return p.SplitText(clean, width)
}

func (p *press) print(line string, f face, x, width float64, align string) {
	p.use(f)
	p.SetXY(x, p.y)
	p.CellFormat(width, f.lead, line, "", 0, align, false, 0, "")
}

// paragraph prints a text over the whole width, on as many pages as it needs.
func (p *press) paragraph(text string, f face) {
	for _, line := range p.split(text, f, width) {
		p.room(f.lead)
		p.print(line, f, margin, width, "L")
		p.y += f.lead
	}
}

func (p *press) rule(width float64, gray int) {
	p.SetDrawColor(gray, gray, gray)
	p.SetLineWidth(width)
	p.Line(margin, p.y, pageWidth-margin, p.y)
}

func (p *press) opening(s sheet) {
	p.paragraph(s.Title, faceTitle)
	p.y += 2.5
	p.paragraph(s.Intro, faceText)
	p.y += 4
	p.rule(.3, 160)
	p.y += 2.5
	column := width / float64(len(s.Facts))
	for i, f := range s.Facts {
		x := margin + float64(i)*column
		p.print(f.Label, faceSmall, x, column, "L")
		p.y += faceSmall.lead
		p.print(f.Value, faceStrong, x, column, "L")
		p.y -= faceSmall.lead
	}
	p.y += faceSmall.lead + faceStrong.lead + 2.5
	p.rule(.3, 160)
	p.y += 2
}

// section prints a goal or the lines. A heading is never the last on its page.
func (p *press) section(s section) {
	p.y += 6
	if s.Heading != "" {
		written := p.split(s.Written, faceGoal, width)
		p.room(faceHeading.lead + float64(len(written))*faceGoal.lead + 2 + p.begin(s))
		p.print(s.Heading, faceHeading, margin, width, "L")
		p.y += faceHeading.lead
		p.paragraph(s.Written, faceGoal)
		p.y += 2
	}
	if len(s.Rows) == 0 {
		p.paragraph(s.Empty, faceText)
		return
	}
	p.table(s)
}

// signatures prints the agreement with room for two signatures, on one page.
func (p *press) signatures(s sheet) {
	text := p.split(s.Agreement, faceStrong, width)
	const each = 15 + 6
	p.room(9 + float64(len(text))*faceStrong.lead + float64(len(s.Signatures))*each)
	p.y += 9
	p.paragraph(s.Agreement, faceStrong)
	const gap = 6
	share := (width - 2*gap) / 9
	for _, sig := range s.Signatures {
		p.y += 15
		x := margin
		for _, place := range []struct {
			label string
			width float64
		}{{sig.Who, 5 * share}, {sig.Date, 2 * share}, {sig.Language, 2 * share}} {
			p.SetDrawColor(26, 26, 26)
			p.SetLineWidth(.3)
			p.Line(x, p.y, x+place.width, p.y)
			p.y++
			p.print(place.label, faceSmall, x, place.width, "L")
			p.y--
			x += place.width + gap
		}
		p.y += 6
	}
}

// feet prints the foot of every page, when it is known how many there are.
func (p *press) feet(s sheet) {
	pages := p.PageCount()
	parts := s.PageParts()
	for n := 1; n <= pages; n++ {
		p.SetPage(n)
		p.SetFont("sans", "B", faceFoot.size) // the page's own stream must name its font
		p.y = footAt - 2
		p.rule(.2, 190)
		p.y = footAt - 1
		p.print(s.Foot, faceFoot, margin, width, "L")
		p.print(parts[0]+strconv.Itoa(n)+parts[1]+strconv.Itoa(pages)+parts[2], faceFoot, margin, width, "R")
	}
}
