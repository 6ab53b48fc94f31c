package rates

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"time"

	"hjemvej/internal/calendar"
)

// readCSV reads a heading of currencies and a line for each day. The daily file
// writes 9 October 2026, the historical one 2026-10-09; both end each line with a
// comma. N/A says that a currency had no rate that day.
func (s *Sheet) readCSV(file []byte) error {
	r := csv.NewReader(bytes.NewReader(file))
	r.TrimLeadingSpace = true
	head, err := r.Read()
	if err != nil || len(head) < 2 || strings.TrimSpace(head[0]) != "Date" {
		return ErrForm
	}
	if len(head) > maxCurrencies+2 { // the day, and nothing after the last comma
		return ErrTooLarge
	}
	for {
		line, err := r.Read() // as long as the heading, or it fails
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return ErrForm
		}
		if err := s.addLine(head, line); err != nil {
			return err
		}
	}
}

func (s *Sheet) addLine(head, line []string) error {
	on, err := dayOf(strings.TrimSpace(line[0]))
	if err != nil {
		return ErrDay
	}
	var cells []cell
	for i := 1; i < len(line); i++ {
		c := cell{strings.TrimSpace(head[i]), strings.TrimSpace(line[i])}
		switch {
		case c == cell{} && i == len(line)-1: // after the last comma
		case c.perEuro == "N/A" && code.MatchString(c.code):
		default:
			cells = append(cells, c)
		}
	}
	return s.add(on, cells)
}

func dayOf(text string) (calendar.Date, error) {
	if t, err := time.Parse("2 January 2006", text); err == nil {
		return calendar.On(t), nil
	}
	return calendar.Parse(text)
}

// unzip is the one file in the zip.
func unzip(file []byte) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil || len(z.File) != 1 {
		return nil, ErrForm
	}
	f, err := z.File[0].Open()
	if err != nil {
		return nil, ErrForm
	}
	defer func() { _ = f.Close() }()
	return readAll(f)
}

// readAll is what comes, and ErrTooLarge where it does not end in time.
func readAll(r io.Reader) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	switch {
	case err != nil:
		return nil, ErrForm
	case len(out) > MaxFile:
		return nil, ErrTooLarge
	}
	return out, nil
}
