package scheduler_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/files"
	"hjemvej/internal/housetest"
	"hjemvej/internal/staff"
	"hjemvej/partners"
)

// year is a caseload whose year happens twice: in the program, by its use cases,
// and in the model, which is told the same facts.
type year struct {
	*housetest.House
	t        *testing.T
	seed     uint64
	random   *rand.Rand // of the days; everybody has one of their own
	files    *files.Store
	model    *modelYear
	lives    []*life
	contacts []access.Actor
	leads    map[string]access.Actor // by team
	people   map[string]string       // who is written to, by partner
}

// life is one person, on both sides.
type life struct {
	*modelCase
	*rand.Rand
	c           *housetest.Case
	left        calendar.Date // Denmark
	hardToReach bool
	surveys     map[followup.Kind]bool
	paid        bool
	asked       *followup.Extended // and not decided
	hold        person.PartState
}

// happening is what may happen to somebody on a day; it does nothing where it
// cannot.
type happening struct {
	oneIn int // days, about
	of    func(*year, *life)
}

var happenings = []happening{
	{4, (*year).isCalled}, {60, (*year).isReachedLate}, {25, (*year).answersSurvey}, {120, (*year).isRaised}, {70, (*year).arrivedOnAnotherDay},
	{15, (*year).asksForMoreTime}, {6, (*year).getsMoreTime}, {30, (*year).isPaid}, {200, (*year).changesMindOnMonth12}, {60, (*year).isHeld}, {15, (*year).isHeldNoMore},
	{80, (*year).getsAnotherContact}, {6, (*year).isExited}, {900, (*year).dies},
}

// zones of destinations: days begin there half a day earlier, later, and between.
var zones = []string{"", "Pacific/Tongatapu", "Pacific/Honolulu", "Africa/Lagos", "Pacific/Kiritimati"}

// arrive walks somebody to their confirmed arrival on the house's day. Nobody is
// copied: a walk takes some 50 ms, and everything of a case is then the program's.
func (y *year) arrive(n int) {
	zone := zones[n%len(zones)]
	by := y.contacts[n%len(y.contacts)]
	home := []access.Actor{y.Home, y.OtherHome}[n/2%2]
	options := []housetest.Option{housetest.Of(by, y.leads[by.Team]), housetest.HandedTo(home), housetest.InZone(zone)}
	if n%8 > 0 { // else the partner hears of each follow-up, too, each in a transaction
		options = append(options, housetest.Sharing(casefile.ShareIdentity, casefile.ShareTravel, casefile.ShareSupport))
	}
	c := y.Arrived(y.t, options...)
	if zone == "" {
		zone = "Europe/Bucharest"
	}
	there, err := time.LoadLocation(zone)
	must(y.t, err)
	m := &modelCase{code: c.Code, zone: there, contact: by.ID, team: by.Team, partner: y.people[home.Partner], state: "arrived",
		since: y.Today(), arrived: y.Today(), large: map[string]calendar.Date{}}
	m.recount(m.dayAt(y.Now()))
	y.model.cases = append(y.model.cases, m)
	y.lives = append(y.lives, &life{modelCase: m, Rand: rand.New(rand.NewPCG(y.seed, uint64(n))), c: c, left: y.Today(), hardToReach: n%5 == 3, surveys: map[followup.Kind]bool{}})
}

// happen is what happens on the house's day, to several people at once as in any house.
func (y *year) happen() {
	var all sync.WaitGroup
	for desk := range 4 {
		all.Go(func() {
			for i := desk; i < len(y.lives); i += 4 {
				y.happensTo(y.lives[i])
			}
		})
	}
	all.Wait()
	if y.t.Failed() {
		y.t.FailNow()
	}
}

func (y *year) happensTo(l *life) {
	if y.model.gone[l.contact] && l.one(4) { // their cases go to others bit by bit (R2)
		y.getsAnotherContact(l)
	}
	for _, h := range happenings {
		if l.one(h.oneIn) {
			h.of(y, l)
		}
	}
}

func (l *life) one(in int) bool { return l.IntN(in) == 0 }

// there is the day at the person's destination.
func (y *year) there(l *life) calendar.Date { return l.dayAt(y.Now()) }

// leave is a contact person's last day.
func (y *year) leave(who access.Actor) {
	must(y.t, staff.Deactivate(y.t.Context(), y.DB, y.Administrator, who.ID))
	y.model.gone[who.ID] = true
	y.contacts = slices.DeleteFunc(y.contacts, func(a access.Actor) bool { return a.ID == who.ID })
}

// recipients registers somebody at each home-country partner.
func (y *year) recipients() {
	y.people = map[string]string{}
	for i, home := range []access.Actor{y.Home, y.OtherHome} {
		r, err := partners.AddRecipient(y.t.Context(), y.DB, y.Administrator, home.Partner,
			partners.NewRecipient{Name: "Mihai Exemplu", Email: []string{"one@partner.example", "two@partner.example"}[i], Language: "en"})
		must(y.t, err)
		y.people[home.Partner] = r.ID
	}
}
