package main

import (
	"strings"
	"testing"

	"hjemvej/casework/support"
	"hjemvej/internal/housetest"
)

func TestR25_TheLedgerIsCheckedByACommand(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	h.Pay(t, h.Arrived(t), "10", support.Sent)
	if out := ok(t, "ledger", "check", "--database-url", h.URL); !strings.Contains(out, "0.00 DKK") {
		t.Error(out)
	}
	h.Set(t, `UPDATE budget_lines SET sent_dkk = sent_dkk - 1 WHERE sent_dkk > 0`)
	if status, out, errs := called(t, "ledger", "check", "--database-url", h.URL); status != 1 || !strings.Contains(out, `"sent" does not agree`) {
		t.Errorf("books that do not agree: %d: %s %s", status, out, errs)
	}
	h.Set(t, `UPDATE budget_lines SET sent_dkk = sent_dkk + 1 WHERE sent_dkk > 0`)
}
