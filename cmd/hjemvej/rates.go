package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"hjemvej/casework/support/rates"
	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
)

// ratesCommand is everything about exchange rates that a timer may run.
type ratesCommand struct {
	Import importRates `cmd:"" help:"Import the ECB's file of reference rates: the daily one, or the historical ones. The same file again changes nothing; a rate that differs from the one recorded is named and not replaced."`
	List   listRates   `cmd:"" help:"List the newest rates, with their age."`
}

type importRates struct {
	ownerDatabase
	From string `arg:"" name:"file" help:"The file, as XML, CSV or zip, or its address, which begins with https://."`

	client *http.Client // http.DefaultClient where it is nil
}

// Run imports the file and says what came of it.
func (i importRates) Run(c *console) error {
	file, err := i.read(c)
	if err != nil {
		return err
	}
	sheet, err := rates.Parse(file)
	if err != nil {
		return fmt.Errorf("the file %w", err)
	}
	return i.with(c, func(db *postgres.DB) error {
		done, err := rates.Import(c.ctx, db, access.Program, sheet)
		if err != nil {
			return err
		}
		for _, d := range done.Differing {
			fmt.Fprintf(c.out, "%s of %s is recorded with another rate, and stays.\n", d.Currency, d.RatedOn)
		}
		if len(done.Ignored) > 0 {
			fmt.Fprintf(c.out, "No currency in use: %s.\n", strings.Join(done.Ignored, ", "))
		}
		_, err = fmt.Fprintf(c.out, "%d rates are added, %d stood there, %d differ.\n", done.Added, done.Unchanged, len(done.Differing))
		return err
	})
}

func (i importRates) read(c *console) ([]byte, error) {
	if strings.Contains(i.From, "://") {
		return rates.Fetch(c.ctx, i.client, i.From)
	}
	f, err := os.Open(i.From)
	if err != nil {
		return nil, fmt.Errorf("open the file: %w", err)
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, rates.MaxFile+1))
}

type listRates struct {
	ownerDatabase
	Currency string `help:"Only those of this currency, such as RON."`
	Limit    int    `default:"50" help:"How many, at most 200."`
}

// Run prints a line for each rate.
func (l listRates) Run(c *console) error {
	if l.Limit < 1 || l.Limit > 200 {
		return errors.New("--limit must lie between 1 and 200")
	}
	return l.with(c, func(db *postgres.DB) error {
		all, _, err := rates.List(c.ctx, db, access.Program, rates.Filter{Currency: l.Currency, Limit: l.Limit})
		for _, r := range all {
			replaced := ""
			if !r.InForce {
				replaced = ", replaced"
			}
			fmt.Fprintf(c.out, "%s %s %s kr. (%s, age in days: %d%s)\n", r.RatedOn, r.Currency, r.Rate, r.Source, r.AgeDays, replaced)
		}
		return err
	})
}

// with opens the database for a command that needs no master key.
func (d ownerDatabase) with(c *console, do func(*postgres.DB) error) error {
	if err := d.check(); err != nil {
		return err
	}
	db, err := postgres.Open(c.ctx, d.URL, time.Now)
	if err != nil {
		return err
	}
	defer db.Close()
	return do(db)
}
