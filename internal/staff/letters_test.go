package staff_test

import (
	"testing"

	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/internal/staff"
)

func TestEveryMemberOfStaffChoosesForThemselves(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	wants := func(who access.Actor) string {
		t.Helper()
		l, err := staff.ReadLetters(t.Context(), h.DB, who)
		if err != nil {
			t.Fatal(err)
		}
		return l.Wants
	}
	for _, who := range h.Staff() {
		if got := wants(who); got != "each_letter" {
			t.Errorf("%s: %s", who.Role, got)
		}
	}
	got, err := staff.ChooseLetters(t.Context(), h.DB, h.Contact, staff.Letters{Wants: "daily_digest"})
	if err != nil || got.Wants != "daily_digest" || wants(h.Contact) != "daily_digest" || wants(h.OtherContact) != "each_letter" {
		t.Errorf("%+v, %v", got, err)
	}
	if n, err := h.Exec(t.Context(), h.Contact, `UPDATE users SET wants = 'daily_digest', role = 'administrator' WHERE id = $1`, h.Contact.ID); err == nil && n > 0 {
		t.Error("the database lets somebody change their own row")
	}
	_, err = staff.ChooseLetters(t.Context(), h.DB, h.Home, staff.Letters{Wants: "daily_digest"})
	housetest.Refused(t, err, fault.Forbidden, "")
}
