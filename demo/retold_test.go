package demo

import (
	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/calendar"
)

// The ways of everybody, told a second time and without the program: where each
// person stands on a day, by days alone. Whatever the scripts and the sweeps make
// of it must agree.

// mark is a day on which somebody came into a state.
type mark struct {
	on    calendar.Date
	state casefile.State
}

// life is one person's way, by its days.
type life struct {
	n       int // the how-manyeth
	told    calendar.Date
	arrived calendar.Date // zero: never
	marks   []mark        // in the order of their days

	contacts map[followup.Kind]calendar.Date // the day on which each of the four is made
	came     map[followup.Kind]string        // to what, where it is not done
}

// stands is the state that somebody is in as a day begins: the last that they came
// into on a day before.
func (l *life) stands(day calendar.Date) (s casefile.State) {
	for _, m := range l.marks {
		if m.on.Before(day) {
			s = m.state
		}
	}
	return s
}

// since is the day on which somebody came into a state, zero where that is never.
func (l *life) since(s casefile.State) (on calendar.Date) {
	for _, m := range l.marks {
		if m.state == s {
			on = m.on
		}
	}
	return on
}

// contact is how one of the four follow-ups stands as a day begins.
func (l *life) contact(kind followup.Kind, day calendar.Date) string {
	made, tried := l.contacts[kind]
	switch s := l.stands(day); {
	case tried && made.Before(day):
		if came := l.came[kind]; came != "" {
			return came
		}
		return "done"
	case s == casefile.Arrived:
		return "open"
	}
	return "dropped"
}

// The four that everybody is owed, and when they are due.
var four = map[followup.Kind]func(arrived calendar.Date) calendar.Date{
	followup.ArrivalContact: func(a calendar.Date) calendar.Date { return a.AddDays(14) },
	followup.Month1:         func(a calendar.Date) calendar.Date { return a.AddMonths(1) },
	followup.Month3:         func(a calendar.Date) calendar.Date { return a.AddMonths(3) },
	followup.Exit:           func(a calendar.Date) calendar.Date { return a.AddMonths(6) },
}

func (l *life) ago(days int) calendar.Date { return l.told.AddDays(-days) }

func (l *life) last() calendar.Date { return l.arrived.AddMonths(6) }

func (l *life) mark(ago int, s casefile.State) { l.marks = append(l.marks, mark{l.ago(ago), s}) }

// till forgets what comes on a day or later.
func (l *life) till(day calendar.Date) {
	var kept []mark
	for _, m := range l.marks {
		if m.on.Before(day) {
			kept = append(kept, m)
		}
	}
	l.marks = kept
	for kind, made := range l.contacts {
		if !made.Before(day) {
			delete(l.contacts, kind)
		}
	}
}

func max2(a, b calendar.Date) calendar.Date {
	if b.After(a) {
		return b
	}
	return a
}

// retold is somebody's name, how many days ago they arrived (below zero: ahead),
// and what is different from a way without a bend.
type retold struct {
	name    string
	arrived int
	but     func(l *life)
}

// never is an arrival that is not to come.
const never = -100000

func broke(after int) func(*life) {
	return func(l *life) {
		broken := l.arrived.AddDays(after)
		l.till(broken)
		l.marks = append(l.marks, mark{broken.AddDays(3), casefile.Exited}, mark{broken.AddDays(12), casefile.Closed})
	}
}

// endangered is somebody whom nobody may contact from a day on.
func endangered(after int) func(*life) {
	return func(l *life) {
		for kind, made := range l.contacts {
			if !made.Before(l.arrived.AddDays(after)) {
				delete(l.contacts, kind)
			}
		}
		l.marks[5].on, l.marks[6].on = l.last().AddDays(3), l.last().AddDays(12)
	}
}

func vanished(l *life) {
	l.contacts[followup.Exit], l.came[followup.Exit] = l.last().AddDays(2), "lost"
	l.marks[5].on, l.marks[6].on = l.last().AddDays(2), l.last().AddDays(15)
}

func withdrew(after int, closed bool) func(*life) {
	return func(l *life) {
		on := l.arrived.AddDays(after)
		l.till(on)
		l.marks = append(l.marks, mark{on, casefile.Withdrawn})
		if closed {
			l.marks = append(l.marks, mark{on.AddDays(7), casefile.Closed})
		}
	}
}

// calledLate is a contact that was made only so many days after the ways were told.
func calledLate(kind followup.Kind, ahead int) func(*life) {
	return func(l *life) {
		l.contacts[kind] = l.ago(-ahead)
		if kind == followup.Exit {
			l.marks[5].on, l.marks[6].on = max2(l.marks[5].on, l.ago(-ahead)), max2(l.marks[6].on, l.ago(-ahead))
		}
	}
}

// came puts the steps up to the acceptance on days of their own.
func came(opened, offered, accepted int) func(*life) {
	return func(l *life) {
		l.marks[0].on, l.marks[1].on, l.marks[2].on = l.ago(opened), l.ago(offered), l.ago(accepted)
	}
}

func stayed(opened, offered, declined, closed int) func(*life) {
	return func(l *life) {
		l.mark(opened, casefile.Identified)
		l.mark(offered, casefile.Offered)
		l.mark(declined, casefile.Declined)
		l.mark(closed, casefile.Closed)
	}
}

// asE has the days of the action plan's example.
func asE(l *life) {
	for i, before := range []int{88, 85, 81, 1, 0} {
		l.marks[i].on = l.arrived.AddDays(-before)
	}
	l.marks[5].on, l.marks[6].on = l.last().AddDays(2), l.last().AddDays(9)
	l.contacts = map[followup.Kind]calendar.Date{followup.ArrivalContact: l.arrived.AddDays(9), followup.Month1: l.arrived.AddMonths(1).AddDays(-1),
		followup.Month3: l.arrived.AddMonths(3).AddDays(2), followup.Exit: l.last().AddDays(-2)}
}

var everybody = []retold{
	{"Blessing Misali", 256, nil}, {"Malee Tuayang", 244, nil}, {"Grace Mfano", 236, vanished},
	{"Maricel Halimbawa", 229, func(l *life) {
		l.contacts[followup.Exit], l.came[followup.Exit] = l.last().AddDays(-3), "declined"
		l.marks[5].on, l.marks[6].on = l.last().AddDays(2), l.last().AddDays(9)
	}},
	{"Ioana Specimen", 221, broke(118)}, {"Efe Apeere", 214, broke(95)}, {"Ploy Tuayang", 207, endangered(60)},
	{"Mihai Model", 216, nil}, {"Osas Prototip", 208, nil}, {"Nalule Mfano", 201, nil}, {"Somying Tuayang", 233, nil}, {"Aurelia Mostră", 225, nil},
	{"Joy Testova", 191, vanished}, {"Elena Probă", 187, nil}, {"Sunisa Tuayang", 189, calledLate(followup.Exit, 3)},
	{"Rosa Halimbawa", 193, endangered(64)}, {"Uwa Ejemplo", 104, broke(94)},
	{"Daria Fingată", -18, withdrew(-71, false)}, {"Amaka Misali", -25, withdrew(-62, false)}, {"Achieng Muundo", 3, withdrew(-26, false)},
	{"Cristina Mostră", 31, withdrew(0, false)}, {"Faith Beispiel", 121, withdrew(66, false)}, {"Lalana Tuayang", 60, withdrew(-40, true)},
	{"Adaeze Apeere", never, stayed(32, 18, 12, -2)}, {"Wipa Tuayang", never, stayed(110, 96, 90, 76)},
	{"Natalia Șablon", -50, func(l *life) {
		came(60, 46, 25)(l) // offered, declined on day 40, offered again on day 28
		l.marks = append(l.marks[:2:2], append([]mark{{l.ago(40), casefile.Declined}, {l.ago(28), casefile.Offered}}, l.marks[2:]...)...)
	}},
	{"Precious Misali", -69, came(16, -3, -9)}, {"Carmen Halimbawa", never, stayed(23, -2, -6, -13)}, {"Irina Exemplar", -61, came(29, 9, -1)},
	{"Kemi Apeere", never, stayed(44, -2, -12, -19)}, {"Bella Mfano", -75, came(101, -5, -15)}, {"Tari Testova", never, stayed(12, 4, -5, -12)},
	{"Siriporn Tuayang", never, stayed(6, -10, -20, -27)},
	{"Gabriela Schiță", -49, nil}, {"Ngozi Misali", -43, nil}, {"Hope Ejemplo", -38, nil}, {"Andreea Probă", -33, nil}, {"Ratana Tuayang", -30, nil},
	{"Peace Mfano", -28, nil}, {"Liza Halimbawa", -32, nil}, {"Itohan Misali", -26, nil}, {"Ruxandra Model", -25, nil}, {"Chidi Apeere", -9, nil}, {"Simona Specimen", -2, nil},
	{"Anong Tuayang", 0, nil}, {"Vera Mostră", 4, func(l *life) { l.marks[4].on = l.ago(-1) }}, // which nobody confirmed for days
	{"Amina Muundo", 11, calledLate(followup.ArrivalContact, 4)}, {"Olivia Halimbawa", 14, calledLate(followup.ArrivalContact, 2)},
	{"Doina Exemplar", 19, calledLate(followup.ArrivalContact, 1)}, {"Zainab Misali", 26, calledLate(followup.ArrivalContact, 1)},
	{"Bogdana Fingată", 45, nil}, {"Mirela Schiță", 61, asE}, {"Kwame Prototip", 70, nil},
	{"Pim Tuayang", 75, func(l *life) { l.marks = l.marks[:6] }},      // some of whose payments stay open
	{"Esther Mfano", 92, nil}, {"Teodora Șablon", 127, func(l *life) { // first believed to have come the day before
		for i := range 5 {
			l.marks[i].on = l.marks[i].on.AddDays(-1)
		}
	}},
	{"Ife Apeere", 158, func(l *life) {
		l.contacts[followup.Month3], l.came[followup.Month3] = l.arrived.AddDays(101), "lost"
	}},
	{"Jasmine Halimbawa", 179, calledLate(followup.Exit, 7)},
	{"Destiny Ejemplo", -29, nil}, {"Mai Tuayang", -63, came(25, 7, -3)}, {"Luca Specimen", 47, nil}, {"Ebube Misali", 33, nil},
}

// lives is everybody's life, by name, as told on a day.
func lives(told calendar.Date) map[string]*life {
	all := map[string]*life{}
	e := &life{n: 4, told: told, arrived: told.AddMonths(-6).AddDays(-14)}
	e.straight()
	asE(e)
	all["Ana Exemplu"] = e
	for i, r := range everybody {
		l := &life{n: i + 1, told: told}
		if r.arrived != never {
			l.arrived = l.ago(r.arrived)
			l.straight()
		}
		if r.but != nil {
			r.but(l)
		}
		all[r.name] = l
	}
	return all
}

// straight is a way without a bend: two and a half months to the arrival, and six
// from there.
func (l *life) straight() {
	a, n := l.arrived, l.n
	l.marks = []mark{{a.AddDays(-78 - n%4), casefile.Identified}, {a.AddDays(-66 - n%4), casefile.Offered}, {a.AddDays(-58 - n%4), casefile.Accepted},
		{a.AddDays(-1), casefile.Departed}, {a, casefile.Arrived}, {l.last().AddDays(1), casefile.Exited}, {l.last().AddDays(8 + n%9), casefile.Closed}}
	l.contacts = map[followup.Kind]calendar.Date{followup.ArrivalContact: a.AddDays(4 + n%7), followup.Month1: a.AddMonths(1).AddDays(-2 + n%3),
		followup.Month3: a.AddMonths(3).AddDays(-4 + n%8), followup.Exit: a.AddMonths(6).AddDays(-6 + n%5)}
	l.came = map[followup.Kind]string{}
}
