package housetest

import (
	"testing"

	"hjemvej/casework/support"
	"hjemvej/casework/support/bank"
	"hjemvej/internal/access"
)

// Debtor is whose account pays on the bench.
var Debtor = bank.Debtor{Name: "Eksempelkontoret", IBAN: "DK5000400440116243", BIC: "EXMPDK22"}

// Till pays through the bank.
func (h *House) Till() support.Till {
	return support.Till{DB: h.DB, Vault: h.Vault, Debtor: Debtor}
}

// PartnerAccount gives a partner an account to be paid at, entered by the
// administrator, and has it verified by finance where asked.
func (h *House) PartnerAccount(t testing.TB, partner access.Actor, verified bool) support.PartnerAccount {
	t.Helper()
	a, err := support.ChangePartnerAccount(t.Context(), h.DB, h.Vault, h.Administrator, partner.Partner, 0,
		support.Account{Kind: support.IBANAccount, Number: "RO49AAAA1B31007593840000", Holder: "Casa Exemplu", CameOver: "paper"})
	must(t, err)
	if verified {
		a, err = support.VerifyPartnerAccount(t.Context(), h.DB, h.Finance2, partner.Partner, a.Version, support.Verification{Over: "call"})
		must(t, err)
	}
	return a
}
