package followup

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// NewService is the service questions as they were answered.
type NewService struct {
	Kind       Kind           `json:"kind" enum:"month_3,exit" example:"month_3" doc:"Each once for a case, exit again where an extension was approved after it"`
	AnsweredOn calendar.Date  `json:"answered_on" format:"date" example:"2027-01-12"`
	Answers    ServiceAnswers `json:"answers" doc:"For each question's key the codes that the person chose"`
	Interview
}

// Service is the service questions as a person answered them once.
type Service struct {
	ID         string         `json:"id" format:"uuid"`
	Kind       Kind           `json:"kind" enum:"month_3,exit" example:"month_3"`
	AnsweredOn calendar.Date  `json:"answered_on" format:"date"`
	Instrument string         `json:"instrument" example:"2026-1" doc:"The version of the questions"`
	Answers    ServiceAnswers `json:"answers"`
	Interview
	ByPartner  string    `json:"by_partner_id,omitempty" format:"uuid"`
	RecordedBy string    `json:"recorded_by" format:"uuid"`
	RecordedAt time.Time `json:"recorded_at"`
}

// AnswerService keeps the answers to the service questions. Where the person was
// treated badly, the case is marked and the contact person told the same day.
func AnswerService(ctx context.Context, db *postgres.DB, who access.Actor, code string, in NewService) (Service, error) {
	return postgres.Write(ctx, db, who, "answer-service-questions", func(ctx context.Context, tx *postgres.Tx) (Service, error) {
		c, err := casefile.Find(ctx, tx, code)
		if err != nil {
			return Service{}, err
		}
		if err := mayAnswer(ctx, tx, c, in.Kind, in.AnsweredOn); err != nil {
			return Service{}, err
		}
		if in.Interview, err = in.Interview.by(tx.Who); err != nil {
			return Service{}, err
		}
		return keepService(ctx, tx, c, in, "body.answers")
	})
}

// keepService keeps answers within tx; path is where they stand in the request.
func keepService(ctx context.Context, tx *postgres.Tx, c *casefile.Row, in NewService, path string) (Service, error) {
	if in.Kind != Month3 && in.Kind != Exit {
		return Service{}, fault.Invalidf(path, "is asked at month_3 and exit")
	}
	facts, err := factsForService(ctx, tx, c.ID)
	if err != nil {
		return Service{}, err
	}
	questions := serviceVersions[len(serviceVersions)-1]
	if err := questions.check(in.Answers, facts, path); err != nil {
		return Service{}, err
	}
	out := Service{Kind: in.Kind, AnsweredOn: in.AnsweredOn, Instrument: questions.Version, Answers: in.Answers, Interview: in.Interview,
		ByPartner: tx.Who.Partner, RecordedBy: tx.Who.ID, RecordedAt: tx.Now}
	if err := out.insert(ctx, tx, c.ID); err != nil {
		return Service{}, err
	}
	tx.Touch(c.ID, c.Code, out.ID)
	if !questions.alarms(in.Answers) {
		return out, nil
	}
	return out, alarm(ctx, tx, c, casefile.TreatedBadly, out.ID, "service:")
}

// factsForService looks as the program: a partner need not know the other lines
// of a case to ask its questions.
func factsForService(ctx context.Context, tx *postgres.Tx, caseID string) (f serviceFacts, err error) {
	err = tx.AsProgram(ctx, func() error {
		return tx.QueryRow(ctx, `SELECT coalesce(array_agg(DISTINCT category), '{}') FROM budget_lines WHERE case_id = $1`, caseID).Scan(&f.Categories)
	})
	if err != nil {
		return f, fmt.Errorf("read what support there is: %w", err)
	}
	return f, nil
}

func (s *Service) insert(ctx context.Context, tx *postgres.Tx, caseID string) error {
	raw, err := json.Marshal(s.Answers)
	if err != nil {
		return fmt.Errorf("write answers: %w", err)
	}
	err = tx.QueryRow(ctx, `INSERT INTO service_answers (case_id, kind, instrument, answers, answered_on, interviewer, interpreter_helped, mode, language,
			interviewer_gives_support, by_partner, recorded_by)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,nullif($11,'')::uuid,$12) RETURNING id, interviewer_gives_support`,
		caseID, string(s.Kind), s.Instrument, raw, s.AnsweredOn, s.Interviewer, s.Interpreter, s.Mode, s.Language, s.Supports, s.ByPartner, s.RecordedBy).
		Scan(&s.ID, &s.Supports)
	if err != nil {
		return fmt.Errorf("keep answers: %w", err)
	}
	return nil
}

const serviceSQL = `SELECT s.id, s.kind, s.answered_on, s.instrument, s.answers, ` + interviewSQL + `,
		coalesce(s.by_partner::text, '') AS by_partner, s.recorded_by, s.recorded_at
	FROM service_answers s JOIN cases c ON c.id = s.case_id WHERE c.code = $1 ORDER BY s.answered_on, s.id`

// ListService is every set of answers to the service questions of a case, oldest
// first.
func ListService(ctx context.Context, db *postgres.DB, who access.Actor, code string) ([]Service, error) {
	const op = "list-service-answers"
	if !access.IsCode(code) {
		return nil, fault.NoSuch("case")
	}
	var head casefile.Reach
	out := []Service{}
	_, err := postgres.Read(ctx, db, who, op, postgres.About{Case: code},
		postgres.Single(&head, "case", casefile.ReachOfCaseSQL, code), postgres.Many(&out, serviceSQL, code))
	if err != nil {
		return nil, err
	}
	return out, postgres.Allow(ctx, db, who, op, head.Record(), "case")
}

var _ = postgres.Rule("service_answers_once", fault.Conflictf("", "These questions were answered before; each is asked once, at the exit once for each end of the support."))
