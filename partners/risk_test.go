package partners_test

import (
	"errors"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/internal/access"
	"hjemvej/internal/fault"
	"hjemvej/internal/housetest"
	"hjemvej/partners"
)

func risk(t *testing.T, h *housetest.House, who access.Actor, id string) (partners.SharedRisk, error) {
	t.Helper()
	return partners.ReadRisk(t.Context(), h.DB, h.Vault, who, id)
}

func TestR9_RiskGoesToTheProtectionFocalPointAlone(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	id := h.Offer(t, c, h.Home)
	h.Consent(t, c, h.Home, casefile.ShareRisk) // not for identity: that is a consent of its own
	h.Assess(t, c, casefile.Risk, "cleared_with_conditions")
	h.Assess(t, c, casefile.Needs, "done")
	got, err := risk(t, h, h.HomeFocalPoint, id)
	must(t, err)
	if got.Case != c.Code || got.Result != "cleared_with_conditions" || got.Conditions != "In the city only" || got.Risk.Threats != "None known" || got.SignedOn != h.Today() {
		t.Errorf("%+v", got)
	}
	if n := h.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'read-handoff-risk' AND outcome = 'done' AND actor_id = $1 AND case_code = $2 AND object_id = $3`,
		h.HomeFocalPoint.ID, c.Code, id); n != 1 {
		t.Errorf("the reading left %d rows", n)
	}
	focal, err := partners.IssueKey(t.Context(), h.DB, h.Administrator, h.OtherHome.Partner, partners.NewKey{Label: "Focal point", Days: 30, Scopes: access.Scopes, FocalPoint: true})
	must(t, err)
	if !focal.FocalPoint {
		t.Error("the key is not a focal point's")
	}
	for name, who := range map[string]access.Actor{
		"another key of the partner":      h.Home,
		"another partner":                 h.Return,
		"another partner's focal point":   {ID: focal.ID, Role: access.Partner, Partner: h.OtherHome.Partner, Scopes: access.EveryScope},
		"a focal point in another's name": {ID: focal.ID, Role: access.Partner, Partner: h.Home.Partner, Scopes: access.EveryScope},
	} {
		before := h.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'read-handoff-risk' AND outcome = 'denied'`)
		_, err := risk(t, h, who, id)
		housetest.Refused(t, err, fault.NotFound, "")
		if f := new(fault.Error); !errors.As(err, &f) || f.Message != fault.NoSuch("risk assessment").Message {
			t.Errorf("%s is told %v", name, err)
		}
		if n := h.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'read-handoff-risk' AND outcome = 'denied'`); n != before+1 {
			t.Errorf("%s: %d refusals are recorded", name, n-before)
		}
	}
	if n := h.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'read-handoff-risk' AND outcome = 'done'`); n != 1 {
		t.Errorf("%d readings are recorded", n)
	}
	housetest.Refused(t, second(risk(t, h, h.Contact, id)), fault.Forbidden, "")
}

func TestR9_RiskIsReadByConsentAndWhileTheCaseIsHanded(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	id := h.Offer(t, c, h.Home)
	read := func() error { return second(risk(t, h, h.HomeFocalPoint, id)) }
	h.Assess(t, c, casefile.Risk, "not_cleared")
	housetest.Refused(t, read(), fault.NotFound, "")
	others := []casefile.Category{casefile.ShareIdentity, casefile.ShareContact, casefile.ShareTravel, casefile.ShareHealth, casefile.ShareFamily, casefile.ShareNeeds, casefile.ShareSupport, casefile.ShareFollowUp}
	h.Consent(t, c, h.Home, others...)
	h.Consent(t, c, h.Return, casefile.ShareRisk)
	housetest.Refused(t, read(), fault.NotFound, "")
	given := h.Consent(t, c, h.Home, casefile.ShareRisk)
	must(t, read())
	must(t, second(partners.WithdrawConsent(t.Context(), h.DB, c.By, c.Code, given[0].ID, given[0].Version)))
	housetest.Refused(t, read(), fault.NotFound, "")
	h.Pass(1)
	h.Consent(t, c, h.Home, casefile.ShareRisk)
	must(t, read())
	must(t, second(partners.Revoke(t.Context(), h.DB, c.By, c.Code, id, 1)))
	housetest.Refused(t, read(), fault.NotFound, "")
}

func TestR9_TheFocalPointReadsWhatIsSigned(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	id := h.Offer(t, c, h.Home)
	h.Consent(t, c, h.Home, casefile.ShareRisk)
	denied := func() int {
		return h.Count(t, `SELECT count(*) FROM audit_log WHERE operation = 'read-handoff-risk' AND outcome = 'denied'`)
	}
	h.Assess(t, c, casefile.Risk, "") // a draft is nobody else's
	h.Assess(t, c, casefile.Needs, "done")
	housetest.Refused(t, second(risk(t, h, h.HomeFocalPoint, id)), fault.NotFound, "")
	if denied() != 0 {
		t.Error("that there is none yet is recorded as a refusal")
	}
	for _, step := range []struct{ saved, want string }{{"cleared", "cleared"}, {"", "cleared"}, {"not_cleared", "not_cleared"}} {
		h.Assess(t, c, casefile.Risk, step.saved)
		if got, err := risk(t, h, h.HomeFocalPoint, id); err != nil || got.Result != step.want {
			t.Errorf("after %q: %+v, %v", step.saved, got, err)
		}
	}
	keys, err := partners.ListKeys(t.Context(), h.DB, h.Administrator, h.Home.Partner)
	must(t, err)
	for _, k := range keys {
		if k.FocalPoint != (k.ID == h.HomeFocalPoint.ID) {
			t.Errorf("%+v", k)
		}
	}
	if len(keys) != 2 {
		t.Errorf("%d keys", len(keys))
	}
}

func TestR9_TheKeyOfRiskIsTheFocalPointsAloneByTheDatabase(t *testing.T) {
	t.Parallel()
	h, c := housetest.NewAccepted(t)
	h.Offer(t, c, h.Home)
	h.Consent(t, c, h.Home, casefile.ShareRisk)
	for who, want := range map[access.Actor]int64{h.HomeFocalPoint: 1, h.Home: 0, h.Return: 0, h.Finance: 0, h.Nobody: 0,
		{ID: h.HomeFocalPoint.ID, Role: access.Manager, Partner: h.Home.Partner}: 0} {
		if n, err := h.Exec(t.Context(), who, `SELECT FROM key_of_risk($1)`, c.ID); n != want || err != nil {
			t.Errorf("%s finds %d, %v", who.Role, n, err)
		}
	}
}
