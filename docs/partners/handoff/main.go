// Command handoff is a partner's whole hand-off with the generated client: run
// it now and then, and it takes the next step of each case that was handed to
// you. What it did before it reads from the service; run twice, it does nothing
// twice.
//
//	HJEMVEJ_SERVER=https://… HJEMVEJ_PARTNER_KEY=hjv_… go run .
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"hjemvej/client" // yours lies where you generated it

	openapi_types "github.com/oapi-codegen/runtime/types"
)

func main() {
	c, err := client.NewClientWithResponses(os.Getenv("HJEMVEJ_SERVER"),
		client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+os.Getenv("HJEMVEJ_PARTNER_KEY"))
			return nil
		}))
	if err == nil {
		err = errors.Join(takeSteps(context.Background(), c), pollEvents(context.Background(), c))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// takeSteps goes through what was handed to you; a case that is refused keeps no
// other from being looked at.
func takeSteps(ctx context.Context, c *client.ClientWithResponses) (all error) {
	for cursor := (*string)(nil); ; {
		list, err := c.ListHandoffsWithResponse(ctx, &client.ListHandoffsParams{Cursor: cursor})
		if err != nil || list.JSON200 == nil {
			return errors.Join(all, failed(err, list))
		}
		for _, h := range list.JSON200.Items {
			if err := takeStep(ctx, c, h); err != nil {
				all = errors.Join(all, fmt.Errorf("case %s: %w", h.CaseCode, err))
			}
		}
		if cursor = list.JSON200.NextCursor; cursor == nil {
			return all
		}
	}
}

func takeStep(ctx context.Context, c *client.ClientWithResponses, h client.Handoff) error {
	id := h.Id.String()
	switch h.State {
	case client.HandoffStateOffered:
		r, err := c.ReceiveHandoffWithResponse(ctx, id, &client.ReceiveHandoffParams{IfMatch: tag(h.Version), IdempotencyKey: "receipt-" + id})
		return done(h, "acknowledged", r, err)
	case client.HandoffStateReceived:
		r, err := c.AnswerHandoffWithResponse(ctx, id, &client.AnswerHandoffParams{IfMatch: tag(h.Version), IdempotencyKey: "answer-" + id},
			client.PartnersAnswer{Answer: client.PartnersAnswerAnswerAccepted})
		return done(h, "accepted", r, err)
	case client.HandoffStateAccepted, client.HandoffStateInProgress:
		return work(ctx, c, h)
	}
	return nil
}

// work reads what was handed over, confirms the arrival of who has departed, and
// then reports and follows up.
func work(ctx context.Context, c *client.ClientWithResponses, h client.Handoff) error {
	id := h.Id.String()
	read, err := c.ReadHandoffWithResponse(ctx, id)
	if err != nil || read.JSON200 == nil {
		return failed(err, read)
	}
	d := read.JSON200
	fmt.Println(h.CaseCode, "withheld:", d.Withheld)
	if h.Role != client.HandoffRoleHomeCountryPartner || d.Travel == nil || d.Travel.DepartedOn == nil {
		return nil
	}
	if h.State == client.HandoffStateAccepted {
		key := "arrival-" + id
		r, err := c.ConfirmArrivalWithResponse(ctx, h.CaseCode, &client.ConfirmArrivalParams{IdempotencyKey: &key}, client.Arrival{ArrivedOn: today()})
		return done(h, "arrival confirmed", r, err)
	}
	text := "Two hours with our counsellor."
	r, err := c.ReportWithResponse(ctx, id, &client.ReportParams{}, client.NewReport{
		Kind: client.NewReportKindCounsellingHeld, HappenedOn: today(), Reference: today().String() + "/" + id, Text: &text})
	if err := done(h, "reported", r, err); err != nil || d.FollowUps == nil {
		return err
	}
	for _, f := range *d.FollowUps {
		if f.State != client.SharedFollowupStateOpen || f.OpensOn.After(time.Now()) {
			continue
		}
		key := "attempt-" + f.Id.String() + "-" + today().String()
		r, err := c.RecordAttemptWithResponse(ctx, f.Id.String(), &client.RecordAttemptParams{IdempotencyKey: &key},
			client.NewAttempt{MadeOn: today(), Channel: client.NewAttemptChannelVisit, Outcome: client.NewAttemptOutcomeReachedSafe})
		if err := done(h, "attempt at "+f.Kind, r, err); err != nil {
			return err
		}
	}
	return nil
}

// pollEvents lists what happened. Keep the last number, and go on after it.
func pollEvents(ctx context.Context, c *client.ClientWithResponses) error {
	for last := int64(0); ; {
		feed, err := c.ListEventsWithResponse(ctx, &client.ListEventsParams{After: &last})
		if err != nil || feed.JSON200 == nil {
			return failed(err, feed)
		}
		for _, e := range feed.JSON200.Items {
			fmt.Println("event", e.Data.Sequence, e.Type)
		}
		if last = feed.JSON200.Last; len(feed.JSON200.Items) == 0 {
			return nil
		}
	}
}

// answer is what every generated answer has.
type answer interface {
	StatusCode() int
	GetBody() []byte
}

func done(h client.Handoff, what string, r answer, err error) error {
	if err != nil || r.StatusCode() >= 300 {
		return failed(err, r)
	}
	fmt.Println(h.CaseCode, what)
	return nil
}

// failed says what the service said: decide by the type, show the detail.
func failed(err error, r answer) error {
	if err != nil {
		return err
	}
	var p client.Problem
	_ = json.Unmarshal(r.GetBody(), &p) // a proxy's answer is none of ours
	return fmt.Errorf("%d %s: %s (request %s)", r.StatusCode(), p.Type, p.Detail, p.RequestId)
}

func tag(version int64) string { return fmt.Sprintf(`"%d"`, version) }

func today() openapi_types.Date { return openapi_types.Date{Time: time.Now()} }
