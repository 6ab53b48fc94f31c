package migrations_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/housetest"
	"hjemvej/internal/money"
	"hjemvej/partners"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// table says who reaches the rows of one table that hangs on a case, by the
// database alone. Caseworkers reach those of their own cases: a contact person
// theirs, a team lead the team's. The conditions are SQL over the table: of
// finance for all cases, of a partner for the cases that were handed to it, and
// for those among them that consent covers: for all its keys, or for its
// protection focal point's alone (R9). "" is none. P stands for the partner.
type table struct {
	of        string // the case's id; "" is case_id
	finance   string
	handed    string
	consented string
	focal     string
	ever      string        // of a partner, whether or not the case is handed to it
	writes    []access.Role // who may insert, beside the caseworkers
	theirs    bool          // and not the caseworkers: it is the partner's own word
	changes   []access.Role // who may update, beside the caseworkers
	touch     string        // a column to update; "" where nobody may ever
	kept      bool          // by a trigger alone: nobody inserts
}

const all = "true"

// hangs says which rows of the table hang on a case: of the postings, not those
// of a programme alone.
func (tab table) hangs() string {
	if tab.of != "" {
		return tab.of + " IS NOT NULL"
	}
	return "case_id IS NOT NULL"
}

var caseTables = map[string]table{
	"cases":                 {of: "id", finance: all, handed: all, touch: "version"},
	"persons":               {of: "(SELECT c.id FROM cases c WHERE c.person_id = persons.id)", consented: all, touch: "version"},
	"identity_parts":        {of: "(SELECT c.id FROM cases c WHERE c.person_id = identity_parts.person_id)", consented: "kind IN ('contact_point','family_member')", touch: "version"},
	"identity_fingerprints": {of: "(SELECT c.id FROM cases c WHERE c.person_id = identity_fingerprints.person_id)", touch: "hash"},
	"reflection_decisions":  {},
	"representatives":       {touch: "municipality"},
	"return_checks":         {touch: "result"},
	"consents":              {handed: "partner_id = P", touch: "version"},
	"replaced_checks":       {kept: true},
	"handoffs":              {handed: "partner_id = P", changes: []access.Role{access.Partner}, touch: "version"},
	"departures":            {consented: all, touch: "version"},
	"arrivals":              {finance: all, handed: "by_partner = P", consented: all, writes: []access.Role{access.Partner}},
	"plan_versions":         {},
	"plan_agreements":       {},
	"plan_approvals":        {touch: "requested_at"},
	"case_budgets":          {finance: all},
	"budget_lines":          {finance: all, consented: "partner_id = P", touch: "purpose"},
	"payees":                {finance: all, writes: []access.Role{access.Finance}, changes: []access.Role{access.Finance}, touch: "version"},
	"payments": {finance: all, consented: "EXISTS (SELECT FROM budget_lines l WHERE l.id = line_id AND l.partner_id = P)",
		writes: []access.Role{access.Finance}, changes: []access.Role{access.Finance}, touch: "version"},
	"receipt_shares":      {finance: all, handed: "EXISTS (SELECT FROM receipts r WHERE r.id = receipt_id AND r.by_partner = P)", writes: []access.Role{access.Finance}},
	"payment_differences": {finance: all, writes: []access.Role{access.Finance}, theirs: true},
	"statement_matches": {finance: all, consented: "EXISTS (SELECT FROM statement_lines l WHERE l.id = line_id AND l.partner_id = P)",
		writes: []access.Role{access.Finance, access.System}, theirs: true},
	"postings":      {finance: all, kept: true},
	"promises":      {finance: all, consented: "EXISTS (SELECT FROM budget_lines l WHERE l.id = line_id AND l.partner_id = P)", kept: true},
	"delay_reasons": {finance: all, consented: "by_partner = P", writes: []access.Role{access.Finance, access.Partner}},
	"receipts":      {finance: all, handed: "by_partner = P", writes: []access.Role{access.Finance, access.Partner}},
	"followups":     {consented: all, touch: "version"},
	"attempts":      {consented: "by_partner = P", writes: []access.Role{access.Partner}},
	"surveys":       {consented: "by_partner = P", writes: []access.Role{access.Partner}},
	"letters":       {touch: "days"},

	"extensions":        {touch: "approved_by"},
	"month_12_consents": {touch: "withdrawn_on"},
	"level_raises":      {},
	"survey_drafts":     {consented: "by_partner = P", writes: []access.Role{access.Partner}, changes: []access.Role{access.Partner}, touch: "version"},
	"service_answers":   {consented: "by_partner = P", writes: []access.Role{access.Partner}},
	"concerns":          {touch: "acknowledged_by"},
	"incidents":         {handed: "by_partner = P", writes: []access.Role{access.Partner}, touch: "version"},

	"glass_openings":         {},
	"track_changes":          {},
	"case_joins":             {},
	"contact_person_changes": {},
	"plan_deadlines":         {touch: "actions"},

	"assessment_versions": {consented: "kind = 'needs' AND result IS NOT NULL", focal: "kind = 'risk' AND result IS NOT NULL"},

	"files": {finance: "kind = 'receipt'", handed: "by_partner = P", writes: []access.Role{access.Partner}, touch: "removed_by"},

	"handoff_readings": {},
	"handoff_contents": {},
	"deletion_duties":  {ever: "partner_id = P", changes: []access.Role{access.Partner}, touch: "acknowledged_by"},
	"partner_reports":  {handed: "partner_id = P", writes: []access.Role{access.Partner}, theirs: true, touch: "version"},
	"referrals":        {},
	"events": {handed: "partner_id = P AND category IS NULL", consented: "partner_id = P AND category IS NOT NULL",
		ever: "partner_id = P AND ending AND EXISTS (SELECT FROM handoffs h WHERE h.case_id = events.case_id AND h.partner_id = P AND h.state <> 'draft')"},
}

// register is a table that hangs on no case: who reads, changes and inserts.
type register struct {
	reads, changes, inserts func(access.Actor) bool
	touch                   string // a column to update
	frozen                  bool   // the program's role has no right to change it
}

// kept are the registers of which a partner has its own rows, as SQL; P stands
// for it. It reads those, and where it keeps them changes and adds to them.
var kept = map[string]struct {
	own   string
	keeps bool
}{
	"event_endpoints":    {"partner_id = P", true},
	"partner_statements": {"partner_id = P", true},
	"statement_lines":    {"partner_id = P", true},
	"event_deliveries":   {"endpoint_id IN (SELECT id FROM event_endpoints WHERE partner_id = P)", false},
}

// reached is how many rows of a register the actor reaches: all, or its own.
func (m *matrix) reached(t *testing.T, a access.Actor, name string, all, own bool) int {
	t.Helper()
	k, has := kept[name]
	switch {
	case all:
		return m.Count(t, `SELECT count(*) FROM `+name)
	case !has || !own || a.Role != access.Partner || a.Partner == "":
		return 0
	}
	return m.Count(t, `SELECT count(*) FROM `+name+` WHERE `+strings.ReplaceAll(k.own, "P", "'"+a.Partner+"'"))
}

func nobody(access.Actor) bool    { return false }
func everybody(access.Actor) bool { return true }
func only(roles ...access.Role) func(access.Actor) bool {
	return func(a access.Actor) bool { return slices.Contains(roles, a.Role) }
}

var registers = map[string]register{
	"teams":        {everybody, only(access.Administrator, access.System), only(access.Administrator, access.System), "name", false},
	"users":        {everybody, only(access.Administrator, access.System), only(access.Administrator, access.System), "name", false},
	"partners":     {everybody, only(access.Administrator, access.System), only(access.Administrator, access.System), "name", false},
	"partner_keys": {everybody, only(access.Administrator, access.System), only(access.Administrator, access.System), "label", false},
	"partner_people": {only(access.ContactPerson, access.TeamLead, access.Finance, access.Administrator, access.System),
		only(access.Administrator, access.System), only(access.Administrator, access.System), "name", false},
	"programmes": {only(access.ContactPerson, access.TeamLead, access.Finance, access.Administrator, access.System), nobody,
		only(access.Administrator, access.System), "name", true},
	"rates": {only(access.ContactPerson, access.TeamLead, access.Finance, access.Administrator, access.System), nobody,
		only(access.Finance, access.System), "reason", true},
	"policies": {only(access.ContactPerson, access.TeamLead, access.Finance, access.Manager, access.Administrator, access.Auditor, access.System),
		only(access.Administrator, access.Manager), only(access.Administrator), "approved_at", false},
	"key_canary": {only(access.ContactPerson, access.TeamLead, access.System), only(access.System),
		only(access.ContactPerson, access.TeamLead, access.System), "created_at", false},
	"partner_accounts": {only(access.Finance, access.Administrator, access.System), only(access.Finance, access.Administrator, access.System),
		only(access.Administrator, access.System), "version", false},
	"bank_batches":        {only(access.Finance, access.System), only(access.Finance, access.System), only(access.Finance, access.System), "version", false},
	"bank_batch_payments": {only(access.Finance, access.System), nobody, only(access.Finance, access.System), "live", true},
	"bank_statements":     {only(access.Finance, access.System), nobody, only(access.Finance, access.System), "hash", true},
	"bank_entries":        {only(access.Finance, access.System), nobody, only(access.Finance, access.System), "reason", true},
	"audit_log":           {only(access.Auditor), nobody, everybody, "outcome", true},
	"event_endpoints":     {only(access.Administrator, access.System), only(access.Administrator, access.System), only(access.Administrator, access.System), "version", false},
	"event_deliveries":    {only(access.Administrator, access.System), only(access.System), only(access.System), "attempts", false},
	"endpoint_secrets":    {only(access.System), only(access.System), only(access.System), "ends_at", false},
	"partner_statements":  {only(access.Finance, access.System), nobody, only(access.Finance, access.System), "reference", true},
	"statement_lines":     {only(access.Finance, access.System), nobody, only(access.Finance, access.System), "reference", true},
	"calendar_feeds":      {only(access.System), only(access.System), only(access.System), "last_read_on", false}, // another's; see TestACalendarEndsWithItsOwner
}

// open are the tables without row security: no case hangs on them. idempotency
// keys are each actor's own and have a test of their own.
var open = []string{"legal_moves", "schema_version"}

func TestEveryTableIsInTheMatrix(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	rows, err := h.Owner.Query(t.Context(), `SELECT c.relname::text AS name, c.relrowsecurity AS guarded,
			EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'case_id') AS of_case
		FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r','p') AND c.relname NOT LIKE 'river\_%'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowToStructByName[struct {
		Name            string
		Guarded, OfCase bool
	}])
	if err != nil {
		t.Fatal(err)
	}
	known := slices.Concat(slices.Collect(maps.Keys(caseTables)), slices.Collect(maps.Keys(registers)), []string{"idempotency_keys"})
	for _, tab := range tables {
		_, hangs := caseTables[tab.Name]
		_, recorded := registers[tab.Name]
		switch {
		case slices.Contains(open, tab.Name) == tab.Guarded:
			t.Errorf("%s: row security is %v", tab.Name, tab.Guarded)
		case tab.OfCase && !hangs && !recorded:
			t.Errorf("%s hangs on a case and is not in the matrix", tab.Name)
		case tab.Guarded && !slices.Contains(known, tab.Name):
			t.Errorf("%s is in no expectation", tab.Name)
		}
	}
	if len(tables) != len(known)+len(open) {
		t.Errorf("%d tables, %d expected", len(tables), len(known)+len(open))
	}
}

// matrix is two cases with rows in every table: a of team 1, handed to Home; b
// of team 2, handed to OtherHome; both to Return.
type matrix struct {
	*housetest.House
	a, b *housetest.Case
	// What the scenario says of case a and the partners that received it.
	hidden, withheld bool
}

func newMatrix(t *testing.T) *matrix {
	h := housetest.New(t)
	m := &matrix{House: h}
	m.a = m.fill(t, housetest.Aged(14))
	m.b = m.fill(t, housetest.Aged(14), housetest.Of(h.OtherContact, h.OtherLead), housetest.HandedTo(h.OtherHome))
	m.Set(t, `INSERT INTO partner_people (partner_id, name, email, language, wants) VALUES ($1, 'x', 'x@partner.example', 'en', 'each_letter')`, h.Home.Partner)
	h.Rated(t, "RON", "1.69")
	for _, p := range []access.Actor{h.Return, h.Home, h.OtherHome} {
		m.Set(t, `INSERT INTO event_endpoints (partner_id, url) VALUES ($1, 'https://partner.example/')`, p.Partner)
	}
	m.Set(t, `INSERT INTO calendar_feeds (user_id, hash) VALUES ($1, sha256('x'))`, m.Manager.ID)
	m.Set(t, `INSERT INTO endpoint_secrets (id, endpoint_id, sealed) SELECT gen_random_uuid(), id, '' FROM event_endpoints`)
	m.Set(t, `INSERT INTO event_deliveries (event_id, endpoint_id, seq, until) SELECT e.id, p.id, e.seq, now() FROM events e JOIN event_endpoints p USING (partner_id)`)
	m.PartnerAccount(t, h.Home, true)
	m.Set(t, `INSERT INTO bank_batches (id, message_id, execute_on, count, control_sum, sealed_file, made_by) VALUES (gen_random_uuid(), 'x', '2026-10-12', 1, 1, '', $1)`, h.Finance.ID)
	m.Set(t, `ALTER TABLE bank_batch_payments DISABLE TRIGGER guard_batch_payment`)
	m.Set(t, `INSERT INTO bank_batch_payments (batch_id, payment_id, payee_version) SELECT b.id, p.id, 1 FROM bank_batches b, payments p LIMIT 1`)
	m.Set(t, `ALTER TABLE bank_batch_payments ENABLE TRIGGER guard_batch_payment`)
	m.Set(t, `INSERT INTO bank_statements (message_id, hash, imported_by) VALUES ('x', '', $1)`, h.Finance.ID)
	m.Set(t, `INSERT INTO bank_entries (statement_id, number, reference, amount, currency, booked_on, back, result, reason) SELECT id, 1, '', 1, 'DKK', '2026-10-12', false, 'unmatched', 'no_reference' FROM bank_statements`)
	m.Set(t, `INSERT INTO case_joins (case_id, into_id, reason, state_before, joined_by) VALUES ($1, $2, 'x', 'closed', $3), ($2, $1, 'x', 'closed', $3)`, m.a.ID, m.b.ID, h.Lead.ID)
	return m
}

func (m *matrix) fill(t *testing.T, options ...housetest.Option) *housetest.Case {
	t.Helper()
	ctx := t.Context()
	c := m.Arrived(t, options...)
	m.Payee(t, c, true)
	var err error
	check := func() {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	m.Set(t, `INSERT INTO reflection_decisions (case_id, decided_on, days, ground, authority, recorded_by) VALUES ($1, $2, 30, 'initial', 'immigration_service', $3)`,
		c.ID, m.Today(), c.By.ID)
	slot := m.Followup(t, c, followup.ArrivalContact, "")
	kinds := map[access.Role]followup.Kind{access.ContactPerson: "baseline", access.Partner: "month_3"}
	for _, who := range []access.Actor{c.By, c.Home} {
		p := m.Pay(t, c, "100", support.Sent)
		for kind, payment := range map[string]string{"receipt": p.ID, "signed_paper": ""} {
			_, err = m.Exec(ctx, who, `INSERT INTO files (id, case_id, kind, payment_id, content_type, size, wrapped_key, by_partner)
				VALUES (gen_random_uuid(), $1, $2, nullif($3,'')::uuid, 'image/png', 1, '', nullif($4,'')::uuid)`, c.ID, kind, payment, who.Partner)
			check()
		}
		_, err = support.RecordReceipt(ctx, m.DB, who, p.ID, p.Version, support.Proof{Kind: "receipt", ReceivedOn: m.Today()})
		check()
		_, err = followup.RecordAttempt(ctx, m.DB, m.Vault, who, slot, followup.NewAttempt{MadeOn: m.Today(), Channel: followup.Call, Outcome: followup.NoAnswer})
		check()
		_, err = followup.AnswerSurvey(ctx, m.DB, who, c.Code, followup.NewSurvey{Kind: kinds[who.Role], AnsweredOn: m.Today(), Answers: housetest.Answers("dont_know")})
		check()
	}
	p := m.Pay(t, c, "100", support.Sent)
	_, err = support.ExplainDifference(ctx, m.DB, m.Finance, p.ID, p.Version, support.NewDifference{Kind: "lost", Amount: new(money.DKK("40")), Note: "stolen"})
	check()
	_, err = support.SubmitStatement(ctx, m.DB, c.Home, c.Home.Partner, support.NewStatement{Reference: "1", From: m.Today(), Until: m.Today(), Currency: "DKK",
		Lines: []support.StatementLine{{PaidOn: m.Today(), Amount: money.DKK("100")}}})
	check()
	m.Answered(t, c)
	m.Report(t, c.Home, c.HomeHandoff, partners.SafetyConcern)
	m.Report(t, m.Return, c.ReturnHandoff, partners.CounsellingHeld)
	m.Refer(t, c)
	m.Assess(t, c, casefile.Risk, "cleared")
	m.Assess(t, c, casefile.Risk, "")
	m.Assess(t, c, casefile.Needs, "done")
	m.Set(t, `INSERT INTO track_changes (case_id, from_track, to_track, changed_on, reason, recorded_by) VALUES ($1, 'asylum_seeker', 'lawful_stay', '2020-01-01', 'x', $2)`, c.ID, c.By.ID)
	m.Set(t, `INSERT INTO replaced_checks (case_id, kind, version, done_on, result, recorded_by, recorded_at) VALUES ($1, 'escort', 1, '2020-01-01', 'done', $2, now())`, c.ID, c.By.ID)
	m.Set(t, `INSERT INTO handoff_readings (case_id, handoff_id, partner_id, key_id, kind, hash, categories) VALUES ($1, $2, $3, $4, 'document', '', '{identity}')`, c.ID, c.HomeHandoff, c.Home.Partner, c.Home.ID)
	m.Set(t, `INSERT INTO handoff_contents (case_id, hash, sealed) VALUES ($1, '', '')`, c.ID)
	m.Set(t, `INSERT INTO deletion_duties (case_id, partner_id, category, due_on) VALUES ($1, $2, 'identity', '2026-12-01'), ($1, $3, 'identity', '2026-12-01')`, c.ID, c.Home.Partner, m.Return.Partner)
	for _, p := range []access.Actor{c.Home, m.Return} {
		m.Set(t, `INSERT INTO events (partner_id, type, category, ending, case_id, case_code, handoff_id) SELECT $2, 'x', k.category, k.ending, c.id, c.code, h.id
			FROM cases c JOIN handoffs h ON h.case_id = c.id AND h.partner_id = $2, (VALUES (NULL, false), ('travel', false), ('follow_up', false), (NULL, true)) k (category, ending) WHERE c.id = $1`, c.ID, p.Partner)
	}
	_, err = followup.RecordIncident(ctx, m.DB, m.Vault, c.By, c.Code, followup.NewIncident{Kind: followup.Threat, OccurredOn: m.Today(), Text: "Asked for at the door"})
	check()
	_, err = followup.AskExtension(ctx, m.DB, c.By, c.Code, followup.NewExtension{Until: m.Today().AddMonths(8), Reason: "The training ends then"})
	check()
	_, err = followup.GiveMonth12Consent(ctx, m.DB, m.Vault, c.By, c.Code, followup.NewMonth12Consent{GivenOn: m.Today(), GivenBy: "self", Language: "ro"})
	check()
	m.Set(t, `ALTER TABLE level_raises DISABLE TRIGGER guard_level`)
	m.Set(t, `INSERT INTO level_raises (case_id, level, reason, raised_by, raised_on) VALUES ($1, 'intensified', 'x', $2, '2020-01-01')`, c.ID, c.By.ID)
	m.Set(t, `ALTER TABLE level_raises ENABLE TRIGGER guard_level`)
	m.Set(t, `INSERT INTO plan_deadlines (case_id, due_on, actions) VALUES ($1, '2020-01-01', 1)`, c.ID)
	m.Set(t, `INSERT INTO contact_person_changes (case_id, from_id, to_id, recorded_by) VALUES ($1, $2, $3, $4)`, c.ID, m.Colleague.ID, m.Contact.ID, c.Lead.ID)
	m.Set(t, `INSERT INTO glass_openings (case_id, user_id, reason, opened_at, until) SELECT $1, id, 'over', '2020-01-01', '2020-01-01 01:00' FROM users WHERE role = 'contact_person'`, c.ID)
	for _, who := range []access.Actor{c.By, c.Home} {
		_, err = support.Explain(ctx, m.DB, who, c.Code, "rent", support.NewDelay{Instalment: 1, Reason: "bank", Text: "A holiday"})
		check()
	}
	for key, giver := range map[string]access.Actor{"rent": c.Home, "shop": m.Return} {
		m.Set(t, `UPDATE budget_lines SET partner_id = $2 WHERE case_id = $1 AND key = $3`, c.ID, giver.Partner, key)
	}
	return c
}

func (m *matrix) actors() map[string]access.Actor {
	return map[string]access.Actor{
		"the contact person": m.Contact, "a colleague": m.Colleague, "the team lead": m.Lead,
		"another team's contact person": m.OtherContact, "another team's lead": m.OtherLead,
		"finance": m.Finance, "manager": m.Manager, "administrator": m.Administrator, "auditor": m.Auditor,
		"return organisation": m.Return, "home partner": m.Home, "home partner's focal point": m.HomeFocalPoint, "other partner": m.OtherHome, "a referring organisation": m.Referrer,
		"the program": m.Program, "nobody": m.Nobody,
		"an unknown role":                   {ID: m.Contact.ID, Role: "contact", Team: m.Contact.Team, Partner: m.Home.Partner},
		"a partner without an organisation": {ID: m.Home.ID, Role: access.Partner},
		"staff with a partner's id":         {ID: m.Manager.ID, Role: access.Manager, Partner: m.Home.Partner, Team: m.Contact.Team},
	}
}

// works says whether the actor is a caseworker of the case, by the database.
func works(a access.Actor, c *housetest.Case) bool {
	return a.Role == access.System || a.Role == access.ContactPerson && a.ID == c.By.ID || a.Role == access.TeamLead && a.Team == c.Lead.Team
}

// visible is the SQL condition of the rows of a case that the actor may see.
func (m *matrix) visible(tab table, a access.Actor, c *housetest.Case) string {
	var conditions []string
	add := func(sql string) {
		if sql != "" {
			conditions = append(conditions, strings.ReplaceAll(sql, "P", "'"+a.Partner+"'"))
		}
	}
	if works(a, c) {
		add(all)
	}
	if a.Role == access.Finance {
		add(tab.finance)
	}
	handed := a.Role == access.Partner && (a.Partner == m.Return.Partner || a.Partner == c.Home.Partner)
	if c == m.a && m.hidden {
		handed = false
	}
	if a.Role == access.Partner && a.Partner != "" {
		add(tab.ever)
	}
	if handed {
		add(tab.handed)
		if c != m.a || !m.withheld {
			add(tab.consented)
			if a == m.HomeFocalPoint {
				add(tab.focal)
			}
		}
	}
	if len(conditions) == 0 {
		return "false"
	}
	return strings.Join(conditions, " OR ")
}

func (m *matrix) expect(name string, tab table, a access.Actor) string {
	of := tab.of
	if of == "" {
		of = "case_id"
	}
	return fmt.Sprintf("%s = '%s' AND (%s) OR %[1]s = '%[4]s' AND (%[5]s)", of, m.a.ID, m.visible(tab, a, m.a), m.b.ID, m.visible(tab, a, m.b))
}

// seen are the rows of a table that the actor sees, by their place.
func (m *matrix) seen(t *testing.T, a access.Actor, name, where string) (rows []string) {
	t.Helper()
	err := m.Raw(t.Context(), a, func(tx pgx.Tx) (err error) { rows, err = places(t, tx, name, where); return err })
	if err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	return rows
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func places(t *testing.T, q querier, name, where string) ([]string, error) {
	rows, err := q.Query(t.Context(), `SELECT ctid::text FROM `+name+` WHERE `+where+` ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func (m *matrix) compareReads(t *testing.T, scenario string) {
	t.Helper()
	for who, a := range m.actors() {
		for name, tab := range caseTables {
			want, err := places(t, m.Owner, name, m.expect(name, tab, a))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, m.seen(t, a, name, caseTables[name].hangs())); diff != "" {
				t.Errorf("%s: %s of %s (-want +got):\n%s", scenario, name, who, diff)
			}
		}
	}
}

func TestR12_R21_WhoSeesWhichRowsByTheDatabaseAlone(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	for name := range caseTables { // a matrix of empty tables would prove nothing
		for _, c := range []*housetest.Case{m.a, m.b} {
			of := caseTables[name].of
			if of == "" {
				of = "case_id"
			}
			if m.Count(t, `SELECT count(*) FROM `+name+` WHERE `+of+` = $1`, c.ID) == 0 {
				t.Errorf("%s has no row of a case", name)
			}
		}
	}
	scenarios := []struct {
		name             string
		does             string // to case a
		hidden, withheld bool
	}{
		{name: "handed with full consent", does: `SELECT $1::uuid`},
		{name: "consent not begun", does: `UPDATE consents SET valid_from = valid_from + 1 WHERE case_id = $1`, withheld: true},
		{name: "consent run out", does: `UPDATE consents SET valid_from = '2026-01-01', valid_until = '2026-10-11' WHERE case_id = $1`, withheld: true},
		{name: "consent on its last day", does: `UPDATE consents SET valid_until = '2026-10-12' WHERE case_id = $1`},
		{name: "consent withdrawn", does: `UPDATE consents SET withdrawn_at = '2026-10-12' WHERE case_id = $1`, withheld: true},
		{name: "declined", does: `UPDATE handoffs SET state = 'declined', decline_reason = 'x' WHERE case_id = $1`, hidden: true},
		{name: "revoked", does: `UPDATE handoffs SET state = 'revoked' WHERE case_id = $1`, hidden: true},
		{name: "draft", does: `UPDATE handoffs SET state = 'draft' WHERE case_id = $1`, hidden: true},
		{name: "completed 30 days ago", does: `UPDATE handoffs SET state = 'completed', completed_at = '2026-09-12 11:00Z' WHERE case_id = $1`, withheld: true},
		{name: "completed 31 days ago", does: `UPDATE handoffs SET state = 'completed', completed_at = '2026-09-11 09:00Z' WHERE case_id = $1`, hidden: true},
	}
	for _, s := range scenarios {
		m.Set(t, `ALTER TABLE handoffs DISABLE TRIGGER handoff_move`) // scenarios are laid out of order
		m.Set(t, s.does, m.a.ID)
		m.hidden, m.withheld = s.hidden, s.withheld
		m.compareReads(t, s.name)
	}
	for who, a := range m.actors() {
		for name, reg := range registers {
			want := m.reached(t, a, name, reg.reads(a), true)
			if got := len(m.seen(t, a, name, "true")); got != want {
				t.Errorf("%s of %s: sees %d, want %d", name, who, got, want)
			}
		}
		for view, may := range map[string]bool{"outcome_facts": a.Role == access.Manager || a.Role == access.System, "incident_facts": a.Role == access.Manager || a.Role == access.System, "referral_facts": a == m.Referrer,
			"promise_facts": counts(a), "delivery_facts((SELECT array_agg(line_id) FROM promise_facts))": counts(a),
			"caseload_facts": stands(a), "open_incident_facts": stands(a), "overdue_facts": false} {
			err := m.Raw(t.Context(), a, func(tx pgx.Tx) error {
				var n int
				err := tx.QueryRow(t.Context(), `SELECT count(*) FROM `+view).Scan(&n)
				if err == nil && (n > 0) != may {
					t.Errorf("%s of %s: sees %d", view, who, n)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
}

// counts says whether the actor may count what was promised beside what came.
func counts(a access.Actor) bool {
	return slices.Contains([]access.Role{access.TeamLead, access.Finance, access.Manager, access.System}, a.Role)
}

// stands says whether the actor may count how a caseload stands.
func stands(a access.Actor) bool {
	return slices.Contains([]access.Role{access.TeamLead, access.Manager, access.System}, a.Role)
}

// errBack undoes what an attempt did.
var errBack = errors.New("undo")

// try runs one statement as the actor and undoes it. It answers the rows reached
// and what the database refused by.
func (m *matrix) try(t *testing.T, a access.Actor, sql string, args ...any) (rows int64, refused string) {
	t.Helper()
	err := m.Raw(t.Context(), a, func(tx pgx.Tx) error {
		tag, err := tx.Exec(t.Context(), sql, args...)
		if err != nil {
			return err
		}
		rows = tag.RowsAffected()
		return errBack
	})
	if errors.Is(err, errBack) {
		return rows, ""
	}
	return 0, housetest.Constraint(err)
}

const denied = "42501"

func TestWhoChangesWhichRowsByTheDatabaseAlone(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	for who, a := range m.actors() {
		for name, tab := range caseTables {
			if _, refused := m.try(t, a, `DELETE FROM `+name); refused != denied {
				t.Errorf("%s: %s may delete (%q)", name, who, refused)
			}
			if tab.touch == "" {
				if _, refused := m.try(t, a, `UPDATE `+name+` SET case_id = case_id`); refused != denied {
					t.Errorf("%s is never changed: %s may (%q)", name, who, refused)
				}
				continue
			}
			m.compareChange(t, who, a, name, tab)
		}
		for name, reg := range registers {
			m.compareRegister(t, who, a, name, reg)
		}
	}
}

func (m *matrix) compareChange(t *testing.T, who string, a access.Actor, name string, tab table) {
	t.Helper()
	reaches := tab
	if !slices.Contains(tab.changes, access.Finance) {
		reaches.finance = ""
	}
	if !slices.Contains(tab.changes, access.Partner) {
		reaches.handed, reaches.consented, reaches.focal, reaches.ever = "", "", "", ""
	}
	want := m.Count(t, `SELECT count(*) FROM `+name+` WHERE `+m.expect(name, reaches, a))
	got, refused := m.try(t, a, fmt.Sprintf(`UPDATE %s SET %s = %[2]s`, name, tab.touch))
	if name == "plan_approvals" && want > 0 { // these are given: final
		if refused != "approval_is_final" {
			t.Errorf("%s: %s is refused by %q", name, who, refused)
		}
		return
	}
	if int(got) != want || refused != "" {
		t.Errorf("%s: %s changes %d rows (%q), want %d", name, who, got, refused, want)
	}
}

func (m *matrix) compareRegister(t *testing.T, who string, a access.Actor, name string, reg register) {
	t.Helper()
	if _, refused := m.try(t, a, `DELETE FROM `+name); refused != denied {
		t.Errorf("%s: %s may delete (%q)", name, who, refused)
	}
	got, refused := m.try(t, a, fmt.Sprintf(`UPDATE %s SET %s = %[2]s`, name, reg.touch))
	if reg.frozen {
		if refused != denied {
			t.Errorf("%s is never changed by the program: %s may (%q)", name, who, refused)
		}
		return
	}
	if want := m.reached(t, a, name, reg.changes(a), kept[name].keeps); int(got) != want || refused != "" {
		t.Errorf("%s: %s changes %d rows (%q), want %d", name, who, got, refused, want)
	}
}

// A row of a case is copied under a new id, in the actor's own name and as new,
// so that no trigger minds, and inserted again. Whoever may not insert is refused
// by row security; whoever may gets past it, if only to a constraint.
func TestWhoInsertsWhichRowsByTheDatabaseAlone(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	for name, tab := range caseTables {
		if name == "persons" { // a new person hangs on no case yet
			continue
		}
		if tab.kept {
			for who, a := range m.actors() {
				if _, refused := m.try(t, a, `INSERT INTO `+name+` DEFAULT VALUES`); refused != denied {
					t.Errorf("%s: insert of %s is refused by %q", name, who, refused)
				}
			}
			continue
		}
		for _, c := range []*housetest.Case{m.a, m.b} {
			row := m.sample(t, name, tab, c)
			for who, a := range m.actors() {
				may := works(a, c) && !tab.theirs || slices.Contains(tab.writes, a.Role) && (a.Role != access.Partner || a.Partner == c.Home.Partner)
				if _, refused := m.try(t, a, row, a.ID); (refused != denied) != may {
					t.Errorf("%s: insert of %s is refused by %q", name, who, refused)
				}
			}
		}
	}
	for name, reg := range registers {
		row := m.sample(t, name, table{of: "'" + m.a.ID + "'"}, m.a)
		for who, a := range m.actors() {
			may := reg.inserts(a) || kept[name].keeps && a.Role == access.Partner && a.Partner == m.Home.Partner
			if _, refused := m.try(t, a, row, a.ID); (refused != denied) != may {
				t.Errorf("%s: insert of %s is refused by %q", name, who, refused)
			}
		}
	}
}

// asNew are the values of columns that would otherwise make a copy refused by a
// trigger before row security looks at it.
var asNew = func() map[string]string {
	m := map[string]string{"id": "gen_random_uuid()", "state": "CASE WHEN state IN ('received','sent') THEN 'planned' ELSE state END", "ground": "'special_reasons'", "raised_on": "actor_today()"}
	for _, c := range []string{"requested_by", "proposed_by", "saved_by", "planned_by", "edited_by", "recorded_by", "entered_by", "asked_by", "raised_by"} {
		m[c] = "(SELECT id FROM actor)"
	}
	for _, c := range []string{"approved_by", "approved_at", "authorised_by", "authorised_at", "verified_by", "verified_at", "verified_over"} {
		m[c] = "NULL"
	}
	return m
}()

// sample is the statement that inserts one row of the case's again, the
// home-country partner's own where there is one.
func (m *matrix) sample(t *testing.T, name string, tab table, c *housetest.Case) string {
	t.Helper()
	of := tab.of
	if of == "" {
		of = "case_id"
	}
	var columns []string
	err := m.Owner.QueryRow(t.Context(), `SELECT array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name = $1 AND is_identity = 'NO'
		  AND has_column_privilege('hjemvej_app', $1::regclass, column_name::text, 'INSERT')`, name).Scan(&columns)
	if err != nil {
		t.Fatal(err)
	}
	order := "1"
	switch {
	case slices.Contains(columns, "by_partner"):
		order = "by_partner NULLS LAST"
	case tab.theirs && slices.Contains(columns, "partner_id"):
		order = "partner_id <> '" + c.Home.Partner + "'"
	}
	if kept[name].keeps {
		order = "partner_id <> '" + m.Home.Partner + "'"
	}
	list := strings.Join(columns, ", ")
	row := m.Text(t, fmt.Sprintf(`SELECT to_jsonb(x)::text FROM (SELECT %s FROM %s WHERE %s = $1 ORDER BY %s LIMIT 1) x`, list, name, of, order), c.ID)
	var values []string
	for _, column := range columns {
		value, special := asNew[column]
		if !special {
			value = column
		}
		values = append(values, value)
	}
	return fmt.Sprintf(`WITH actor AS (SELECT nullif($1::text, '')::uuid AS id) INSERT INTO %s (%s) SELECT %s FROM jsonb_populate_record(NULL::%[1]s, '%[4]s') x`,
		name, list, strings.Join(values, ", "), strings.ReplaceAll(row, "'", "''"))
}

func TestR29_KeysAreEachActorsOwn(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for _, a := range []access.Actor{h.Contact, h.Home} {
		if _, err := h.Exec(t.Context(), a, `INSERT INTO idempotency_keys (actor_id, key, operation, request) VALUES ($1, 'k', 'x', 'x')`, a.ID); err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.Exec(t.Context(), h.Contact, `INSERT INTO idempotency_keys (actor_id, key, operation, request) VALUES ($1, 'other', 'x', 'x')`, h.Home.ID)
	housetest.Broken(t, err, denied)
	for who, want := range map[access.Actor]int64{h.Contact: 1, h.Home: 1, h.Lead: 0, h.Nobody: 0, h.Auditor: 0, h.Program: 2} {
		m := &matrix{House: h}
		for _, sql := range []string{`SELECT FROM idempotency_keys`, `UPDATE idempotency_keys SET operation = 'y'`, `DELETE FROM idempotency_keys`} {
			if got, refused := m.try(t, who, sql); got != want || refused != "" {
				t.Errorf("%s of %s reaches %d (%q), want %d", sql, who.Role, got, refused, want)
			}
		}
	}
}

func TestTheProgramsRoleCannotLeaveItsPlace(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	owns := h.Count(t, `SELECT count(*) FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid
		WHERE r.rolname = 'hjemvej_app' AND d.deptype = 'o' AND d.refclassid = 'pg_authid'::regclass`)
	bare := h.Count(t, `SELECT count(*) FROM pg_roles WHERE rolname = 'hjemvej_app' AND NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolcanlogin)
		AND NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.member = pg_roles.oid)`)
	if owns != 0 || bare != 1 {
		t.Errorf("hjemvej_app owns %d things; it is bare: %v", owns, bare == 1)
	}
	statements := []string{
		`TRUNCATE audit_log`, `TRUNCATE cases CASCADE`, `ALTER TABLE payments DISABLE TRIGGER guard_payment`, `ALTER TABLE payments DISABLE TRIGGER ALL`,
		`ALTER TABLE cases DISABLE ROW LEVEL SECURITY`, `DROP TABLE audit_log`, `CREATE TABLE mine (id int)`, `CREATE POLICY mine ON cases USING (true)`,
		`INSERT INTO legal_moves VALUES ('case','identified','closed')`, `UPDATE programmes SET ceiling_dkk = 9e9`, `UPDATE case_budgets SET ceiling_dkk = 9e9`,
		`CREATE OR REPLACE FUNCTION actor_role() RETURNS text LANGUAGE sql AS $$ SELECT 'system' $$`,
		`UPDATE budget_lines SET committed_dkk = 0`, `UPDATE audit_log SET actor_role = 'x'`, `DELETE FROM audit_log`,
		`SET session_replication_role = replica`, `COPY users TO PROGRAM 'cat'`,
	}
	m := &matrix{House: h}
	for _, a := range []access.Actor{h.Contact, h.Finance, h.Administrator, h.Auditor, h.Program} {
		for _, sql := range statements {
			if _, refused := m.try(t, a, sql); refused != denied {
				t.Errorf("%s may %s (%q)", a.Role, sql, refused)
			}
		}
	}
}

func TestALoginOfTheProgramCannotBecomeTheOwner(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	login := "hjemvej_login_" + strings.ReplaceAll(h.Text(t, `SELECT gen_random_uuid()::text`), "-", "")
	h.Set(t, `CREATE ROLE `+login+` LOGIN PASSWORD 'x' IN ROLE hjemvej_app`)
	t.Cleanup(func() { _, _ = h.Owner.Exec(context.Background(), `DROP ROLE `+login) })
	config, err := pgx.ParseConfig(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	owner := config.User
	config.User, config.Password = login, "x"
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Skip("this server lets nobody else in")
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	for _, sql := range []string{`SET ROLE hjemvej_app`, `RESET ROLE`} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
	for _, sql := range []string{`SET ROLE ` + pgx.Identifier{owner}.Sanitize(), `SET SESSION AUTHORIZATION ` + pgx.Identifier{owner}.Sanitize(), `ALTER ROLE hjemvej_app BYPASSRLS`} {
		if _, err := conn.Exec(t.Context(), sql); housetest.Constraint(err) != denied {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
