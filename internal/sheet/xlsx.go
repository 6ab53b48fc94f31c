package sheet

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/xuri/excelize/v2"
)

// WriteXLSX writes the table as a workbook of one sheet, its names frozen above
// the rows: text as text, dates as dates, and numbers digit for digit, of which
// Excel itself keeps fifteen. The file says nothing about who made it (R11).
func (t Table) WriteXLSX(w io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // it holds nothing outside of memory
	book := &workbook{File: f, sheet: t.Title}
	if err := book.fill(t); err != nil {
		return fmt.Errorf("write an XLSX: %w", err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write an XLSX: %w", err)
	}
	return nil
}

// workbook is a file that is being filled.
type workbook struct {
	*excelize.File
	sheet    string
	day, sum int // the styles of dates and of amounts
}

func (b *workbook) fill(t Table) error {
	if err := b.SetSheetName("Sheet1", b.sheet); err != nil {
		return err
	}
	if err := b.SetDocProps(&excelize.DocProperties{}); err != nil {
		return err
	}
	if err := b.shapes(); err != nil {
		return err
	}
	if err := b.layHead(t.head()); err != nil {
		return err
	}
	for i, row := range t.Rows {
		cells, err := t.spread(row)
		if err != nil {
			return err
		}
		for j, c := range cells {
			if err := b.put(j+1, i+2, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// shapes makes the styles.
func (b *workbook) shapes() (err error) {
	day, sum := "yyyy-mm-dd", "0.00##"
	if b.day, err = b.NewStyle(&excelize.Style{CustomNumFmt: &day}); err != nil {
		return err
	}
	b.sum, err = b.NewStyle(&excelize.Style{CustomNumFmt: &sum})
	return err
}

// layHead writes the names, and makes room for dates under them.
func (b *workbook) layHead(names []string) error {
	const wide = 16
	bold, err := b.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	for i, name := range names {
		if err := b.put(i+1, 1, Cell{kind: Text, text: name}); err != nil {
			return err
		}
	}
	if len(names) > 0 {
		last, err := excelize.ColumnNumberToName(len(names))
		if err != nil {
			return err
		}
		if err := b.SetColWidth(b.sheet, "A", last, wide); err != nil {
			return err
		}
	}
	if err := b.SetRowStyle(b.sheet, 1, 1, bold); err != nil {
		return err
	}
	return b.SetPanes(b.sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

// put writes a cell where there is something to write.
func (b *workbook) put(column, row int, c Cell) error {
	at, err := excelize.CoordinatesToCellName(column, row)
	if err != nil || c.text == "" {
		return err
	}
	style := 0
	switch c.kind {
	case Text:
		return b.SetCellStr(b.sheet, at, escaped(c.text))
	case Date:
		style, err = b.day, b.SetCellValue(b.sheet, at, c.day.Time())
	case Money:
		style, err = b.sum, b.SetCellDefault(b.sheet, at, c.text) // a float would not keep every digit
	case Number:
		err = b.SetCellDefault(b.sheet, at, c.text)
	}
	if err != nil || style == 0 {
		return err
	}
	return b.SetCellStyle(b.sheet, at, at, style)
}

var escape = regexp.MustCompile(`^_x[0-9A-Za-z]{4}_`)

// escaped is a text of which a spreadsheet reads no part as the escape of a
// character: _x003D_ would become = (excelize leaves this to us).
func escaped(text string) string {
	var b strings.Builder
	for i, r := range text {
		if r == '_' && escape.MatchString(text[i:]) {
			b.WriteString("_x005F_")
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
