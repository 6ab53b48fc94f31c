package followup_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hjemvej/casework/casefile"
	"hjemvej/casework/followup"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"
)

var longer = followup.NewExtension{Until: calendar.MustParse("2027-09-30"), Reason: "The training ends then"}

func TestR23_R32_AnExtensionTakesTwoPeopleAndMovesTheLastDay(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	asked, err := followup.AskExtension(t.Context(), h.DB, h.Lead, c.Code, longer)
	must(t, err)
	housetest.Refused(t, second(followup.ApproveExtension(t.Context(), h.DB, h.Lead, c.Code, asked.ID)), fault.Conflict, "R32")
	err = h.Raw(t.Context(), h.Lead, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE extensions SET approved_by = $1, approved_at = now()`, h.Lead.ID)
		return err
	})
	if got := housetest.Constraint(err); got != "extension_four_eyes" {
		t.Errorf("the database lets one person do both: %v", err)
	}
	must(t, second(followup.WithdrawExtension(t.Context(), h.DB, h.Lead, c.Code, asked.ID)))
	asked, err = followup.AskExtension(t.Context(), h.DB, h.Contact, c.Code, longer)
	must(t, err)
	if n := housetest.Succeeded(housetest.AtOnce(3, func(int) error {
		return second(followup.ApproveExtension(t.Context(), h.DB, h.Lead, c.Code, asked.ID))
	})); n != 1 {
		t.Errorf("approved %d times", n)
	}
	want := `arrival_contact 2026-10-26 open
month_1 2026-11-12 open
month_3 2027-01-12 open
month_6 2027-04-12 open
extension 2027-07-12 open
exit 2027-09-30 open`
	if got := slots(t, h, c); got != want {
		t.Errorf("extended:\n%s", got)
	}
	h.SetToday("2026-10-20")
	h.Confirm(t, c, h.Home, day("2026-10-15"), "Seen later")
	if got := h.Text(t, `SELECT last_day::text FROM cases WHERE id = $1`, c.ID); got != "2027-09-30" {
		t.Errorf("a corrected arrival moved the last day to %s", got)
	}
	list, err := followup.ListExtensions(t.Context(), h.DB, h.Contact, c.Code)
	must(t, err)
	if len(list) != 2 || list[0].State == list[1].State || list[0].ApprovedBy+list[1].ApprovedBy != h.Lead.ID { // both were asked for on one day
		t.Errorf("history: %+v", list)
	}
	for _, until := range []string{"2027-09-30", "2027-10-16"} {
		in := followup.NewExtension{Until: day(until), Reason: "More"}
		housetest.Refused(t, second(followup.AskExtension(t.Context(), h.DB, h.Contact, c.Code, in)), fault.Invalid, "")
	}
	h.SetToday("2027-10-01")
	housetest.Refused(t, second(followup.AskExtension(t.Context(), h.DB, h.Contact, c.Code, followup.NewExtension{Until: day("2027-10-12"), Reason: "More"})), fault.Conflict, "R32")
}

func TestR31_R32_Month12IsOwedByItsOwnConsentThoughTheCaseHasEnded(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	consent := followup.NewMonth12Consent{GivenOn: h.Today(), GivenBy: "self", Language: "ro"}
	errs := housetest.AtOnce(3, func(int) error {
		return second(followup.GiveMonth12Consent(t.Context(), h.DB, h.Vault, h.Contact, c.Code, consent))
	})
	if housetest.Succeeded(errs) != 1 {
		t.Fatalf("consents: %v", errs)
	}
	must(t, second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, 0, followup.ExitReview{Outcome: followup.ReMigrated, ExitedOn: h.Today()})))
	must(t, second(partners.Close(t.Context(), h.DB, h.Contact, c.Code, 0, partners.Closing{ClosedOn: h.Today()})))
	must(t, replan(t, h, c))
	if got := slots(t, h, c); !strings.HasSuffix(got, "month_12 2027-10-12 open") || strings.Count(got, "open") != 1 {
		t.Fatalf("after the end:\n%s", got)
	}
	must(t, second(followup.WithdrawMonth12Consent(t.Context(), h.DB, h.Contact, c.Code)))
	survey := followup.NewSurvey{Kind: "month_12", AnsweredOn: day("2027-10-12"), Answers: extreme(true)}
	h.SetToday("2027-10-12")
	if got := slots(t, h, c); strings.Contains(got, "open") {
		t.Errorf("withdrawn:\n%s", got)
	}
	housetest.Refused(t, second(followup.AnswerSurvey(t.Context(), h.DB, h.Contact, c.Code, survey)), fault.Conflict, "R31")
	must(t, second(followup.GiveMonth12Consent(t.Context(), h.DB, h.Vault, h.Contact, c.Code, consent)))
	must(t, second(followup.AnswerSurvey(t.Context(), h.DB, h.Contact, c.Code, survey)))
	reached := followup.NewAttempt{MadeOn: h.Today(), Channel: followup.Call, Outcome: followup.ReachedSafe}
	must(t, second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, h.Followup(t, c, followup.Month12, ""), reached)))
	must(t, second(followup.WithdrawMonth12Consent(t.Context(), h.DB, h.Contact, c.Code)))
	if got := slots(t, h, c); !strings.HasSuffix(got, "month_12 2027-10-12 done") || strings.Contains(got, "open") {
		t.Errorf("done:\n%s", got)
	}
}

func TestR35_OfWhoDiedNothingIsOwed(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	must(t, second(followup.GiveMonth12Consent(t.Context(), h.DB, h.Vault, h.Contact, c.Code, followup.NewMonth12Consent{GivenOn: h.Today(), GivenBy: "self", Language: "ro"})))
	must(t, second(followup.RecordExit(t.Context(), h.DB, h.Contact, c.Code, 0, followup.ExitReview{Outcome: followup.Died, ExitedOn: h.Today()})))
	must(t, replan(t, h, c))
	if got := slots(t, h, c); strings.Contains(got, "open") {
		t.Errorf("open:\n%s", got)
	}
}

func TestR37_ALevelIsRaisedWithAReasonAndNeverLowered(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	raise := func(l followup.Level) error {
		return second(followup.RaiseLevel(t.Context(), h.DB, h.Contact, c.Code, followup.Raise{Level: l, Reason: "Her brother moved in"}))
	}
	housetest.Refused(t, raise(followup.Standard), fault.Conflict, "R37")
	if n := housetest.Succeeded(housetest.AtOnce(3, func(int) error { return raise(followup.Intensified) })); n != 1 {
		t.Errorf("raised %d times", n)
	}
	if got := strings.Count(slots(t, h, c), "weekly"); got != 4 {
		t.Errorf("%d weekly contacts", got)
	}
	got, err := followup.ReadLevel(t.Context(), h.DB, h.Contact, c.Code)
	must(t, err)
	if got.Level != followup.Intensified || got.From != "raise" || len(got.History) != 1 || got.History[0].Reason == "" {
		t.Errorf("%+v", got)
	}
	h.Pass(1)
	must(t, second(followup.AnswerSurvey(t.Context(), h.DB, h.Home, c.Code, followup.NewSurvey{Kind: "baseline", AnsweredOn: h.Today(), Answers: extreme(false)})))
	if got := strings.Count(slots(t, h, c), "weekly"); got != 4 {
		t.Errorf("%d weekly contacts of an overlapping survey", got)
	}
}

// The rule in Go and the one that guards in the database are the same.
func TestR37_TheDatabaseKnowsTheSameLevel(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t)
	kinds := []string{"baseline", "month_3", "exit"}
	h.Set(t, `ALTER TABLE level_raises DISABLE TRIGGER guard_level`)
	rapid.Check(t, func(rt *rapid.T) {
		h.Set(t, `DELETE FROM level_raises`)
		h.Set(t, `DELETE FROM surveys`)
		var sets []followup.LevelSet
		for i := range rapid.IntRange(0, 5).Draw(rt, "sets") {
			s := followup.LevelSet{On: h.Today().AddDays(rapid.IntRange(0, 3).Draw(rt, "on")), Raised: i >= len(kinds) || rapid.Bool().Draw(rt, "raised"),
				Level: rapid.SampledFrom([]followup.Level{followup.Standard, followup.Intensified}).Draw(rt, "level")}
			at := h.Now().Add(time.Duration(i) * time.Second)
			if s.Raised {
				h.Set(t, `INSERT INTO level_raises (case_id, level, reason, raised_on, raised_by, recorded_at) VALUES ($1,$2,'x',$3,$4,$5)`, c.ID, string(s.Level), s.On, h.Contact.ID, at)
			} else {
				h.Set(t, `INSERT INTO surveys (case_id, kind, instrument, answers, answered_on, economic, social, psychosocial, composite, non_answers, level, interviewer_gives_support, recorded_by, recorded_at)
					VALUES ($1,$2,'x','{}',$3,0,0,0,0,0,$4,false,$5,$6)`, c.ID, kinds[i], s.On, string(s.Level), h.Contact.ID, at)
			}
			sets = append(sets, s)
		}
		want := followup.Standard
		if in := followup.InForce(sets); in != nil {
			want = in.Level
		}
		if got := h.Text(t, `SELECT level_in_force($1)`, c.ID); got != string(want) {
			rt.Fatalf("%v: %s in the database, %s in Go", sets, got, want)
		}
	})
}

func TestR7_R31_ThePartnerCallsWhileItMayAndTheContactPersonOtherwise(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Arrived(t, housetest.Aged(14))
	told := func(want string) {
		t.Helper()
		list, err := followup.List(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
		must(t, err)
		if got := list[0].By + " " + list[0].With + " " + list[0].TimeZone; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		due, _, err := followup.ListDue(t.Context(), h.DB, h.Vault, h.Home, followup.Due{Until: day("2026-10-26"), Limit: 9})
		must(t, err)
		if mine := strings.HasPrefix(want, "partner"); mine != (len(due) == 1) {
			t.Errorf("the partner has %d due", len(due))
		}
	}
	told("partner representative Europe/Bucharest")
	h.Set(t, `UPDATE representatives SET ended_on = '2026-10-20'`)
	told("partner person Europe/Bucharest")
	h.Set(t, `UPDATE consents SET valid_until = '2026-10-25' WHERE case_id = $1 AND category = 'follow_up'`, c.ID)
	told("contact_person person Europe/Bucharest") // it runs out before the day
	h.Set(t, `UPDATE consents SET valid_until = '2026-10-26' WHERE case_id = $1 AND category = 'follow_up'`, c.ID)
	told("partner person Europe/Bucharest")
	must(t, second(partners.Revoke(t.Context(), h.DB, h.Contact, c.Code, c.HomeHandoff, 0)))
	told("contact_person person Europe/Bucharest")
}

func TestR31_ADayIsTheDayAtTheDestination(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewArrived(t) // arrival contact due on 26 October
	look := func(zone, now string, overdue bool, today string) {
		t.Helper()
		h.Set(t, `UPDATE cases SET destination_time_zone = $2 WHERE id = $1`, c.ID, zone)
		at, err := time.Parse(time.RFC3339, now)
		must(t, err)
		h.SetNow(at)
		list, err := followup.List(t.Context(), h.DB, h.Vault, h.Contact, c.Code)
		must(t, err)
		if list[0].Overdue != overdue {
			t.Errorf("%s at %s: overdue is %v", zone, now, list[0].Overdue)
		}
		try := followup.NewAttempt{MadeOn: day(today), MadeAt: &at, Channel: followup.Call, Outcome: followup.NoAnswer}
		must(t, second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, list[0].ID, try)))
		try.MadeOn = try.MadeOn.AddDays(1)
		housetest.Refused(t, second(followup.RecordAttempt(t.Context(), h.DB, h.Vault, h.Contact, list[0].ID, try)), fault.Invalid, "")
	}
	look("Pacific/Honolulu", "2026-10-27T09:59:00Z", false, "2026-10-26")
	look("Pacific/Honolulu", "2026-10-27T10:00:00Z", true, "2026-10-27")
	look("Pacific/Tongatapu", "2026-10-26T10:59:00Z", false, "2026-10-26")
	look("Pacific/Tongatapu", "2026-10-26T11:00:00Z", true, "2026-10-27")
}

func TestADestinationsTimeZoneIsItsCountrysOrSaid(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Offered(t)
	to := casefile.Destination{Country: "BR", Kind: "home_country", TimeZone: "America/Nowhere"}
	housetest.Refused(t, second(casefile.ChangeDestination(t.Context(), h.DB, h.Contact, c.Code, 0, to)), fault.Invalid, "")
	to.TimeZone = "America/Manaus"
	out, err := casefile.ChangeDestination(t.Context(), h.DB, h.Contact, c.Code, 0, to)
	must(t, err)
	if out.Destination.TimeZone != "America/Manaus" {
		t.Errorf("%+v", out.Destination)
	}
	var got []string
	for _, country := range []string{"RO", "NG", "VN", "BR", "US", "", "XX"} {
		got = append(got, fmt.Sprint(country, " ", casefile.ZoneThere(country, "")))
	}
	want := []string{"RO Europe/Bucharest", "NG Africa/Lagos", "VN Asia/Ho_Chi_Minh", "BR Europe/Copenhagen", "US Europe/Copenhagen", " Europe/Copenhagen", "XX Europe/Copenhagen"}
	if !slices.Equal(got, want) {
		t.Errorf("zones %q", got)
	}
}
