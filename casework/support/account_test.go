package support_test

import (
	"encoding/json"
	"strings"
	"testing"

	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
)

func TestR27_AnAccountIsVerifiedOverAnotherChannel(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := support.Account{Kind: "iban", Number: "RO49AAAA1B31007593840000", Holder: "Ana", CameOver: "call"}
	_, err := support.ChangePayee(t.Context(), b.DB, b.Vault, b.Contact, b.c.Code, 0, in)
	b.must(err)
	housetest.Refused(t, second(b.verify(b.Lead, 1)), fault.Conflict, "R27") // by a call, too
	set := func(sql string) error {
		_, err := b.Exec(t.Context(), b.Lead, `UPDATE payees SET `+sql+` WHERE case_id = $1`, b.c.ID)
		return err
	}
	verified := `verified_by = '` + b.Lead.ID + `', verified_at = now(), verified_over = `
	housetest.Broken(t, set(verified+`'call'`), "payee_verified_over_another_channel")
	housetest.Broken(t, set(`came_over = 'visit', `+verified+`'call'`), "payee_came_over_stays")
	housetest.Broken(t, set(`came_over = NULL`), "payee_came_over_stays")
	_, err = support.VerifyPayee(t.Context(), b.DB, b.Lead, b.c.Code, 1, support.Verification{Over: "visit"})
	b.must(err)
	in.CameOver = "visit"
	_, err = support.ChangePayee(t.Context(), b.DB, b.Vault, b.Contact, b.c.Code, 2, in) // and another is not verified by the old channel
	b.must(err)
	if n := b.Count(t, `SELECT count(*) FROM payees WHERE verified_over IS NOT NULL`); n != 0 {
		t.Error("the changed account is still verified")
	}
}

func TestR27_AnAccountFromBeforeChannelsWereAskedForIsVerifiedOverAny(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Set(t, `ALTER TABLE payees DISABLE TRIGGER guard_came_over`)
	b.Payee(t, b.c, false)
	b.Set(t, `UPDATE payees SET came_over = NULL`)
	b.must(second(b.verify(b.Lead, 1)))
}

func TestR27_APartnersAccountIsVerifiedByFinanceAndAnotherHand(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := support.Account{Kind: "iban", Number: "ro49 aaaa 1b31 0075 9384 0000", Holder: "Casa Exemplu", CameOver: "email"}
	change := func(who access.Actor, version int) error {
		return second(support.ChangePartnerAccount(t.Context(), b.DB, b.Vault, who, b.Home.Partner, version, in))
	}
	for _, who := range append(b.Partners(), b.Contact, b.Lead, b.Finance, b.Manager, b.Auditor) {
		housetest.Refused(t, change(who, 0), fault.Forbidden, "")
	}
	b.must(change(b.Administrator, 0))
	housetest.Refused(t, change(b.Administrator, 0), fault.Precondition, "")
	housetest.Refused(t, change(b.Administrator, 7), fault.Stale, "")
	verify := func(who access.Actor) error {
		return second(support.VerifyPartnerAccount(t.Context(), b.DB, who, b.Home.Partner, 1, support.Verification{Over: "call"}))
	}
	housetest.Refused(t, verify(b.Administrator), fault.Forbidden, "")
	housetest.Refused(t, verify(access.Actor{ID: b.Administrator.ID, Role: access.Finance}), fault.Conflict, "R27")
	for sql, rule := range map[string]string{
		`sealed_account = 'x', edited_by = '` + b.Finance.ID + `'`: "payee_edited_by_the_actor", // whoever pays does not say where to
		`came_over = 'visit'`:                   "payee_edited_by_the_actor",
		`verified_by = '` + b.Finance2.ID + `'`: "payee_verified_by_the_actor",
		`verified_by = '` + b.Finance.ID + `', verified_over = 'visit', came_over = 'visit', edited_by = '` + b.Finance2.ID + `'`: "payee_edited_by_the_actor",
	} {
		_, err := b.Exec(t.Context(), b.Finance, `UPDATE partner_accounts SET `+sql)
		housetest.Broken(t, err, rule)
	}
	b.must(verify(b.Finance), change(b.Administrator, 2))
	got, err := support.ReadPartnerAccount(t.Context(), b.DB, b.Finance, b.Home.Partner)
	b.must(err)
	if got.Verified || got.Version != 3 || got.CameOver != "email" {
		t.Errorf("%+v", got)
	}
	if shown, _ := json.Marshal(got); strings.Contains(string(shown), "RO49") {
		t.Error("the account is shown")
	}
	if n := b.Count(t, `SELECT count(*) FROM partner_accounts WHERE position('RO49'::bytea IN sealed_account) > 0`); n != 0 {
		t.Error("the account lies open")
	}
	housetest.Refused(t, second(support.ReadPartnerAccount(t.Context(), b.DB, b.Finance, b.OtherHome.Partner)), fault.NotFound, "")
}

func TestAccountsAreRefusedByTheirFieldWithoutTheirValue(t *testing.T) {
	t.Parallel()
	const private = "73577357"
	for _, c := range []struct {
		account support.Account
		field   string
	}{
		{support.Account{Kind: "iban", Number: "RO" + private}, "body.number"},
		{support.Account{Kind: "iban", Number: "RO49AAAA1B31007593840000", BIC: private}, "body.bic"},
		{support.Account{Kind: "iban", Number: "RO49AAAA1B31007593840000", Country: "RO"}, "body.country"},
		{support.Account{Kind: "national_account", Number: private}, "body.country"},
		{support.Account{Kind: "national_account", Country: "ZZ", Number: private}, "body.country"},
		{support.Account{Kind: "national_account", Country: "RO", Number: private}, "body.kind"},
		{support.Account{Kind: "national_account", Country: "NG", Number: private}, "body.number"},
		{support.Account{Kind: "national_account", Country: "NG", Number: "0000014579", BankCode: private}, "body.bank_code"},
		{support.Account{Kind: "mobile_money", Number: "+999" + private}, "body.number"},
		{support.Account{Kind: "cash_pickup", Number: "The office", Holder: "…"}, "body.holder"},
	} {
		if c.account.Holder == "" {
			c.account.Holder = "Ana " + private
		}
		_, err := c.account.Canonical()
		housetest.Refused(t, err, fault.Invalid, "")
		if got := reasons(err); !strings.HasPrefix(got, c.field+" ") || strings.Contains(got+err.Error(), private) {
			t.Errorf("%s %s: %s", c.account.Kind, c.account.Country, got)
		}
	}
	got, err := support.Account{Kind: "mobile_money", Number: "+1 (202) 555-0123", Holder: "Ana"}.Canonical()
	if err != nil || got.Number != "+12025550123" {
		t.Errorf("%+v, %v", got, err)
	}
}
