package casefile_test

import (
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/calendar"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"

	"pgregory.net/rapid"
)

// give records a consent for identity from one day to another, given on the
// house's today.
func give(t *testing.T, h *housetest.House, c *housetest.Case, purpose string, from, until int) casefile.Consent {
	t.Helper()
	out, err := casefile.GiveConsent(t.Context(), h.DB, h.Vault, c.By, c.Code, casefile.NewConsent{PartnerID: h.Home.Partner,
		Categories: []casefile.Category{casefile.ShareIdentity}, Purpose: purpose, GivenBy: "self", Language: "ro",
		ValidFrom: h.Today().AddDays(from), ValidUntil: h.Today().AddDays(until)})
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

func sharing(t *testing.T, h *housetest.House, c *housetest.Case) casefile.Sharing {
	t.Helper()
	all, err := casefile.ReadSharing(t.Context(), h.DB, c.By, c.Code, h.Home.Partner)
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func TestR7_TheNarrowestOfSeveralConsentsWins(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	if s := sharing(t, h, c); s.May || s.Why != "never_given" {
		t.Errorf("without a consent: %+v", s)
	}
	wide := give(t, h, c, "support", 0, 100)
	narrow := give(t, h, c, "support", 0, 10)
	if s := sharing(t, h, c); !s.May || s.Until != narrow.ValidUntil {
		t.Errorf("with two: %+v, want until %s", s, narrow.ValidUntil)
	}
	h.Pass(11)
	if s := sharing(t, h, c); s.May || s.Why != "narrower_ended" || s.ConsentID != narrow.ID {
		t.Errorf("after the narrower ended: %+v", s)
	}
	anew := give(t, h, c, "support", 0, 50)
	if s := sharing(t, h, c); !s.May || s.ConsentID != anew.ID || anew.ID == wide.ID {
		t.Errorf("given anew: %+v", s)
	}
}

func TestR7_ARenewalOutlivesTheConsentThatItRenews(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	give(t, h, c, "support", 0, 10)
	h.Pass(5) // the letter says that it expires
	renewed := give(t, h, c, "support", 0, 300)
	if s := sharing(t, h, c); !s.May || s.Until != renewed.ValidUntil {
		t.Errorf("renewed: %+v", s)
	}
	h.Pass(6)
	if s := sharing(t, h, c); !s.May || s.ConsentID != renewed.ID {
		t.Errorf("after the first one ran out: %+v", s)
	}
}

func TestR7_AWithdrawalIsFinalInRawSQL(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	k := give(t, h, c, "support", 0, 10)
	if _, err := partners.WithdrawConsent(t.Context(), h.DB, c.By, c.Code, k.ID, k.Version); err != nil {
		t.Fatal(err)
	}
	_, err := h.Exec(t.Context(), h.Program, `UPDATE consents SET withdrawn_at = NULL WHERE id = $1`, k.ID)
	housetest.Broken(t, err, "consent_withdrawal_is_final")
	_, err = h.Exec(t.Context(), h.Program, `UPDATE consents SET valid_until = valid_until + 100 WHERE id = $1`, k.ID)
	housetest.Broken(t, err, "42501")
}

func TestR7_AWithdrawalStopsTheCategoryWhateverElseWasGiven(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	first := give(t, h, c, "support", 0, 100)
	give(t, h, c, "follow_up", 0, 60)
	h.Pass(1)
	if _, err := partners.WithdrawConsent(t.Context(), h.DB, c.By, c.Code, first.ID, first.Version); err != nil {
		t.Fatal(err)
	}
	if s := sharing(t, h, c); s.May || s.Why != "withdrawn" {
		t.Errorf("after the withdrawal: %+v", s)
	}
	h.Pass(1)
	if anew := give(t, h, c, "support", 0, 10); !sharing(t, h, c).May || sharing(t, h, c).ConsentID != anew.ID {
		t.Errorf("given anew: %+v", sharing(t, h, c))
	}
}

func TestR7_SharingIsAskedOfOneRuleInProgramAndDatabase(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	rapid.Check(t, func(r *rapid.T) {
		var given []casefile.Consent
		for range rapid.IntRange(0, 3).Draw(r, "consents") {
			from := rapid.IntRange(-1, 3).Draw(r, "from")
			if h.Today().AddDays(from).Before(calendar.Today(h.Now()).AddDays(-1)) {
				from = 0
			}
			given = append(given, give(t, h, c, rapid.SampledFrom([]string{"support", "reception"}).Draw(r, "purpose"), max(from, 0), max(from, 0)+rapid.IntRange(0, 4).Draw(r, "days")))
		}
		if len(given) > 0 && rapid.Bool().Draw(r, "withdraw") {
			h.Pass(1)
			k := given[rapid.IntRange(0, len(given)-1).Draw(r, "which")]
			if _, err := partners.WithdrawConsent(t.Context(), h.DB, c.By, c.Code, k.ID, k.Version); err != nil {
				r.Fatal(err)
			}
		}
		all, err := casefile.ListConsents(t.Context(), h.DB, c.By, c.Code)
		if err != nil {
			r.Fatal(err)
		}
		for days := range 8 {
			day := h.Today().AddDays(days)
			want := casefile.MayShare(all, h.Home.Partner, casefile.ShareIdentity, day)
			n := h.Count(t, `SELECT CASE WHEN shares_with((SELECT id FROM cases WHERE code = $1), $2::uuid, 'identity', $3::date) THEN 1 ELSE 0 END`, c.Code, h.Home.Partner, day)
			if (n == 1) != want.May {
				r.Fatalf("on %s the database says %d and the program %+v\n%+v", day, n, want, all)
			}
		}
		h.Pass(rapid.IntRange(0, 2).Draw(r, "pass"))
	})
}

func TestR7_SharingIsForCaseworkers(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	_, err := casefile.ReadSharing(t.Context(), h.DB, access.Actor{ID: h.Home.ID, Role: access.Partner, Partner: h.Home.Partner}, c.Code, h.Home.Partner)
	if fault.KindOf(err) != fault.Forbidden {
		t.Errorf("a partner asks: %v", err)
	}
}

func TestR7_TheEndOfAConsentIsAnnouncedOnce(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	give(t, h, c, "support", 0, 20)
	for _, step := range []struct{ days, want int }{{0, 0}, {5, 0}, {1, 1}, {1, 0}, {14, 0}} {
		h.Pass(step.days)
		if n, err := casefile.WarnConsents(t.Context(), h.DB); err != nil || n != step.want {
			t.Errorf("on %s: %d letters, %v, want %d", h.Today(), n, err, step.want)
		}
	}
}
