package person

import (
	"slices"
	"strings"
	"testing"

	"hjemvej/internal/calendar"

	"pgregory.net/rapid"
)

// shared are the kinds of fingerprints that two records have in common.
func shared(a, b Core) (kinds []string) {
	for _, x := range alike(a) {
		if slices.Contains(alike(b), x) {
			kinds = append(kinds, x[0])
		}
	}
	return kinds
}

func named(given, family, born string) Core {
	return Core{GivenNames: given, FamilyName: family, BirthDate: calendar.MustParse(born)}
}

func TestR12_OnePersonWrittenInTwoWaysIsAlike(t *testing.T) {
	t.Parallel()
	const born = "1990-04-12"
	for _, c := range []struct{ a, b Core }{
		{named("Ana", "Exemplu", born), named("ANA", "exemplu", born)},
		{named("Ana", "Exemplu", born), named("Exemplu", "Ana", born)},
		{named("Ana Maria", "Exemplu", born), named("Maria", "Exemplu Ana", born)},
		{named("Anne-Marie", "Exemplu", born), named("Annemarie", "Exemplu", born)},
		{named("José", "Muñoz", born), named("Jose", "Munoz", born)},
		{named("Jose\u0301", "Mun\u0303oz", born), named("José", "Muñoz", born)},
		{named("Åse", "Ødegård", born), named("Aase", "Oedegaard", born)},
		{named("Дмитрий", "Иванов", born), named("Dmitry", "Ivanov", born)},
		{named("สมชาย", "ใจดี", born), named("สมชาย", "ใจดี", born)},
		{named("محمد", "علي", born), named("Mohammed", "Ali", born)},
		{named("Mohamed", "Ali", born), named("Muhammad", "Aly", born)},
		{named("O'Neil", "Mary", born), named("ONeil", "Mary", born)},
		{named("Sister", "Exemplu", born), named("Brother", "Exemplu", born)},                        // the family name, on one day
		{named("Ana", "Exemplu", born), named("Ana", "Exemplu", "1990-12-04")},                       // the year
		{named("Ana", "", born), named("ana", "", born)},                                             // one name only
		{named("𞤀𞤣𞤤𞤢𞤥", "", born), named("𞤀𞤣𞤤𞤢𞤥", "", born)},                                         // a script that is not transliterated
		{named("A", "B", born), named("b", "a", born)},                                               // one letter
		{named(strings.Repeat("Ana ", 75), "X", born), named("x", strings.Repeat("ana ", 75), born)}, // 300 characters
	} {
		if len(shared(c.a, c.b)) == 0 {
			t.Errorf("%v and %v are not alike: %v, %v", c.a, c.b, alike(c.a), alike(c.b))
		}
	}
	for _, c := range []struct{ a, b Core }{
		{named("Ana", "Exemplu", born), named("Ana", "Altfel", born)},
		{named("Ana", "Exemplu", born), named("Ana", "Exemplu", "1991-04-12")},
		{named("𞤀𞤣𞤤𞤢𞤥", "", born), named("𞤀𞤣𞤤𞤢", "", born)},
		{named("Ea", "", born), named("Io", "", born)}, // all vowels
		{named("สมชาย", "ใจดี", born), named("สมหญิง", "รักดี", born)},
	} {
		if kinds := shared(c.a, c.b); len(kinds) > 0 {
			t.Errorf("%v and %v are alike by %v", c.a, c.b, kinds)
		}
	}
}

func TestEverybodyIsLikeThemselvesInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		given, family := rapid.String().Draw(t, "given"), rapid.String().Draw(t, "family")
		a, b := named(given, family, "1990-04-12"), named(family, given, "1990-04-12")
		if !slices.Contains(shared(a, b), "names_and_birth_date") {
			t.Fatalf("%q", alike(a))
		}
	})
}

func TestR10_AContactPointSaysWhatIsSafe(t *testing.T) {
	t.Parallel()
	today := calendar.MustParse("2026-10-12")
	day := []Hours{{From: "09:00", Until: "17:00"}}
	good := ContactPoint{Kind: "phone", Value: "+40700000000", Whose: "self", MayCall: true}
	for what, change := range map[string]func(*ContactPoint){
		"as it is": func(*ContactPoint) {}, "its last day is today": func(p *ContactPoint) { p.ExpiresOn = today },
		"hours, zone by the number": func(p *ContactPoint) { p.Hours = day },
		"hours and a zone": func(p *ContactPoint) {
			p.Kind, p.Value, p.Hours, p.TimeZone = "messaging_app", "ana", day, "Asia/Bangkok"
		},
		"not to be contacted":        func(p *ContactPoint) { p.MayCall, p.DoNotContact = false, true },
		"one zone under three names": func(p *ContactPoint) { p.Value, p.Hours = "+447700900123", day },
	} {
		p := good
		change(&p)
		if err := p.Validate("body", today); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if p.complete(); len(p.Hours) > 0 && p.TimeZone == "" {
			t.Errorf("%s: hours without a zone", what)
		}
	}
	for what, change := range map[string]func(*ContactPoint){
		"no number": func(p *ContactPoint) { p.Value = "0700" }, "no address": func(p *ContactPoint) { p.Kind = "email" },
		"a zone of nowhere": func(p *ContactPoint) { p.TimeZone = "Europe/Nowhere" }, "this machine's zone": func(p *ContactPoint) { p.TimeZone = "Local" },
		"hours of nowhere":       func(p *ContactPoint) { p.Kind, p.Value, p.Hours = "messaging_app", "ana", day },
		"hours across countries": func(p *ContactPoint) { p.Value, p.Hours = "+99900000001", day },
		"hours that end first":   func(p *ContactPoint) { p.Hours = []Hours{{From: "17:00", Until: "09:00"}} },
		"allowed and forbidden":  func(p *ContactPoint) { p.DoNotContact = true },
		"expired":                func(p *ContactPoint) { p.ExpiresOn = today.AddDays(-1) },
	} {
		p := good
		if change(&p); p.Validate("body", today) == nil {
			t.Errorf("%s is taken", what)
		}
	}
}

func TestR12_BirthDatesThatNobodyHasAreRefused(t *testing.T) {
	t.Parallel()
	today := calendar.MustParse("2026-10-12")
	for day, want := range map[string]bool{"1899-12-31": false, "1900-01-01": false, "1907-01-01": true, "2026-10-12": true, "2026-10-13": false, "2999-01-01": false} {
		if got := (Identity{BirthDate: calendar.MustParse(day)}).Validate("body", today) == nil; got != want {
			t.Errorf("%s is taken: %v", day, got)
		}
	}
	if (Identity{}).Validate("body", today) == nil {
		t.Error("no birth date is taken")
	}
}
