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
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
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

// arrive walks somebody to their confirmed arrival on the house's day.
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

func (y *year) attempt(l *life, s *modelSlot, channel followup.Channel, outcome followup.AttemptOutcome) string {
	id := y.Followup(y.t, l.c, followup.Kind(s.kind), s.ref)
	_, err := followup.RecordAttempt(y.t.Context(), y.DB, y.Vault, l.c.By, id, followup.NewAttempt{MadeOn: y.there(l), Channel: channel, Outcome: outcome})
	must(y.t, err)
	s.tries = append(s.tries, try{y.there(l), string(channel)})
	return id
}

func (y *year) isCalled(l *life) {
	var waiting []*modelSlot
	for _, s := range l.open() {
		if !s.opens.After(y.there(l)) {
			waiting = append(waiting, s)
		}
	}
	if l.held || y.model.gone[l.contact] || len(waiting) == 0 {
		return
	}
	s := waiting[l.IntN(len(waiting))]
	channel := []followup.Channel{followup.Call, followup.Text, followup.ThroughPartner}[l.IntN(3)]
	outcomes := []followup.AttemptOutcome{followup.ReachedSafe, followup.ReachedSafe, followup.ReachedSafe, followup.ReachedNotFree, followup.NoAnswer, followup.ThirdParty, followup.Refused}
	if l.hardToReach {
		outcomes = outcomes[3:6]
	}
	outcome := outcomes[l.IntN(len(outcomes))]
	id := y.attempt(l, s, channel, outcome)
	switch outcome {
	case followup.ReachedSafe:
		s.conclude("done", y.there(l))
		l.wake()
	case followup.Refused:
		s.conclude("declined", y.there(l))
	case followup.ReachedNotFree:
		l.rest(s, y.there(l).AddDays(3), y.there(l))
	}
	if s.state == "open" && len(s.tries) >= 3 && l.one(2) {
		y.isLost(l, s, id)
	}
}

func (y *year) isLost(l *life, s *modelSlot, id string) {
	_, err := followup.RecordLost(y.t.Context(), y.DB, y.Vault, l.c.By, id, 0)
	if !s.mayBeLost() {
		housetest.Refused(y.t, err, fault.Conflict, "R34")
		return
	}
	must(y.t, err)
	s.conclude("lost", y.there(l))
}

func (y *year) isReachedLate(l *life) {
	i := slices.IndexFunc(l.slots, func(s *modelSlot) bool { return s.state == "lost" })
	if i < 0 || l.held || y.model.gone[l.contact] {
		return
	}
	y.attempt(l, l.slots[i], followup.Call, followup.ReachedSafe)
	l.slots[i].conclude("done", y.there(l))
	l.wake()
}

func (y *year) answersSurvey(l *life) {
	kind := followup.Baseline
	switch age := y.there(l).DaysSince(l.arrived); {
	case age >= 165:
		kind = followup.Exit
	case age >= 80:
		kind = followup.Month3
	}
	if l.surveys[kind] || l.dead {
		return
	}
	l.surveys[kind] = true
	on := latest(l.arrived, y.there(l).AddDays(-l.IntN(4)))
	poor := l.one(3)
	s, err := followup.AnswerSurvey(y.t.Context(), y.DB, l.c.By, l.c.Code, followup.NewSurvey{Kind: kind, AnsweredOn: on, Answers: answers(poor), Interview: housetest.Interview})
	must(y.t, err)
	if poor {
		l.closer = append(l.closer, closer{s.ID, latest(on, y.Today())})
	}
	l.recount(y.there(l))
}

// answers are the worst that can be given, or the best.
func answers(worst bool) followup.Answers {
	rss := followup.RSS()
	out := followup.Answers{Choices: map[string]string{}}
	for _, ind := range rss.Indicators {
		if !ind.Asked() {
			continue
		}
		options := slices.SortedFunc(slices.Values(rss.Scales[ind.Scale].Options), func(a, b followup.Option) int { return b.Points - a.Points })
		out.Choices[ind.Key] = options[0].Code
		if worst {
			out.Choices[ind.Key] = options[len(options)-1].Code
		}
	}
	if worst {
		out.ReasonsToLeave = []string{"no_jobs"}
	}
	return out
}

func (y *year) isRaised(l *life) {
	if l.state != "arrived" || len(l.surveys) > 0 || len(l.closer) > 0 {
		return
	}
	level, err := followup.RaiseLevel(y.t.Context(), y.DB, l.c.By, l.c.Code, followup.Raise{Level: followup.Intensified, Reason: "Her brother moved in"})
	must(y.t, err)
	l.closer = append(l.closer, closer{level.History[0].ID, y.Today()})
	l.recount(y.there(l))
}

// The arrival is corrected forth by some days, and later back.
func (y *year) arrivedOnAnotherDay(l *life) {
	on := l.left
	if l.arrived == l.left {
		on = l.left.AddDays(1 + l.IntN(3))
	}
	if l.state != "arrived" || on.After(y.there(l)) || l.asked != nil && y.there(l).After(l.lastDay()) {
		return
	}
	y.Confirm(y.t, l.c, l.c.Home, on, "The stamp in the passport")
	l.arrived, l.since, l.ended = on, on, false
	l.recount(y.there(l))
}

func (y *year) asksForMoreTime(l *life) {
	last := l.lastDay()
	until := last.AddDays(20 + l.IntN(100))
	today := latest(y.Today(), y.there(l))
	if l.state != "arrived" || l.asked != nil || today.After(last) || last.DaysSince(today) > 40 || until.After(monthsAfter(l.arrived, 12)) {
		return
	}
	e, err := followup.AskExtension(y.t.Context(), y.DB, l.c.By, l.c.Code, followup.NewExtension{Until: until, Reason: "The training goes on"})
	must(y.t, err)
	l.asked = &e
}

// getsMoreTime, or is refused it; after two weeks more the question falls away.
func (y *year) getsMoreTime(l *life) {
	if l.asked == nil {
		return
	}
	e, last := l.asked, l.lastDay()
	l.asked = nil
	switch {
	case latest(y.Today(), y.there(l)).After(last.AddDays(14)):
	case !e.Until.After(last) || e.Until.After(monthsAfter(l.arrived, 12)) || l.one(6):
		_, err := followup.RefuseExtension(y.t.Context(), y.DB, l.c.Lead, l.c.Code, e.ID, followup.Refusal{Reason: "It is paid for already"})
		must(y.t, err)
	default:
		_, err := followup.ApproveExtension(y.t.Context(), y.DB, l.c.Lead, l.c.Code, e.ID)
		must(y.t, err)
		l.extensions, l.ended = append(l.extensions, e.Until), false
		l.recount(y.there(l))
	}
}

func (y *year) isPaid(l *life) {
	if l.paid || l.state != "arrived" || y.Today().DaysSince(l.arrived) < 5 || !y.Today().Before(l.lastDay()) {
		return
	}
	l.paid = true
	if l.one(3) { // not large
		y.Pay(y.t, l.c, "9999.99", support.Sent)
		return
	}
	l.large[y.Pay(y.t, l.c, "10000", support.Sent).ID] = y.Today()
	l.recount(y.there(l))
}

func (y *year) changesMindOnMonth12(l *life) {
	var err error
	switch {
	case l.dead:
		return
	case l.month12:
		_, err = followup.WithdrawMonth12Consent(y.t.Context(), y.DB, l.c.By, l.c.Code)
	default:
		_, err = followup.GiveMonth12Consent(y.t.Context(), y.DB, y.Vault, l.c.By, l.c.Code, followup.NewMonth12Consent{GivenOn: y.Today(), GivenBy: "self", Language: "ro"})
	}
	must(y.t, err)
	l.month12 = !l.month12
	l.recount(y.there(l))
}

func (y *year) isHeld(l *life) {
	if l.held {
		return
	}
	var err error
	l.hold, err = casefile.AddPart(y.t.Context(), y.DB, y.Vault, l.c.By, l.c.Code, &person.ContactPoint{Kind: "phone", Value: "+40700000001", Whose: "shared", DoNotContact: true})
	must(y.t, err)
	l.held = true
}

func (y *year) isHeldNoMore(l *life) {
	if !l.held {
		return
	}
	_, err := casefile.EndPart(y.t.Context(), y.DB, l.c.By, l.c.Code, l.hold.ID, l.hold.Version)
	must(y.t, err)
	l.held = false
}

func (y *year) getsAnotherContact(l *life) {
	next := y.contacts[l.IntN(len(y.contacts))]
	if next.ID == l.contact {
		return
	}
	_, err := casefile.AssignContactPerson(y.t.Context(), y.DB, l.c.Lead, l.c.Code, 0, casefile.NewContactPerson{UserID: next.ID})
	must(y.t, err)
	l.c.By, l.c.Lead = next, y.leads[next.Team]
	l.contact, l.team = next.ID, next.Team
}

func (y *year) isExited(l *life) {
	if l.state != "arrived" || y.there(l).Before(l.lastDay()) {
		return
	}
	var exit *modelSlot // the last of them
	for _, s := range l.slots {
		if s.kind == "exit" && s.state != "dropped" && (exit == nil || s.due.After(exit.due)) {
			exit = s
		}
	}
	outcome, known := map[string]followup.ExitOutcome{"done": followup.Reached, "lost": followup.Lost, "declined": followup.DeclinedContact}[exit.state]
	if !known {
		outcome = followup.ReMigrated
		if !l.one(8) {
			return
		}
	}
	y.exit(l, outcome)
}

func (y *year) dies(l *life) {
	if l.state == "arrived" {
		l.dead = true
		y.exit(l, followup.Died)
	}
}

func (y *year) exit(l *life, outcome followup.ExitOutcome) {
	_, err := followup.RecordExit(y.t.Context(), y.DB, l.c.By, l.c.Code, 0, followup.ExitReview{Outcome: outcome, ExitedOn: y.there(l)})
	must(y.t, err)
	l.state, l.since, l.asked = "exited", latest(l.since, y.there(l)), nil
	l.recount(y.there(l))
}

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
