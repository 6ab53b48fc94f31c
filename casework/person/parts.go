package person

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Kind is what a part of an identity is; it stands beside the sealed value.
type Kind string

// The kinds.
const (
	ContactPointKind Kind = "contact_point"
	AddressKind      Kind = "address"
	FamilyMemberKind Kind = "family_member"
	DocumentKind     Kind = "document"
)

// Part is one contact point, address, family member or document: sealed in a
// row of its own, bound to its kind and id.
type Part interface {
	PartKind() Kind
	// Validate checks what no schema can.
	Validate(path string, today calendar.Date) error
	// complete fills in what follows from the rest.
	complete()
	held() *Held
	// open is what is known without opening: the last day, and that nobody may
	// be contacted.
	open() (expires calendar.Date, doNotContact bool)
}

// Held is what the service says about a part; nobody sends it.
type Held struct {
	ID      string        `json:"id,omitempty" readOnly:"true" format:"uuid"`
	Version int           `json:"version,omitempty" readOnly:"true" example:"1" doc:"The ETag for a change"`
	EndedOn calendar.Date `json:"ended_on,omitzero" readOnly:"true" format:"date"`
}

func (h *Held) held() *Held { return h }

// PartState is what is answered of a part after a change: nothing of what was
// sealed, so that the answer may be kept and sent again (R29).
type PartState struct {
	ID           string        `json:"id" format:"uuid"`
	Kind         Kind          `json:"kind" enum:"contact_point,address,family_member,document" example:"contact_point"`
	DoNotContact bool          `json:"do_not_contact" doc:"While a contact point that is not ended says so, nobody is reminded to contact the person (R10)"`
	ExpiresOn    calendar.Date `json:"expires_on,omitzero" format:"date"`
	EndedOn      calendar.Date `json:"ended_on,omitzero" format:"date"`
	Version      int           `json:"version" example:"1"`
}

const partState = `id, kind, do_not_contact, expires_on, ended_on, version`

// SealedPart is a part as it lies in the database.
type SealedPart struct {
	ID      string
	Kind    Kind
	Sealed  []byte
	EndedOn calendar.Date
	Version int
}

// PartsSQL selects the SealedParts of a case's person, by the case's code, those
// that ended too. Row security decides who finds which.
const PartsSQL = partsOfCase + ` ORDER BY x.position`

// CurrentPartsSQL is PartsSQL without those that have ended or expired.
const CurrentPartsSQL = partsOfCase + ` AND x.ended_on IS NULL AND (x.expires_on IS NULL OR x.expires_on >= actor_today()) ORDER BY x.position`

const partsOfCase = `SELECT x.id, x.kind, x.sealed, x.ended_on, x.version FROM identity_parts x JOIN cases c ON c.person_id = x.person_id WHERE c.code = $1`

// LockCurrent is Lock, with the identity opened: its parts are those that have
// neither ended nor expired.
func (v Vault) LockCurrent(ctx context.Context, tx *postgres.Tx, code string) (Versioned, Identity, error) {
	sealed, err := Lock(ctx, tx, code)
	if err != nil {
		return sealed, Identity{}, fmt.Errorf("find a person: %w", err)
	}
	return v.openCurrent(ctx, tx, sealed, code)
}

// FindCurrent is LockCurrent without the lock.
func (v Vault) FindCurrent(ctx context.Context, tx *postgres.Tx, code string) (Versioned, Identity, error) {
	sealed, err := postgres.One[Versioned](ctx, tx, VersionedSQL, code)
	if err != nil {
		return sealed, Identity{}, fmt.Errorf("find a person: %w", err)
	}
	return v.openCurrent(ctx, tx, sealed, code)
}

func (v Vault) openCurrent(ctx context.Context, tx *postgres.Tx, sealed Versioned, code string) (Versioned, Identity, error) {
	parts, err := postgres.Collect[SealedPart](ctx, tx, CurrentPartsSQL, code)
	if err != nil {
		return sealed, Identity{}, fmt.Errorf("find parts of an identity: %w", err)
	}
	out, err := v.OpenWhole(sealed, parts)
	return sealed, out, err
}

// Beyond are the identity's parts that another identity does not have.
func (i Identity) Beyond(other Identity) iter.Seq[Part] {
	has := map[string]bool{}
	for p := range other.copied().parts() {
		has[content(p)] = true
	}
	return func(yield func(Part) bool) {
		for p := range i.copied().parts() {
			if !has[content(p)] && !yield(p) {
				return
			}
		}
	}
}

// content is what a part says, without what the service says about it.
func content(p Part) string {
	*p.held() = Held{}
	text, err := json.Marshal(p)
	if err != nil {
		panic("person: a part that is no JSON: " + err.Error())
	}
	return string(p.PartKind()) + string(text)
}

// OpenWhole is Open with the parts.
func (v Vault) OpenWhole(s Versioned, parts []SealedPart) (Identity, error) {
	key, err := v.Key(s.Sealed)
	if err != nil {
		return Identity{}, err
	}
	out, err := s.open(key)
	if err != nil {
		return Identity{}, err
	}
	whole, err := OpenParts(key, parts)
	whole.GivenNames, whole.FamilyName, whole.BirthDate, whole.Language = out.GivenNames, out.FamilyName, out.BirthDate, out.Language
	whole.Version = s.Version
	return whole, err
}

// OpenParts unseals parts alone, without names, with the person's key.
func OpenParts(key seal.Key, parts []SealedPart) (out Identity, err error) {
	for _, p := range parts {
		if err := out.take(key, p); err != nil {
			return Identity{}, err
		}
	}
	return out, nil
}

func (i *Identity) take(key seal.Key, p SealedPart) (err error) {
	switch p.Kind {
	case ContactPointKind:
		i.ContactPoints, err = opened(key, p, i.ContactPoints)
	case AddressKind:
		i.Addresses, err = opened(key, p, i.Addresses)
	case FamilyMemberKind:
		i.Family, err = opened(key, p, i.Family)
	case DocumentKind:
		i.Documents, err = opened(key, p, i.Documents)
	}
	return err
}

// opened appends an unsealed part to the others of its kind.
func opened[T any, P interface {
	*T
	Part
}](key seal.Key, p SealedPart, to []T) ([]T, error) {
	plain, err := key.Open(p.Sealed, partPlace(p.Kind, p.ID))
	if err != nil {
		return nil, fmt.Errorf("open a part of an identity: %w", err)
	}
	var out T
	if err := json.Unmarshal(plain, &out); err != nil {
		return nil, fmt.Errorf("read a part of an identity: %w", err)
	}
	*P(&out).held() = Held{p.ID, p.Version, p.EndedOn}
	return append(to, out), nil
}

// copied is the identity with parts that may be changed.
func (i Identity) copied() *Identity {
	i.ContactPoints, i.Addresses = slices.Clone(i.ContactPoints), slices.Clone(i.Addresses)
	i.Family, i.Documents = slices.Clone(i.Family), slices.Clone(i.Documents)
	return &i
}

// parts are all parts of the identity with their places in its JSON.
func (i *Identity) parts() iter.Seq2[Part, string] {
	return func(yield func(Part, string) bool) {
		_ = each(i.ContactPoints, "contact_points", yield) && each(i.Addresses, "addresses", yield) &&
			each(i.Family, "family_members", yield) && each(i.Documents, "documents", yield)
	}
}

func each[T any, P interface {
	*T
	Part
}](all []T, name string, yield func(Part, string) bool) bool {
	for i := range all {
		if !yield(P(&all[i]), fmt.Sprintf("%s[%d]", name, i)) {
			return false
		}
	}
	return true
}

// AddPart seals a part of a person's identity under a new id.
func (v Vault) AddPart(ctx context.Context, tx *postgres.Tx, s Versioned, p Part) (PartState, error) {
	key, err := v.Key(s.Sealed)
	if err != nil {
		return PartState{}, err
	}
	b := &pgx.Batch{}
	if err := queuePart(b, key, s.ID, p, tx.Who.ID); err != nil {
		return PartState{}, err
	}
	b.Queue(`UPDATE persons SET version = version + 1 WHERE id = $1`, s.ID)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return PartState{}, fmt.Errorf("add a part of an identity: %w", err)
	}
	return findPart(ctx, tx, s.ID, p.held().ID)
}

// ChangePart seals a part anew in its place. What it was before is not kept.
func (v Vault) ChangePart(ctx context.Context, tx *postgres.Tx, s Versioned, id string, p Part) (PartState, error) {
	key, err := v.Key(s.Sealed)
	if err != nil {
		return PartState{}, err
	}
	sealed, err := sealPart(key, id, p)
	if err != nil {
		return PartState{}, err
	}
	expires, blocked := p.open()
	return touchPart(ctx, tx, s.ID, id, `sealed = $3, expires_on = $4, do_not_contact = $5`, sealed, expires, blocked)
}

// EndPart ends a part today; it stays readable.
func EndPart(ctx context.Context, tx *postgres.Tx, s Versioned, id string) (PartState, error) {
	return touchPart(ctx, tx, s.ID, id, `ended_on = $3`, tx.Today)
}

// FindPart is the state of a part that has not ended. Errors: no such part; a
// conflict where it ended.
func FindPart(ctx context.Context, tx *postgres.Tx, s Versioned, id string) (PartState, error) {
	p, err := findPart(ctx, tx, s.ID, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, fault.NoSuch("part of the identity")
	}
	if err == nil && !p.EndedOn.IsZero() {
		err = fault.Conflictf("", "It has ended. Add a new one.")
	}
	return p, err
}

func findPart(ctx context.Context, tx *postgres.Tx, personID, id string) (PartState, error) {
	return postgres.One[PartState](ctx, tx, `SELECT `+partState+` FROM identity_parts WHERE person_id = $1 AND id = $2`, personID, id)
}

func touchPart(ctx context.Context, tx *postgres.Tx, personID, id, set string, args ...any) (PartState, error) {
	if err := Bump(ctx, tx, personID); err != nil {
		return PartState{}, err
	}
	return postgres.One[PartState](ctx, tx, `UPDATE identity_parts SET `+set+`, version = version + 1
		WHERE person_id = $1 AND id = $2 RETURNING `+partState, append([]any{personID, id}, args...)...)
}

func queuePart(b *pgx.Batch, key seal.Key, personID string, p Part, by string) error {
	id := uuid.NewString()
	sealed, err := sealPart(key, id, p)
	if err != nil {
		return err
	}
	expires, blocked := p.open()
	b.Queue(`INSERT INTO identity_parts (id, person_id, kind, sealed, do_not_contact, expires_on, recorded_by) VALUES ($1,$2,$3,$4,$5,$6,$7)`,
		id, personID, string(p.PartKind()), sealed, blocked, expires, by)
	p.held().ID = id
	return nil
}

func sealPart(key seal.Key, id string, p Part) ([]byte, error) {
	*p.held() = Held{} // ours, not the sender's; it stands beside the sealed value
	p.complete()
	plain, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("write a part of an identity: %w", err)
	}
	sealed, err := key.Seal(plain, partPlace(p.PartKind(), id))
	if err != nil {
		return nil, fmt.Errorf("seal a part of an identity: %w", err)
	}
	return sealed, nil
}

func partPlace(kind Kind, id string) string { return seal.At("identity_parts", string(kind), id) }
