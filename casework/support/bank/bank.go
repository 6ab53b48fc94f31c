// Package bank speaks with the programme's bank: it says whether an account can
// be one, writes the file that a bank pays out by (ISO 20022 pain.001.001.09),
// and reads what the bank answers (camt.053 and camt.054). It is values in, bytes
// or values out: no database, no clock, and no error that repeats what was read.
package bank

import (
	"errors"

	"github.com/jacoelho/banking/bic"
	"github.com/jacoelho/banking/iban"
)

// What an account can lack. None of these texts contains what was sent.
var (
	ErrIBAN     = errors.New("is no IBAN: its country, its length or its check digits are wrong")
	ErrBIC      = errors.New("is no BIC of 8 or 11 characters")
	ErrHasIBAN  = errors.New("accounts of that country have an IBAN: ask for it")
	ErrNational = errors.New("is no account number of that country")
	ErrBankCode = errors.New("is no bank code of that country")
	ErrCheck    = errors.New("its check digit does not fit")
)

// IBAN is an IBAN without blanks and in capitals, after a look at its country,
// its structure and its check digits.
func IBAN(text string) (string, error) {
	text = compact(text)
	if iban.Validate(text) != nil {
		return "", ErrIBAN
	}
	return text, nil
}

// HasIBAN reports whether a country's accounts have one; the country is
// ISO 3166-1 alpha-2.
func HasIBAN(country string) bool {
	_, err := iban.IsSEPACountryCode(country)
	return err == nil
}

// BIC is a bank's code (ISO 9362) in capitals, 8 or 11 characters as it came.
func BIC(text string) (string, error) {
	text = compact(text)
	if _, err := bic.Parse(text); err != nil {
		return "", ErrBIC
	}
	return text, nil
}

// inSEPA reports whether an IBAN's bank is reached by SEPA credit transfers.
func inSEPA(account string) bool {
	ok, err := iban.IsSEPA(account)
	return ok && err == nil
}
