package demo

import (
	"context"
	"time"

	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/partners"
)

// organisation is a partner of the caseload: its entry, and the two people who
// are written to, the protection focal point first.
type organisation struct {
	key string
	partners.NewPartner
	focalPoint, desk string
	holidays         [][2]int // month and day, every year
}

func returnOrganisation(key, name string, e partners.RegistryEntry) organisation {
	e.Name = name
	return organisation{key: key, NewPartner: partners.NewPartner{Role: partners.ReturnOrganisation, RegistryEntry: e}}
}

func referrer(key, name string, e partners.RegistryEntry) organisation {
	e.Name = name
	return organisation{key: key, NewPartner: partners.NewPartner{Role: partners.ReferringOrganisation, RegistryEntry: e}}
}

func homeCountry(key, name, country, place string, e partners.RegistryEntry) organisation {
	e.Name, e.Countries, e.Places = name, []string{country}, []string{place}
	return organisation{key: key, NewPartner: partners.NewPartner{Role: partners.HomeCountryPartner, RegistryEntry: e}}
}

func (o organisation) with(focalPoint, desk string, holidays ...[2]int) organisation {
	o.focalPoint, o.desk, o.holidays = focalPoint, desk, holidays
	return o
}

var weekdays = []int{1, 2, 3, 4, 5}

// The names of the home-country partners, and of their people, say "example" in
// a language of the country.
var organisations = []organisation{
	returnOrganisation("iom", "IOM", partners.RegistryEntry{Countries: []string{"NG", "PH", "RO", "TH", "UG"}, Languages: []string{"en", "da", "fr"},
		TransferGround: "international_organisation", TransferReference: "Framework agreement, example 1", TimeZone: "Europe/Copenhagen", WorkingDays: weekdays}).
		with("Alex Example", "Robin Example", [2]int{1, 1}, [2]int{6, 5}, [2]int{12, 25}),
	homeCountry("partner_1", "Direcția Exemplu Iași", "RO", "Iași", partners.RegistryEntry{Services: []string{"housing", "small_business", "education", "school_fees", "psychosocial"}, Languages: []string{"ro", "en"},
		TransferGround: "adequacy", TransferReference: "Within the EEA", TimeZone: "Europe/Bucharest", WorkingDays: weekdays}).
		with("Mihai Exemplu", "Elena Exemplu", [2]int{1, 1}, [2]int{1, 2}, [2]int{12, 1}, [2]int{12, 25}),
	homeCountry("partner_2", "Misali House", "NG", "Benin City", partners.RegistryEntry{Services: []string{"housing", "small_business", "education", "food", "medical"}, Languages: []string{"en", "bin", "pcm"},
		TransferGround: "safeguards", TransferReference: "Standard clauses, example 2", TimeZone: "Africa/Lagos", WorkingDays: weekdays}).
		with("Osas Misali", "Efe Misali", [2]int{1, 1}, [2]int{10, 1}, [2]int{12, 25}),
	homeCountry("partner_3", "Baan Tua Yang", "TH", "Udon Thani", partners.RegistryEntry{Services: []string{"housing", "small_business", "education", "school_fees"}, Languages: []string{"th", "en"},
		TransferGround: "safeguards", TransferReference: "Standard clauses, example 3", TimeZone: "Asia/Bangkok", WorkingDays: weekdays}).
		with("Kanya Tua Yang", "Somchai Tua Yang", [2]int{4, 13}, [2]int{4, 14}, [2]int{4, 15}, [2]int{12, 10}),
	homeCountry("partner_4", "Mfano Centre", "UG", "Kampala", partners.RegistryEntry{Services: []string{"housing", "small_business", "food", "security"}, Languages: []string{"en", "lg", "sw"},
		TransferGround: "safeguards", TransferReference: "Standard clauses, example 4", TimeZone: "Africa/Kampala", WorkingDays: []int{1, 2, 3, 4, 5, 6}}).
		with("Okello Mfano", "Nakato Mfano", [2]int{1, 26}, [2]int{10, 9}, [2]int{12, 25}),
	homeCountry("partner_5", "Bahay Halimbawa", "PH", "Cebu", partners.RegistryEntry{Services: []string{"housing", "small_business", "education", "psychosocial"}, Languages: []string{"en", "fil", "ceb"},
		TransferGround: "safeguards", TransferReference: "Standard clauses, example 5", TimeZone: "Asia/Manila", WorkingDays: weekdays}).
		with("Luz Halimbawa", "Jun Halimbawa", [2]int{6, 12}, [2]int{12, 25}, [2]int{12, 30}),
	homeCountry("partner_6", "Apeere Trust", "NG", "Lagos", partners.RegistryEntry{Services: []string{"housing", "small_business", "school_fees", "medical"}, Languages: []string{"en", "yo"},
		TransferGround: "safeguards", TransferReference: "Standard clauses, example 6", TimeZone: "Africa/Lagos", WorkingDays: weekdays}).
		with("Bisi Apeere", "Tunde Apeere", [2]int{1, 1}, [2]int{10, 1}, [2]int{12, 25}),
	referrer("referrer_1", "Fyrtårnet", partners.RegistryEntry{Countries: []string{"DK"}, Languages: []string{"da", "en"}, TimeZone: "Europe/Copenhagen", WorkingDays: weekdays}).
		with("Anne Eksempel", "Per Eksempel", [2]int{1, 1}, [2]int{6, 5}, [2]int{12, 25}),
}

// addPartner registers a partner with its people and a first key, which nobody
// has: it only names the partner's acts in the log.
func (h *house) addPartner(ctx context.Context, o organisation) error {
	admin := h.as("administrator")
	o.Language, o.Email, o.Holidays = "en", o.key+"@example.org", o.holidaysFrom(calendar.Today(h.db.Now()).Year)
	p, err := partners.Create(ctx, h.db, admin, o.NewPartner)
	if err != nil {
		return err
	}
	for _, r := range []partners.NewRecipient{
		{Name: o.focalPoint, Email: o.key + "-protection@example.org", Language: "en", FocalPoint: true},
		{Name: o.desk, Email: o.key + "-desk@example.org", Language: "en"},
	} {
		if _, err := partners.AddRecipient(ctx, h.db, admin, p.ID, r); err != nil {
			return err
		}
	}
	key, err := partners.IssueKey(ctx, h.db, admin, p.ID, partners.NewKey{Label: "first key", Days: 400, Scopes: access.Scopes})
	if err != nil {
		return err
	}
	h.partners[o.key] = p.ID
	if o.Role != partners.ReferringOrganisation {
		if err := h.openAccount(ctx, o, 100+len(h.partners)); err != nil {
			return err
		}
	}
	h.actors[o.key] = access.Actor{ID: key.ID, Role: access.Partner, Partner: p.ID, Scopes: access.SetOf(key.Scopes...)}
	return nil
}

// holidaysFrom are the organisation's, of the year and the two after it.
func (o organisation) holidaysFrom(year int) (days []calendar.Date) {
	for y := year; y < year+3; y++ {
		for _, d := range o.holidays {
			days = append(days, calendar.Of(y, time.Month(d[0]), d[1]))
		}
	}
	return days
}
