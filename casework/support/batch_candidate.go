package support

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/casework/support/bank"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"
)

// candidate is a payment that may go out by the bank, with the account that it
// goes to: the person's payee for cash, the giving partner's for what it buys.
type candidate struct {
	ID, CaseID, Case            string
	CaseState                   casefile.State
	State                       State
	Form, PlannedBy, PartnerID  string
	Amount, Currency, Reference string
	Outside                     bool // of the six months now, without an exception (R23)
	Batched                     bool
	Verified                    bool
	AccountVersion              int // 0: there is none
	SealedAccount               []byte
	PersonID                    string
	WrappedKey                  []byte
	FileVersion                 int // of the account in the batch that is asked about; 0
}

// candidatesSQL selects candidates by their ids, $1, in a batch, $2, or in none.
// It runs as the program: finance does not see whose key opens an account.
const candidatesSQL = `SELECT p.id, p.case_id, c.code AS "case", c.state AS case_state, p.state, p.form, p.planned_by, l.partner_id,
		p.amount::text AS amount, p.currency, p.reference,
		(c.arrived_on IS NULL OR p.planned_for NOT BETWEEN c.arrived_on AND c.last_day) AND p.exception_approved_by IS NULL AS outside,
		EXISTS (SELECT FROM bank_batch_payments x WHERE x.payment_id = p.id AND x.live) AS batched,
		CASE p.form WHEN 'cash' THEN y.verified_by ELSE a.verified_by END IS NOT NULL AS verified,
		coalesce(CASE p.form WHEN 'cash' THEN y.version ELSE a.version END, 0) AS account_version,
		CASE p.form WHEN 'cash' THEN y.sealed_account ELSE a.sealed_account END AS sealed_account,
		k.id AS person_id, k.wrapped_key, coalesce(x.payee_version, 0) AS file_version
	FROM payments p JOIN cases c ON c.id = p.case_id JOIN persons k ON k.id = c.person_id JOIN budget_lines l ON l.id = p.line_id
		LEFT JOIN payees y ON y.case_id = p.case_id LEFT JOIN partner_accounts a ON a.partner_id = l.partner_id
		LEFT JOIN bank_batch_payments x ON x.payment_id = p.id AND x.batch_id = nullif($2, '')::uuid
	WHERE p.id = ANY($1::uuid[]) ORDER BY p.id`

// findCandidates holds the payments, always in one order, and reads them as they
// then stand.
func findCandidates(ctx context.Context, tx *postgres.Tx, ids []string, batchID string) (all []candidate, err error) {
	err = tx.AsProgram(ctx, func() error {
		if _, err := tx.Exec(ctx, `SELECT FROM payments WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE`, ids); err != nil {
			return fmt.Errorf("hold payments: %w", err)
		}
		all, err = postgres.Collect[candidate](ctx, tx, candidatesSQL, ids, batchID)
		return err
	})
	return all, err
}

// unfit says why a payment cannot be in a file that somebody makes, or "".
func (c candidate) unfit(maker string) string {
	switch {
	case c.State != Authorised:
		return fmt.Sprintf("is %s, and not authorised", c.State)
	case c.Batched:
		return "is in another batch already"
	case c.PlannedBy == maker:
		return "was planned by you (R26)"
	}
	return c.held()
}

// held says why money may not go now, or "".
func (c candidate) held() string {
	switch {
	case c.CaseState.Over():
		return "is of a case that is over (R23)"
	case c.Outside:
		return "is dated outside the six months (R23)"
	case c.AccountVersion == 0:
		return "has no account to go to (R27)"
	case !c.Verified:
		return "is on hold: its account is not verified (R27)"
	}
	return ""
}

// changed says why a payment of a file that was made may not go now, or "".
func (c candidate) changed() string {
	if why := c.held(); why != "" {
		return why
	}
	if c.AccountVersion != c.FileVersion {
		return "has another account than the file (R27)"
	}
	return ""
}

// opener opens the accounts of candidates.
type opener struct {
	vault person.Vault
	house seal.Key
}

func (o opener) open(c candidate) (Account, error) {
	if c.Form != "cash" {
		return openAccount(o.house, c.SealedAccount, partnerPlace(c.PartnerID))
	}
	key, err := o.vault.Key(person.Sealed{ID: c.PersonID, WrappedKey: c.WrappedKey})
	if err != nil {
		return Account{}, err
	}
	return openAccount(key, c.SealedAccount, payeePlace(c.CaseID))
}

// transfer is the candidate as the file has it, or why it cannot be there.
func (o opener) transfer(c candidate) (t bank.Transfer, why string, err error) {
	a, err := o.open(c)
	if err != nil {
		return t, "", err
	}
	to, why := a.payable()
	if why != "" {
		return t, why, nil
	}
	amount, err := amountOf(c.Amount, c.Currency)
	return bank.Transfer{Reference: c.Reference, Amount: amount, Holder: a.Holder, Account: to}, "", err
}
