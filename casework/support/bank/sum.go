package bank

import (
	"errors"
	"math/big"
	"strings"
)

// decimalSum adds decimals up exactly.
type decimalSum struct{ big.Rat }

func (s *decimalSum) add(number string) error {
	n, ok := new(big.Rat).SetString(number)
	if !ok {
		return errors.New("not a decimal")
	}
	s.Add(&s.Rat, n)
	return nil
}

// String has two decimals, or up to four where a currency has more.
func (s *decimalSum) String() string {
	text := s.FloatString(4)
	for strings.HasSuffix(text, "0") && len(text)-strings.IndexByte(text, '.') > 3 {
		text = text[:len(text)-1]
	}
	return text
}
