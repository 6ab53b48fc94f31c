package followup

import (
	"context"
	"encoding/json"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/postgres"
)

// NewSurvey is the survey as it was answered (R37).
type NewSurvey struct {
	Kind       string        `json:"kind" enum:"baseline,month_3,exit,month_12" example:"baseline" doc:"Each once for a case; month_12 only by its own consent, and after the end too (R32)"`
	AnsweredOn calendar.Date `json:"answered_on" format:"date" example:"2026-11-05"`
	Answers    Answers       `json:"answers"`
	Supports   bool          `json:"interviewer_gives_support" example:"false" doc:"The interviewer also gives the assistance: people then answer more kindly, and the answers are flagged (R39)"`
}

// Survey is an answered survey: the raw answers, and what they come to. The
// scores say how it was on that day, and nothing lasting (R38).
type Survey struct {
	ID           string        `json:"id" format:"uuid"`
	Kind         string        `json:"kind" enum:"baseline,month_3,exit,month_12" example:"baseline"`
	AnsweredOn   calendar.Date `json:"answered_on" format:"date"`
	Instrument   string        `json:"instrument" example:"2018-annex3" doc:"The instrument's version"`
	Answers      Answers       `json:"answers"`
	Economic     Score         `json:"economic" example:"0.6350"`
	Social       Score         `json:"social" example:"0.7450"`
	Psychosocial Score         `json:"psychosocial" example:"0.2625"`
	Composite    Score         `json:"composite" example:"0.5150"`
	NonAnswers   int           `json:"non_answers" doc:"Questions answered with dont_know or declined"`
	ManyNon      bool          `json:"many_non_answers" doc:"More than 7: read the scores with care"`
	Level        Level         `json:"level" enum:"intensified,standard,light" example:"intensified"`
	Alerts       []string      `json:"alerts" nullable:"false" doc:"Answers of which the contact person is told the same day"`
	Supports     bool          `json:"interviewer_gives_support" doc:"See the scores with that in mind (R39)"`
}

// AnswerSurvey keeps the raw answers, scores them, and tells the contact person
// the same day where an answer alarms (R37). Poor scores add weekly contacts.
func AnswerSurvey(ctx context.Context, db *postgres.DB, who access.Actor, code string, in NewSurvey) (Survey, error) {
	return postgres.Write(ctx, db, who, "answer-survey", func(ctx context.Context, tx *postgres.Tx) (Survey, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return Survey{}, err
		}
		if c.ArrivedOn.IsZero() {
			return Survey{}, fault.Conflictf("R37", "The survey is answered after the arrival.")
		}
		if in.AnsweredOn.Before(c.ArrivedOn) || in.AnsweredOn.After(tx.Today) {
			return Survey{}, fault.Invalidf("body.answered_on", "must lie between the arrival and today")
		}
		if err := in.mayAsk(ctx, tx, c.ID); err != nil {
			return Survey{}, err
		}
		result, err := in.Answers.Score()
		if err != nil {
			return Survey{}, err
		}
		id, err := insertSurvey(ctx, tx, c.ID, in, result)
		if err != nil {
			return Survey{}, err
		}
		tx.Touch(c.ID, c.Code, id)
		if err := replanned(ctx, tx, c.ID); err != nil {
			return Survey{}, err
		}
		if len(result.Alerts) > 0 {
			_, err = outbox.Queue(ctx, tx, outbox.Letter{Once: "survey:" + id, Kind: letter.SurveyAlert, CaseID: c.ID, UserID: c.ContactPersonID})
			if err != nil {
				return Survey{}, err
			}
		}
		return surveyOf(id, in, result), nil
	})
}

// mayAsk refuses month 12 without a consent of its own.
func (in NewSurvey) mayAsk(ctx context.Context, tx *postgres.Tx, caseID string) error {
	if in.Kind != "month_12" {
		return nil
	}
	return tx.AsProgram(ctx, func() error { // a partner may ask, and does not see the consent
		_, err := month12InForce(ctx, tx, caseID, "")
		return err
	})
}

func insertSurvey(ctx context.Context, tx *postgres.Tx, caseID string, in NewSurvey, r Result) (id string, err error) {
	raw, err := json.Marshal(in.Answers)
	if err != nil {
		return "", fmt.Errorf("write answers: %w", err)
	}
	err = tx.QueryRow(ctx, `INSERT INTO surveys (case_id, kind, instrument, answers, answered_on, economic, social, psychosocial, composite,
			non_answers, level, alerts, interviewer_gives_support, by_partner, recorded_by)
		VALUES ($1,$2,$3,$4,$5,$6::text::numeric,$7::text::numeric,$8::text::numeric,$9::text::numeric,$10,$11,$12,$13,nullif($14,'')::uuid,$15) RETURNING id`,
		caseID, in.Kind, r.Version, raw, in.AnsweredOn, r.Economic.String(), r.Social.String(), r.Psychosocial.String(), r.Composite.String(),
		r.NonAnswers, string(r.Level), r.Alerts, in.Supports, tx.Who.Partner, tx.Who.ID).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("keep a survey: %w", err)
	}
	return id, nil
}

func surveyOf(id string, in NewSurvey, r Result) Survey {
	return Survey{ID: id, Kind: in.Kind, AnsweredOn: in.AnsweredOn, Instrument: r.Version, Answers: in.Answers, Economic: r.Economic, Social: r.Social,
		Psychosocial: r.Psychosocial, Composite: r.Composite, NonAnswers: r.NonAnswers, ManyNon: r.ManyNonAnswers, Level: r.Level,
		Alerts: r.Alerts, Supports: in.Supports}
}

type surveyRow struct {
	ID, Kind, Instrument                      string
	Answers                                   []byte
	AnsweredOn                                calendar.Date
	Economic, Social, Psychosocial, Composite string
	NonAnswers                                int
	Level                                     string
	Alerts                                    []string
	Supports                                  bool
}

const surveysSQL = `SELECT s.id, s.kind, s.instrument, s.answers, s.answered_on, s.economic::text, s.social::text, s.psychosocial::text, s.composite::text,
		s.non_answers, s.level, s.alerts, s.interviewer_gives_support AS supports
	FROM surveys s JOIN cases c ON c.id = s.case_id WHERE c.code = $1 ORDER BY s.answered_on, s.id`

// ListSurveys is every survey of a case, oldest first.
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
	return out, nil
}

func (r surveyRow) show() (Survey, error) {
	s := Survey{ID: r.ID, Kind: r.Kind, AnsweredOn: r.AnsweredOn, Instrument: r.Instrument, NonAnswers: r.NonAnswers,
		ManyNon: r.NonAnswers > rss.NonAnswer.FlagAbove, Level: Level(r.Level), Alerts: r.Alerts, Supports: r.Supports}
	if err := json.Unmarshal(r.Answers, &s.Answers); err != nil {
		return Survey{}, fmt.Errorf("read answers: %w", err)
	}
	for dst, text := range map[*Score]string{&s.Economic: r.Economic, &s.Social: r.Social, &s.Psychosocial: r.Psychosocial, &s.Composite: r.Composite} {
		if err := dst.UnmarshalText([]byte(text)); err != nil {
			return Survey{}, fmt.Errorf("read a score: %w", err)
		}
	}
	return s, nil
}

var _ = postgres.Rule("survey_once", fault.Conflictf("R37", "This survey was answered before; each is taken once."))
