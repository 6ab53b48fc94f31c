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

// Baseline is the first survey, within a month of the arrival. The others are
// called as the follow-ups at which they are taken (R37).
const Baseline Kind = "baseline"

// NewSurvey is the survey as it was answered (R37).
type NewSurvey struct {
	Kind       Kind          `json:"kind" enum:"baseline,month_3,exit,month_12" example:"baseline" doc:"Each once for a case, exit once for each end: again where an extension was approved after it; month_12 only by a consent of its own (R31)"`
	AnsweredOn calendar.Date `json:"answered_on" format:"date" example:"2026-11-05"`
	Instrument string        `json:"instrument,omitempty" example:"2018-annex3" doc:"The version that was asked; the one in use where it is left out, or the draft's"`
	Answers    Answers       `json:"answers"`
	Interview
	DraftVersion int             `json:"draft_version,omitempty" minimum:"1" example:"2" doc:"Of the draft that you read and hereby complete; without it a survey is refused that has a draft you can see, so that nobody's answers are lost"`
	Service      *ServiceAnswers `json:"service,omitempty" doc:"The service questions, where they were asked on the same occasion; at month_3 and exit"`
}

// Survey is an answered survey: the raw answers, and what they come to. The
// scores say how it was on that day, and nothing lasting (R38).
type Survey struct {
	ID           string        `json:"id" format:"uuid"`
	Kind         Kind          `json:"kind" enum:"baseline,month_3,exit,month_12" example:"baseline"`
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
	Interview
	Late          bool     `json:"late" doc:"Answered after its window: the baseline after a month, the others after their follow-up closed"`
	Care          []string `json:"reads_with_care" nullable:"false" enum:"many_non_answers,interviewer_gives_support,late,known_dip" doc:"Why the scores must be read with care. known_dip: people tend to be lowest one to two, and five to six months after the arrival (R38)"`
	SinceBaseline *Changes `json:"change_since_baseline,omitempty" doc:"Left out of the baseline, and where another version of the instrument was asked"`
	SinceLast     *Changes `json:"change_since_last,omitempty" doc:"Since the survey answered before this one"`
}

// AnswerSurvey keeps the raw answers, scores them by the version that was asked,
// and where an answer alarms tells the contact person the same day and marks the
// case (R37). The draft of the survey, if there is one, ends with it.
func AnswerSurvey(ctx context.Context, db *postgres.DB, who access.Actor, code string, in NewSurvey) (Survey, error) {
	return postgres.Write(ctx, db, who, "answer-survey", func(ctx context.Context, tx *postgres.Tx) (Survey, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return Survey{}, err
		}
		if err := mayAnswer(ctx, tx, c, in.Kind, in.AnsweredOn); err != nil {
			return Survey{}, err
		}
		if in.Interview, err = in.Interview.by(tx.Who); err != nil {
			return Survey{}, err
		}
		if err := completes(ctx, tx, c.ID, &in); err != nil {
			return Survey{}, err
		}
		version, err := surveys.find(in.Instrument, "body.instrument")
		if err != nil {
			return Survey{}, err
		}
		result, err := version.Score(in.Answers)
		if err != nil {
			return Survey{}, err
		}
		out, err := keepSurvey(ctx, tx, c, in, result)
		if err != nil {
			return out, err
		}
		if err := replanned(ctx, tx, c.ID); err != nil || in.Service == nil {
			return out, err
		}
		_, err = keepService(ctx, tx, c, NewService{Kind: in.Kind, AnsweredOn: in.AnsweredOn, Answers: *in.Service, Interview: in.Interview}, "body.service")
		return out, err
	})
}

// mayAnswer refuses what cannot be asked of the person of a case on a day: before
// the arrival or in the future, and month 12 before its time or without the
// consent of its own (R31).
func mayAnswer(ctx context.Context, tx *postgres.Tx, c *casefile.Row, kind Kind, day calendar.Date) error {
	switch {
	case c.ArrivedOn.IsZero():
		return fault.Conflictf("R37", "The survey is answered after the arrival.")
	case day.Before(c.ArrivedOn) || day.After(c.DayThere(tx.Now)):
		return fault.Invalidf("body.answered_on", "must lie between the arrival and today there")
	case kind != Month12:
		return nil
	case day.Before(mayAskFrom(c.ArrivedOn)):
		return fault.Conflictf("R31", "Month 12 is asked from eleven months after the arrival on.")
	}
	return tx.AsProgram(ctx, func() error { // a partner may ask, and does not see the consent
		_, err := month12InForce(ctx, tx, c.ID, "")
		return err
	})
}

// keepSurvey keeps a survey, marks the case where an answer alarms, and queues
// the letter.
func keepSurvey(ctx context.Context, tx *postgres.Tx, c *casefile.Row, in NewSurvey, r Result) (Survey, error) {
	out := surveyOf(in, r)
	if err := out.insert(ctx, tx, c.ID); err != nil {
		return Survey{}, err
	}
	var closes calendar.Date
	if err := tx.QueryRow(ctx, `SELECT `+closesSQL+` FROM surveys s WHERE s.id = $1`, out.ID).Scan(&closes); err != nil {
		return Survey{}, fmt.Errorf("find a survey's window: %w", err)
	}
	out.judge(c.ArrivedOn, closes)
	tx.Touch(c.ID, c.Code, out.ID)
	if len(r.Alerts) == 0 {
		return out, nil
	}
	return out, alarm(ctx, tx, c, casefile.SurveyAlert, out.ID, "survey:")
}

// alarm marks the case and tells whoever answers for it, the same day.
func alarm(ctx context.Context, tx *postgres.Tx, c *casefile.Row, kind casefile.ConcernKind, ref, once string) error {
	if err := casefile.RaiseConcern(ctx, tx, c.ID, kind, ref); err != nil {
		return err
	}
	readers, err := c.Responsible(ctx, tx)
	if err != nil {
		return err
	}
	for _, user := range readers {
		if _, err := outbox.Queue(ctx, tx, outbox.Letter{Once: once + ref + ":" + user, Kind: letter.SurveyAlert, CaseID: c.ID, UserID: user}); err != nil {
			return err
		}
	}
	return nil
}

// insert keeps the survey; whether the interviewer gives the support is the
// database's to say, too (R39).
func (s *Survey) insert(ctx context.Context, tx *postgres.Tx, caseID string) error {
	raw, err := json.Marshal(s.Answers)
	if err != nil {
		return fmt.Errorf("write answers: %w", err)
	}
	err = tx.QueryRow(ctx, `INSERT INTO surveys (case_id, kind, instrument, answers, answered_on, economic, social, psychosocial, composite,
			non_answers, level, alerts, interviewer, interpreter_helped, mode, language, interviewer_gives_support, by_partner, recorded_by)
		VALUES ($1,$2,$3,$4,$5,$6::text::numeric,$7::text::numeric,$8::text::numeric,$9::text::numeric,$10,$11,$12,nullif($13,''),$14,nullif($15,''),nullif($16,''),$17,nullif($18,'')::uuid,$19)
		RETURNING id, interviewer_gives_support`,
		caseID, string(s.Kind), s.Instrument, raw, s.AnsweredOn, s.Economic.String(), s.Social.String(), s.Psychosocial.String(), s.Composite.String(),
		s.NonAnswers, string(s.Level), s.Alerts, s.Interviewer, s.Interpreter, s.Mode, s.Language, s.Supports, tx.Who.Partner, tx.Who.ID).Scan(&s.ID, &s.Supports)
	if err != nil {
		return fmt.Errorf("keep a survey: %w", err)
	}
	return nil
}

func surveyOf(in NewSurvey, r Result) Survey {
	return Survey{Kind: in.Kind, AnsweredOn: in.AnsweredOn, Instrument: r.Version, Answers: in.Answers, Economic: r.Economic, Social: r.Social,
		Psychosocial: r.Psychosocial, Composite: r.Composite, NonAnswers: r.NonAnswers, ManyNon: r.ManyNonAnswers, Level: r.Level,
		Alerts: r.Alerts, Interview: in.Interview}
}

// judge adds what the scores must be read with.
func (s *Survey) judge(arrived, closes calendar.Date) {
	s.Late = Late(s.Kind, arrived, closes, s.AnsweredOn)
	s.Care = []string{}
	for _, c := range []struct {
		why string
		so  bool
	}{{"many_non_answers", s.ManyNon}, {"interviewer_gives_support", s.Supports}, {"late", s.Late}, {"known_dip", InKnownDip(s.Kind, arrived, s.AnsweredOn)}} {
		if c.so {
			s.Care = append(s.Care, c.why)
		}
	}
}

var _ = postgres.Rule("survey_once", fault.Conflictf("R37", "This survey was answered before; each is taken once, at the exit once for each end of the support."))
