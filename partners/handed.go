package partners

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/postgres"
	"hjemvej/internal/seal"
)

// ListOfCase is every hand-off of a case, oldest first.
func ListOfCase(ctx context.Context, db *postgres.DB, who access.Actor, code string) ([]Handoff, error) {
	const op = "list-case-handoffs"
	if !access.IsCode(code) {
		return nil, fault.NoSuch("case")
	}
	var head casefile.Reach
	var rows []handoffRow
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&head, "case", casefile.ReachOfCaseSQL, code),
		postgres.Many(&rows, handoffSQL+`WHERE c.code = $1 ORDER BY h.offered_at, h.id`, code))
	if err != nil {
		return nil, err
	}
	if err := postgres.Allow(ctx, db, who, op, head.Record(), "case"); err != nil {
		return nil, err
	}
	return bare(rows), nil
}

func bare(rows []handoffRow) []Handoff {
	out := make([]Handoff, len(rows))
	for i, r := range rows {
		out[i] = r.Handoff
	}
	return out
}

// Filter narrows a partner's list of hand-offs.
type Filter struct {
	State State  // "" for all that it may see
	After string // the last id of the page before
	Limit int    // 1 to 200
}

// ListHanded is a page of the hand-offs that the partner may see, by id, and the
// cursor of the next page.
func ListHanded(ctx context.Context, db *postgres.DB, who access.Actor, f Filter) ([]Handoff, string, error) {
	after := f.After
	if after == "" {
		after = access.Program.ID
	}
	var rows []handoffRow
	_, err := postgres.Read(ctx, db, who, "list-handoffs", postgres.About{}, postgres.Many(&rows,
		handoffSQL+`WHERE h.partner_id = actor_partner() AND handoff_visible(h) AND h.id > $1::uuid AND ($2 = '' OR h.state = $2) ORDER BY h.id LIMIT $3`,
		after, string(f.State), f.Limit+1))
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		next = rows[f.Limit-1].ID
	}
	return bare(rows), next, nil
}

// ReadHanded composes the document of a hand-off for its partner, and keeps what
// was seen before it answers.
func ReadHanded(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, id string) (Document, error) {
	return postgres.Write(ctx, db, who, "read-handoff", func(ctx context.Context, tx *postgres.Tx) (Document, error) {
		tx.Seek(id)
		h, err := findHandoff(ctx, tx, id, "")
		if err != nil {
			return Document{}, err
		}
		k, err := gather(ctx, tx, v, h)
		if err != nil {
			return Document{}, err
		}
		doc := compose(h.Handoff, k, tx.Moment())
		if doc.Hash, err = keepReading(ctx, tx, v, h, "document", doc.categories(), doc); err != nil {
			return Document{}, err
		}
		if doc.Contact != nil {
			ways := person.SafeContactAt(doc.Contact, tx.Now)
			doc.Ways = &ways
		}
		return doc, nil
	})
}

// givenSQL selects every consent for the partner of a hand-off.
const givenSQL = `SELECT k.id, k.partner_id, k.category, k.purpose, k.given_by, k.language, k.valid_from, k.valid_until, k.withdrawn_at, k.recorded_at, k.version
	FROM consents k JOIN handoffs h ON h.case_id = k.case_id AND h.partner_id = k.partner_id WHERE h.id = $1 ORDER BY k.recorded_at, k.id`

// sealedForPartner is what the database lets through of what is sealed, by
// consent for each category.
type sealedForPartner struct {
	key   *person.Sealed // without the identity
	names *person.Sealed
	parts []person.SealedPart
	needs *casefile.SealedAssessment
}

type lineRow struct {
	Key, Category, Form, Purpose, Approved string
	DueOn, ToldOn                          calendar.Date
}

// gather asks for everything at once, as the partner: row security decides what
// comes.
func gather(ctx context.Context, tx *postgres.Tx, v person.Vault, h handoffRow) (k known, err error) {
	var s sealedForPartner
	var travel struct {
		Country, Place      string
		PlannedOn, Departed calendar.Date
	}
	var lines []lineRow
	err = tx.Ask(ctx,
		postgres.Many(&k.given, givenSQL, h.ID),
		postgres.Optional(&s.key, `SELECT p.id, p.wrapped_key, NULL::bytea AS identity FROM key_of_shared($1) p`, h.CaseID),
		postgres.Optional(&s.names, `SELECT p.id, p.wrapped_key, p.identity FROM persons p JOIN cases c ON c.person_id = p.id WHERE c.id = $1`, h.CaseID),
		postgres.Many(&s.parts, person.CurrentPartsSQL, h.Case),
		postgres.Optional(&s.needs, casefile.SealedAssessmentSQL+`WHERE a.case_id = $1 AND a.kind = 'needs' AND a.result IS NOT NULL ORDER BY a.version DESC LIMIT 1`, h.CaseID),
		postgres.Single(&travel, "hand-off", `SELECT coalesce(c.destination, '') AS country, coalesce(c.destination_place, '') AS place, d.planned_on, c.departed_on AS departed
			FROM cases c LEFT JOIN departures d ON d.case_id = c.id WHERE c.id = $1`, h.CaseID),
		postgres.Many(&lines, `SELECT key, category, form, purpose, approved_dkk::text AS approved, due_on, told_on FROM budget_lines WHERE case_id = $1 AND approved_dkk > 0 ORDER BY key`, h.CaseID),
		postgres.Many(&k.followups, `SELECT id, kind, opens_on, due_on, state FROM followups WHERE case_id = $1 ORDER BY due_on, kind, id`, h.CaseID))
	if err != nil {
		return k, fmt.Errorf("gather a hand-off: %w", err)
	}
	k.travel = SharedTravel(travel)
	if k.lines, err = sharedLines(lines); err != nil {
		return k, err
	}
	return k, s.open(v, &k)
}

func sharedLines(rows []lineRow) ([]SharedLine, error) {
	var out []SharedLine
	for _, r := range rows {
		amount, err := money.New(r.Approved, money.Krone)
		if err != nil {
			return nil, fmt.Errorf("read a line: %w", err)
		}
		out = append(out, SharedLine{r.Key, r.Category, r.Form, r.Purpose, amount, r.DueOn, r.ToldOn})
	}
	return out, nil
}

func (s sealedForPartner) open(v person.Vault, k *known) error {
	if s.key == nil {
		return nil
	}
	key, err := v.Key(*s.key)
	if err != nil {
		return err
	}
	if s.names != nil {
		names, err := v.Open(*s.names)
		if err != nil {
			return err
		}
		k.identity = &names
	}
	if k.parts, err = person.OpenParts(key, s.parts); err != nil {
		return err
	}
	return s.openNeeds(key, k)
}

func (s sealedForPartner) openNeeds(key seal.Key, k *known) error {
	if s.needs == nil {
		return nil
	}
	a, err := s.needs.Open(key)
	k.needs = a.Needs
	return err
}
