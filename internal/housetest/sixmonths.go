package housetest

import (
	"hjemvej/casework/followup"
	"hjemvej/casework/support"
	"hjemvej/casework/support/rates"
	"hjemvej/internal/access"
	"hjemvej/internal/money"
	"testing"
)

// Followup is the id of a slot of the case.
func (h *House) Followup(t testing.TB, c *Case, kind followup.Kind, ref string) string {
	t.Helper()
	return h.Text(t, `SELECT id::text FROM followups WHERE case_id = $1 AND kind = $2 AND ref = $3`, c.ID, string(kind), ref)
}

// Answers answers every question of the survey with one code, such as
// dont_know.
func Answers(code string) followup.Answers {
	a := followup.Answers{Choices: map[string]string{}}
	for _, ind := range followup.RSS().Indicators {
		if ind.Asked() {
			a.Choices[ind.Key] = code
		}
	}
	return a
}

// Interview is one of the contact person's, by telephone.
var Interview = followup.Interview{Interviewer: "contact_person", Mode: "call", Language: "ro"}

// Service answers every service question that everybody is asked.
func Service(problems ...string) followup.ServiceAnswers {
	return followup.ServiceAnswers{"as_promised": {"yes"}, "on_time": {"mostly"}, "first_choice": {"partly"}, "easy_to_reach": {"yes"}, "problems": problems}
}

// Answered has the home-country partner begin the survey at the exit, each of
// them ask the service questions, and one answer alarm.
func (h *House) Answered(t testing.TB, c *Case) {
	t.Helper()
	_, err := followup.SaveDraft(t.Context(), h.DB, c.Home, c.Code, followup.Exit, 0, followup.NewDraft{Answers: followup.Answers{Choices: map[string]string{"has_id": "yes"}}})
	must(t, err)
	for kind, by := range map[followup.Kind]access.Actor{followup.Month3: c.Home, followup.Exit: c.By} {
		in := Interview
		if by == c.Home {
			in.Interviewer = "partner"
		}
		_, err := followup.AnswerService(t.Context(), h.DB, by, c.Code, followup.NewService{Kind: kind, AnsweredOn: h.Today(), Answers: Service("treated_badly"), Interview: in})
		must(t, err)
	}
}

// NewPayment is a payment in kroner on the line rent, for today.
func (h *House) NewPayment(dkk, form string) support.NewPayment {
	return support.NewPayment{Line: "rent", Amount: money.DKK(dkk), Form: form, PlannedFor: h.Today()}
}

// Rated has finance record what a unit of a currency costs today, in kroner.
func (h *House) Rated(t testing.TB, currency, rate string) {
	t.Helper()
	_, err := rates.Record(t.Context(), h.DB, h.Finance, rates.NewRate{Currency: currency, RatedOn: h.Today(), Rate: rate})
	must(t, err)
}

// Pay walks a payment in kind on the line rent up to a state of R26: planned by
// the contact person, authorised and sent by finance, received with a receipt.
func (h *House) Pay(t testing.TB, c *Case, dkk string, upTo support.State) support.Payment {
	t.Helper()
	ctx := t.Context()
	p, err := support.Plan(ctx, h.DB, c.By, c.Code, h.NewPayment(dkk, "in_kind"))
	must(t, err)
	steps := []func() (support.Payment, error){
		func() (support.Payment, error) { return support.Authorise(ctx, h.DB, h.Finance, p.ID, p.Version) },
		func() (support.Payment, error) {
			return support.Send(ctx, h.DB, h.Finance, p.ID, p.Version, support.Dispatch{SentOn: h.Today()})
		},
		func() (support.Payment, error) {
			return support.RecordReceipt(ctx, h.DB, c.By, p.ID, p.Version, support.Proof{Kind: "receipt", ReceivedOn: h.Today()})
		},
	}
	for _, step := range steps {
		if p.State == upTo {
			return p
		}
		p, err = step()
		must(t, err)
	}
	if p.State != upTo {
		t.Fatalf("a payment cannot be walked to %s", upTo)
	}
	return p
}

// Payee gives the case a payee, entered by its contact person, and has it
// verified by the team lead where asked.
func (h *House) Payee(t testing.TB, c *Case, verified bool) support.Payee {
	t.Helper()
	p, err := support.ChangePayee(t.Context(), h.DB, h.Vault, c.By, c.Code, 0, support.Account{Kind: "iban", Number: "RO49AAAA1B31007593840000", Holder: "Ana Exemplu", CameOver: "visit"})
	must(t, err)
	if verified {
		p, err = support.VerifyPayee(t.Context(), h.DB, c.Lead, c.Code, p.Version, support.Verification{Over: "call"})
		must(t, err)
	}
	return p
}
