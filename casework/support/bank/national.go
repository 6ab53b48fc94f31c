package bank

import (
	"regexp"
	"strings"
)

// national is what is known of a country's account numbers.
type national struct {
	number   *regexp.Regexp
	bankCode *regexp.Regexp // nil: the country uses none
	check    func(number, bankCode string) bool
}

var (
	anyDigits = regexp.MustCompile(`^[0-9]{4,34}$`)
	anyCode   = regexp.MustCompile(`^[0-9A-Z]{2,35}$`)
)

// nationals are countries that people go home to and that have no IBAN, with the
// form of their numbers, and the check digit where its rule is published: the
// Central Bank of Nigeria's NUBAN, and the routing number of American banks. A
// country that is not here takes 4 to 34 digits.
var nationals = map[string]national{
	"GH": {digits("10,16"), digits("6"), nil},
	"IN": {digits("9,18"), regexp.MustCompile(`^[A-Z]{4}0[A-Z0-9]{6}$`), nil},
	"KE": {digits("6,16"), digits("2,5"), nil},
	"NG": {digits("10"), regexp.MustCompile(`^([0-9]{3}|[0-9]{5,6})$`), nuban},
	"PH": {digits("10,16"), digits("9"), nil},
	"TH": {digits("10,12"), digits("3"), nil},
	"UG": {digits("10,16"), digits("2,6"), nil},
	"US": {digits("4,17"), digits("9"), routing},
	"VN": {digits("6,19"), digits("3,8"), nil},
}

func digits(times string) *regexp.Regexp { return regexp.MustCompile(`^[0-9]{` + times + `}$`) }

// National is an account number of a country without IBANs, and its bank's code
// ("" where none was given), in their plain forms. Errors: ErrHasIBAN,
// ErrNational, ErrBankCode, ErrCheck.
func National(country, number, bankCode string) (plain, code string, err error) {
	plain, code = plainDigits(number), plainDigits(bankCode)
	form, known := nationals[country]
	if !known {
		form = national{anyDigits, anyCode, nil}
	}
	switch {
	case HasIBAN(country):
		return "", "", ErrHasIBAN
	case !form.number.MatchString(plain):
		return "", "", ErrNational
	case code != "" && !form.bankCode.MatchString(code):
		return "", "", ErrBankCode
	case code != "" && form.check != nil && !form.check(plain, code):
		return "", "", ErrCheck
	}
	return plain, code, nil
}

// plainDigits is compact without the dashes that national numbers are written with.
func plainDigits(text string) string { return strings.ReplaceAll(compact(text), "-", "") }

// nuban is Nigeria's check: the bank's code in six digits, and the first nine of
// the number, weighed 3, 7, 3, and so on, and the last digit fills up to ten. A
// code of three digits is a bank's, one of five another institution's.
func nuban(number, bankCode string) bool {
	switch len(bankCode) {
	case 3:
		bankCode = "000" + bankCode
	case 5:
		bankCode = "9" + bankCode
	}
	return weighed(bankCode+number[:9], 3, 7, 3)%10 == (10-int(number[9]-'0'))%10
}

// routing is the check of American routing numbers: weighed 3, 7, 1, a multiple
// of ten.
func routing(_, bankCode string) bool { return weighed(bankCode, 3, 7, 1)%10 == 0 }

func weighed(digits string, weights ...int) (sum int) {
	for i, d := range digits {
		sum += int(d-'0') * weights[i%len(weights)]
	}
	return sum
}
