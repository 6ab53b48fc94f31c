package lists

import (
	"bytes"
	"context"
	"fmt"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
	"hjemvej/internal/sheet"
)

// Format is what a list is written as.
type Format string

// The formats: XLSX for people, CSV for programs.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Types are the formats' media types.
var Types = map[Format]string{
	CSV:  "text/csv; charset=utf-8",
	XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// most is how many rows a sheet has at most.
const most = 10_000

// File is a list written whole. Its name is neutral (R11), and says so where the
// list was longer than a sheet may be.
type File struct {
	Name string
	Type string // media type
	Body []byte
}

// Export is a list as the actor may see it, whole, in a format. That it left, and
// with how many rows, is recorded. Faults: no such list.
func Export(ctx context.Context, db *postgres.DB, who access.Actor, name Name, format Format) (File, error) {
	return export(ctx, db, who, name, format, most)
}

func export(ctx context.Context, db *postgres.DB, who access.Actor, name Name, format Format, most int) (File, error) {
	const op = "export-finance-list"
	l, ok := find(name)
	if !ok || Types[format] == "" {
		return File{}, fault.NoSuch("list")
	}
	var file File
	rows, err := postgres.Write(ctx, db, who, op, func(ctx context.Context, tx *postgres.Tx) ([]Row, error) {
		question := l.question(l.condition(who, op), most+1, reader{who, tx.Today})
		if err := tx.Ask(ctx, question.statement); err != nil {
			return nil, fmt.Errorf("read a list: %w", err)
		}
		rows, _, err := question.rows()
		if err != nil {
			return nil, err
		}
		file = File{Name: l.fileName(tx.Today), Type: Types[format]}
		if len(rows) > most {
			rows = rows[:most]
			file.Name += fmt.Sprintf("-first-%d", most)
		}
		file.Name += "." + string(format)
		tx.Export(file.Name, len(rows))
		return rows, nil
	})
	if err != nil {
		return File{}, err
	}
	file.Body, err = l.write(rows, format)
	return file, err
}

// write is the list's sheet.
func (l list) write(rows []Row, format Format) ([]byte, error) {
	t := sheet.Table{Title: l.title, Rows: make([][]sheet.Cell, len(rows))}
	for _, c := range l.columns {
		t.Columns = append(t.Columns, c.Column)
	}
	for i, r := range rows {
		for _, c := range l.columns {
			t.Rows[i] = append(t.Rows[i], c.of(r))
		}
	}
	var b bytes.Buffer
	if format == CSV {
		err := t.WriteCSV(&b)
		return b.Bytes(), err
	}
	err := t.WriteXLSX(&b)
	return b.Bytes(), err
}
