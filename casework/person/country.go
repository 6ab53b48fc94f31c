package person

import (
	"hjemvej/internal/fault"

	"github.com/bojanz/currency"
)

// MustBeCountry refuses two letters that are no country's (ISO 3166-1 alpha-2);
// "" is none, and passes. A country is what has a currency.
func MustBeCountry(path, code string) error {
	if _, known := currency.ForCountryCode(code); code != "" && !known {
		return fault.Invalidf(path, "is not a country's code, such as RO")
	}
	return nil
}
