package main

import (
	"fmt"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
	"hjemvej/internal/staff"
)

type adminCommand struct {
	ownerDatabase
	Subject  string `required:"" help:"The identity provider's name (sub) for the administrator."`
	Name     string `required:"" help:"The administrator's name."`
	Email    string `required:"" help:"Where letters go."`
	Language string `enum:"da,en" default:"da" help:"Of letters: da or en."`
}

// Run registers an administrator. It is for the first one; later ones are
// registered through the API.
func (a adminCommand) Run(c *console) error {
	if err := a.check(); err != nil {
		return err
	}
	if err := a.upToDate(c.ctx); err != nil {
		return err
	}
	db, err := postgres.Open(c.ctx, a.URL, time.Now)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = staff.Create(c.ctx, db, access.Program, staff.NewUser{Subject: a.Subject, Name: a.Name, Email: a.Email, Role: access.Administrator, Language: a.Language})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, "The administrator is registered and can sign in.")
	return err
}
