package followup

import (
	"context"
	"encoding/json"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

type surveyRow struct {
	ID                                        string
	Kind                                      Kind
	Instrument                                string
	Answers                                   []byte
	AnsweredOn, ArrivedOn, ClosesOn           calendar.Date
	Economic, Social, Psychosocial, Composite string
	NonAnswers                                int
	Level                                     Level
	Alerts                                    []string
	Interview
}

const interviewSQL = `coalesce(s.interviewer, '') AS interviewer, coalesce(s.interpreter_helped, false) AS interpreter, coalesce(s.mode, '') AS mode,
		coalesce(s.language, '') AS language, s.interviewer_gives_support AS supports`

// closesSQL is when the follow-up of a survey's name closes: by the policy of the day
// of arrival, and later where the support was prolonged.
const closesSQL = `(SELECT max(f.closes_on) FROM followups f WHERE f.case_id = s.case_id AND f.kind = s.kind AND f.state <> 'dropped') AS closes_on`

const surveysSQL = `SELECT s.id, s.kind, s.instrument, s.answers, s.answered_on, c.arrived_on, ` + closesSQL + `, s.economic::text, s.social::text, s.psychosocial::text, s.composite::text,
		s.non_answers, s.level, s.alerts, ` + interviewSQL + `
	FROM surveys s JOIN cases c ON c.id = s.case_id WHERE c.code = $1 ORDER BY s.answered_on, array_position(ARRAY['baseline','month_3','exit','month_12'], s.kind)`

// ListSurveys is every survey of a case, oldest first, with how each differs from
// the baseline and from the one before it.
func ListSurveys(ctx context.Context, db *postgres.DB, who access.Actor, code string) ([]Survey, error) {
	const op = "list-surveys"
	if !access.IsCode(code) {
		return nil, fault.NoSuch("case")
	}
	var head casefile.Reach
	var rows []surveyRow
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&head, "case", casefile.ReachOfCaseSQL, code), postgres.Many(&rows, surveysSQL, code))
	if err != nil {
		return nil, err
	}
	if err := postgres.Allow(ctx, db, who, op, head.Record(), "case"); err != nil {
		return nil, err
	}
	out := make([]Survey, len(rows))
	for i, r := range rows {
		if out[i], err = r.show(); err != nil {
			return nil, err
		}
	}
	compare(out)
	return out, nil
}

// show reads a survey by the version of the instrument that it answered.
func (r surveyRow) show() (Survey, error) {
	version, err := surveys.find(r.Instrument, "")
	if err != nil {
		return Survey{}, fmt.Errorf("read a survey: %w", errUnknownVersion)
	}
	s := Survey{ID: r.ID, Kind: r.Kind, AnsweredOn: r.AnsweredOn, Instrument: r.Instrument, NonAnswers: r.NonAnswers,
		ManyNon: r.NonAnswers > version.NonAnswer.FlagAbove, Level: r.Level, Alerts: r.Alerts, Interview: r.Interview}
	if err := json.Unmarshal(r.Answers, &s.Answers); err != nil {
		return Survey{}, fmt.Errorf("read answers: %w", err)
	}
	for dst, text := range map[*Score]string{&s.Economic: r.Economic, &s.Social: r.Social, &s.Psychosocial: r.Psychosocial, &s.Composite: r.Composite} {
		if err := dst.UnmarshalText([]byte(text)); err != nil {
			return Survey{}, fmt.Errorf("read a score: %w", err)
		}
	}
	s.judge(r.ArrivedOn, r.ClosesOn)
	return s, nil
}
