package partners

import (
	"context"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
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

// Document is what a partner gets of a case: composed at the moment of reading
// from what consent covers, with what was withheld named by category only (R7,
// R21). What happened to the person is no part of it (R8).
type Document struct {
	Handoff  Handoff               `json:"handoff"`
	Identity *SharedIdentity       `json:"identity,omitempty"`
	Contact  []person.ContactPoint `json:"contact_points,omitempty"`
	Ways     *person.SafeContact   `json:"safe_contact,omitempty" doc:"How the person may be contacted now (R10); goes with contact_points"`
	Travel   *SharedTravel         `json:"travel,omitempty"`
	Withheld []casefile.Category   `json:"withheld" nullable:"false" doc:"Categories without a consent in force; contact too, where identity is"`
}

// SharedIdentity is who comes, by consent for identity.
type SharedIdentity struct {
	GivenNames string        `json:"given_names"`
	FamilyName string        `json:"family_name"`
	BirthDate  calendar.Date `json:"birth_date" format:"date"`
	Language   string        `json:"language" example:"ro"`
}

// SharedTravel is where and when, by consent for travel.
type SharedTravel struct {
	Country   string        `json:"country,omitempty" example:"RO"`
	Place     string        `json:"place,omitempty" example:"Iași"`
	PlannedOn calendar.Date `json:"planned_on,omitzero" format:"date"`
	Departed  calendar.Date `json:"departed_on,omitzero" format:"date"`
}

type travelRow struct {
	Country, Place        string
	PlannedOn, DepartedOn calendar.Date
}

// givenSQL selects every consent for the partner of a hand-off.
const givenSQL = `SELECT k.id, k.partner_id, k.category, k.purpose, k.given_by, k.language, k.valid_from, k.valid_until, k.withdrawn_at, k.recorded_at, k.version
	FROM consents k JOIN handoffs h ON h.case_id = k.case_id AND h.partner_id = k.partner_id WHERE h.id = $1 ORDER BY k.recorded_at, k.id`

// ReadHanded composes the document of a hand-off for its partner. Each reading
// is recorded.
func ReadHanded(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, id string) (Document, error) {
	const op = "read-handoff"
	var h handoffRow
	var given []casefile.Consent
	var sealed *person.Versioned
	var parts []person.SealedPart
	var travel travelRow
	moment, err := postgres.Read(ctx, db, who, op, postgres.About{Handoff: id},
		postgres.Single(&h, "hand-off", handoffSQL+`WHERE h.id = $1`, id),
		postgres.Many(&given, givenSQL, id),
		postgres.Optional(&sealed, `SELECT p.id, p.wrapped_key, p.identity, p.version, p.same_as::text FROM persons p JOIN cases c ON c.person_id = p.id JOIN handoffs h ON h.case_id = c.id WHERE h.id = $1`, id),
		postgres.Many(&parts, `SELECT x.id, x.kind, x.sealed, x.ended_on, x.version FROM identity_parts x JOIN cases c ON c.person_id = x.person_id JOIN handoffs h ON h.case_id = c.id
			WHERE h.id = $1 AND x.kind = 'contact_point' AND x.ended_on IS NULL AND (x.expires_on IS NULL OR x.expires_on >= actor_today()) ORDER BY x.position`, id),
		postgres.Single(&travel, "hand-off", `SELECT coalesce(c.destination, '') AS country, coalesce(c.destination_place, '') AS place, d.planned_on, c.departed_on
			FROM handoffs h JOIN cases c ON c.id = h.case_id LEFT JOIN departures d ON d.case_id = c.id WHERE h.id = $1`, id))
	if err != nil {
		return Document{}, err
	}
	if err := postgres.Allow(ctx, db, who, op, h.Record(), "hand-off"); err != nil {
		return Document{}, err
	}
	return compose(v, h.Handoff, given, sealed, parts, travel, moment)
}

func compose(v person.Vault, h Handoff, given []casefile.Consent, sealed *person.Versioned, parts []person.SealedPart, travel travelRow, at postgres.Moment) (Document, error) {
	may := map[casefile.Category]bool{}
	doc := Document{Handoff: h, Withheld: []casefile.Category{}}
	for _, c := range casefile.Categories {
		if may[c] = casefile.MayShare(given, h.PartnerID, c, at.Today).May; !may[c] {
			doc.Withheld = append(doc.Withheld, c)
		}
	}
	if may[casefile.ShareTravel] {
		doc.Travel = &SharedTravel{travel.Country, travel.Place, travel.PlannedOn, travel.DepartedOn}
	}
	// The database opens a person to a partner only with consent for identity;
	// without it there is nothing to unseal.
	if !may[casefile.ShareIdentity] || sealed == nil {
		if may[casefile.ShareContact] { // whose contact points they are is the identity
			doc.Withheld = append(doc.Withheld, casefile.ShareContact)
		}
		return doc, nil
	}
	who, err := v.OpenWhole(*sealed, parts)
	if err != nil {
		return Document{}, err
	}
	doc.Identity = &SharedIdentity{who.GivenNames, who.FamilyName, who.BirthDate, who.Language}
	if may[casefile.ShareContact] {
		doc.Contact = who.ContactPoints
		ways := person.SafeContactAt(who.ContactPoints, at.Now)
		doc.Ways = &ways
	}
	return doc, nil
}
