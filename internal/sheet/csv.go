package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
)

// WriteCSV writes the table as RFC 4180 says: names first, commas, CRLF, UTF-8.
// There is no byte order mark: it would become part of the first column's name in
// programs, and a Danish Excel does not read commas as columns with it either.
// Who wants to look at a table takes the XLSX.
func (t Table) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(t.head()); err != nil {
		return fmt.Errorf("write a CSV: %w", err)
	}
	for _, row := range t.Rows {
		cells, err := t.spread(row)
		if err != nil {
			return fmt.Errorf("write a CSV: %w", err)
		}
		record := make([]string, len(cells))
		for i, c := range cells {
			record[i] = c.text
		}
		if err := out.Write(record); err != nil {
			return fmt.Errorf("write a CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write a CSV: %w", err)
	}
	return nil
}
