package casefile

import (
	"context"
	"fmt"
	"strings"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// ReadIdentity opens who the case is about, and who acts for a child (R12, R5).
// Each opening is recorded.
func ReadIdentity(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string) (out OpenedIdentity, err error) {
	const op = "read-identity"
	if !access.IsCode(code) {
		return out, fault.NoSuch("case")
	}
	var row Row
	var people []sealedCasePerson
	var sealed person.Versioned
	var parts []person.SealedPart
	_, err = postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&row, "case", rowSQL, code),
		postgres.Single(&sealed, "case", person.VersionedSQL, code),
		postgres.Many(&parts, person.PartsSQL, code),
		postgres.Many(&people, casePeopleSQL, code))
	if err != nil {
		return out, err
	}
	if err := postgres.Allow(ctx, db, who, op, row.Record(), "case"); err != nil {
		return out, err
	}
	if out.Identity, err = v.OpenWhole(sealed, parts); err != nil || len(people) == 0 {
		return out, err
	}
	key, err := v.Key(sealed.Sealed)
	if err != nil {
		return out, err
	}
	out.People, err = openPeople(key, people)
	return out, err
}

// WaysToContact is how the person may be contacted now, with the contact points
// that the ways are of.
type WaysToContact struct {
	person.SafeContact
	ContactPoints []person.ContactPoint `json:"contact_points" nullable:"false"`
}

// ReadWaysToContact opens the contact points that have neither ended nor expired,
// and says how the person may be contacted now (R10). It is recorded like any
// opening (R12).
func ReadWaysToContact(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string) (WaysToContact, error) {
	const op = "read-ways-to-contact"
	if !access.IsCode(code) {
		return WaysToContact{}, fault.NoSuch("case")
	}
	var reach Reach
	var sealed person.Versioned
	var parts []person.SealedPart
	moment, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&reach, "case", ReachOfCaseSQL, code),
		postgres.Single(&sealed, "case", person.VersionedSQL, code),
		postgres.Many(&parts, person.CurrentPartsSQL, code))
	if err != nil {
		return WaysToContact{}, err
	}
	if err := postgres.Allow(ctx, db, who, op, reach.Record(), "case"); err != nil {
		return WaysToContact{}, err
	}
	whole, err := v.OpenWhole(sealed, parts)
	if err != nil {
		return WaysToContact{}, err
	}
	points := append([]person.ContactPoint{}, whole.ContactPoints...)
	return WaysToContact{person.SafeContactAt(points, moment.Now), points}, nil
}

// IdentityChange is what a change of names, birth date or language leads to. It
// holds nothing of the identity.
type IdentityChange struct {
	BecameChild bool          `json:"became_child,omitempty" doc:"The new birth date makes an adult a child (R5)"`
	BecameAdult bool          `json:"became_adult,omitempty" doc:"The new birth date makes a child an adult (R5)"`
	Changes     []Consequence `json:"changes" nullable:"false" doc:"What the new age changes for the case"`
	Version     int           `json:"version" example:"2"`
}

// Consequence is one thing that another age changes.
type Consequence struct {
	What string `json:"what" example:"representative"`
	Next string `json:"next" example:"Appoint the child's representative." doc:"What to do next"`
}

// ChangeIdentity replaces names, birth date and language. A birth date that
// makes an adult a child, or the other way, is taken, recorded, and answered
// with what it changes (R5).
func ChangeIdentity(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, version int, in person.Core) (IdentityChange, error) {
	return postgres.Write(ctx, db, who, "change-identity", func(ctx context.Context, tx *postgres.Tx) (IdentityChange, error) {
		row, sealed, err := lockIdentity(ctx, tx, code)
		if err != nil {
			return IdentityChange{}, err
		}
		if err := Current(sealed.Version, version); err != nil {
			return IdentityChange{}, err
		}
		if err := in.Validate("body", tx.Today); err != nil {
			return IdentityChange{}, err
		}
		if in.BirthDate.After(row.AssessedOn) {
			return IdentityChange{}, fault.Invalidf("body.birth_date", "must not lie after the assessment")
		}
		before, err := v.Open(sealed.Sealed)
		if err != nil {
			return IdentityChange{}, err
		}
		out := IdentityChange{Changes: []Consequence{}}
		if out.Version, err = v.Change(ctx, tx, sealed, in); err != nil {
			return out, err
		}
		return out, row.aged(ctx, tx, &out, before.IsChildOn(tx.Today), in.BirthDate)
	})
}

// ageFacts is what hangs on the person's being a child or an adult.
type ageFacts struct {
	SelfConsents, RepresentativeConsents int
	Represented, RepresentativeAgreed    bool
}

const ageFactsSQL = `SELECT
	(SELECT count(*) FROM consents k WHERE k.case_id = c.id AND k.given_by = 'self' AND k.withdrawn_at IS NULL AND k.valid_until >= $2)::int AS self_consents,
	(SELECT count(*) FROM consents k WHERE k.case_id = c.id AND k.given_by = 'representative' AND k.withdrawn_at IS NULL AND k.valid_until >= $2)::int AS representative_consents,
	EXISTS (SELECT FROM representatives r WHERE r.case_id = c.id AND r.ended_on IS NULL) AS represented,
	EXISTS (SELECT FROM plan_agreements g JOIN plan_versions p ON p.id = g.plan_version_id WHERE p.case_id = c.id AND p.kind = 'reintegration' AND g.given_by = 'representative'
		AND p.version = (SELECT max(version) FROM plan_versions n WHERE n.case_id = c.id AND n.kind = 'reintegration')) AS representative_agreed
	FROM cases c WHERE c.id = $1`

// aged fills in what another age changes, and records that it did.
func (r *Row) aged(ctx context.Context, tx *postgres.Tx, out *IdentityChange, wasChild bool, born calendar.Date) error {
	isChild := born.AgeOn(tx.Today) < 18
	if wasChild == isChild {
		return nil
	}
	f, err := postgres.One[ageFacts](ctx, tx, ageFactsSQL, r.ID, tx.Today)
	if err != nil {
		return fmt.Errorf("find what the age changes: %w", err)
	}
	out.BecameChild, out.BecameAdult = isChild, wasChild
	if isChild {
		tx.Touch(r.ID, r.Code, "became_child")
		out.Changes = f.ofChild(r, born.AgeOn(tx.Today))
	} else {
		tx.Touch(r.ID, r.Code, "became_adult")
		out.Changes = f.ofAdult()
	}
	return nil
}

// ofChild is what R5 asks for from now on.
func (f ageFacts) ofChild(r *Row, age int) []Consequence {
	var out []Consequence
	add := func(needed bool, what, next string) {
		if needed {
			out = append(out, Consequence{what, next})
		}
	}
	add(!f.Represented, "representative", "Appoint the child's "+strings.ReplaceAll(r.Track.RepresentativeKind(), "_", " ")+".")
	add(!f.RepresentativeAgreed, "representative_agreed", "Record that the representative agreed to the newest version of the reintegration plan.")
	add(f.SelfConsents > 0, "consents", fmt.Sprintf("Ask the representative for %d consents that the person gave alone; they stay in force until withdrawn.", f.SelfConsents))
	add(r.DepartedOn.IsZero(), "departure_gate", "Record what a child's departure asks for: both guardians, family assessment, best interests, the child's wish.")
	add(r.DepartedOn.IsZero() && age < 15, "escort", "Record who escorts the child: it is under 15.")
	add(!r.DepartedOn.IsZero(), "departed", "The person departed as an adult: talk to the team lead and to the home-country partner.")
	return out
}

// ofAdult is what ends with R5's requirements.
func (f ageFacts) ofAdult() []Consequence {
	out := []Consequence{{"departure_gate", "Nothing that only a child's departure asks for is asked for any longer."}}
	if f.Represented {
		out = append(out, Consequence{"representative", "Nobody acts for the person any longer; what the representative did stays recorded."})
	}
	if f.RepresentativeAgreed {
		out = append(out, Consequence{"agreement", "Record that the person agreed to the newest version of the reintegration plan, if only the representative did."})
	}
	if f.RepresentativeConsents > 0 {
		out = append(out, Consequence{"consents", fmt.Sprintf("Ask the person for %d consents that the representative gave; they stay in force until withdrawn.", f.RepresentativeConsents)})
	}
	return out
}

// AddPart seals one more contact point, address, family member or document. The
// operation is add- and the part's kind.
func AddPart(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code string, in person.Part) (person.PartState, error) {
	return part(ctx, db, who, "add", in, code, func(ctx context.Context, tx *postgres.Tx, s person.Versioned) (person.PartState, error) {
		if err := in.Validate("body", tx.Today); err != nil {
			return person.PartState{}, err
		}
		return v.AddPart(ctx, tx, s, in)
	})
}

// ChangePart seals a part anew; version is the one that was read. The operation
// is change- and the part's kind.
func ChangePart(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, code, id string, version int, in person.Part) (person.PartState, error) {
	return part(ctx, db, who, "change", in, code, func(ctx context.Context, tx *postgres.Tx, s person.Versioned) (person.PartState, error) {
		now, err := person.FindPart(ctx, tx, s, id)
		if err != nil {
			return now, err
		}
		if now.Kind != in.PartKind() {
			return now, fault.NoSuch("part of the identity")
		}
		if err := Current(now.Version, version); err != nil {
			return now, err
		}
		if err := in.Validate("body", tx.Today); err != nil {
			return now, err
		}
		return v.ChangePart(ctx, tx, s, id, in)
	})
}

// EndPart ends a part of any kind today; it stays readable.
func EndPart(ctx context.Context, db *postgres.DB, who access.Actor, code, id string, version int) (person.PartState, error) {
	return onPart(ctx, db, who, "end-identity-part", code, func(ctx context.Context, tx *postgres.Tx, s person.Versioned) (person.PartState, error) {
		now, err := person.FindPart(ctx, tx, s, id)
		if err != nil {
			return now, err
		}
		if err := Current(now.Version, version); err != nil {
			return now, err
		}
		return person.EndPart(ctx, tx, s, id)
	})
}

// PartOperation is the operation that adds or changes a kind of part, such as
// add-contact-point.
func PartOperation(verb string, kind person.Kind) access.Operation {
	return access.Operation(verb + "-" + strings.ReplaceAll(string(kind), "_", "-"))
}

type partStep func(context.Context, *postgres.Tx, person.Versioned) (person.PartState, error)

func part(ctx context.Context, db *postgres.DB, who access.Actor, verb string, in person.Part, code string, do partStep) (person.PartState, error) {
	return onPart(ctx, db, who, PartOperation(verb, in.PartKind()), code, do)
}

func onPart(ctx context.Context, db *postgres.DB, who access.Actor, op access.Operation, code string, do partStep) (person.PartState, error) {
	return postgres.Write(ctx, db, who, op, func(ctx context.Context, tx *postgres.Tx) (person.PartState, error) {
		row, sealed, err := lockIdentity(ctx, tx, code)
		if err != nil {
			return person.PartState{}, err
		}
		out, err := do(ctx, tx, sealed)
		if err == nil {
			tx.Touch(row.ID, row.Code, out.ID)
		}
		return out, err
	})
}

func lockIdentity(ctx context.Context, tx *postgres.Tx, code string) (*Row, person.Versioned, error) {
	row, err := Lock(ctx, tx, code, 0)
	if err != nil {
		return nil, person.Versioned{}, err
	}
	sealed, err := person.Lock(ctx, tx, code)
	if err != nil {
		return nil, sealed, fmt.Errorf("find a person: %w", err)
	}
	if sealed.SameAs != nil {
		return nil, sealed, whereJoined
	}
	return row, sealed, nil
}
