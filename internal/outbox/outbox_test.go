package outbox_test

import (
	"context"
	"errors"
	"testing"

	"hjemvej/internal/access"
	"hjemvej/internal/housetest"
	"hjemvej/internal/letter"
	"hjemvej/internal/outbox"
	"hjemvej/internal/pgtest"
	"hjemvej/internal/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func queue(t *testing.T, h *housetest.House, c *housetest.Case, who access.Actor, fail error) error {
	return postgres.Do(t.Context(), h.DB, who, "read-me", func(ctx context.Context, tx *postgres.Tx) error {
		_, err := outbox.Queue(ctx, tx, outbox.Letter{Once: "one", Kind: letter.SurveyAlert, CaseID: c.ID, UserID: c.By.ID})
		return errors.Join(err, fail)
	})
}

func TestR36_ALetterIsQueuedOnceWithItsJobAndItsFact(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	both := `SELECT (SELECT count(*) FROM letters) * 100 + (SELECT count(*) FROM river_job)`
	if err := queue(t, h, c, h.Contact, errors.New("broken")); err == nil || h.Count(t, both) != 0 {
		t.Error("a fact that was rolled back left a letter or a job")
	}
	actors := []access.Actor{h.Contact, h.Lead, h.Program, h.Contact}
	for _, err := range housetest.AtOnce(4, func(i int) error { return queue(t, h, c, actors[i], nil) }) {
		if err != nil {
			t.Error(err)
		}
	}
	if got := h.Count(t, both); got != 101 {
		t.Errorf("%d letters and %d jobs", got/100, got%100)
	}
}

func TestALettersWayEndsOnce(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	if err := queue(t, h, c, h.Contact, nil); err != nil {
		t.Fatal(err)
	}
	id := h.Text(t, `SELECT id::text FROM letters`)
	w, err := outbox.Find(t.Context(), h.DB, id)
	if err != nil || !w.Needed || w.CaseCode != c.Code || w.Address != "kim1@example.org" || w.Language != "da" {
		t.Errorf("%+v, %v", w, err)
	}
	h.Set(t, `UPDATE users SET active = false WHERE id = $1`, h.Contact.ID)
	if w, err = outbox.Find(t.Context(), h.DB, id); err != nil || w.Needed {
		t.Errorf("to somebody who left: %+v, %v", w, err)
	}
	for _, state := range []string{"dropped", "sent"} {
		if err := outbox.End(t.Context(), h.DB, id, state); err != nil {
			t.Error(err)
		}
	}
	if got := h.Text(t, `SELECT state FROM letters`); got != "dropped" {
		t.Errorf("ended as %s", got)
	}
	if _, err := outbox.Find(t.Context(), h.DB, id); !errors.Is(err, outbox.ErrEnded) {
		t.Error(err)
	}
}
