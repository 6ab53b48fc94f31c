// Package access says who may do what: actors, roles, operations and how far
// each role reaches. One table (table.go) is read by the API, the tests and the
// documentation; the database's row security holds the same rules a second time.
package access

// Role is the one hat that an actor wears in a request.
type Role string

// The roles of the house. System is the program itself: sweeps and the written
// consequences of somebody's act; nobody can sign in as it.
const (
	ContactPerson Role = "contact_person"
	TeamLead      Role = "team_lead"
	Finance       Role = "finance"
	Manager       Role = "manager"
	Administrator Role = "administrator"
	Auditor       Role = "auditor"
	Partner       Role = "partner"
	System        Role = "system"
)

// Roles lists everyone who can sign in, in the order of the documentation.
var Roles = []Role{ContactPerson, TeamLead, Finance, Manager, Administrator, Auditor, Partner}

// StaffRoles lists the roles that a member of staff can hold.
var StaffRoles = []Role{ContactPerson, TeamLead, Finance, Manager, Administrator, Auditor}

// Actor is who asks. Every transaction runs as one.
type Actor struct {
	ID      string // user id, or the id of a partner's key
	Role    Role
	Team    string   // team id, for contact persons and team leads
	Partner string   // partner id, for partners
	Scopes  ScopeSet // what the key may be used for, for partners
}

// Program is the actor of sweeps and of consequences.
var Program = Actor{ID: "00000000-0000-0000-0000-000000000000", Role: System}

// Reach is how far a role reaches with one operation.
type Reach string

// From nothing to everything.
const (
	None     Reach = ""         // never: 403
	Own      Reach = "own"      // cases whose contact person the actor is
	Team     Reach = "team"     // cases of the actor's team
	Handed   Reach = "handed"   // cases handed to the actor's organisation (R21)
	Referred Reach = "referred" // people whom the actor's organisation referred (R41): a list, of no single record
	All      Reach = "all"      // every record of the operation's kind
)

// Record is what the reach is measured against: a case, or what hangs on it.
type Record struct {
	ContactPerson string
	Team          string
	Opened        bool     // the actor has broken the glass: three hours as if it were their own
	HandedTo      []string // partners with a hand-off that is visible now
}

// Covers reports whether the actor's reach includes the record.
func (r Reach) Covers(a Actor, rec Record) bool {
	switch r {
	case All:
		return true
	case Own:
		return a.ID != "" && (a.ID == rec.ContactPerson || rec.Opened)
	case Team:
		return a.Team != "" && a.Team == rec.Team
	case Handed:
		for _, p := range rec.HandedTo {
			if a.Partner != "" && p == a.Partner {
				return true
			}
		}
	}
	return false
}

// ReachOf is how far the actor reaches with the operation. The program reaches
// everything; an operation that the table does not know, nobody; a partner's key
// nothing without the operation's scope.
func ReachOf(a Actor, op Operation) Reach {
	rule := table[op]
	switch {
	case a.Role == System:
		return All
	case a.Role == Partner && !a.Scopes.Has(rule.Scope()):
		return None
	}
	return rule.Reach(a.Role)
}

// Lacking is the scope for want of which a partner's key is refused what its
// role reaches; "" where that is not the reason.
func Lacking(a Actor, op Operation) Scope {
	rule := table[op]
	if a.Role != Partner || rule.Reach(Partner) == None || a.Scopes.Has(rule.Scope()) {
		return ""
	}
	return rule.Scope()
}
