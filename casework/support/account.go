package support

import (
	"encoding/json"
	"errors"
	"fmt"

	"hjemvej/casework/person"
	"hjemvej/casework/support/bank"
	"hjemvej/internal/fault"
	"hjemvej/internal/seal"

	"github.com/nyaruka/phonenumbers"
)

// The kinds of account. The first two can be paid by a bank's file.
const (
	IBANAccount     = "iban"
	NationalAccount = "national_account"
	MobileMoney     = "mobile_money"
	CashPickup      = "cash_pickup"
)

// Account is where money goes to: sealed like identity, never shown again.
type Account struct {
	Kind     string `json:"kind" enum:"iban,national_account,mobile_money,cash_pickup" example:"iban"`
	Country  string `json:"country,omitempty" pattern:"^[A-Z]{2}$" example:"NG" doc:"Of a national account, ISO 3166-1 alpha-2; where the country has IBANs, give the IBAN"`
	Number   string `json:"number" minLength:"3" maxLength:"64" example:"RO49AAAA1B31007593840000" doc:"The IBAN, the national number, the phone number of mobile money (E.164), or the name of a pick-up office; sealed (R12)"`
	BankCode string `json:"bank_code,omitempty" maxLength:"35" example:"058" doc:"Of a national account, where its country's banks have one"`
	BIC      string `json:"bic,omitempty" maxLength:"11" example:"BTRLRO22" doc:"Of the bank; a national account needs it, or a bank code, to be paid through the bank"`
	Holder   string `json:"holder" minLength:"1" maxLength:"300" example:"Ana Exemplu" doc:"Sealed (R12); the bank gets it in Latin letters"`
	CameOver string `json:"came_over" enum:"call,text,messaging_app,email,visit,through_partner,video,paper" example:"visit" doc:"The channel that brought the account: it is verified over another (R27)"`
}

// Canonical is the account in the form that is sealed: without blanks, in the
// capitals and the digits of its kind. It says which field cannot be, and never
// what was in it. Lengths and check digits are looked at where a country's rule
// is published; other national numbers take 4 to 34 digits.
func (a Account) Canonical() (Account, error) {
	if bank.Name(a.Holder) == "" {
		return a, fault.Invalidf("body.holder", "has no letter that a bank could write")
	}
	if a.Kind != NationalAccount && (a.Country != "" || a.BankCode != "") {
		return a, fault.Invalidf("body.country", "and bank_code are a national account's")
	}
	var err error
	if a.BIC != "" {
		if a.BIC, err = bank.BIC(a.BIC); err != nil {
			return a, fault.Invalidf("body.bic", "%v", err)
		}
	}
	switch a.Kind {
	case IBANAccount:
		a.Number, err = bank.IBAN(a.Number)
	case NationalAccount:
		return a.national()
	case MobileMoney:
		a.Number, err = mobile(a.Number)
	}
	if err != nil {
		return a, fault.Invalidf("body.number", "%v", err)
	}
	return a, nil
}

func (a Account) national() (Account, error) {
	if a.Country == "" {
		return a, fault.Invalidf("body.country", "is required for a national account")
	}
	if err := person.MustBeCountry("body.country", a.Country); err != nil {
		return a, err
	}
	number, code, err := bank.National(a.Country, a.Number, a.BankCode)
	switch {
	case errors.Is(err, bank.ErrHasIBAN):
		return a, fault.Invalidf("body.kind", "must be iban: %v", err)
	case errors.Is(err, bank.ErrBankCode):
		return a, fault.Invalidf("body.bank_code", "%v", err)
	case err != nil:
		return a, fault.Invalidf("body.number", "%v", err)
	}
	a.Number, a.BankCode = number, code
	return a, nil
}

var errPhone = errors.New("is no phone number such as +40700000000")

func mobile(number string) (string, error) {
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return "", errPhone
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), nil
}

// payable is the account as the bank's file has it, or why it cannot be there.
func (a Account) payable() (bank.Account, string) {
	a, err := a.Canonical() // what was sealed before formats were asked for may not stand
	switch {
	case a.Kind == MobileMoney || a.Kind == CashPickup:
		return bank.Account{}, "is paid by mobile money or at a pick-up office, not by the bank"
	case err != nil:
		return bank.Account{}, "has an account that must be entered again: it is none by today's rules"
	case a.Kind == IBANAccount:
		return bank.Account{IBAN: a.Number, BIC: a.BIC}, ""
	case a.BIC == "" && a.BankCode == "":
		return bank.Account{}, "has a national account without a BIC or a bank code"
	}
	return bank.Account{Country: a.Country, Number: a.Number, BankCode: a.BankCode, BIC: a.BIC}, ""
}

// sealed is the account under a key, at its place.
func (a Account) sealed(key seal.Key, place string) ([]byte, error) {
	plain, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("write an account: %w", err)
	}
	return key.Seal(plain, place)
}

func openAccount(key seal.Key, sealed []byte, place string) (a Account, err error) {
	plain, err := key.Open(sealed, place)
	if err != nil {
		return a, fmt.Errorf("open an account: %w", err)
	}
	if err := json.Unmarshal(plain, &a); err != nil {
		return a, fmt.Errorf("read an account: %w", err)
	}
	return a, nil
}

func payeePlace(caseID string) string { return seal.At("payees", "sealed_account", caseID) }
