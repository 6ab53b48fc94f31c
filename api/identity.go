package api

import (
	"context"
	"net/http"

	"hjemvej/casework/casefile"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
)

// PartPath names one part of a person's identity.
type PartPath struct {
	CasePath
	PartID string `path:"part_id" doc:"The part's id"`
}

func (s *Server) identity() {
	register(s, operation{
		ID: "read-identity", Whole: true, Method: http.MethodGet, Path: "/v1/cases/{code}/identity", Tag: "Identity",
		Summary:     "Open the person's identity",
		Description: "Names, birth date, contact points with what is safe on each, addresses, family and documents, what ended too; and who acts for a child or goes with it (R5). Each opening is recorded (R12).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Tagged[casefile.OpenedIdentity], error) {
		i, err := casefile.ReadIdentity(ctx, s.db, s.vault, who, in.Code)
		return tagged(i, i.Version, err)
	})
	register(s, operation{
		ID: "read-ways-to-contact", Method: http.MethodGet, Path: "/v1/cases/{code}/ways-to-contact", Tag: "Identity",
		Summary:     "How may the person be contacted now?",
		Description: "By what is safe on each contact point and by its hours in the person's local time: which ways are open now, when the others open, and the shared words and the cover story to use (R10). Read it before every call. Each reading is recorded (R12).",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[casefile.WaysToContact], error) {
		return answer(casefile.ReadWaysToContact(ctx, s.db, s.vault, who, in.Code))
	})
	register(s, operation{
		ID: "change-identity", Method: http.MethodPut, Path: "/v1/cases/{code}/identity", Tag: "Identity",
		Summary:     "Change names, birth date or language",
		Description: "All four are replaced; what was there before is not kept. A birth date that makes an adult a child, or the other way, is taken and recorded, and the answer says what it changes (R5). The answer holds nothing of the identity.",
		Example:     person.Core{GivenNames: "Ana Maria", FamilyName: "Exemplu", BirthDate: day("1990-04-12"), Language: "ro"},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		IfMatch
		Body person.Core
	}) (*Tagged[casefile.IdentityChange], error) {
		c, err := casefile.ChangeIdentity(ctx, s.db, s.vault, who, in.Code, in.Version(), in.Body)
		return tagged(c, c.Version, err)
	})
	parts(s, "/contact-points", "contact point", "With whose it is, what may be done on it, at which hours, who one says one is, and who must never know (R10). While one that has not ended says do_not_contact, nobody is reminded to contact the person.",
		person.ContactPoint{Kind: "phone", Value: "+40700000000", Whose: "shared", MayCall: true, Hours: []person.Hours{{From: "09:00", Until: "12:00"}}, TimeZone: "Europe/Bucharest",
			Language: "ro", CoverStory: "A friend from the language course", MustNotKnow: "The landlord", ExpiresOn: day("2036-12-31")})
	parts(s, "/addresses", "address", "Where the person lives or gets post.",
		person.Address{Use: "home", Lines: "Strada Exemplu 1", PostalCode: "700001", Place: "Iași", Country: "RO"})
	parts(s, "/family-members", "family member", "Sealed like the person's own name.",
		person.FamilyMember{Relation: "child", GivenNames: "Ion", FamilyName: "Exemplu", BirthDate: day("1999-06-01"), Country: "RO"})
	parts(s, "/documents", "document", "Its kind, country, number and last day.",
		person.IdentityDocument{Kind: "passport", Country: "RO", Number: "050000000", ExpiresOn: day("2030-01-31")})
	register(s, operation{
		ID: "end-identity-part", Method: http.MethodPost, Path: "/v1/cases/{code}/identity-parts/{part_id}/ending", Tag: "Identity",
		Summary:     "End a contact point, address, family member or document",
		Description: "From today; it stays readable.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		PartPath
		IfMatch
	}) (*Tagged[person.PartState], error) {
		p, err := casefile.EndPart(ctx, s.db, who, in.Code, in.PartID, in.Version())
		return tagged(p, p.Version, err)
	})
	register(s, operation{
		ID: "list-duplicates", Method: http.MethodGet, Path: "/v1/cases/{code}/duplicates", Tag: "Identity",
		Summary:     "Find cases of what may be the same person",
		Description: "Keyed fingerprints of names and birth date are compared, whatever the names' order, case, accents and script; nothing is opened. Cases outside your team are only counted.",
	}, func(ctx context.Context, who access.Actor, in *struct{ CasePath }) (*Answer[casefile.Duplicates], error) {
		return answer(casefile.ListDuplicates(ctx, s.db, who, in.Code))
	})
}

// parts registers how a kind of part is added and changed. The answers hold
// nothing of the identity: they may be kept and sent again (R29).
func parts[T any, P interface {
	*T
	person.Part
}](s *Server, path, what, about string, example T) {
	kind := P(&example).PartKind()
	register(s, operation{
		ID: casefile.PartOperation("add", kind), Method: http.MethodPost, Path: "/v1/cases/{code}" + path, Tag: "Identity", Status: http.StatusCreated,
		Summary: "Add a" + n(what) + " " + what, Description: about + " Sealed at once (R12); the answer holds nothing of it.", Example: example,
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		Body T
	}) (*Tagged[person.PartState], error) {
		p, err := casefile.AddPart(ctx, s.db, s.vault, who, in.Code, P(&in.Body))
		return tagged(p, p.Version, err)
	})
	register(s, operation{
		ID: casefile.PartOperation("change", kind), Method: http.MethodPut, Path: "/v1/cases/{code}" + path + "/{part_id}", Tag: "Identity",
		Summary: "Change a" + n(what) + " " + what, Description: "The whole of it is replaced; what was there before is not kept. Send If-Match with the version of this part.", Example: example,
	}, func(ctx context.Context, who access.Actor, in *struct {
		PartPath
		IfMatch
		Body T
	}) (*Tagged[person.PartState], error) {
		p, err := casefile.ChangePart(ctx, s.db, s.vault, who, in.Code, in.PartID, in.Version(), P(&in.Body))
		return tagged(p, p.Version, err)
	})
}

// n is what "a" lacks before a vowel.
func n(word string) string {
	if word[0] == 'a' {
		return "n"
	}
	return ""
}
