package demo

import (
	"context"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
)

// someone is one invented person of the caseload.
type someone struct {
	given, family string
	language      string
	born          calendar.Date
	track         casefile.Track
	home          casefile.Destination
	worker        string // the contact person
	partner       string // the home-country partner
	representedBy string // a child's representative (R5), or ""
	child         string // the given name of a child at home, or ""
	escorted      bool
}

// course is the script of one person's way. Its methods write steps on the day
// where the script stands; nothing happens until it is played. A step that
// would lie after the course's end is not written.
type course struct {
	someone
	n    int           // the how-manyeth, so that no two are quite alike
	day  calendar.Date // where the script stands
	told calendar.Date // the day on which the way is told: it counts its days from there
	end  calendar.Date // steps on this day and later do not happen; at most the last
	last calendar.Date // the day up to which the way is played

	waitsFrom, waitsUntil calendar.Date // steps of the days between happen on the second

	words  bool // the person has hours, a cover story and shared words
	local  bool // everything is paid in the country's money, not cash alone
	papers bool // the plan is kept as it was signed, and receipts as photographs

	steps     []step
	promises  []promise
	reception *handed // the hand-off to the home-country partner

	// What playing leaves for later steps.
	code         string
	planVersion  int // of the reintegration plan
	payeeVersion int
}

// on moves the script to a day, or to the end of the pause in which it lies.
func (c *course) on(day calendar.Date) *course {
	if !day.Before(c.waitsFrom) && day.Before(c.waitsUntil) {
		day = c.waitsUntil
	}
	c.day = day
	return c
}

// wait makes a pause from a day on, until so many days after the way is told:
// where it stands still for a visitor, and how it goes on. resume lifts that, too.
func (c *course) wait(from calendar.Date, ahead int) *course {
	c.waitsFrom, c.waitsUntil = from, c.ago(-ahead)
	return c
}

// stopAt ends the way: what is written from now on happens only before the day.
// resume lifts that.
func (c *course) stopAt(day calendar.Date) {
	if day.Before(c.last) {
		c.end = day
	}
}

func (c *course) resume() *course {
	c.end, c.waitsUntil = c.last, c.waitsFrom
	return c
}

// then writes a step on the day where the script stands.
func (c *course) then(what string, do func(context.Context, *house) error) *course {
	if c.day.Before(c.end) {
		c.steps = append(c.steps, step{c.day, what, do})
	}
	return c
}

// act writes a step of the contact person.
func (c *course) act(what string, do func(context.Context, *house, access.Actor) error) *course {
	return c.then(what, func(ctx context.Context, h *house) error { return do(ctx, h, h.as(c.worker)) })
}

// lead is who approves for the contact person's team.
func (c *course) lead() string {
	if c.worker == "contact_person_1" || c.worker == "contact_person_2" {
		return "team_lead"
	}
	return "team_lead_2"
}

// finance is who pays: one of two.
func (c *course) finance() string {
	if c.n%3 == 0 {
		return "finance_2"
	}
	return "finance"
}

func (c *course) childOn(day calendar.Date) bool { return c.born.AgeOn(day) < 18 }

// open begins the case: assessed some days before.
func (c *course) open() *course {
	in := casefile.Opening{Track: c.track, AssessedBy: c.track.Assessor(), AssessedOn: c.day.AddDays(-c.n % 4),
		Person: person.Identity{GivenNames: c.given, FamilyName: c.family, BirthDate: c.born, Language: c.language, ContactPoints: c.contactPoints()}}
	if c.child != "" {
		in.Person.Family = []person.FamilyMember{{Relation: "child", GivenNames: c.child, Country: c.home.Country}}
	}
	if c.n%17 == 5 {
		in.SupportPerson = &casefile.SupportPerson{Reason: "Needs company at appointments", AgreedOn: c.day}
	}
	c.act("open", func(ctx context.Context, h *house, who access.Actor) error {
		opened, err := casefile.Open(ctx, h.db, h.vault, who, in)
		c.code = opened.Code
		return err
	})
	if c.representedBy != "" {
		c.appoint()
	}
	if c.n%3 == 1 {
		c.referred()
	}
	return c
}

func (c *course) contactPoints() []person.ContactPoint {
	points := []person.ContactPoint{{Kind: "phone", Value: phone(c.n), Whose: "self", MayCall: true, MayText: c.n%3 != 0}}
	if c.n%2 == 0 {
		points = append(points, person.ContactPoint{Kind: "phone", Value: phone(100 + c.n), Whose: "relative", MayCall: true})
	}
	if c.n%5 == 0 {
		points = append(points, person.ContactPoint{Kind: "messaging_app", Value: phone(c.n), Whose: "shared", MayText: true})
	}
	points = append(points, person.ContactPoint{Kind: "address", Value: "At the sister's, second floor", Whose: "relative", MayCall: true})
	if c.words {
		points[0].Hours, points[0].TimeZone = []person.Hours{{From: "10:00", Until: "19:00"}}, "Europe/Bucharest"
		points[0].CoverStory = "A friend from the language course"
		points[0].OurWord, points[0].SafeWord, points[0].DangerWord = "Greetings from the library", "The book is fine", "I have brought it back"
	}
	return points
}

func (c *course) appoint() {
	in := casefile.Appointment{Kind: c.track.RepresentativeKind(), Name: c.representedBy, AppointedOn: c.day}
	if c.track == casefile.LawfulStay {
		in.Municipality = "Odense"
	}
	c.act("appoint", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := casefile.Appoint(ctx, h.db, h.vault, who, c.code, in)
		return err
	})
}

// reflect decides on days of the reflection period; the first decision is the
// initial one.
func (c *course) reflect(days int, ground string) *course {
	in := casefile.Decision{DecidedOn: c.day, Days: days, Ground: ground, Authority: c.track.Assessor()}
	return c.act("decide", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := casefile.Decide(ctx, h.db, who, c.code, in)
		return err
	})
}

func (c *course) offer() *course {
	in := casefile.Offer{OfferedOn: c.day, Destination: c.home}
	return c.act("offer", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := casefile.MakeOffer(ctx, h.db, who, c.code, 0, in)
		return err
	})
}

// answer answers the offer: accepted or declined.
func (c *course) answer(answer casefile.State) *course {
	in := casefile.Answer{Answer: string(answer), AnsweredOn: c.day}
	return c.act("answer", func(ctx context.Context, h *house, who access.Actor) error {
		_, err := casefile.AnswerOffer(ctx, h.db, who, c.code, 0, in)
		return err
	})
}

// check records a check that passes, or ends otherwise where a result is given.
func (c *course) check(kind casefile.CheckKind, result string) *course {
	in := casefile.CheckResult{DoneOn: c.day, Result: result}
	if kind == casefile.VoluntaryDeclaration {
		in.Language = c.language
	}
	if kind.Named() {
		in.Who = c.representedBy
	}
	return c.act("check "+string(kind), func(ctx context.Context, h *house, who access.Actor) error {
		_, err := casefile.RecordCheck(ctx, h.db, h.vault, who, c.code, kind, 0, in)
		return err
	})
}

// checks records all that a departure needs, and for a child what R5 adds.
func (c *course) checks() *course {
	c.check(casefile.VoluntaryDeclaration, "done").assess(needs)
	if c.n%4 == 1 {
		c.assess(riskOf("cleared_with_conditions"))
	} else {
		c.assess(riskOf("cleared"))
	}
	if c.representedBy == "" {
		return c
	}
	c.check(casefile.GuardianInDenmark, "done").check(casefile.GuardianAtDestination, "done").check(casefile.FamilyAssessment, "done")
	c.check(casefile.BestInterests, "in_favour").check(casefile.ChildsWish, "done")
	if c.escorted {
		c.check(casefile.Escort, "done")
	}
	return c
}

// consent lets a partner have the categories for fourteen months.
func (c *course) consent(partner, purpose string, categories ...casefile.Category) *course {
	in := casefile.NewConsent{Categories: categories, Purpose: purpose, GivenBy: "self", Language: c.language,
		ValidFrom: c.day, ValidUntil: c.day.AddMonths(14)}
	if c.representedBy != "" && c.childOn(c.day) {
		in.GivenBy = "representative"
	}
	return c.act("consent", func(ctx context.Context, h *house, who access.Actor) error {
		in.PartnerID = h.partners[partner]
		_, err := casefile.GiveConsent(ctx, h.db, h.vault, who, c.code, in)
		return err
	})
}

// consents are those that a return needs, and those that let the partner help.
func (c *course) consents() *course {
	c.consent("iom", "prepare_return", casefile.ShareIdentity, casefile.ShareTravel, casefile.ShareContact)
	return c.consent(c.partner, "reception", receptionCategories...)
}

var receptionCategories = []casefile.Category{casefile.ShareIdentity, casefile.ShareTravel, casefile.ShareContact,
	casefile.ShareNeeds, casefile.ShareSupport, casefile.ShareFollowUp}
