package partners

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"hjemvej/casework/person"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/postgres"
)

// BatchItem is one report of a batch.
type BatchItem struct {
	HandoffID string `json:"handoff_id" format:"uuid" example:"0d0f2a3c-5b1e-4c8e-9d57-3a2b1c0d9e8f"`
	NewReport
}

// Batch is reports on one or many hand-offs, sent together.
type Batch struct {
	Reports []BatchItem `json:"reports" minItems:"1" maxItems:"100" nullable:"false"`
}

// BatchResult is what became of one item: the report, or why it was refused.
type BatchResult struct {
	HandoffID string
	Reference string
	Report    *Report
	Refused   *Refusal
}

// Refusal is a fault in a form that can be kept with the answer (R29).
type Refusal struct {
	Kind    fault.Kind
	Rule    string
	Message string
	Fields  []fault.Field
}

// Fault is the refusal as what it was.
func (r Refusal) Fault() *fault.Error {
	return &fault.Error{Kind: r.Kind, Rule: r.Rule, Message: r.Message, Fields: r.Fields}
}

// RecordReports records a batch, in one transaction: a crash leaves all or
// nothing. An item that is refused leaves the others; the results stand in the
// items' order. A batch that is sent again does nothing twice, because its
// reports carry references (R29).
func RecordReports(ctx context.Context, db *postgres.DB, v person.Vault, who access.Actor, in Batch) ([]BatchResult, error) {
	results, err := postgres.Write(ctx, db, who, "report-batch", func(ctx context.Context, tx *postgres.Tx) ([]BatchResult, error) {
		out := make([]BatchResult, len(in.Reports))
		for _, i := range in.order() {
			item := in.Reports[i]
			out[i] = BatchResult{HandoffID: item.HandoffID, Reference: item.Reference}
			err := tx.Apart(ctx, func() error {
				made, err := record(ctx, tx, v, item.HandoffID, fmt.Sprintf("body.reports[%d]", i), item.NewReport)
				out[i].Report = &made
				return err
			})
			if err == nil {
				continue
			}
			if out[i].Report, out[i].Refused = nil, refusal(err); out[i].Refused == nil {
				return nil, err
			}
		}
		return out, nil
	})
	for _, r := range results {
		if r.Refused != nil && r.Refused.Kind == fault.NotFound {
			db.Deny(ctx, who, "report-batch", r.HandoffID)
		}
	}
	return results, err
}

// order is the items by hand-off, so that two batches at once wait for each
// other's cases in one order.
func (b Batch) order() []int {
	order := make([]int, len(b.Reports))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(b.Reports[i].HandoffID, b.Reports[j].HandoffID) })
	return order
}

// refusal is what an item can be refused by; nil where the whole batch fails.
func refusal(err error) *Refusal {
	var f *fault.Error
	if !errors.As(postgres.Translate(err), &f) || f.Kind == fault.Unavailable {
		return nil
	}
	return &Refusal{f.Kind, f.Rule, f.Message, f.Fields}
}
