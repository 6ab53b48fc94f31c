package main

import (
	"fmt"

	"hjemvej/internal/seal"
)

type keyCommand struct {
	File string `arg:"" type:"path" help:"Where to write the new key. A file that exists is never replaced."`
}

// Run writes a new master key.
func (k keyCommand) Run(c *console) error {
	if err := seal.CreateMasterFile(k.File); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.out, "The master key is written. Keep a copy of the file apart from the database's backups: without it no identity opens again.")
	return err
}
