package sheet

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"hjemvej/internal/calendar"

	"github.com/xuri/excelize/v2"
)

// WriteXLSX writes the table as a workbook of one sheet, its names frozen above
// the rows: text as text, dates as dates, and numbers digit for digit, of which
// Excel itself keeps fifteen. The file says nothing about who made it (R11).
func (t Table) WriteXLSX(w io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // it holds nothing outside of memory
	book := workbook{File: f, sheet: t.Title}
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
	sheet string
}

func (b workbook) fill(t Table) error {
	if err := errors.Join(b.SetSheetName("Sheet1", b.sheet), b.SetDocProps(&excelize.DocProperties{})); err != nil {
		return err
	}
	if err := b.layColumns(t); err != nil {
		return err
	}
	for i, name := range t.head() {
		if err := b.put(i+1, 1, Cell{kind: Text, text: name}); err != nil {
			return err
		}
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
	return b.SetPanes(b.sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

// layColumns says how each column shows its numbers, and makes room for them.
func (b workbook) layColumns(t Table) error {
	const wide = 16
	forms := map[Kind]string{Date: "yyyy-mm-dd", Money: "0.00##", Number: "0", Text: "@"}
	for i, kind := range t.kinds() {
		form := forms[kind]
		style, err := b.NewStyle(&excelize.Style{CustomNumFmt: &form})
		if err != nil {
			return err
		}
		name, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if err := errors.Join(b.SetColStyle(b.sheet, name, style), b.SetColWidth(b.sheet, name, name, wide)); err != nil {
			return err
		}
	}
	return nil
}

// firstDay is the day before whose morrow spreadsheets cannot count days.
var firstDay = calendar.MustParse("1900-02-28")

// put writes a cell where there is something to write.
func (b workbook) put(column, row int, c Cell) error {
	at, err := excelize.CoordinatesToCellName(column, row)
	switch {
	case err != nil || c.text == "":
		return err
	case c.kind == Text || c.kind == Date && !c.day.After(firstDay):
		return b.SetCellStr(b.sheet, at, escaped(c.text))
	case c.kind == Date:
		return b.SetCellDefault(b.sheet, at, strconv.Itoa(c.day.DaysSince(calendar.MustParse("1899-12-30"))))
	}
	return b.SetCellDefault(b.sheet, at, c.text) // a float would not keep every digit
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
