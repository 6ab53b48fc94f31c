package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"hjemvej/casework/policy"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// policyCommand is everything about the limits and times of the house.
type policyCommand struct {
	Show     showPolicy     `cmd:"" help:"Print the policy in force on a day, as a document to begin the next one with."`
	Validate validatePolicy `cmd:"" help:"Say everything that is wrong with a policy's document. Needs no database."`
}

type showPolicy struct {
	ownerDatabase
	On string `placeholder:"DATE" help:"The day, such as 2027-01-01; today where it is left out."`
}

// Run prints the document alone to the output, and since when it holds beside it.
func (s showPolicy) Run(c *console) error {
	if err := s.check(); err != nil {
		return err
	}
	var day calendar.Date
	if s.On != "" {
		var err error
		if day, err = calendar.Parse(s.On); err != nil {
			return errors.New("--on is not a day like 2027-01-01")
		}
	}
	db, err := postgres.Open(c.ctx, s.URL, time.Now)
	if err != nil {
		return err
	}
	defer db.Close()
	e, err := policy.InForce(c.ctx, db, access.Program, day)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.err, "In force from", e.EffectiveFrom)
	out := json.NewEncoder(c.out)
	out.SetIndent("", "  ")
	return out.Encode(e.Policy)
}

type validatePolicy struct {
	File string `arg:"" type:"existingfile" help:"The document, in JSON."`
}

// longest is how much of a document is read; a whole one has some two kilobytes.
const longest = 1 << 20

// Run prints every fault, a line each.
func (v validatePolicy) Run(c *console) error {
	file, err := os.Open(v.File)
	if err != nil {
		return fmt.Errorf("open the document: %w", err)
	}
	defer file.Close()
	document, err := io.ReadAll(io.LimitReader(file, longest))
	if err != nil {
		return fmt.Errorf("read the document: %w", err)
	}
	_, err = policy.Parse(document)
	var wrong *fault.Error
	if !errors.As(err, &wrong) {
		if err == nil {
			_, err = fmt.Fprintln(c.out, "The policy is valid.")
		}
		return err
	}
	for _, f := range wrong.Fields {
		if f.Path == "" {
			f.Path = "the document"
		}
		fmt.Fprintln(c.out, f.Path+":", f.Message)
	}
	return fmt.Errorf("the policy has %d faults", len(wrong.Fields))
}
