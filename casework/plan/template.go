package plan

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"slices"

	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
)

// Template is a plan to start from: what such plans usually hold, to be changed
// until it is this person's own.
type Template struct {
	Key   string `json:"key" example:"small_business"`
	Title string `json:"title" example:"A small business of one's own"`
	About string `json:"about" example:"For somebody who wants to live from their own work." doc:"For whom it is"`
}

// Start is what a template is filled in with.
type Start struct {
	Language  string        // da or en
	From      calendar.Date // the due days count from here
	PartnerID string        // who gives the lines; "" where it is not known yet
	ToldOn    calendar.Date // when the person was told of the lines; zero where they were not
}

//go:embed templates.json
var templatesJSON []byte

var templates = mustRead(templatesJSON)

type template struct {
	Key   string `json:"key"`
	Title spoken `json:"title"`
	About spoken `json:"about"`
	Goals []struct {
		Goal    spoken `json:"goal"`
		Actions []struct {
			Area        string `json:"area"`
			Responsible string `json:"responsible"`
			DueDays     int    `json:"due_days"`
			What        spoken `json:"what"`
		} `json:"actions"`
	} `json:"goals"`
	Lines []struct {
		Key      string `json:"key"`
		Category string `json:"category"`
		Form     string `json:"form"`
		Amount   string `json:"amount"`
		DueDays  int    `json:"due_days"`
		Purpose  spoken `json:"purpose"`
	} `json:"lines"`
}

// spoken is a text by its language.
type spoken map[string]string

func mustRead(b []byte) (all []template) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		panic("plan: templates.json: " + err.Error())
	}
	return all
}

// Templates lists the plans to start from, in a language.
func Templates(language string) (out []Template) {
	for _, t := range templates {
		out = append(out, Template{t.Key, t.Title[language], t.About[language]})
	}
	return out
}

// FromTemplate is the content to start from. What no template can know, who
// gives a line and when the person was told (R14), stays empty where s does not
// say it, and whose school fees are (R24) always; saving refuses the plan until it
// is filled in.
func FromTemplate(key string, kind Kind, s Start) (Content, error) {
	i := slices.IndexFunc(templates, func(t template) bool { return t.Key == key })
	if i < 0 {
		return Content{}, fault.NoSuch("template")
	}
	if kind == Action {
		return Content{Goals: templates[i].goals(s)}, nil
	}
	return Content{Lines: templates[i].lines(s)}, nil
}

func (t template) goals(s Start) (out []Goal) {
	for _, g := range t.Goals {
		goal := Goal{Goal: g.Goal[s.Language]}
		for _, a := range g.Actions {
			goal.Actions = append(goal.Actions, Step{Area: a.Area, What: a.What[s.Language], Responsible: a.Responsible, DueOn: s.From.AddDays(a.DueDays), State: "open"})
		}
		out = append(out, goal)
	}
	return out
}

func (t template) lines(s Start) (out []Line) {
	for _, l := range t.Lines {
		out = append(out, Line{Key: l.Key, Category: l.Category, Form: l.Form, Purpose: l.Purpose[s.Language], Amount: money.DKK(l.Amount),
			PartnerID: s.PartnerID, DueOn: s.From.AddDays(l.DueDays), ToldOn: s.ToldOn})
	}
	return out
}
