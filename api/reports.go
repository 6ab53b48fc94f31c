package api

import (
	"context"
	"net/http"

	"hjemvej/internal/access"
	"hjemvej/internal/postgres"
	"hjemvej/partners"
)

// Reported is what became of one report of a batch: the report, or why it was
// refused.
type Reported struct {
	HandoffID string           `json:"handoff_id" format:"uuid"`
	Reference string           `json:"reference" example:"CE-2026-0412"`
	Report    *partners.Report `json:"report,omitempty"`
	Problem   *Problem         `json:"problem,omitempty" doc:"As the report would have been answered alone; its status is this item's"`
}

const exampleHandoff = "0d0f2a3c-5b1e-4c8e-9d57-3a2b1c0d9e8f"

var exampleReport = partners.NewReport{Kind: partners.CounsellingHeld, HappenedOn: day("2026-10-20"), Reference: "CE-2026-0412", Text: "Two hours with our counsellor."}

func (s *Server) reports() {
	register(s, operation{
		ID: "report", Method: http.MethodPost, Path: "/v1/handoffs/{handoff_id}/reports", Tag: "Reports", Status: http.StatusCreated,
		Summary:     "Report what happened",
		Description: "A confirmed booking, the meeting at the arrival, counselling, a proposed change of the plan, an incident, a safety concern, or that you cannot go on. No consent is needed to report. Send it again under the same reference as often as you like: it is recorded once, and answered as it stands (R29). Incidents and safety concerns reach the contact person and the team lead at once.",
		Example:     exampleReport,
	}, func(ctx context.Context, who access.Actor, in *struct {
		HandoffPath
		Body partners.NewReport
	}) (*Tagged[partners.Report], error) {
		r, err := partners.RecordReport(ctx, s.db, s.vault, who, in.ID, in.Body)
		return tagged(r, r.Version, err)
	})
	register(s, operation{
		ID: "report-batch", Method: http.MethodPost, Path: "/v1/reports", Tag: "Reports",
		Summary:     "Report on many hand-offs at once",
		Description: "Up to 100 reports. A report that breaks a rule is refused by itself, with its own problem, and the others are recorded; a report of the wrong form refuses the batch. Results stand in your order. All is recorded together or, after a crash, nothing: send the batch again, its references keep anything from being done twice (R29).",
		Example:     partners.Batch{Reports: []partners.BatchItem{{HandoffID: exampleHandoff, NewReport: exampleReport}}},
	}, func(ctx context.Context, who access.Actor, in *struct{ Body partners.Batch }) (*Answer[[]Reported], error) {
		results, err := partners.RecordReports(ctx, s.db, s.vault, who, in.Body)
		return answer(resultsOf(ctx, results), err)
	})
	register(s, operation{
		ID: "list-own-reports", Method: http.MethodGet, Path: "/v1/handoffs/{handoff_id}/reports", Tag: "Reports",
		Summary:     "List what you reported",
		Description: "Under this hand-off, with the answers; what still waits for one first. Never another partner's (R21).",
	}, func(ctx context.Context, who access.Actor, in *HandoffPath) (*Answer[[]partners.Report], error) {
		return answer(partners.ListOwnReports(ctx, s.db, s.vault, who, in.ID))
	})
	s.reportsOfCase()
}

// resultsOf is the answer to a batch.
func resultsOf(ctx context.Context, results []partners.BatchResult) []Reported {
	out := make([]Reported, len(results))
	for i, r := range results {
		out[i] = Reported{HandoffID: r.HandoffID, Reference: r.Reference, Report: r.Report}
		if r.Refused != nil {
			out[i].Problem = newProblem(postgres.RequestID(ctx), r.Refused.Fault())
		}
	}
	return out
}

func (s *Server) reportsOfCase() {
	register(s, operation{
		ID: "list-reports", Method: http.MethodGet, Path: "/v1/cases/{code}/reports", Tag: "Reports",
		Summary:     "List what partners reported",
		Description: "Of all the case's hand-offs: first what waits, of that safety concerns and incidents, then the newest. Each reading is recorded.",
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		State partners.ReportState `query:"state" enum:"noted,open,seen,accepted,refused" doc:"Only reports in this state"`
	}) (*Answer[[]partners.Report], error) {
		return answer(partners.ListReports(ctx, s.db, s.vault, who, in.Code, in.State))
	})
	register(s, operation{
		ID: "answer-report", Method: http.MethodPost, Path: "/v1/cases/{code}/reports/{report_id}/answer", Tag: "Reports",
		Summary:     "Answer a report",
		Description: "Marks it as seen; until then a safety concern or an incident stands on the case, and the team lead is told on the next working day. A proposed change of the plan is accepted or refused with a sentence, which the partner reads. Accepting changes nothing by itself: edit the plan, whose own approval holds (R16).",
		Example:     partners.ReportAnswer{Answer: partners.ReportSeen},
	}, func(ctx context.Context, who access.Actor, in *struct {
		CasePath
		IfMatch
		ReportID string `path:"report_id" doc:"The report's id"`
		Body     partners.ReportAnswer
	}) (*Tagged[partners.Report], error) {
		r, err := partners.AnswerReport(ctx, s.db, s.vault, who, in.Code, in.ReportID, in.Version(), in.Body)
		return tagged(r, r.Version, err)
	})
}
