package main

import (
	"hjemvej/casework/support/bank"
	"hjemvej/internal/letter"
)

type bankFlags struct {
	Name string `name:"debtor-name" env:"HJEMVEJ_BANK_DEBTOR_NAME" placeholder:"NAME" help:"Whose account pays, as receivers see it; it must not tell what the work is about (R11). Without it and the next two no batch can be made for the bank."`
	IBAN string `name:"debtor-iban" env:"HJEMVEJ_BANK_DEBTOR_IBAN" placeholder:"IBAN" help:"The account that pays."`
	BIC  string `name:"debtor-bic" env:"HJEMVEJ_BANK_DEBTOR_BIC" placeholder:"BIC" help:"Its bank."`
}

func (b bankFlags) debtor() bank.Debtor { return bank.Debtor{Name: b.Name, IBAN: b.IBAN, BIC: b.BIC} }

// check lets all three be left out.
func (b bankFlags) check(bad func(name, flag, what string)) {
	if b == (bankFlags{}) {
		return
	}
	if bank.Name(b.Name) == "" {
		bad("HJEMVEJ_BANK_DEBTOR_NAME", "bank-debtor-name", "is required with the other two, and has letters")
	} else if letter.Neutral(b.Name) != nil || letter.Neutral(bank.Name(b.Name)) != nil {
		bad("HJEMVEJ_BANK_DEBTOR_NAME", "bank-debtor-name", "tells what the work is about; receivers see it (R11)")
	}
	if _, err := bank.IBAN(b.IBAN); err != nil {
		bad("HJEMVEJ_BANK_DEBTOR_IBAN", "bank-debtor-iban", err.Error())
	}
	if _, err := bank.BIC(b.BIC); err != nil {
		bad("HJEMVEJ_BANK_DEBTOR_BIC", "bank-debtor-bic", err.Error())
	}
}
