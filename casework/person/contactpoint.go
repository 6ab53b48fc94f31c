package person

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"

	"github.com/nyaruka/phonenumbers"
)

// ContactPoint is one way to reach the person, and what is safe on it (R10).
type ContactPoint struct {
	Held
	Kind         string        `json:"kind" enum:"phone,messaging_app,email,address" example:"phone"`
	Value        string        `json:"value" minLength:"1" maxLength:"200" example:"+40700000000" doc:"A phone number as E.164, or an address"`
	Whose        string        `json:"whose" enum:"self,shared,relative" example:"self"`
	MayCall      bool          `json:"may_call,omitempty" example:"true" doc:"Of an address: may be visited"`
	MayText      bool          `json:"may_text,omitempty" doc:"Of an e-mail address or a messaging app: may be written to"`
	MayLeave     bool          `json:"may_leave_message,omitempty" doc:"A voicemail, or a note"`
	DoNotContact bool          `json:"do_not_contact,omitempty" doc:"Blocks every reminder that would lead to contact, for everybody, until it is taken back or the contact point is ended; nothing else may be allowed beside it"`
	Hours        []Hours       `json:"hours,omitempty" maxItems:"5" doc:"In the person's local time; any hour where it is left out"`
	TimeZone     string        `json:"time_zone,omitempty" maxLength:"60" example:"Europe/Bucharest" doc:"IANA name; where it is left out, that of the phone number's country, if it has only one"`
	Language     string        `json:"language,omitempty" pattern:"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$" maxLength:"35" example:"ro" doc:"To speak or write here, BCP 47; the person's own where it is left out"`
	CoverStory   string        `json:"cover_story,omitempty" maxLength:"500" example:"A friend from the language course" doc:"Who you say you are if somebody else answers"`
	OurWord      string        `json:"our_word,omitempty" maxLength:"60" example:"Greetings from the library" doc:"What you say, so that the person knows that it is you"`
	SafeWord     string        `json:"safe_word,omitempty" maxLength:"60" example:"The book is fine" doc:"What the person says when it is safe to talk; without it, it is not"`
	DangerWord   string        `json:"danger_word,omitempty" maxLength:"60" example:"I have returned it" doc:"What the person says when somebody listens or forces them: end the call by the cover story"`
	MustNotKnow  string        `json:"must_not_know,omitempty" maxLength:"500" example:"The landlord" doc:"Who must never learn of it"`
	ExpiresOn    calendar.Date `json:"expires_on,omitzero" format:"date" doc:"Its last day"`
}

// Hours are a time of the day, its end not included.
type Hours struct {
	From  string `json:"from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" example:"09:00"`
	Until string `json:"until" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" example:"17:00"`
}

// PartKind is Part's.
func (p *ContactPoint) PartKind() Kind { return ContactPointKind }

func (p *ContactPoint) open() (calendar.Date, bool) { return p.ExpiresOn, p.DoNotContact }

// complete fills in the time zone that the hours are meant in.
func (p *ContactPoint) complete() {
	if p.TimeZone == "" && len(p.Hours) > 0 {
		p.TimeZone = zoneOf(p.Value)
	}
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// Validate is Part's: the value has its kind's form, what is allowed does not
// contradict itself, and hours are in a zone that is known.
func (p *ContactPoint) Validate(path string, today calendar.Date) error {
	switch {
	case p.Kind == "phone" && !e164.MatchString(p.Value):
		return fault.Invalidf(path+".value", "must be a phone number such as +40700000000")
	case p.Kind == "email" && !strings.Contains(strings.Trim(p.Value, "@"), "@"):
		return fault.Invalidf(path+".value", "must be an e-mail address")
	case p.DoNotContact && (p.MayCall || p.MayText || p.MayLeave):
		return fault.Invalidf(path+".do_not_contact", "allows nothing beside it: leave may_call, may_text and may_leave_message out")
	case !p.ExpiresOn.IsZero() && p.ExpiresOn.Before(today):
		return fault.Invalidf(path+".expires_on", "must not lie in the past")
	case strings.EqualFold(strings.TrimSpace(p.SafeWord), strings.TrimSpace(p.DangerWord)) && p.SafeWord != "":
		return fault.Invalidf(path+".danger_word", "must not be the word for when it is safe")
	case letter.Neutral(p.CoverStory+"\n"+p.OurWord+"\n"+p.SafeWord+"\n"+p.DangerWord) != nil:
		return fault.Invalidf(path+".cover_story", "it, or one of the shared words, tells what nobody may overhear; choose other words")
	case p.TimeZone != "" && !isZone(p.TimeZone):
		return fault.Invalidf(path+".time_zone", "is not an IANA time zone, such as Europe/Bucharest")
	case p.TimeZone == "" && len(p.Hours) > 0 && zoneOf(p.Value) == "":
		return fault.Invalidf(path+".time_zone", "is required here: the hours are the person's local time")
	}
	for _, h := range p.Hours {
		if h.Until <= h.From {
			return fault.Invalidf(path+".hours", "must each end after they begin, on the same day")
		}
	}
	return nil
}

func isZone(name string) bool {
	_, err := calendar.Zone(name)
	return err == nil
}

// zoneOf is the time zone of a phone number's country, "" where there is none or
// where its clocks differ.
func zoneOf(value string) string {
	number, err := phonenumbers.Parse(value, "")
	if err != nil {
		return ""
	}
	zones, err := phonenumbers.GetTimezonesForNumber(number)
	if err != nil {
		return ""
	}
	return oneClock(zones)
}

// ZoneOfCountry is the time zone of an ISO 3166-1 alpha-2 country, "" where its
// clocks differ, or where it shares its calling code with countries of which that
// is true.
func ZoneOfCountry(country string) string {
	if zone, known := zonesOfCountries.Load(country); known {
		return zone.(string)
	}
	zone := findZoneOfCountry(country)
	zonesOfCountries.Store(country, zone)
	return zone
}

var zonesOfCountries sync.Map // by country: to find one takes reading many

func findZoneOfCountry(country string) string {
	prefix := phonenumbers.GetCountryCodeForRegion(country)
	zones, err := phonenumbers.GetTimezonesForPrefix("+" + strconv.Itoa(prefix))
	if err != nil || prefix == 0 {
		return ""
	}
	return oneClock(zones)
}

func oneClock(zones []string) string {
	if len(zones) == 0 {
		return ""
	}
	for _, z := range zones {
		if !isZone(z) || !sameClock(z, zones[0]) {
			return ""
		}
	}
	return zones[0]
}

// sameClock compares two zones in winter and in summer.
func sameClock(a, b string) bool {
	x, _ := time.LoadLocation(a)
	y, _ := time.LoadLocation(b)
	for _, month := range []time.Month{time.January, time.July} {
		at := time.Date(2026, month, 1, 12, 0, 0, 0, time.UTC)
		if at.In(x).Format("15:04") != at.In(y).Format("15:04") {
			return false
		}
	}
	return true
}
