package casefile_test

import (
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
)

func refer(t *testing.T, h *housetest.House, who access.Actor, code string, read int, in casefile.NewReferral) (casefile.Referral, error) {
	t.Helper()
	return casefile.RecordReferral(t.Context(), h.DB, h.Vault, who, code, read, in)
}

func TestR41_AReferralKeepsEveryVersion(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	housetest.Refused(t, second(casefile.ReadReferral(t.Context(), h.DB, c.By, c.Code)), fault.NotFound, "")
	in := casefile.NewReferral{PartnerID: h.Referrer.Partner, ReferredOn: h.Today().AddDays(-40)}
	first, err := refer(t, h, c.By, c.Code, 0, in)
	must(t, err)
	if first.Version != 1 || first.Consent != nil {
		t.Errorf("%+v", first)
	}
	in.Consent = &casefile.FeedbackConsent{GivenBy: "self", Language: "ro", GivenOn: h.Today()}
	housetest.Refused(t, second(refer(t, h, c.By, c.Code, 0, in)), fault.Precondition, "")
	agreed, err := refer(t, h, c.By, c.Code, 1, in)
	must(t, err)
	if agreed.Reference != first.Reference || agreed.Version != 2 || *agreed.Consent != *in.Consent {
		t.Errorf("%+v after %+v", agreed, first)
	}
	housetest.Refused(t, second(refer(t, h, c.By, c.Code, 1, in)), fault.Stale, "")
	withdrawn, err := casefile.WithdrawReferralConsent(t.Context(), h.DB, h.Lead, c.Code, 2)
	must(t, err)
	if read, err := casefile.ReadReferral(t.Context(), h.DB, c.By, c.Code); err != nil || read.Consent != nil || read.Version != 3 || read.Reference != withdrawn.Reference {
		t.Errorf("%+v, %v", read, err)
	}
	housetest.Refused(t, second(casefile.WithdrawReferralConsent(t.Context(), h.DB, h.Lead, c.Code, 3)), fault.Conflict, "R41")
	in.PartnerID = h.Text(t, `INSERT INTO partners (name, role, email) VALUES ('Another', 'referring_organisation', 'x@example.org') RETURNING id::text`)
	other, err := refer(t, h, c.By, c.Code, 3, in)
	must(t, err)
	if other.Reference == first.Reference {
		t.Error("another organisation gets the reference of the first")
	}
	if got := h.Text(t, `SELECT string_agg(coalesce(given_by, '-'), ' ' ORDER BY version) FROM referrals`); got != "- self - self" {
		t.Errorf("kept: %s", got)
	}
	errs := housetest.AtOnce(4, func(int) error { return second(refer(t, h, c.By, c.Code, 4, in)) })
	if n := housetest.Succeeded(errs); n != 1 {
		t.Errorf("%d of four edits at once: %v", n, errs)
	}
}

func TestR41_AReferralNamesAnOrganisationThatRefersAndWhoAgreed(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	c := h.Case(t)
	today := h.Today()
	good := func() casefile.NewReferral {
		return casefile.NewReferral{PartnerID: h.Referrer.Partner, ReferredOn: today.AddDays(-40), Consent: &casefile.FeedbackConsent{GivenBy: "self", Language: "ro", GivenOn: today}}
	}
	for name, bad := range map[string]struct {
		change func(*casefile.NewReferral)
		kind   fault.Kind
		rule   string
	}{
		"a partner that receives people": {func(in *casefile.NewReferral) { in.PartnerID = h.Home.Partner }, fault.Invalid, ""},
		"nobody's id":                    {func(in *casefile.NewReferral) { in.PartnerID = h.Contact.ID }, fault.Invalid, ""},
		"a referral to come":             {func(in *casefile.NewReferral) { in.ReferredOn = today.AddDays(1) }, fault.Invalid, ""},
		"agreed tomorrow":                {func(in *casefile.NewReferral) { in.Consent.GivenOn = today.AddDays(1) }, fault.Invalid, ""},
		"agreed before the referral":     {func(in *casefile.NewReferral) { in.Consent.GivenOn = today.AddDays(-41) }, fault.Invalid, ""},
		"agreed by no representative":    {func(in *casefile.NewReferral) { in.Consent.GivenBy = "representative" }, fault.Conflict, "R5"},
	} {
		t.Run(name, func(t *testing.T) {
			in := good()
			bad.change(&in)
			housetest.Refused(t, second(refer(t, h, c.By, c.Code, 0, in)), bad.kind, bad.rule)
		})
	}
	for _, who := range []access.Actor{h.Colleague, h.OtherLead} {
		housetest.Refused(t, second(refer(t, h, who, c.Code, 0, good())), fault.NotFound, "")
	}
	housetest.Refused(t, second(refer(t, h, h.Referrer, c.Code, 0, good())), fault.Forbidden, "")
	must(t, second(refer(t, h, h.Lead, c.Code, 0, good())))
	h.Set(t, `UPDATE partners SET active = false WHERE id = $1`, h.Referrer.Partner)
	housetest.Refused(t, second(refer(t, h, c.By, c.Code, 1, good())), fault.Invalid, "")
}
