package postgres

import (
	"context"
	"errors"

	"hjemvej/internal/fault"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// broken says which fault a broken constraint is. Rooms add theirs with Rule.
var broken = map[string]*fault.Error{}

// Rule gives a constraint, or a trigger's named rule, the fault that its
// breaking is. Called while packages initialise; a second one for a name panics.
func Rule(constraint string, f *fault.Error) bool {
	if _, twice := broken[constraint]; twice {
		panic("postgres: two faults for " + constraint)
	}
	broken[constraint] = f
	return true
}

// again are constraints whose breaking is bad luck: the transaction is run anew.
var again = map[string]bool{}

// TryAgain says that breaking a constraint is bad luck, such as a random code
// drawn before: the transaction is run anew. Called while packages initialise.
func TryAgain(constraint string) bool {
	again[constraint] = true
	return true
}

// Translate turns a database error into a fault, by SQLSTATE and constraint
// name, never by text. What it does not know stays as it is: internal.
func Translate(err error) error {
	var known *fault.Error
	var pg *pgconn.PgError
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, pgx.ErrNoRows):
		return fault.NoSuch("record")
	case errors.As(err, &pg):
		return translateState(pg, err)
	case errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err), isConnect(err):
		return unavailable(err)
	}
	return err
}

func translateState(pg *pgconn.PgError, err error) error {
	if f, ok := broken[pg.ConstraintName]; ok {
		mine := *f
		mine.Cause = err
		return &mine
	}
	switch pg.Code {
	case "42501": // row security refused a write
		return &fault.Error{Kind: fault.NotFound, Message: "There is no such record.", Cause: err}
	case "22P02": // an id that is not a uuid
		return &fault.Error{Kind: fault.NotFound, Message: "There is no such record.", Cause: err}
	case "22007", "22008", "22003": // a day or a number out of any range
		return &fault.Error{Kind: fault.Invalid, Message: "A value has a form that cannot be used.", Cause: err}
	case "22021", "22P05": // text that the database cannot hold
		return &fault.Error{Kind: fault.Invalid, Message: "A text has a character that cannot be kept.", Cause: err}
	case "40001", "40P01", "57014", "55P03", "53300", "57P01", "57P02", "57P03":
		return unavailable(err)
	}
	return err
}

func isConnect(err error) bool {
	var c *pgconn.ConnectError
	return errors.As(err, &c)
}

func unavailable(err error) error {
	return &fault.Error{Kind: fault.Unavailable, Message: "The service is busy. Please try again.", Cause: err}
}
