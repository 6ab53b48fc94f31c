package api

import (
	"context"
	"net/http"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/partners"
)

// day is a date in an example.
func day(s string) calendar.Date { return calendar.MustParse(s) }

// Who and what stands in examples.
const (
	exampleUser = "7c1f0a52-6d3e-4b57-9d0a-0c5b7e1f2a11"
	exampleCode = "K7QX-2MVD"
)

var exampleOpening = casefile.Opening{
	Track: casefile.AsylumSeeker, AssessedBy: casefile.ImmigrationService, AssessedOn: day("2026-07-15"),
	Person: person.Identity{GivenNames: "Ana", FamilyName: "Exemplu", BirthDate: day("1990-04-12"), Language: "ro",
		ContactPoints: []person.ContactPoint{{Kind: "phone", Value: "+40700000000", Whose: "self", MayCall: true}}},
}

type caseChange[T any] struct {
	CasePath
	IfMatch
	Body T
}

func (s *Server) cases() {
	register(s, operation{
		ID: "open-case", Method: http.MethodPost, Path: "/v1/cases", Tag: "Cases", Status: http.StatusCreated,
		Summary:     "Open a case",
		Description: "You become the contact person (R2). The assessment must come from the authority that the track asks for: the Immigration Service for asylum seekers and people without lawful stay, CMM for people with lawful stay (R1). The person's identity is sealed at once (R12). possible_duplicates says how many other persons look the same, never whose they are.",
		Example:     exampleOpening,
	}, func(ctx context.Context, who access.Actor, in *struct{ Body casefile.Opening }) (*Tagged[casefile.Opened], error) {
		c, err := casefile.Open(ctx, s.db, s.vault, who, in.Body)
		return tagged(c, c.Version, err)
	})
	register(s, operation{
		ID: "list-cases", Method: http.MethodGet, Path: "/v1/cases", Tag: "Cases",
		Summary:     "List cases",
		Description: "Contact persons see their own cases, team leads those of their team, in the order of the codes.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		Paging
		State casefile.State `query:"state" enum:"identified,offered,accepted,declined,departed,arrived,exited,closed,withdrawn,joined" doc:"Only cases in this state"`
		Alarm bool           `query:"open_concerns" doc:"Only cases on which a concern stands, or a report that must be seen"`
	}) (*Answer[Page[casefile.Summary]], error) {
		items, last, err := casefile.List(ctx, s.db, who, casefile.Filter{State: in.State, Alarm: in.Alarm, After: in.After(), Limit: in.Limit})
		return page(items, last, err)
	})
	register(s, operation{
		ID: "read-case", Method: http.MethodGet, Path: "/v1/cases/{code}", Tag: "Cases", Whole: true,
		Summary:     "Read a case",
		Description: "The case with its reflection period and representatives, without the person's identity (R12). The reading is recorded.",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Tagged[casefile.Case], error) {
		c, err := casefile.Read(ctx, s.db, who, in.Code)
		return tagged(c, c.Version, err)
	})
	register(s, operation{
		ID: "record-reflection-decision", Method: http.MethodPost, Path: "/v1/cases/{code}/reflection-decisions", Tag: "Cases", Status: http.StatusCreated,
		Summary:     "Record a decision on the reflection period",
		Description: "The first decision gives at most 30 days, all together at most 120, decided by the authority of the track (R3).",
		Example:     casefile.Decision{DecidedOn: day("2026-07-15"), Days: 30, Ground: "initial", Authority: casefile.ImmigrationService},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body casefile.Decision
	}) (*Tagged[casefile.Case], error) {
		c, err := casefile.Decide(ctx, s.db, who, in.Code, in.Body)
		return tagged(c, c.Version, err)
	})
	register(s, operation{
		ID: "appoint-representative", Method: http.MethodPost, Path: "/v1/cases/{code}/representatives", Tag: "Cases", Status: http.StatusCreated,
		Summary:     "Appoint a child's representative",
		Description: "A personal representative where stay is not lawful or asylum is sought; the custody holder, with the municipality of stay, where it is lawful (R5).",
		Example:     casefile.Appointment{Kind: "personal_representative", Name: "Bo Eksempel", AppointedOn: day("2026-07-16")},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body casefile.Appointment
	}) (*Tagged[casefile.Case], error) {
		c, err := casefile.Appoint(ctx, s.db, s.vault, who, in.Code, in.Body)
		return tagged(c, c.Version, err)
	})
	s.tracks()
	s.glass()
	s.contactPersons()
	s.offers()
}

func (s *Server) contactPersons() {
	register(s, operation{
		ID: "assign-contact-person", Method: http.MethodPost, Path: "/v1/cases/{code}/contact-person-changes", Tag: "Cases", Status: http.StatusCreated,
		Summary:     "Give the case to another contact person",
		Description: "No case is without one (R2). What was joined into it goes along; a case that goes to another team leaves your sight. Both are told.",
		Example:     casefile.NewContactPerson{UserID: exampleUser},
	}, func(ctx context.Context, who access.Actor, in *caseChange[casefile.NewContactPerson]) (*Tagged[casefile.Case], error) {
		c, err := casefile.AssignContactPerson(ctx, s.db, who, in.Code, in.Version(), in.Body)
		return tagged(c, c.Version, err)
	})
	register(s, operation{
		ID: "list-contact-person-changes", Method: http.MethodGet, Path: "/v1/cases/{code}/contact-person-changes", Tag: "Cases",
		Summary:     "List who had the case before",
		Description: "Oldest first (R2).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]casefile.ContactPersonChange], error) {
		return answer(casefile.ListContactPersonChanges(ctx, s.db, who, in.Code))
	})
	register(s, operation{
		ID: "join-cases", Method: http.MethodPost, Path: "/v1/cases/{code}/joining", Tag: "Cases", Status: http.StatusCreated,
		Summary:     "Join the case into another of the same person",
		Description: "The other goes on; this one stays as it was, to be read and never changed. What is the person's goes along: contact points, addresses, family, documents and consents, with their withdrawals (R7). A case that was closed or withdrawn is only linked. Refused, with all that stands in the way, while the case is handed to a partner, has money allotted, or the person departed in it.",
		Example:     casefile.Joining{Into: exampleCode, Reason: "Entered twice: at the crisis centre and at the hospital"},
	}, func(ctx context.Context, who access.Actor, in *caseChange[casefile.Joining]) (*Tagged[casefile.JoinedCase], error) {
		c, err := partners.Join(ctx, s.db, s.vault, who, in.Code, in.Version(), in.Body)
		return tagged(c, c.Version, err)
	})
}

func (s *Server) tracks() {
	register(s, operation{
		ID: "change-track", Method: http.MethodPost, Path: "/v1/cases/{code}/track-changes", Tag: "Cases", Status: http.StatusCreated,
		Summary:     "Record a change of track",
		Description: "The person's standing in Denmark changed. The assessment stays what it was (R1); from now on the new track says who decides on the reflection period (R3) and who acts for a child (R5).",
		Example:     casefile.NewTrack{Track: casefile.LawfulStay, ChangedOn: day("2026-09-01"), Reason: "Asylum was granted"},
	}, func(ctx context.Context, who access.Actor, in *caseChange[casefile.NewTrack]) (*Tagged[casefile.Case], error) {
		c, err := casefile.ChangeTrack(ctx, s.db, who, in.Code, in.Version(), in.Body)
		return tagged(c, c.Version, err)
	})
	register(s, operation{
		ID: "list-track-changes", Method: http.MethodGet, Path: "/v1/cases/{code}/track-changes", Tag: "Cases",
		Summary:     "List the changes of track",
		Description: "Oldest first, with who and why (R1).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]casefile.TrackChange], error) {
		return answer(casefile.ListTrackChanges(ctx, s.db, who, in.Code))
	})
}

func (s *Server) glass() {
	register(s, operation{
		ID: "break-glass", Method: http.MethodPost, Path: "/v1/cases/{code}/glass-openings", Tag: "Cases", Status: http.StatusCreated,
		Summary:     "Open a colleague's case in an emergency",
		Description: "For three hours the case is as if it were your own. The reason is recorded, with everything that you then read and do, and the team lead is told.",
		Example:     casefile.Emergency{Reason: "She calls from the airport and her contact person is on leave"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body casefile.Emergency
	}) (*Answer[casefile.GlassOpening], error) {
		return answer(casefile.BreakGlass(ctx, s.db, who, in.Code, in.Body))
	})
	register(s, operation{
		ID: "list-glass-openings", Method: http.MethodGet, Path: "/v1/cases/{code}/glass-openings", Tag: "Cases",
		Summary:     "List who opened the case in an emergency",
		Description: "Newest first, with the reasons.",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[[]casefile.GlassOpening], error) {
		return answer(casefile.ListGlassOpenings(ctx, s.db, who, in.Code))
	})
}

func (s *Server) offers() {
	register(s, operation{
		ID: "offer-return", Method: http.MethodPost, Path: "/v1/cases/{code}/offer", Tag: "Cases",
		Summary:     "Offer a prepared return",
		Description: "To the home country or the former country of residence; it need not be the home community (R6). A person who declined may be offered it again.",
		Example:     casefile.Offer{OfferedOn: day("2026-07-18"), Destination: casefile.Destination{Country: "RO", Kind: "home_country", Place: "Iași"}},
	}, func(ctx context.Context, who access.Actor, in *caseChange[casefile.Offer]) (*Tagged[casefile.Case], error) {
		c, err := casefile.MakeOffer(ctx, s.db, who, in.Code, in.Version(), in.Body)
		return tagged(c, c.Version, err)
	})
	register(s, operation{
		ID: "answer-offer", Method: http.MethodPost, Path: "/v1/cases/{code}/answer", Tag: "Cases",
		Summary:     "Record the person's answer to the offer",
		Description: "Accepted or declined. To leave later is a withdrawal, which is not the same.",
		Example:     casefile.Answer{Answer: "accepted", AnsweredOn: day("2026-07-22")},
	}, func(ctx context.Context, who access.Actor, in *caseChange[casefile.Answer]) (*Tagged[casefile.Case], error) {
		c, err := casefile.AnswerOffer(ctx, s.db, who, in.Code, in.Version(), in.Body)
		return tagged(c, c.Version, err)
	})
	register(s, operation{
		ID: "change-destination", Method: http.MethodPut, Path: "/v1/cases/{code}/destination", Tag: "Cases",
		Summary:     "Change where the person goes home to",
		Description: "From the offer until the departure. It need not be the home community (R6).",
		Example:     casefile.Destination{Country: "RO", Kind: "home_country", Place: "Bacău"},
	}, func(ctx context.Context, who access.Actor, in *caseChange[casefile.Destination]) (*Tagged[casefile.Case], error) {
		c, err := casefile.ChangeDestination(ctx, s.db, who, in.Code, in.Version(), in.Body)
		return tagged(c, c.Version, err)
	})
	register(s, operation{
		ID: "name-support-person", Method: http.MethodPut, Path: "/v1/cases/{code}/support-person", Tag: "Cases",
		Summary:     "Name a support person",
		Description: "An extra companion, in special cases only, with a reason and CMM's agreement; it bears the cost (R2).",
		Example:     casefile.SupportPerson{Reason: "Needs company at the hospital", AgreedOn: day("2026-07-16")},
	}, func(ctx context.Context, who access.Actor, in *caseChange[casefile.SupportPerson]) (*Tagged[casefile.Case], error) {
		c, err := casefile.NameSupportPerson(ctx, s.db, who, in.Code, in.Version(), in.Body)
		return tagged(c, c.Version, err)
	})
	register(s, operation{
		ID: "withdraw", Method: http.MethodPost, Path: "/v1/cases/{code}/withdrawal", Tag: "Cases",
		Summary:     "Record that the person withdrew",
		Description: "Possible from every state before the close; no reason is asked. Open hand-offs are revoked and open follow-ups dropped.",
		Example:     casefile.Withdrawal{WithdrawnOn: day("2026-09-01")},
	}, func(ctx context.Context, who access.Actor, in *caseChange[casefile.Withdrawal]) (*Tagged[casefile.Case], error) {
		c, err := partners.Withdraw(ctx, s.db, who, in.Code, in.Version(), in.Body)
		return tagged(c, c.Version, err)
	})
	register(s, operation{
		ID: "close-case", Method: http.MethodPost, Path: "/v1/cases/{code}/closing", Tag: "Cases",
		Summary:     "Close a case",
		Description: "A case that was declined, withdrawn or exited. Refused, with a list, while payments (R26) or incidents (R35) are open.",
		Example:     partners.Closing{ClosedOn: day("2027-04-20")},
	}, func(ctx context.Context, who access.Actor, in *caseChange[partners.Closing]) (*Tagged[casefile.Case], error) {
		c, err := partners.Close(ctx, s.db, who, in.Code, in.Version(), in.Body)
		return tagged(c, c.Version, err)
	})
}
