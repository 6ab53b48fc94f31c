// Package lists is finance's desk: what waits to be authorised, sent, received or
// verified, what was excepted, what comes near its ceiling, and whose support
// ends while money of theirs is unspent. Finance reads all of it, a team lead
// the team's, a contact person their own.
//
// A row carries codes, keys, amounts, dates and states: no name, no story, and of
// free text the reason of an exception alone, for finance and team leads (R11).
// Each list's condition stands in one place, and is read as a page, counted for
// the overview, and written whole to a sheet from there.
package lists

import (
	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
	"hjemvej/internal/sheet"
)

// Name is which list.
type Name string

// The lists, in the order of the overview.
const (
	ToAuthorise       Name = "to_authorise"
	ToSend            Name = "to_send"
	WaitingForReceipt Name = "waiting_for_receipt"
	OnHold            Name = "on_hold"
	Exceptions        Name = "exceptions"
	NearCeiling       Name = "near_ceiling"
	EndingSoon        Name = "ending_soon"
)

// list is what there is to know of one list. The SQL of from calls the case, or
// what stands for it, c.
type list struct {
	name    Name
	title   string // of a sheet; says nothing (R11)
	from    string // FROM and what it joins
	where   string // who is in
	waits   string // who of them waits for somebody; "" for all
	order   order
	columns []column
	ask     func(rest string, args []any, r reader) asked
}

// order is how a list is ordered: by a key that need not be unique, then by the id.
type order struct{ key, keyType, id string }

var all = []list{toAuthorise, toSend, waitingForReceipt, onHold, exceptions, nearCeiling, endingSoon}

func find(name Name) (list, bool) {
	for _, l := range all {
		if l.name == name {
			return l, true
		}
	}
	return list{}, false
}

// column is a column of a list's sheet.
type column struct {
	sheet.Column
	of func(Row) sheet.Cell
}

// condition is who is in as the actor, reaching as far as with op.
func (l list) condition(who access.Actor, op access.Operation) *postgres.Where {
	w := &postgres.Where{}
	w.And(l.where)
	switch access.ReachOf(who, op) {
	case access.Own:
		w.And("c.contact_person_id = ?", who.ID)
	case access.Team:
		w.And("c.team_id = ?", who.Team)
	}
	return w
}

// asked is a question to the database and, once it was answered, its rows.
type asked struct {
	statement postgres.Statement
	rows      func() ([]Row, []position, error)
}

// listed is a row as the database has it.
type listed interface {
	show(reader) (Row, error)
	stands() position
}

// asking asks for rows of the form T: columns, and then what the rest of the
// statement says.
func asking[T listed](columns string) func(string, []any, reader) asked {
	return func(rest string, args []any, r reader) asked {
		var found []T
		return asked{postgres.Many(&found, `SELECT `+columns+rest, args...), func() ([]Row, []position, error) {
			rows, ends := make([]Row, len(found)), make([]position, len(found))
			for i, f := range found {
				var err error
				if rows[i], err = f.show(r); err != nil {
					return nil, nil, err
				}
				ends[i] = f.stands()
			}
			return rows, ends, nil
		}}
	}
}
