package demo

import (
	"context"
	"fmt"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/access"
	"hjemvej/partners"
)

// report has a partner report what happened on the day where the script stands.
func (c *course) report(p *handed, kind partners.ReportKind, text string) *course {
	in := partners.NewReport{Kind: kind, HappenedOn: c.day, Reference: fmt.Sprintf("%d/%s/%s", c.n, c.day, kind), Text: text}
	return c.then("report "+string(kind), func(ctx context.Context, h *house) error {
		_, err := partners.RecordReport(ctx, h.db, h.vault, h.as(p.partner), p.id, in)
		return err
	})
}

// seen has the contact person mark as seen whatever waits for that, and accept
// what is proposed.
func (c *course) seen() *course {
	return c.act("see reports", func(ctx context.Context, h *house, who access.Actor) error {
		waiting, err := partners.ListReports(ctx, h.db, h.vault, who, c.code, partners.ReportOpen)
		for _, r := range waiting {
			in := partners.ReportAnswer{Answer: partners.ReportSeen}
			if r.Kind == partners.PlanChangeProposed {
				in = partners.ReportAnswer{Answer: partners.ReportAccepted, Text: "Agreed. We write it into the plan."}
			}
			if err == nil {
				_, err = partners.AnswerReport(ctx, h.db, h.vault, who, c.code, r.ID, r.Version, in)
			}
		}
		return err
	})
}

// settled has the contact person plan what is done about the case's incidents, and
// close them.
func (c *course) settled(plan string) *course {
	in, closing := followup.IncidentPlan{Plan: plan, DueOn: c.day}, followup.IncidentClosing{Result: "resolved", ClosedOn: c.day}
	return c.act("settle incidents", func(ctx context.Context, h *house, who access.Actor) error {
		open, err := followup.ListCaseIncidents(ctx, h.db, h.vault, who, c.code)
		for _, i := range open {
			if err == nil && i.State == followup.IncidentOpen {
				_, err = followup.PlanIncident(ctx, h.db, h.vault, who, i.ID, i.Version, in)
			}
			if err == nil && i.State != followup.IncidentClosed {
				_, err = followup.CloseIncident(ctx, h.db, h.vault, who, i.ID, 0, closing)
			}
		}
		return err
	})
}

// reports is a way on which the home-country partner reported something a number
// of days ago, which is answered the day after the way is told.
func reports(first way, ago int, kind partners.ReportKind, text string) way {
	return func(c *course) {
		first(c)
		c.on(c.ago(ago)).report(c.reception, kind, text)
		c.on(c.ago(-1)).seen().settled("The partner and the contact person have spoken about it with her.")
	}
}

// referred names who referred the person. Most agree that the organisation is
// told how the return stands (R41).
func (c *course) referred() *course {
	in := casefile.NewReferral{ReferredOn: c.day.AddDays(-c.n % 3)}
	if c.n%9 > 1 {
		in.Consent = &casefile.FeedbackConsent{GivenBy: "self", Language: c.language, GivenOn: c.day}
		if c.representedBy != "" {
			in.Consent.GivenBy = "representative"
		}
	}
	return c.act("refer", func(ctx context.Context, h *house, who access.Actor) error {
		in.PartnerID = h.partners["referrer_1"]
		_, err := casefile.RecordReferral(ctx, h.db, h.vault, who, c.code, 0, in)
		return err
	})
}
