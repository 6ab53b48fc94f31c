// Package press prints papers: A4 pages with their fonts in them, from top to
// bottom, and what every paper is answered as. What stands on a paper is its
// room's to say.
package press

import (
	"bytes"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
)

// Of an A4 page, in millimetres.
const (
	PageWidth  = 210.0
	PageBottom = 274.0 // what is printed ends here; the foot stands below
	Margin     = 18.0
	Width      = PageWidth - 2*Margin
	footAt     = 281.0
)

// Face is one size and weight of a paper's letters.
type Face struct {
	Style string // "" or "B"
	Size  float64
	Lead  float64 // from line to line, in millimetres
	Gray  int
}

// The faces of every paper.
var (
	Title   = Face{"B", 19, 8.4, 26}
	Text    = Face{"", 10, 4.7, 26}
	Strong  = Face{"B", 10, 4.7, 26}
	Goal    = Face{"B", 12, 5.6, 26}
	Small   = Face{"", 8.5, 4.0, 85}
	Heading = Face{"B", 9, 4.6, 85}
	foot    = Face{"", 8, 4.0, 85}
)

// Press prints a paper from top to bottom.
type Press struct {
	*fpdf.Fpdf
	Y       float64 // where the next line stands
	Lacking bool    // a character was replaced
}

// New is a paper in a language with its first page turned. name says nothing but
// what the paper's file may say. The same paper of the same day is always the
// same file.
func New(name, language string, made time.Time) *Press {
	p := &Press{Fpdf: fpdf.New("P", "mm", "A4", "")}
	p.AddUTF8FontFromBytes("sans", "", liberationsansregular.TTF)
	p.AddUTF8FontFromBytes("sans", "B", liberationsansbold.TTF)
	p.SetAutoPageBreak(false, 0)
	p.SetCellMargin(0)
	p.SetCatalogSort(true)
	p.SetCreationDate(made)
	p.SetModificationDate(made)
	p.SetTitle(name, true)
	p.SetLang(language)
	p.SetDisplayMode("fullwidth", "continuous")
	p.Turn()
	return p
}

// Turn begins a new page.
func (p *Press) Turn() {
	p.AddPage()
	p.Y = Margin
}

// Room begins a new page where less than height is left on this one.
func (p *Press) Room(height float64) {
	if p.Y+height > PageBottom {
		p.Turn()
	}
}

func (p *Press) use(f Face) {
	p.SetFont("sans", f.Style, f.Size)
	p.SetTextColor(f.Gray, f.Gray, f.Gray)
}

// Split breaks a text into the lines that fit into a width.
func (p *Press) Split(text string, f Face, width float64) []string {
	clean, lacking := Printable(text)
	p.Lacking = p.Lacking || lacking
	p.use(f)
	return p.SplitText(clean, width)
}

// Print prints one line at x and stays on it.
func (p *Press) Print(line string, f Face, x, width float64, align string) {
	p.use(f)
	p.SetXY(x, p.Y)
	p.CellFormat(width, f.Lead, line, "", 0, align, false, 0, "")
}

// Paragraph prints a text over the whole width, on as many pages as it needs.
func (p *Press) Paragraph(text string, f Face) {
	for _, line := range p.Split(text, f, Width) {
		p.Room(f.Lead)
		p.Print(line, f, Margin, Width, "L")
		p.Y += f.Lead
	}
}

// Rule draws a line over the whole width.
func (p *Press) Rule(width float64, gray int) {
	p.SetDrawColor(gray, gray, gray)
	p.SetLineWidth(width)
	p.Line(Margin, p.Y, PageWidth-Margin, p.Y)
}

// Feet prints the foot of every page, when it is known how many there are.
func (p *Press) Feet(left string, number func(page, pages int) string) {
	pages := p.PageCount()
	for n := 1; n <= pages; n++ {
		p.SetPage(n)
		p.SetFont("sans", "B", foot.Size) // the page's own stream must name its font
		p.Y = footAt - 2
		p.Rule(.2, 190)
		p.Y = footAt - 1
		p.Print(left, foot, Margin, Width, "L")
		p.Print(number(n, pages), foot, Margin, Width, "R")
	}
}

// Bytes is the finished paper.
func (p *Press) Bytes() ([]byte, error) {
	var b bytes.Buffer
	err := p.Output(&b)
	return b.Bytes(), err
}
