// Package person is who the case is about: identity, apart from the case,
// sealed with a key of the person's own, and opened only for those whose role
// needs it (R12).
package person

import (
	"context"
	"encoding/json"
	"fmt"

	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"

	"github.com/google/uuid"
)

// Vault opens and closes identities. It holds the master key.
type Vault struct{ Master *seal.Master }

// Identity is what makes a person recognisable. It never leaves its sealed
// column but for an operation that is recorded.
type Identity struct {
	GivenNames    string         `json:"given_names" minLength:"1" maxLength:"300" example:"Ana" doc:"As in the travel document, or as the person gives them"`
	FamilyName    string         `json:"family_name" maxLength:"300" example:"Exemplu" doc:"May be empty: not everybody has one"`
	BirthDate     calendar.Date  `json:"birth_date" format:"date" example:"1990-04-12" doc:"Known or assessed"`
	Language      string         `json:"language" pattern:"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$" maxLength:"35" example:"ro" doc:"The person's own language, BCP 47"`
	ContactPoints []ContactPoint `json:"contact_points,omitempty" maxItems:"20" doc:"Where the person can be reached, each with what is safe (R10)"`
}

// ContactPoint is one way to reach the person, and what is safe on it (R10).
type ContactPoint struct {
	Kind     string `json:"kind" enum:"phone,messaging_app,email,address" example:"phone"`
	Value    string `json:"value" minLength:"1" maxLength:"200" example:"+40700000000" doc:"A phone number as E.164, or an address"`
	Whose    string `json:"whose" enum:"self,shared,relative" example:"self"`
	MayCall  bool   `json:"may_call,omitempty" example:"true"`
	MayText  bool   `json:"may_text,omitempty"`
	MayLeave bool   `json:"may_leave_message,omitempty" doc:"A voicemail, or a note"`
}

// Validate checks what no schema can: a birth date that a living person can
// have on the given day.
func (i Identity) Validate(path string, today calendar.Date) error {
	if age := i.BirthDate.AgeOn(today); i.BirthDate.IsZero() || i.BirthDate.After(today) || age > 120 {
		return fault.Invalidf(path+".birth_date", "must be a day on which a living person can be born")
	}
	return nil
}

// IsChildOn reports whether the person is under 18 on a day (R5).
func (i Identity) IsChildOn(day calendar.Date) bool { return i.BirthDate.AgeOn(day) < 18 }

// Add seals an identity and stores it as a new person. It answers the person's
// id.
func Add(ctx context.Context, tx *postgres.Tx, v Vault, in Identity) (id string, err error) {
	id = uuid.NewString()
	wrapped, key, err := v.Master.NewKey(keyPlace(id))
	if err != nil {
		return "", fmt.Errorf("make a person's key: %w", err)
	}
	plain, err := json.Marshal(in)
	if err != nil {
		return "", fmt.Errorf("write an identity: %w", err)
	}
	sealed, err := key.Seal(plain, identityPlace(id))
	if err != nil {
		return "", fmt.Errorf("seal an identity: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO persons (id, wrapped_key, identity) VALUES ($1, $2, $3)`, id, wrapped, sealed)
	return id, err
}

// Sealed is a person as it lies in the database.
type Sealed struct {
	ID         string
	WrappedKey []byte
	Identity   []byte
}

// FindSQL selects a Sealed by the case's code. Row security decides who finds it.
const FindSQL = `SELECT p.id, p.wrapped_key, p.identity FROM persons p JOIN cases c ON c.person_id = p.id WHERE c.code = $1`

// Find reads the sealed person of a case.
func Find(ctx context.Context, tx *postgres.Tx, code string) (Sealed, error) {
	return postgres.One[Sealed](ctx, tx, FindSQL, code)
}

// Open unseals an identity. Whoever calls it must leave an audit row that says
// so, unless the identity only decides a rule and nobody sees it.
func (v Vault) Open(s Sealed) (Identity, error) {
	key, err := v.Key(s)
	if err != nil {
		return Identity{}, err
	}
	plain, err := key.Open(s.Identity, identityPlace(s.ID))
	if err != nil {
		return Identity{}, fmt.Errorf("open an identity: %w", err)
	}
	var out Identity
	if err := json.Unmarshal(plain, &out); err != nil {
		return Identity{}, fmt.Errorf("read an identity: %w", err)
	}
	return out, nil
}

// Key is the person's own key, for what other rooms seal about them: a
// representative's name, an account.
func (v Vault) Key(s Sealed) (seal.Key, error) {
	key, err := v.Master.Unwrap(s.WrappedKey, keyPlace(s.ID))
	if err != nil {
		return seal.Key{}, fmt.Errorf("unwrap a person's key: %w", err)
	}
	return key, nil
}

func keyPlace(id string) string      { return seal.At("persons", "wrapped_key", id) }
func identityPlace(id string) string { return seal.At("persons", "identity", id) }
