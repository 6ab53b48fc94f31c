package casefile

import (
	"context"
	"fmt"

	"hjemvej/casework/person"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/postgres"
)

// Joining names the case of the same person that goes on.
type Joining struct {
	Into   string `json:"into" pattern:"^[2-9B-DF-HJKMNP-TV-Z]{4}-[2-9B-DF-HJKMNP-TV-Z]{4}$" example:"K7QX-2MVD" doc:"The case that goes on"`
	Reason string `json:"reason" minLength:"3" maxLength:"500" example:"Entered twice: at the crisis centre and at the hospital"`
}

// JoinedCase is a case after it was joined, and what went along to the one that
// goes on, because it is the person's and not the course's.
type JoinedCase struct {
	Case
	Carried Carried `json:"carried_over"`
}

// Carried is what went along.
type Carried struct {
	Parts    int `json:"identity_parts" example:"1" doc:"Contact points, addresses, family members and documents that the other record lacked"`
	Consents int `json:"consents" example:"2" doc:"With their withdrawals: of several that apply the narrowest wins (R7)"`
	Ended    int `json:"sharing_ended" example:"0" doc:"Categories that a partner could read before and cannot any more"`
}

// join is one end of a joining, seen from the other.
type join struct {
	Code   string
	GoesOn bool
}

const joinsSQL = `SELECT o.code, o.id = j.into_id AS goes_on FROM cases c JOIN case_joins j ON j.case_id = c.id OR j.into_id = c.id
	JOIN cases o ON o.id IN (j.case_id, j.into_id) AND o.id <> c.id WHERE c.code = $1 ORDER BY j.joined_at, o.code`

var (
	whereJoined = fault.Conflictf("", "The case was joined into another of the same person, and stays as it was. Go on there.")
	_           = postgres.Rule("case_joins_pkey", fault.Conflictf("", "The case was joined before."))
	_           = postgres.Rule("join_into_another", fault.Invalidf("body.into", "is this case itself"))
)

// JoinFacts is what decides whether a case may be joined into another.
type JoinFacts struct {
	From, Into   State
	Departed     bool // the person left in the case that would be joined
	OpenHandoffs int  // of it
	Lines        int  // of its budget, with money allotted
}

// JoinMissing lists everything that keeps a case from being joined into
// another, at once. A case that is closed or withdrawn is a course of its own
// that came to its end: it is only linked, and nothing stands in the way of that.
func JoinMissing(f JoinFacts) []fault.Field {
	var missing []fault.Field
	need := func(ok bool, path, next string) {
		if !ok {
			missing = append(missing, fault.Field{Path: path, Message: next})
		}
	}
	need(!f.Into.Over(), "body.into", "This case is over. Join it into the one that goes on.")
	if f.From.Over() {
		return missing
	}
	need(!f.Departed, "departed", "The person departed in this case. Join the other one into it.")
	need(f.OpenHandoffs == 0, "handoffs", "The case is handed to a partner. Revoke it first, or join the other case into this one.")
	need(f.Lines == 0, "budget", "Money is allotted here. Join the other case into this one, or have a plan without these lines approved.")
	return missing
}

// LockBoth locks a case, and the one that it is to be joined into, whatever
// their order, and checks that the actor may do so with both.
func LockBoth(ctx context.Context, tx *postgres.Tx, code, into string, version int) (from, goesOn *Row, err error) {
	if code == into {
		return nil, nil, fault.Invalidf("body.into", "is this case itself")
	}
	rows := map[string]*Row{}
	for _, c := range []string{min(code, into), max(code, into)} {
		if rows[c], err = Lock(ctx, tx, c, 0); err != nil {
			return nil, nil, err
		}
	}
	from = rows[code]
	return from, rows[into], Current(from.Version, version)
}

// Join joins a case into the one of the same person that goes on, within tx. The
// case stays as it was; its person's record stays sealed under its own key, and
// what belongs to the person is carried over: parts of the identity, and
// consents. It answers what went along, and the categories that a partner of the
// case that goes on may not read any more.
func (r *Row) Join(ctx context.Context, tx *postgres.Tx, v person.Vault, into *Row, in Joining) (out Carried, lost []Consent, err error) {
	err = tx.AsProgram(ctx, func() error {
		if out.Parts, err = carryParts(ctx, tx, v, r, into); err != nil {
			return err
		}
		if out.Consents, lost, err = carryConsents(ctx, tx, r, into); err != nil {
			return err
		}
		out.Ended = len(lost)
		return r.markJoined(ctx, tx, into, in)
	})
	return out, lost, err
}

// carryParts seals for the record that goes on what only the other one knows.
func carryParts(ctx context.Context, tx *postgres.Tx, v person.Vault, from, into *Row) (n int, err error) {
	_, known, err := v.LockCurrent(ctx, tx, from.Code)
	if err != nil {
		return 0, err
	}
	goesOn, knows, err := v.LockCurrent(ctx, tx, into.Code)
	if err != nil {
		return 0, err
	}
	for p := range known.Beyond(knows) {
		if _, err := v.AddPart(ctx, tx, goesOn, p); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// carryConsents gives the case that goes on the other's consents as they were
// given and withdrawn: one person gave them all.
func carryConsents(ctx context.Context, tx *postgres.Tx, from, into *Row) (n int, lost []Consent, err error) {
	before, err := postgres.Collect[Consent](ctx, tx, consentsSQL, into.Code)
	if err != nil {
		return 0, nil, fmt.Errorf("read consents: %w", err)
	}
	tag, err := tx.Exec(ctx, `INSERT INTO consents (case_id, partner_id, category, purpose, given_by, language, valid_from, valid_until, withdrawn_at, recorded_by, recorded_at)
		SELECT $2, partner_id, category, purpose, given_by, language, valid_from, valid_until, withdrawn_at, recorded_by, recorded_at FROM consents WHERE case_id = $1`, from.ID, into.ID)
	if err != nil {
		return 0, nil, fmt.Errorf("carry consents over: %w", err)
	}
	after, err := postgres.Collect[Consent](ctx, tx, consentsSQL, into.Code)
	if err != nil {
		return 0, nil, fmt.Errorf("read consents: %w", err)
	}
	told := map[string]bool{}
	for _, k := range before {
		is := k.PartnerID + string(k.Category)
		if !told[is] && MayShare(before, k.PartnerID, k.Category, tx.Today).May && !MayShare(after, k.PartnerID, k.Category, tx.Today).May {
			told[is] = true
			lost = append(lost, k)
		}
	}
	return int(tag.RowsAffected()), lost, nil
}

// markJoined links the two records of the person and the two cases, and gives
// the contact person of the one that goes on what belongs to it.
func (r *Row) markJoined(ctx context.Context, tx *postgres.Tx, into *Row, in Joining) error {
	if _, err := tx.Exec(ctx, `UPDATE persons SET same_as = $2 WHERE id = $1 OR same_as = $1`, r.PersonID, into.PersonID); err != nil {
		return fmt.Errorf("link two records of a person: %w", err)
	}
	_, err := tx.Exec(ctx, `INSERT INTO case_joins (case_id, into_id, reason, state_before, joined_by) VALUES ($1,$2,$3,$4,$5)`,
		r.ID, into.ID, in.Reason, string(r.State), tx.Who.ID)
	if err != nil {
		return fmt.Errorf("join a case: %w", err)
	}
	if err := into.assignTo(ctx, tx, into.ContactPersonID, into.TeamID); err != nil {
		return err
	}
	if !r.State.Over() {
		if err := r.MoveTo(ctx, tx, Joined, ""); err != nil {
			return err
		}
	}
	if err := into.bump(ctx, tx); err != nil {
		return fmt.Errorf("mark a case: %w", err)
	}
	if r.ContactPersonID != into.ContactPersonID {
		if err := r.tell(ctx, tx, letter.CaseJoined, "joined", r.ContactPersonID); err != nil {
			return err
		}
	}
	return into.tell(ctx, tx, letter.CaseJoined, "joined:"+r.ID, into.ContactPersonID)
}
