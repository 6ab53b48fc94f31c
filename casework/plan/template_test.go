package plan_test

import (
	"testing"

	"hjemvej/casework/plan"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/letter"
	"hjemvej/internal/money"

	"pgregory.net/rapid"
)

// start fills in everything that a template does not know.
func start(language string, from calendar.Date) plan.Start {
	return plan.Start{Language: language, From: from, PartnerID: "00000000-0000-4000-8000-000000000202", ToldOn: from}
}

func TestR13_R14_EveryTemplateIsAPlanThatCanBeSaved(t *testing.T) {
	t.Parallel()
	today := calendar.MustParse(housetest.FirstDay)
	for _, language := range []string{"da", "en"} {
		all := plan.Templates(language)
		if len(all) < 3 {
			t.Fatalf("%d templates", len(all))
		}
		for _, tmpl := range all {
			if tmpl.Title == "" || tmpl.About == "" {
				t.Errorf("%s has no title in %s", tmpl.Key, language)
			}
			for _, kind := range []plan.Kind{plan.Action, plan.Reintegration} {
				c, err := plan.FromTemplate(tmpl.Key, kind, start(language, today))
				if err == nil {
					err = c.Validate(kind, today)
				}
				if err != nil {
					t.Errorf("%s, %s: %v", tmpl.Key, kind, err)
				}
				wholeAndNeutral(t, c)
			}
		}
	}
	_, err := plan.FromTemplate("none", plan.Action, start("da", today))
	housetest.Refused(t, err, fault.NotFound, "")
}

func wholeAndNeutral(t *testing.T, c plan.Content) {
	t.Helper()
	var sum money.Amount
	texts := []string{}
	for _, g := range c.Goals {
		texts = append(texts, g.Goal)
		for _, a := range g.Actions {
			texts = append(texts, a.What)
		}
	}
	for _, l := range c.Lines {
		texts = append(texts, l.Purpose)
		if l.Category != "pocket_money" {
			sum, _ = sum.Add(l.Amount)
		}
	}
	for _, text := range texts {
		if text == "" || letter.Neutral(text) != nil {
			t.Errorf("the text %q is missing or cannot stand on paper", text)
		}
	}
	if n, err := sum.Cmp(money.DKK("50000")); err != nil || n > 0 {
		t.Errorf("the lines together are %s, more than the usual ceiling", sum)
	}
}

func TestR13_ATemplatesDaysCountFromItsStart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from := calendar.Of(2026, 1, rapid.IntRange(1, 1000).Draw(t, "day"))
		for _, tmpl := range plan.Templates("da") {
			for _, kind := range []plan.Kind{plan.Action, plan.Reintegration} {
				c, _ := plan.FromTemplate(tmpl.Key, kind, start("da", from))
				base, _ := plan.FromTemplate(tmpl.Key, kind, start("da", calendar.MustParse("2026-01-01")))
				for i, g := range c.Goals {
					for j, a := range g.Actions {
						if a.DueOn.DaysSince(from) != base.Goals[i].Actions[j].DueOn.DaysSince(calendar.MustParse("2026-01-01")) {
							t.Errorf("%s: %s", tmpl.Key, a.DueOn)
						}
					}
				}
				for _, l := range c.Lines {
					if d := l.DueOn.DaysSince(from); d < 0 || d > 180 {
						t.Errorf("%s: %d days", tmpl.Key, d)
					}
				}
			}
		}
	})
}

func TestR14_ATemplateInventsNeitherGiverNorPromise(t *testing.T) {
	t.Parallel()
	c, err := plan.FromTemplate("small_business", plan.Reintegration, plan.Start{Language: "en", From: calendar.MustParse("2026-10-01")})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range c.Lines {
		if l.PartnerID != "" || !l.ToldOn.IsZero() {
			t.Errorf("the line %s says who gives it, or when it was told", l.Key)
		}
	}
}
