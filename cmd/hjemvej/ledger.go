package main

import (
	"fmt"
	"time"

	"hjemvej/casework/support"
	"hjemvej/internal/postgres"
)

// ledgerCommand is about the books.
type ledgerCommand struct {
	Check checkLedger `cmd:"" help:"Read every posting, and say whether the books agree with themselves."`
}

type checkLedger struct{ ownerDatabase }

// Run names every line, programme or case whose sums do not agree, and fails
// where there is one.
func (k checkLedger) Run(c *console) error {
	if err := k.check(); err != nil {
		return err
	}
	db, err := postgres.Open(c.ctx, k.URL, time.Now)
	if err != nil {
		return err
	}
	defer db.Close()
	n, faults, err := support.CheckLedger(c.ctx, db)
	if err != nil {
		return err
	}
	for _, f := range faults {
		fmt.Fprintf(c.out, "%s %s: what lies at %q does not agree\n", f.Of, f.ID, f.Place)
	}
	if len(faults) > 0 {
		return fmt.Errorf("the books do not agree with themselves at %d places", len(faults))
	}
	_, err = fmt.Fprintf(c.out, "%d postings, and the books agree: the trial balance is 0.00 DKK.\n", n)
	return err
}
