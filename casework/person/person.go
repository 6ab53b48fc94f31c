// Package person is who the case is about: identity, apart from the case,
// sealed with a key of the person's own, and opened only for those whose role
// needs it (R12).
//
// Names, birth date and language are one sealed value; each contact point,
// address, family member and document is a sealed row of its own (Part). What
// must be known without opening is said beside it: that something expires, that
// nobody may be contacted (R10), and keyed fingerprints by which two records of
// one person are found.
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
	"github.com/jackc/pgx/v5"
)

// Vault opens and closes identities. It holds the master key.
type Vault struct{ Master *seal.Master }

// Identity is what makes a person recognisable. It never leaves its sealed
// columns but for an operation that is recorded.
type Identity struct {
	GivenNames    string             `json:"given_names" minLength:"1" maxLength:"300" example:"Ana" doc:"As in the travel document, or as the person gives them"`
	FamilyName    string             `json:"family_name" maxLength:"300" example:"Exemplu" doc:"May be empty: not everybody has one"`
	BirthDate     calendar.Date      `json:"birth_date" format:"date" example:"1990-04-12" doc:"Known or assessed"`
	Language      string             `json:"language" pattern:"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$" maxLength:"35" example:"ro" doc:"The person's own language, BCP 47"`
	ContactPoints []ContactPoint     `json:"contact_points,omitempty" maxItems:"20" doc:"Where the person can be reached, each with what is safe (R10)"`
	Addresses     []Address          `json:"addresses,omitempty" maxItems:"20"`
	Family        []FamilyMember     `json:"family_members,omitempty" maxItems:"40"`
	Documents     []IdentityDocument `json:"documents,omitempty" maxItems:"20"`
	Version       int                `json:"version,omitempty" readOnly:"true" example:"1" doc:"Of the whole identity: rises with every change of any part; the ETag"`
}

// Core is the part of an identity that is one sealed value: names, birth date
// and language.
type Core struct {
	GivenNames string        `json:"given_names" minLength:"1" maxLength:"300" example:"Ana"`
	FamilyName string        `json:"family_name" maxLength:"300" example:"Exemplu" doc:"May be empty: not everybody has one"`
	BirthDate  calendar.Date `json:"birth_date" format:"date" example:"1990-04-12" doc:"Known or assessed"`
	Language   string        `json:"language" pattern:"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$" maxLength:"35" example:"ro" doc:"The person's own language, BCP 47"`
}

// Core is the identity's names, birth date and language.
func (i Identity) Core() Core { return Core{i.GivenNames, i.FamilyName, i.BirthDate, i.Language} }

// Validate checks what no schema can: a birth date that a living person can
// have on the given day, and what is said of the parts.
func (i Identity) Validate(path string, today calendar.Date) error {
	if err := i.Core().Validate(path, today); err != nil {
		return err
	}
	for p, at := range i.parts() {
		if err := p.Validate(path+"."+at, today); err != nil {
			return err
		}
	}
	return nil
}

// Validate checks the birth date: a day on which somebody who lives today can be
// born.
func (c Core) Validate(path string, today calendar.Date) error {
	if age := c.BirthDate.AgeOn(today); c.BirthDate.IsZero() || c.BirthDate.After(today) || age > 120 {
		return fault.Invalidf(path+".birth_date", "must be a day on which a living person can be born")
	}
	return nil
}

// IsChildOn reports whether the person is under 18 on a day (R5).
func (i Identity) IsChildOn(day calendar.Date) bool { return i.BirthDate.AgeOn(day) < 18 }

// Add seals an identity and stores it as a new person, with its parts and its
// fingerprints. It answers the person's id. Two additions that look alike wait
// for each other, so that the second finds the first.
func Add(ctx context.Context, tx *postgres.Tx, v Vault, in Identity) (id string, err error) {
	prints, err := v.fingerprints(ctx, tx, in.Core()) // first: it opens something, and so takes up a rotated master key
	if err != nil {
		return "", err
	}
	id = uuid.NewString()
	wrapped, sealed, key, err := v.SealNew(id, in.Core())
	if err != nil {
		return "", err
	}
	b := &pgx.Batch{}
	b.Queue(`SELECT pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 0))`, prints[0].hash)
	b.Queue(`INSERT INTO persons (id, wrapped_key, identity) VALUES ($1, $2, $3)`, id, wrapped, sealed)
	for _, p := range prints {
		b.Queue(`INSERT INTO identity_fingerprints (person_id, kind, hash) VALUES ($1, $2, $3)`, id, p.kind, p.hash)
	}
	for p := range in.copied().parts() {
		if err := queuePart(b, key, id, p, tx.Who.ID); err != nil {
			return "", err
		}
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return "", fmt.Errorf("add a person: %w", err)
	}
	return id, nil
}

// SealNew makes a new person's key, wrapped by the master key, and seals names,
// birth date and language with it, both bound to the person's id.
func (v Vault) SealNew(id string, c Core) (wrapped, sealed []byte, key seal.Key, err error) {
	wrapped, key, err = v.Master.NewKey(keyPlace(id))
	if err != nil {
		return nil, nil, key, fmt.Errorf("make a person's key: %w", err)
	}
	sealed, err = c.seal(key, id)
	return wrapped, sealed, key, err
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

// Versioned is a sealed person with the version of their identity.
type Versioned struct {
	Sealed
	Version int
	SameAs  *string // the record of the same person that goes on; this one stays as it is
}

// VersionedSQL selects a Versioned by the case's code.
const VersionedSQL = `SELECT p.id, p.wrapped_key, p.identity, p.version, p.same_as::text FROM persons p JOIN cases c ON c.person_id = p.id WHERE c.code = $1`

// Lock is Find for a change: nobody else changes the identity until the
// transaction ends.
func Lock(ctx context.Context, tx *postgres.Tx, code string) (Versioned, error) {
	return postgres.One[Versioned](ctx, tx, VersionedSQL+` FOR UPDATE OF p`, code)
}

// Open unseals names, birth date and language. Whoever calls it must leave an
// audit row that says so, unless the identity only decides a rule and nobody
// sees it.
func (v Vault) Open(s Sealed) (Identity, error) {
	key, err := v.Key(s)
	if err != nil {
		return Identity{}, err
	}
	return s.open(key)
}

func (s Sealed) open(key seal.Key) (Identity, error) {
	plain, err := key.Open(s.Identity, identityPlace(s.ID))
	if err != nil {
		return Identity{}, fmt.Errorf("open an identity: %w", err)
	}
	var out Core
	if err := json.Unmarshal(plain, &out); err != nil {
		return Identity{}, fmt.Errorf("read an identity: %w", err)
	}
	return Identity{GivenNames: out.GivenNames, FamilyName: out.FamilyName, BirthDate: out.BirthDate, Language: out.Language}, nil
}

// Bump raises the version of the identity of a case's person: something that is
// read with it has changed.
func Bump(ctx context.Context, tx *postgres.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE persons SET version = version + 1 WHERE id = $1`, id)
	if err != nil {
		return fmt.Errorf("change an identity: %w", err)
	}
	return nil
}

// Change replaces names, birth date and language, and the fingerprints with
// them. It answers the identity's new version.
func (v Vault) Change(ctx context.Context, tx *postgres.Tx, s Versioned, to Core) (version int, err error) {
	key, err := v.Key(s.Sealed)
	if err != nil {
		return 0, err
	}
	sealed, err := to.seal(key, s.ID)
	if err != nil {
		return 0, err
	}
	prints, err := v.fingerprints(ctx, tx, to)
	if err != nil {
		return 0, err
	}
	b := &pgx.Batch{}
	b.Queue(`UPDATE persons SET identity = $2, version = version + 1 WHERE id = $1`, s.ID, sealed)
	for _, p := range prints {
		b.Queue(`INSERT INTO identity_fingerprints (person_id, kind, hash) VALUES ($1, $2, $3)
			ON CONFLICT (person_id, kind) DO UPDATE SET hash = excluded.hash`, s.ID, p.kind, p.hash)
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return 0, fmt.Errorf("change an identity: %w", err)
	}
	return s.Version + 1, nil
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

func (c Core) seal(key seal.Key, id string) ([]byte, error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write an identity: %w", err)
	}
	sealed, err := key.Seal(plain, identityPlace(id))
	if err != nil {
		return nil, fmt.Errorf("seal an identity: %w", err)
	}
	return sealed, nil
}

func keyPlace(id string) string      { return seal.At("persons", "wrapped_key", id) }
func identityPlace(id string) string { return seal.At("persons", "identity", id) }
