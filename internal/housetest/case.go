package housetest

import (
	"crypto/rand"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/casework/plan"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
	"hjemvej/partners"
)

// Case is a case that the steps walked forward, and what hangs on it.
type Case struct {
	Code          string
	ID            string
	By            access.Actor // its contact person
	Lead          access.Actor // its team lead
	Home          access.Actor // its home-country partner, which gives the lines
	ReturnHandoff string       // to the return organisation
	HomeHandoff   string       // to the home-country partner

	child  bool
	lines  []plan.Line
	zone   string // at the destination; "" is the country's
	shares []casefile.Category
}

// Opening is how the bench opens a case: an adult who seeks asylum, assessed
// thirty days ago.
func (h *House) Opening() casefile.Opening {
	today := h.Today()
	return casefile.Opening{Track: casefile.AsylumSeeker, AssessedBy: casefile.ImmigrationService, AssessedOn: today.AddDays(-30),
		Person: person.Identity{GivenNames: "Ana", FamilyName: "Exemplu", BirthDate: today.AddMonths(-12 * adult), Language: "ro",
			ContactPoints: []person.ContactPoint{{Kind: "phone", Value: "+40700000000", Whose: "self", MayCall: true, MayText: true}}}}
}

// Line is one line of a plan, in either form, promised for the house's day. Who
// gives it is the case's home-country partner.
func (h *House) Line(key, dkk string) plan.Line {
	return plan.Line{Key: key, Category: "housing", Form: "mixed", Purpose: "To live", Amount: money.DKK(dkk),
		DueOn: h.Today(), ToldOn: h.Today()}
}

// Case opens a case: identified.
func (h *House) Case(t testing.TB, options ...Option) *Case {
	t.Helper()
	c := &Case{By: h.Contact, Lead: h.Lead, Home: h.Home, shares: casefile.Categories, lines: []plan.Line{h.Line("rent", "20000"), h.Line("shop", "15000")}}
	for i := range c.lines { // for a day that no test's clock passes
		c.lines[i].DueOn = h.Today().AddMonths(12)
	}
	in := h.Opening()
	for _, o := range options {
		o(&in, c)
	}
	opened, err := casefile.Open(t.Context(), h.DB, h.Vault, c.By, in)
	must(t, err)
	c.Code = opened.Code
	c.ID = h.Text(t, `SELECT id::text FROM cases WHERE code = $1`, c.Code)
	return c
}

// Offered is a case whose return was offered.
func (h *House) Offered(t testing.TB, options ...Option) *Case {
	t.Helper()
	c := h.Case(t, options...)
	_, err := casefile.MakeOffer(t.Context(), h.DB, c.By, c.Code, h.Version(t, c),
		casefile.Offer{OfferedOn: h.Today(), Destination: casefile.Destination{Country: "RO", Kind: "home_country", Place: "Iași", TimeZone: c.zone}})
	must(t, err)
	return c
}

// Accepted is a case whose offer was accepted.
func (h *House) Accepted(t testing.TB, options ...Option) *Case {
	t.Helper()
	c := h.Offered(t, options...)
	_, err := casefile.AnswerOffer(t.Context(), h.DB, c.By, c.Code, h.Version(t, c), casefile.Answer{Answer: "accepted", AnsweredOn: h.Today()})
	must(t, err)
	return c
}

// Planned is an accepted case with an approved and agreed reintegration plan,
// represented where the person is a child.
func (h *House) Planned(t testing.TB, options ...Option) *Case {
	t.Helper()
	c := h.Accepted(t, options...)
	if c.child {
		h.represent(t, c)
	}
	h.Approve(t, c, 0, c.lines...)
	return c
}

// Approve saves the lines as the next version of the reintegration plan after
// read, has it agreed, asked for and approved by the team lead, and answers it.
func (h *House) Approve(t testing.TB, c *Case, read int, lines ...plan.Line) plan.Version {
	t.Helper()
	ctx, kind := t.Context(), plan.Reintegration
	v, err := plan.Save(ctx, h.DB, c.By, c.Code, kind, read, c.Content(lines...))
	must(t, err)
	givers := []string{"self"}
	if c.child {
		givers = append(givers, "representative")
	}
	for _, by := range givers {
		_, err = plan.Agree(ctx, h.DB, h.Vault, c.By, c.Code, kind, v.Version, plan.Agreement{GivenBy: by, AgreedOn: h.Today(), Language: "ro"})
		must(t, err)
	}
	_, err = plan.RequestApproval(ctx, h.DB, c.By, c.Code, kind, v.Version)
	must(t, err)
	v, err = plan.Approve(ctx, h.DB, h.Vault, c.Lead, c.Code, kind, v.Version)
	must(t, err)
	return v
}

// Agree records an agreement to the newest reintegration plan today.
func (h *House) Agree(t testing.TB, c *Case, by string) {
	t.Helper()
	_, err := plan.Agree(t.Context(), h.DB, h.Vault, c.By, c.Code, plan.Reintegration, 0, plan.Agreement{GivenBy: by, AgreedOn: h.Today(), Language: "ro"})
	must(t, err)
}

// Content is a reintegration plan of the lines, given by the case's partner
// where they name no other.
func (c *Case) Content(lines ...plan.Line) plan.Content {
	in := plan.Content{}
	for _, l := range lines {
		if l.PartnerID == "" {
			l.PartnerID = c.Home.Partner
		}
		in.Lines = append(in.Lines, l)
	}
	return in
}

// Ready is a case that meets the departure gate today: everything that R18 asks
// for, and R5 where the person is a child.
func (h *House) Ready(t testing.TB, options ...Option) *Case {
	t.Helper()
	c := h.Planned(t, options...)
	for _, p := range []access.Actor{h.Return, c.Home} {
		h.Consent(t, c, p, c.shares...)
	}
	c.ReturnHandoff = h.Hand(t, c, h.Return)
	c.HomeHandoff = h.Hand(t, c, c.Home)
	results := map[casefile.CheckKind]string{casefile.VoluntaryDeclaration: "done", casefile.RiskAssessment: "cleared", casefile.NeedsAssessment: "done"}
	if c.child {
		for _, k := range []casefile.CheckKind{casefile.GuardianInDenmark, casefile.GuardianAtDestination, casefile.FamilyAssessment, casefile.ChildsWish, casefile.Escort} {
			results[k] = "done"
		}
		results[casefile.BestInterests] = "in_favour"
	}
	for kind, result := range results {
		in := casefile.CheckResult{DoneOn: h.Today(), Result: result, Language: "ro"}
		if kind.Named() {
			in.Who = "Bo Eksempel"
		}
		_, err := casefile.RecordCheck(t.Context(), h.DB, h.Vault, c.By, c.Code, kind, 0, in)
		must(t, err)
	}
	_, err := casefile.Book(t.Context(), h.DB, c.By, c.Code, 0, casefile.Booking{PlannedOn: h.Today(), NotifiedOn: h.Today().AddDays(-14)})
	must(t, err)
	return c
}

// Assessment is a whole assessment made today: signed with the result, or a
// draft where it is "".
func (h *House) Assessment(kind casefile.AssessmentKind, result string) casefile.NewAssessment {
	in := casefile.NewAssessment{DoneOn: h.Today(), Result: result}
	if result == "cleared_with_conditions" {
		in.Conditions = "In the city only"
	}
	if kind == casefile.Risk {
		in.Risk = &casefile.RiskText{SafeToReturn: "Yes", Threats: "None known", Debt: "None", Community: "The sister", Mitigation: "A number to call"}
	} else {
		in.Needs = &casefile.NeedsText{Accommodation: "A room", Health: "None", Livelihood: "Tailoring", Family: "The sister"}
	}
	return in
}

// Assess saves the next version of an assessment and answers it.
func (h *House) Assess(t testing.TB, c *Case, kind casefile.AssessmentKind, result string) casefile.AssessmentState {
	t.Helper()
	read := h.Count(t, `SELECT coalesce(max(version), 0) FROM assessment_versions WHERE case_id = $1 AND kind = $2`, c.ID, string(kind))
	out, err := casefile.SaveAssessment(t.Context(), h.DB, h.Vault, c.By, c.Code, kind, read, h.Assessment(kind, result))
	must(t, err)
	return out
}

// Departed is a case whose person left today.
func (h *House) Departed(t testing.TB, options ...Option) *Case {
	t.Helper()
	c := h.Ready(t, options...)
	_, err := casefile.Depart(t.Context(), h.DB, h.Vault, c.By, c.Code, h.Version(t, c), casefile.Departure{DepartedOn: h.Today()})
	must(t, err)
	return c
}

// Arrived is a case whose person arrived today, as the home-country partner
// confirmed.
func (h *House) Arrived(t testing.TB, options ...Option) *Case {
	t.Helper()
	c := h.Departed(t, options...)
	h.Confirm(t, c, c.Home, h.Today(), "")
	return c
}

// Confirm confirms the arrival, or corrects it with a reason.
func (h *House) Confirm(t testing.TB, c *Case, who access.Actor, on calendar.Date, reason string) {
	t.Helper()
	_, err := partners.ConfirmArrival(t.Context(), h.DB, who, c.Code, followup.Arrival{ArrivedOn: on, Reason: reason})
	must(t, err)
}

// Exited is a case whose person was reached at six months; the clock stands on
// the last day.
func (h *House) Exited(t testing.TB, options ...Option) *Case {
	t.Helper()
	c := h.Arrived(t, options...)
	h.setDay(followup.LastDay(h.Today()))
	_, err := followup.RecordAttempt(t.Context(), h.DB, h.Vault, c.By, h.Followup(t, c, followup.Exit, ""),
		followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: followup.ReachedSafe})
	must(t, err)
	_, err = followup.RecordExit(t.Context(), h.DB, c.By, c.Code, h.Version(t, c), followup.ExitReview{Outcome: followup.Reached, ExitedOn: h.Today()})
	must(t, err)
	return c
}

// Consent lets a partner have the categories from the assessment on, for a year,
// and answers the consents.
func (h *House) Consent(t testing.TB, c *Case, partner access.Actor, categories ...casefile.Category) []casefile.Consent {
	t.Helper()
	given, err := casefile.GiveConsent(t.Context(), h.DB, h.Vault, c.By, c.Code, casefile.NewConsent{PartnerID: partner.Partner, Categories: categories,
		Purpose: "reception", GivenBy: "self", Language: "ro", ValidFrom: h.Today(), ValidUntil: h.Today().AddMonths(12)})
	must(t, err)
	return given
}

// Offer offers the case to a partner and answers the hand-off's id.
func (h *House) Offer(t testing.TB, c *Case, partner access.Actor) string {
	t.Helper()
	offered, err := partners.Offer(t.Context(), h.DB, c.By, c.Code, partners.NewHandoff{PartnerID: partner.Partner})
	must(t, err)
	return offered.ID
}

// Hand is Offer with the partner's acceptance.
func (h *House) Hand(t testing.TB, c *Case, partner access.Actor) string {
	t.Helper()
	handoff := h.Offer(t, c, partner)
	_, err := partners.AnswerOffer(t.Context(), h.DB, partner, handoff, 1, partners.Answer{Answer: "accepted"})
	must(t, err)
	return handoff
}

// Report is what a partner reports today under a hand-off; the reference is new.
func (h *House) Report(t testing.TB, who access.Actor, handoff string, kind partners.ReportKind) partners.Report {
	t.Helper()
	made, err := partners.RecordReport(t.Context(), h.DB, h.Vault, who, handoff,
		partners.NewReport{Kind: kind, HappenedOn: h.Today(), Reference: rand.Text(), Text: "A neighbour asked for her"})
	must(t, err)
	return made
}

// Refer records that the house's referring organisation referred the person
// today, and that they agree to feedback.
func (h *House) Refer(t testing.TB, c *Case) casefile.Referral {
	t.Helper()
	r, err := casefile.RecordReferral(t.Context(), h.DB, h.Vault, c.By, c.Code, 0, casefile.NewReferral{PartnerID: h.Referrer.Partner, ReferredOn: h.Today(),
		Consent: &casefile.FeedbackConsent{GivenBy: "self", Language: "ro", GivenOn: h.Today()}})
	must(t, err)
	return r
}

// Version is the case's version now.
func (h *House) Version(t testing.TB, c *Case) int {
	t.Helper()
	return h.Count(t, `SELECT version FROM cases WHERE id = $1`, c.ID)
}

// State is the case's state now.
func (h *House) State(t testing.TB, c *Case) casefile.State {
	t.Helper()
	return casefile.State(h.Text(t, `SELECT state FROM cases WHERE id = $1`, c.ID))
}

func (h *House) represent(t testing.TB, c *Case) {
	t.Helper()
	var track casefile.Track
	must(t, h.Owner.QueryRow(t.Context(), `SELECT track FROM cases WHERE id = $1`, c.ID).Scan(&track))
	_, err := casefile.Appoint(t.Context(), h.DB, h.Vault, c.By, c.Code, casefile.Appointment{
		Kind: track.RepresentativeKind(), Name: "Bo Eksempel", Municipality: "Aarhus", AppointedOn: h.Today()})
	must(t, err)
}
