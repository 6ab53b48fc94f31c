package demo

import (
	"context"
	"fmt"

	"hjemvej/casework/support"
	"hjemvej/casework/support/bank"
	"hjemvej/internal/access"

	"github.com/jacoelho/banking/iban"
)

// Debtor is whose account pays in the demo: there is no such office, and the IBAN
// is the one that the registry of IBANs has as its example.
var Debtor = bank.Debtor{Name: "Eksempelkontoret", IBAN: "DK5000400440116243", BIC: "EXMPDK22"}

// till pays through the bank.
func (h *house) till() support.Till { return support.Till{DB: h.db, Vault: h.vault, Debtor: Debtor} }

// accountIn is the n-th account that nobody has in a country, whole by its rules.
func accountIn(country string, n int) support.Account {
	switch country {
	case "DK":
		return support.Account{Kind: support.IBANAccount, Number: Debtor.IBAN, BIC: Debtor.BIC, CameOver: "paper"}
	case "RO":
		number, err := iban.ReplaceChecksum(fmt.Sprintf("RO00EXMP%016d", n))
		if err != nil {
			panic("demo: " + err.Error()) // it has the form
		}
		return support.Account{Kind: support.IBANAccount, Number: number, CameOver: "visit"}
	case "NG":
		return nigerian(n)
	}
	return support.Account{Kind: support.NationalAccount, Country: country, Number: fmt.Sprintf("%010d", n), BIC: "EXMP" + country + "22", CameOver: "visit"}
}

// nigerian is a number at a bank that there is not, with the one check digit that
// fits.
func nigerian(n int) support.Account {
	a := support.Account{Kind: support.NationalAccount, Country: "NG", BankCode: "999", CameOver: "visit"}
	for check := range 10 {
		a.Number = fmt.Sprintf("%09d%d", n, check)
		if _, _, err := bank.National(a.Country, a.Number, a.BankCode); err == nil {
			break
		}
	}
	return a
}

// fictional is a phone number of those that the American plan keeps for stories.
func fictional(n int) string { return fmt.Sprintf("+120255501%02d", n%100) }

// openAccount gives a partner a verified account to be paid at (R27).
func (h *house) openAccount(ctx context.Context, o organisation, n int) error {
	a := accountIn(o.Countries[0], n)
	if o.key == "iom" {
		a = accountIn("DK", n)
	}
	a.Holder, a.CameOver = o.Name, "paper"
	id := h.partners[o.key]
	if _, err := support.ChangePartnerAccount(ctx, h.db, h.vault, h.as("administrator"), id, 0, a); err != nil {
		return err
	}
	_, err := support.VerifyPartnerAccount(ctx, h.db, h.as("finance"), id, 0, support.Verification{Over: "call"})
	return err
}

// payee sets where cash goes to, or changes it.
func (c *course) payee(a support.Account) *course {
	a.Holder = c.given + " " + c.family
	return c.act("payee", func(ctx context.Context, h *house, who access.Actor) error {
		p, err := support.ChangePayee(ctx, h.db, h.vault, who, c.code, c.payeeVersion, a)
		c.payeeVersion = p.Version
		return err
	})
}

// batch puts authorised payments into a file for the bank.
func (c *course) batch(all ...*paid) *course {
	on := c.day.AddWorkdays(2)
	return c.then("batch", func(ctx context.Context, h *house) error {
		in := support.NewBatch{ExecuteOn: on}
		for _, p := range all {
			in.Payments = append(in.Payments, p.id)
		}
		_, err := h.till().MakeBatch(ctx, h.as(c.finance()), in)
		return err
	})
}
