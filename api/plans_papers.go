package api

import (
	"context"
	"net/http"

	"hjemvej/casework/plan"
	"hjemvej/casework/plan/paper"
	"hjemvej/internal/access"
	"hjemvej/internal/press"
)

// Printed is the output of an operation that answers a paper instead of JSON.
type Printed struct {
	Type        string `header:"Content-Type" hidden:"true"`
	Disposition string `header:"Content-Disposition" example:"inline; filename=\"K7QX-2MVD-3.pdf\"" doc:"The file's name: of a plan the case's code and the version"`
	Policy      string `header:"Content-Security-Policy" hidden:"true"`
	Body        []byte
}

func (Printed) mediaTypes() []string {
	return []string{press.Types[press.HTML], press.Types[press.PDF]}
}

func (s *Server) papers() {
	register(s, operation{
		ID: "print-plan-version", Method: http.MethodGet, Path: "/v1/cases/{code}/plans/{kind}/versions/{version}/paper", Tag: "Plans",
		Summary: "Print a version of a plan",
		Description: "In the person's language (R17), as a page for the browser's printer or, for Latin scripts, as a PDF: Thai is answered as a page only. What was written in the plan stays as written. " +
			"The paper names no person and not what the work is about, and a plan whose own texts do is refused (R11). It has room for the signatures of the person and of a child's representative; the control code on every page is the beginning of the content's hash, so that a signed paper can be matched with what was approved (R16).",
	}, func(ctx context.Context, who access.Actor, in *struct {
		VersionPath
		Language string       `query:"language" required:"true" enum:"da,en,ro,fr,es,th" example:"ro" doc:"Of the headings and fixed texts, dates and amounts"`
		Format   press.Format `query:"format" enum:"html,pdf" default:"html" doc:"A page to print, or a PDF"`
	}) (*Printed, error) {
		if err := paper.Check(in.Language, in.Format); err != nil {
			return nil, err
		}
		v, err := plan.Read(ctx, s.db, who, "print-plan-version", in.Code, in.Kind, in.Number)
		if err != nil {
			return nil, err
		}
		f, err := paper.Print(v, in.Code, in.Language, in.Format)
		if err != nil {
			return nil, err
		}
		return &Printed{f.Type, `inline; filename="` + f.Name + `"`, press.Policy, f.Body}, nil
	})
}
