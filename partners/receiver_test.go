package partners_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"
)

func offer(t *testing.T, h *housetest.House, c *housetest.Case, partner string) (partners.Handoff, error) {
	return partners.Offer(t.Context(), h.DB, c.By, c.Code, partners.NewHandoff{PartnerID: partner})
}

// unfit is what keeps a partner from being handed anything.
var unfit = []struct{ sql, rule, constraint, says string }{
	{`UPDATE partners SET transfer_ground = NULL, transfer_reference = NULL WHERE id = $1`, "R7", "handoff_without_transfer_ground", "no ground"},
	{`UPDATE partners SET active_from = '2026-01-01', active_until = '2026-10-11' WHERE id = $1`, "R20", "handoff_to_inactive_partner", "not active"},
	{`UPDATE partners SET active_from = '2026-10-13' WHERE id = $1`, "R20", "handoff_to_inactive_partner", "not active"},
	{`UPDATE partners SET role = 'referring_organisation' WHERE id = $1`, "R20", "handoff_to_referring_organisation", "refers people"},
}

func TestR7_R20_NothingIsHandedToAPartnerWithoutGroundOutsideItsDaysOrThatRefers(t *testing.T) {
	t.Parallel()
	for _, u := range unfit {
		t.Run(u.constraint, func(t *testing.T) {
			t.Parallel()
			h, c := housetest.NewAccepted(t)
			h.Set(t, u.sql, h.Home.Partner)
			_, err := offer(t, h, c, h.Home.Partner)
			housetest.Refused(t, err, fault.Conflict, u.rule)
			var f *fault.Error
			if !errors.As(err, &f) || !strings.Contains(f.Message, u.says) {
				t.Errorf("told %v", err)
			}
			const insert = `INSERT INTO handoffs (case_id, partner_id, role, state, answer_due_on, offered_by) VALUES ($1, $2, 'home_country_partner', $3, '2026-10-15', $4)`
			for _, state := range []string{"offered", "received", "accepted", "in_progress", "completed"} {
				_, err := h.Exec(t.Context(), h.Contact, insert, c.ID, h.Home.Partner, state, h.Contact.ID)
				housetest.Broken(t, err, u.constraint)
			}
			if _, err := h.Exec(t.Context(), h.Contact, insert, c.ID, h.Home.Partner, "draft", h.Contact.ID); err != nil {
				t.Errorf("a draft is nothing handed over: %v", err)
			}
			_, err = h.Exec(t.Context(), h.Contact, `UPDATE handoffs SET state = 'offered'`)
			housetest.Broken(t, err, u.constraint)
			other := h.Offer(t, h.Accepted(t), h.OtherHome)
			_, err = h.Exec(t.Context(), h.Contact, `UPDATE handoffs SET partner_id = $2 WHERE id = $1`, other, h.Home.Partner)
			housetest.Broken(t, err, u.constraint)
		})
	}
}

func TestWhatWasHandedOverGoesOnWhateverTheRegistrySaysNow(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	id := h.Offer(t, h.Accepted(t), h.Home)
	p, err := partners.Read(t.Context(), h.DB, h.Administrator, h.Home.Partner)
	must(t, err)
	p.TransferGround, p.TransferReference = "", ""
	must(t, second(partners.Change(t.Context(), h.DB, h.Administrator, p.ID, p.Version, p.RegistryEntry)))
	must(t, second(partners.Receive(t.Context(), h.DB, h.Home, id, 1)), second(partners.AnswerOffer(t.Context(), h.DB, h.Home, id, 2, partners.Answer{Answer: "accepted"})),
		second(partners.ReadHanded(t.Context(), h.DB, h.Vault, h.Home, id)), second(partners.Complete(t.Context(), h.DB, h.Home, id, 3)))
}

// The last look is the database's: an offer that found a ground waits while it is
// being taken away, and is refused.
func TestR7_AGroundThatIsTakenAwayMeanwhileIsNoGround(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	admin, err := h.Owner.Begin(t.Context())
	must(t, err)
	_, err = admin.Exec(t.Context(), `UPDATE partners SET transfer_ground = NULL, transfer_reference = NULL WHERE id = $1`, h.Home.Partner)
	must(t, err)
	waits, offered := h.SomebodyWaits(t), make(chan error)
	go func() { offered <- second(offer(t, h, c, h.Home.Partner)) }()
	<-waits
	must(t, admin.Commit(t.Context()))
	housetest.Refused(t, <-offered, fault.Conflict, "R7")
}

func TestR20_TheDeadlineCountsThePartnersOwnWorkingDays(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for name, s := range map[string]struct {
		zone, days, holidays string
		now                  time.Time
		want                 string
	}{
		"Monday to Friday":                    {"Europe/Copenhagen", "{1,2,3,4,5}", "{}", time.Date(2026, 10, 12, 10, 0, 0, 0, time.UTC), "2026-10-15"},
		"Sunday to Thursday":                  {"Europe/Copenhagen", "{7,1,2,3,4}", "{}", time.Date(2026, 10, 14, 10, 0, 0, 0, time.UTC), "2026-10-19"},
		"over its holidays":                   {"Europe/Bucharest", "{1,2,3,4,5}", "{2026-11-30,2026-12-01}", time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC), "2026-12-04"},
		"not over Danish ones":                {"Africa/Lagos", "{1,2,3,4,5}", "{}", time.Date(2026, 12, 23, 10, 0, 0, 0, time.UTC), "2026-12-28"},
		"from its own day, which has begun":   {"Asia/Manila", "{1,2,3,4,5}", "{}", time.Date(2026, 10, 12, 17, 0, 0, 0, time.UTC), "2026-10-16"},
		"from its own day, which is not over": {"America/Bogota", "{1,2,3,4,5}", "{}", time.Date(2026, 10, 12, 23, 30, 0, 0, time.UTC), "2026-10-15"},
	} {
		h.Set(t, `UPDATE partners SET time_zone = $2, working_days = $3::int[], holidays = $4::date[] WHERE id = $1`, h.Home.Partner, s.zone, s.days, s.holidays)
		h.SetNow(s.now)
		got, err := offer(t, h, h.Accepted(t), h.Home.Partner)
		must(t, err)
		if got.AnswerDueOn != calendar.MustParse(s.want) {
			t.Errorf("%s: by %s, want %s", name, got.AnswerDueOn, s.want)
		}
	}
}
