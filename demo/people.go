package demo

import (
	"strings"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/calendar"
	"hjemvej/partners"
)

const (
	asylum = casefile.AsylumSeeker
	noStay = casefile.NoLawfulStay
	lawful = casefile.LawfulStay
)

// row is one person of the table: who, where to, with whom, and which way.
type row struct {
	name, language, home string // home is a country, with a place after a space
	age                  int    // when the course began, about; below 18 a child
	track                casefile.Track
	worker               string // the number of the contact person
	partner              string // of the home-country partner
	way                  way
}

// Everybody but E. The arrival lies so many days ago; below zero it lies ahead.
var table = []row{
	// Whose way has ended.
	{"Blessing Misali", "en", "NG Benin City", 27, noStay, "1", "2", straight(256)},
	{"Malee Tuayang", "th", "TH Udon Thani", 33, lawful, "2", "3", straight(244)},
	{"Grace Mfano", "en", "UG Mbarara", 24, asylum, "1", "4", vanishes(236)},
	{"Maricel Halimbawa", "tl", "PH Iloilo", 29, lawful, "2", "5", saysNo(229)},
	{"Ioana Specimen", "ro", "RO Bacău", 22, noStay, "3", "1", breaksOff(221, 118, followup.ReMigrated)},
	{"Efe Apeere", "en", "NG Lagos", 35, asylum, "4", "6", breaksOff(214, 95, followup.Died)},
	{"Ploy Tuayang", "th", "TH Khon Kaen", 41, lawful, "1", "3", inDanger(207, 60)},
	{"Mihai Model", "ro", "RO Galați", 38, lawful, "2", "1", straight(216)},
	{"Osas Prototip", "en", "NG Benin City", 26, noStay, "3", "2", straight(208)},
	{"Nalule Mfano", "lg", "UG Kampala", 31, asylum, "4", "4", straight(201)},
	{"Somying Tuayang", "th", "TH Surin", 32, noStay, "1", "3", straight(233)},
	{"Aurelia Mostră", "ro", "RO Iași", 27, noStay, "2", "1", straight(225)},
	// Whose six months have ended, or who left earlier, and whose case is open.
	{"Joy Testova", "en", "NG Warri", 23, noStay, "3", "6", vanishes(191)},
	{"Elena Probă", "ro", "RO Vaslui", 28, noStay, "2", "1", straight(187)},
	{"Sunisa Tuayang", "th", "TH Bangkok", 36, lawful, "2", "3", late(189, followup.Exit, 3)},
	{"Rosa Halimbawa", "tl", "PH Cebu", 30, lawful, "1", "5", inDanger(193, 64)},
	{"Uwa Ejemplo", "en", "NG Lagos", 21, asylum, "4", "2", breaksOff(104, 94, followup.ReMigrated)},
	// Who withdrew, from each state.
	{"Daria Fingată", "ro", "RO Iași", 25, noStay, "1", "1", leaves(-18, -71)},
	{"Amaka Misali", "en", "NG Enugu", 32, asylum, "2", "2", leaves(-25, -62)},
	{"Achieng Muundo", "sw", "UG Jinja", 29, asylum, "3", "4", leaves(3, -26)},
	{"Cristina Mostră", "ro", "RO Suceava", 34, lawful, "4", "1", leaves(31, 0)},
	{"Faith Beispiel", "en", "NG Lagos", 27, noStay, "1", "6", leaves(121, 66)},
	{"Lalana Tuayang", "th", "TH Chiang Rai", 39, noStay, "2", "3", leavesForGood(60, -40)},
	// Who declined the offer.
	{"Adaeze Apeere", "en", "NG Owerri", 24, noStay, "1", "2", declines(12)},
	{"Wipa Tuayang", "th", "TH Surin", 45, lawful, "2", "3", declines(90)},
	{"Natalia Șablon", "ro", "RO Brăila", 31, lawful, "3", "1", declinesAtFirst(40)},
	// Who is thinking it over.
	{"Precious Misali", "en", "NG Benin City", 22, asylum, "1", "2", takesUp(reflects(16, 30), 3, 9)},
	{"Carmen Halimbawa", "tl", "PH Manila", 28, lawful, "2", "5", turnsDown(reflects(23, 30), 2, 6)},
	{"Irina Exemplar", "ro", "RO Botoșani", 26, noStay, "1", "1", takesUp(offeredOn(29, 9), 0, 1)},
	{"Kemi Apeere", "en", "NG Ibadan", 33, asylum, "3", "2", turnsDown(reflects(44, 30), 2, 12)},
	{"Bella Mfano", "en", "UG Gulu", 20, asylum, "2", "4", takesUp(reflects(101, 30, 60, 30), 5, 15)},
	{"Tari Testova", "en", "NG Warri", 25, noStay, "4", "6", turnsDown(offeredOn(12, 4), 0, 5)},
	{"Siriporn Tuayang", "th", "TH Ubon", 37, lawful, "4", "3", turnsDown(reflects(6, 30), 10, 20)},
	// Who accepted, at every step of getting ready.
	{"Gabriela Schiță", "ro", "RO Iași", 23, noStay, "1", "1", straight(-49)},
	{"Ngozi Misali", "en", "NG Enugu", 30, asylum, "2", "2", straight(-43)},
	{"Hope Ejemplo", "en", "NG Lagos", 28, noStay, "1", "6", paused(-38, 1, -2)},
	{"Andreea Probă", "ro", "RO Galați", 32, lawful, "2", "1", editedAfterApproval},
	{"Ratana Tuayang", "th", "TH Udon Thani", 42, lawful, "3", "3", riskRemains},
	{"Peace Mfano", "en", "UG Kampala", 27, asylum, "1", "4", handing(28, unanswered)},
	{"Liza Halimbawa", "tl", "PH Davao", 35, lawful, "3", "5", handing(32, acknowledged)},
	{"Itohan Misali", "en", "NG Benin City", 24, noStay, "2", "2", handing(26, declinedByOne)},
	{"Ruxandra Model", "ro", "RO Bacău", 29, noStay, "4", "1", handing(25, takenBack)},
	{"Chidi Apeere", "en", "NG Lagos", 36, lawful, "1", "2", straight(-9)},
	{"Simona Specimen", "ro", "RO Iași", 21, noStay, "2", "1", leavesTomorrow},
	// Who is on the way.
	{"Anong Tuayang", "th", "TH Khon Kaen", 34, lawful, "1", "3", straight(0)},
	{"Vera Mostră", "ro", "RO Vaslui", 27, noStay, "4", "1", leftBehind(5)},
	// Who has arrived, from the newest to the oldest.
	{"Amina Muundo", "sw", "UG Jinja", 26, asylum, "1", "4", reports(late(11, followup.ArrivalContact, 4), 1, partners.SafetyConcern, "A man whom she does not know has asked for her twice at the gate.")},
	{"Olivia Halimbawa", "tl", "PH Cebu", 31, lawful, "2", "5", late(14, followup.ArrivalContact, 2)},
	{"Doina Exemplar", "ro", "RO Suceava", 24, noStay, "1", "1", reports(late(19, followup.ArrivalContact, 1), 2, partners.PlanChangeProposed, "The course begins in spring only. She asks for the machine first.")},
	{"Zainab Misali", "ha", "NG Kano", 29, asylum, "2", "2", reports(late(26, followup.ArrivalContact, 1), 3, partners.UnableToGoOn, "Our house closes at the end of the month.")},
	{"Bogdana Fingată", "ro", "RO Botoșani", 33, lawful, "1", "1", onHold},
	{"Mirela Schiță", "ro", "RO Iași", 28, noStay, "1", "1", func(c *course) { courseE(c, c.ago(61)) }},
	{"Kwame Prototip", "en", "NG Lagos", 40, lawful, "3", "6", sharesLess},
	{"Pim Tuayang", "th", "TH Chiang Rai", 25, lawful, "2", "3", allStates},
	{"Esther Mfano", "en", "UG Mbarara", 22, asylum, "3", "4", lateHelp},
	{"Teodora Șablon", "ro", "RO Galați", 30, noStay, "4", "1", arrivedLater},
	{"Ife Apeere", "en", "NG Ibadan", 27, asylum, "1", "2", lostFor(158, followup.Month3, 101)},
	{"Jasmine Halimbawa", "tl", "PH Manila", 36, lawful, "4", "5", late(179, followup.Exit, 7)},
	// Children: seeking asylum, with lawful stay, under 15 with an escort, and
	// one who turned 18 on the way.
	{"Destiny Ejemplo", "en", "NG Benin City", 16, asylum, "1", "2", straight(-29)},
	{"Mai Tuayang", "th", "TH Bangkok", 15, lawful, "2", "3", takesUp(offeredOn(25, 7), 0, 3)},
	{"Luca Specimen", "ro", "RO Bacău", 11, noStay, "3", "1", straight(47)},
	{"Ebube Misali", "en", "NG Enugu", comesOfAge, noStay, "1", "2", straight(33)},
}

// comesOfAge is the age of somebody who turns 18 between the first day and the
// departure.
const comesOfAge = 17

// leftBehind departed, and nobody confirms the arrival for days.
func leftBehind(ago int) way { return paused(ago-1, ago-1, -1) }

// courses writes all scripts as of a day: E's, and all with hers.
func courses(told, last calendar.Date) (e *course, all []*course) {
	e = &course{told: told, last: last, end: last, n: 4, words: true, papers: true, someone: someone{given: "Ana", family: "Exemplu", language: "ro", born: calendar.MustParse("1990-04-12"),
		track: asylum, home: casefile.Destination{Country: "RO", Kind: "home_country", Place: "Iași"}, worker: "contact_person_1", partner: "partner_1"}}
	courseE(e, told.AddMonths(-6).AddDays(-14))
	all = append(all, e)
	for i, r := range table {
		c := &course{someone: r.someone(i, told), n: i + 1, told: told, last: last, end: last}
		r.way(c)
		all = append(all, c)
	}
	return e, all
}

func (r row) someone(i int, today calendar.Date) someone {
	given, family, _ := strings.Cut(r.name, " ")
	country, place, _ := strings.Cut(r.home, " ")
	out := someone{given: given, family: family, language: r.language, track: r.track, worker: "contact_person_" + r.worker, partner: "partner_" + r.partner,
		born: today.AddMonths(-12*r.age - 1 - i%9).AddDays(-i), home: casefile.Destination{Country: country, Kind: "home_country", Place: place}}
	if i%9 == 2 {
		out.home.Kind = "former_residence"
	}
	if r.age == comesOfAge {
		out.born = today.AddMonths(-12 * 18).AddDays(-60)
	}
	if r.age < 18 {
		out.representedBy = []string{"Bo Eksempel", "Else Prøve", "Anton Specimen", "Maja Mønster"}[i%4]
		out.escorted = r.age < 15
	}
	return out
}
