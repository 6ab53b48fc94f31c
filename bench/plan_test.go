package bench

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"

	"hjemvej/casework/plan"
	"hjemvej/internal/housetest"

	"github.com/jackc/pgx/v5"
)

// bigPlan is 10 goals of 5 actions.
func bigPlan(h *housetest.House, turn int) plan.Content {
	var c plan.Content
	for g := range 10 {
		goal := plan.Goal{Goal: fmt.Sprintf("Goal %d", g)}
		for a := range 5 {
			goal.Actions = append(goal.Actions, plan.Step{Area: "health", What: fmt.Sprintf("Action %d of goal %d, turn %d", a, g, turn),
				Responsible: "contact_person", DueOn: h.Today().AddDays(g), State: "open"})
		}
		c.Goals = append(c.Goals, goal)
	}
	return c
}

// BenchmarkSavePlan saves versions of a plan of 50 actions, as a use case with
// its locks, its checks, its deadlines and its audit row, beside bare pgx that
// writes the same version and audit row in one transaction.
func BenchmarkSavePlan(b *testing.B) {
	h := housetest.New(b)
	c := h.Accepted(b)
	b.Run("hjemvej", func(b *testing.B) {
		read := 0
		if v, err := plan.Read(b.Context(), h.DB, h.Contact, "read-plan", c.Code, plan.Action, 0); err == nil {
			read = v.Version
		}
		for b.Loop() {
			v, err := plan.Save(b.Context(), h.DB, h.Contact, c.Code, plan.Action, read, bigPlan(h, read))
			if err != nil {
				b.Fatal(err)
			}
			read = v.Version
		}
	})
	b.Run("bare", func(b *testing.B) {
		version := 1_000_000
		for b.Loop() {
			version++
			text, err := json.Marshal(bigPlan(h, version))
			check(b, err)
			hash := sha256.Sum256(text)
			check(b, pgx.BeginFunc(b.Context(), h.Owner, func(tx pgx.Tx) error {
				batch := &pgx.Batch{}
				batch.Queue(`SELECT set_config('hjemvej.actor', $1, true)`, h.Contact.ID)
				batch.Queue(`INSERT INTO plan_versions (case_id, kind, version, content, hash, saved_by) VALUES ($1,'reintegration',$2,$3,$4,$5)`, c.ID, version, string(text), hash[:], h.Contact.ID)
				batch.Queue(auditSQL, h.Contact.ID, "", c.Code)
				return tx.SendBatch(b.Context(), batch).Close()
			}))
		}
	})
}

// BenchmarkComparePlans compares two versions of 50 actions that all differ, in
// memory and as a use case.
func BenchmarkComparePlans(b *testing.B) {
	h := housetest.New(b)
	one, two := bigPlan(h, 1), bigPlan(h, 2)
	b.Run("pure", func(b *testing.B) {
		for b.Loop() {
			if len(plan.Compare(one, two)) == 0 {
				b.Fatal("no difference")
			}
		}
	})
}
