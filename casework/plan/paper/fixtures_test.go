package paper

import (
	"strings"
	"time"

	"hjemvej/casework/plan"
	"hjemvej/internal/calendar"
	"hjemvej/internal/money"
)

const code = "K7QX-2MVD"

var day = calendar.MustParse("2026-10-01")

func actionPlan() plan.Version {
	goals := []plan.Goal{
		{Goal: "Feel well enough to travel", Actions: []plan.Step{
			{Area: "health", What: "Health check and dentist", Responsible: "contact_person", DueOn: day, State: "done"},
			{Area: "psychosocial_counselling", What: "Six hours with a psychologist who speaks the language, once a week on Thursdays, with an interpreter in the room if wanted", Responsible: "contact_person", DueOn: day.AddDays(40), State: "open"},
		}},
		{Goal: "Know where to live, and who will be at the airport", Actions: []plan.Step{
			{Area: "family_and_network", What: "Call the sister in Iași", Responsible: "person", DueOn: day.AddDays(14), State: "open"},
			{Area: "travel_documents", What: "Passport from the embassy", Responsible: "return_organisation", DueOn: day.AddDays(21), State: "dropped"},
			{Area: "risk_mitigation", What: "Agree whom to call at night", Responsible: "home_country_partner", DueOn: day.AddDays(28), State: "open"},
		}},
		{Goal: "Finish the sewing course"},
	}
	return version(plan.Action, plan.Content{Goals: goals})
}

func supportPlan() plan.Version {
	line := func(key, category, form, purpose, dkk string, due int) plan.Line {
		return plan.Line{Key: key, Category: category, Form: form, Purpose: purpose, Amount: money.DKK(dkk), DueOn: day.AddDays(due), ToldOn: day.AddDays(-20)}
	}
	part := func(dkk string, due int) plan.Instalment {
		return plan.Instalment{DueOn: day.AddDays(due), Amount: money.DKK(dkk)}
	}
	lines := []plan.Line{
		line("rent", "housing", "in_kind", "Six monthly rents", "12000", 14),
		line("shop", "small_business", "mixed", "Sewing machine, cloth and thread, and a sign above the door of the shop that the sister found", "18250.50", 45),
		line("course", "education", "in_kind", "Course in bookkeeping", "3500", 60),
		line("doctor", "medical", "in_kind", "Doctor and medicine", "2400", 7),
		line("pocket", "pocket_money", "cash", "At the arrival", "1500", 0),
	}
	lines[0].Instalments = []plan.Instalment{part("6000", 14), part("6000", 44)}
	lines[1].Instalments, lines[1].ProofBeforeNext = []plan.Instalment{part("15000", 45), part("3250.50", 90)}, true
	return version(plan.Reintegration, plan.Content{Lines: lines})
}

func version(kind plan.Kind, c plan.Content) plan.Version {
	return plan.Version{Kind: kind, Version: 3, Content: c, Hash: "9f3c27ab51d0e84c" + strings.Repeat("0", 48),
		SavedAt: time.Date(2026, 9, 30, 22, 30, 0, 0, time.UTC)} // the first of October in Copenhagen
}

// longPlan has 10 goals of 5 actions, and texts as long as they may be.
func longPlan() plan.Version {
	v := version(plan.Action, plan.Content{})
	for g := range 10 {
		goal := plan.Goal{Goal: "A goal of the usual length for such a plan"}
		for a := range 5 {
			goal.Actions = append(goal.Actions, plan.Step{Area: "legal_counselling", What: strings.Repeat("Something that takes time. ", 1+(g*5+a)%7), Responsible: "home_country_partner", DueOn: day.AddDays(g*5 + a), State: "open"})
		}
		v.Content.Goals = append(v.Content.Goals, goal)
	}
	v.Content.Goals[3].Goal = strings.Repeat("A goal of five hundred. ", 21)[:499]
	v.Content.Goals[4].Actions[2].What = strings.Repeat("An action of one thousand characters. ", 27)[:999]
	v.Content.Goals[5].Actions[1].What = strings.Repeat("W", 1000)
	v.Content.Goals[6].Actions[1].What = strings.Repeat("a\n", 499)
	return v
}

// oddPlan has texts of many scripts.
func oddPlan() plan.Version {
	v := version(plan.Action, plan.Content{})
	for _, text := range []string{
		"X", "Ș", "สมชาย ไปพบแพทย์ที่โรงพยาบาลในวันจันทร์หน้า", "الذهاب إلى الطبيب يوم الاثنين (Clinic 24)", "שלום רופא",
		"e\u0301le\u0300ve Zu\u0308rich s\u0326i t\u0326", "a\u0301\u0302\u0303\u0304\u0305\u0306\u0307", "q\u0308", "Zalgo Z\u0310\u0311\u0312\u0313a",
		"Тарас їде додому", "Ελλάδα", "家に帰る", "🏡 home 🧵", "left\u202eright", "<script>alert(1)</script> & \"quoted\" 'x'", "{{.Title}} {page}", "tab\there\r\nnew line",
		strings.Repeat("ก", 1000), strings.Repeat("ا", 1000), strings.Repeat("e\u0301", 500),
	} {
		v.Content.Goals = append(v.Content.Goals, plan.Goal{Goal: text, Actions: []plan.Step{
			{Area: "health", What: text, Responsible: "person", DueOn: day, State: "open"}}})
	}
	for i, g := range v.Content.Goals {
		if len(g.Goal) > 500 {
			v.Content.Goals[i].Goal = "A long one"
		}
	}
	return v
}
