package rates

import (
	"bytes"
	"errors"
	"math/big"
	"regexp"
	"strings"

	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

// Sheet is what a file of the bank's says, turned into kroner.
type Sheet struct {
	Quotes  []Quote  // by day as in the file, each currency once a day
	Ignored []string // codes of three letters that are no currency in use

	days    map[calendar.Date]bool
	ignored map[string]bool
}

// MaxFile is the size, in bytes, of the largest file that is read: the bank's
// whole history since 1999 is half of it.
const MaxFile = 16 << 20

const (
	maxQuotes     = 500_000
	maxCurrencies = 200 // of a day
)

// What can be wrong with a file. None of these texts contains what it says.
var (
	ErrForm     = errors.New("is not the ECB's file of reference rates, as XML or CSV, whole")
	ErrTooLarge = errors.New("is larger than any file of the ECB's")
	ErrDay      = errors.New("has a day that is no date since 1999, or comes twice")
	ErrCurrency = errors.New("has a currency twice on a day, or a code that is not three capital letters")
	ErrRate     = errors.New("has a rate that is no decimal above zero, or out of any proportion")
	ErrNoKrone  = errors.New("has a day without a rate of DKK, through which all others are worked out")
)

// Parse reads the bank's daily or historical file, as XML, as CSV or as the zip
// that the CSV is published in. The file is taken whole or not at all; its error
// is one of the above.
func Parse(file []byte) (Sheet, error) {
	if len(file) > MaxFile {
		return Sheet{}, ErrTooLarge
	}
	if bytes.HasPrefix(file, []byte("PK\x03\x04")) {
		inner, err := unzip(file)
		if err != nil {
			return Sheet{}, err
		}
		file = inner
	}
	s := Sheet{days: map[calendar.Date]bool{}, ignored: map[string]bool{}}
	read := s.readCSV
	if bytes.HasPrefix(bytes.TrimLeft(file, " \t\r\n"), []byte("<")) {
		read = s.readXML
	}
	if err := read(file); err != nil {
		return Sheet{}, err
	}
	if len(s.Quotes) == 0 {
		return Sheet{}, ErrForm
	}
	return s, nil
}

// cell is what the bank says: so many units of a currency for one euro.
type cell struct{ code, perEuro string }

var (
	code   = regexp.MustCompile(`^[A-Z]{3}$`)
	number = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,10})?$`)
	euro   = calendar.MustParse("1999-01-01")
)

// add turns one day's cells into quotes in kroner.
func (s *Sheet) add(on calendar.Date, cells []cell) error {
	if on.Before(euro) || s.days[on] {
		return ErrDay
	}
	s.days[on] = true
	if len(cells) > maxCurrencies || len(s.Quotes)+len(cells) > maxQuotes {
		return ErrTooLarge
	}
	perEuro := make(map[string]*big.Rat, len(cells))
	for _, c := range cells {
		units, err := c.units()
		if err != nil {
			return err
		}
		if perEuro[c.code] != nil {
			return ErrCurrency
		}
		perEuro[c.code] = units
	}
	if perEuro[money.Krone] == nil {
		return ErrNoKrone
	}
	if perEuro["EUR"] == nil {
		perEuro["EUR"] = big.NewRat(1, 1)
		cells = append(cells, cell{code: "EUR"})
	}
	for _, c := range cells {
		if c.code == money.Krone {
			continue
		}
		if !known(c.code) {
			s.ignore(c.code)
			continue
		}
		rate, err := kroner(perEuro[money.Krone], perEuro[c.code])
		if err != nil {
			return err
		}
		s.Quotes = append(s.Quotes, Quote{c.code, on, rate})
	}
	return nil
}

func (s *Sheet) ignore(code string) {
	if !s.ignored[code] {
		s.ignored[code] = true
		s.Ignored = append(s.Ignored, code)
	}
}

func (c cell) units() (*big.Rat, error) {
	if !code.MatchString(c.code) {
		return nil, ErrCurrency
	}
	if !number.MatchString(c.perEuro) {
		return nil, ErrRate
	}
	units, ok := new(big.Rat).SetString(c.perEuro)
	if !ok || units.Sign() == 0 {
		return nil, ErrRate
	}
	return units, nil
}

// kroner is what one unit costs, from how many kroner and how many units there
// are for one euro: exact, then rounded half up to eight decimals.
func kroner(kroner, units *big.Rat) (string, error) {
	rate := new(big.Rat).Quo(kroner, units).FloatString(8)
	rate = strings.TrimRight(strings.TrimRight(rate, "0"), ".")
	if whole, _, _ := strings.Cut(rate, "."); rate == "0" || len(whole) > 8 {
		return "", ErrRate // rounded to nothing, or more digits than a rate has
	}
	return rate, nil
}
