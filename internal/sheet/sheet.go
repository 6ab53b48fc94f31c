// Package sheet writes tables that people open in a spreadsheet and programs
// read: as CSV (RFC 4180) and as XLSX. What somebody once typed is text in both
// and never a formula; numbers, amounts and dates come from typed values alone.
package sheet

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"

	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

// Kind is what a column holds.
type Kind int

// The kinds of columns. A column of Money becomes two: the exact number, and its
// currency (R28).
const (
	Text Kind = iota
	Date
	Number
	Money
)

// Column is one column: its name, and what its cells hold.
type Column struct {
	Name string
	Kind Kind
}

// Table is what is written: a row has one cell for each column, of its kind or
// empty. The title names the sheet of an XLSX file, where at most 31 characters
// have room and none of : \ / ? * [ ].
type Table struct {
	Title   string
	Columns []Column
	Rows    [][]Cell
}

// Cell is one value. The zero Cell is empty and fits every column.
type Cell struct {
	kind     Kind
	text     string
	currency string
	day      calendar.Date
}

// Words is a cell of text, made harmless by Neutral.
func Words(text string) Cell { return Cell{kind: Text, text: Neutral(text)} }

// Day is a cell of a date; empty for the zero Date.
func Day(d calendar.Date) Cell { return Cell{kind: Date, text: d.String(), day: d} }

// Count is a cell of a whole number.
func Count(n int) Cell { return Cell{kind: Number, text: strconv.Itoa(n)} }

// Sum is a cell of money, exact (R28). It is empty where a is no valid amount.
func Sum(a money.Amount) Cell {
	a, err := a.Canonical()
	if err != nil {
		return Cell{}
	}
	return Cell{kind: Money, text: a.Amount, currency: a.Currency}
}

// longest is how many UTF-16 units a cell of a spreadsheet holds.
const longest = 32767

// What a table can be refused for; both are mistakes of who made it.
var (
	ErrShape = errors.New("a row does not fit its columns")
	ErrLong  = errors.New("a text is longer than a cell can hold")
)

// head is the names of the columns as they are written.
func (t Table) head() (names []string) {
	for _, c := range t.Columns {
		names = append(names, Neutral(c.Name))
		if c.Kind == Money {
			names = append(names, Neutral(c.Name+"_currency"))
		}
	}
	return names
}

// kinds is what stands under each name of head.
func (t Table) kinds() (kinds []Kind) {
	for _, c := range t.Columns {
		kinds = append(kinds, c.Kind)
		if c.Kind == Money {
			kinds = append(kinds, Text)
		}
	}
	return kinds
}

// spread is a row as it is written: one cell under each name of head.
func (t Table) spread(row []Cell) (cells []Cell, err error) {
	if len(row) != len(t.Columns) {
		return nil, ErrShape
	}
	for i, c := range row {
		if c != (Cell{}) && c.kind != t.Columns[i].Kind {
			return nil, fmt.Errorf("column %s: %w", t.Columns[i].Name, ErrShape)
		}
		if len(c.text) > longest && len(utf16.Encode([]rune(c.text))) > longest {
			return nil, fmt.Errorf("column %s: %w", t.Columns[i].Name, ErrLong)
		}
		if t.Columns[i].Kind == Money {
			cells = append(cells, Cell{kind: Money, text: c.text}, Cell{kind: Text, text: c.currency})
			continue
		}
		cells = append(cells, c)
	}
	return cells, nil
}
