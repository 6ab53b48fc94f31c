package api

import (
	"context"
	"maps"
	"strings"
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/casework/filing"
	"hjemvej/casework/followup"
	"hjemvej/casework/person"
	"hjemvej/casework/plan"
	"hjemvej/casework/policy"
	"hjemvej/casework/support"
	"hjemvej/internal/access"
	"hjemvej/internal/housetest"
	"hjemvej/internal/housetest/cabinet"
	"hjemvej/internal/money"
	"hjemvej/internal/pgtest"
	"hjemvej/internal/webhook"
	"hjemvej/partners"
	"hjemvej/partners/events"
)

// whose says to whom a record belongs, seen from the contact person and the
// partner of the matrix.
type whose string

const (
	own        whose = "own"         // of the contact person, the team and the partner, with every consent
	colleagues whose = "colleague's" // of a colleague in the team; handed to the partner without any consent
	others     whose = "another's"   // of another team, handed to another partner
	nobodys    whose = "nobody's"    // there is none
	crossed    whose = "crossed"     // the own case with a thing of another's
)

// ids are the path parameters that lead to a record.
type ids map[string]string

var nobody = ids{
	"code": "Z9Z9-Z9Z9", "key": "none", "handoff_id": absent, "payment_id": absent, "followup_id": absent, "consent_id": absent,
	"reading_id": absent, "duty_id": absent, "report_id": absent, "file_id": absent, "part_id": absent, "statement_id": absent, "n": "1", "partner_id": absent, "key_id": absent, "person_id": absent, "user_id": absent, "endpoint_id": absent, "policy_id": absent, "batch_id": absent, "extension_id": absent, "concern_id": absent, "incident_id": absent,
}

const absent = "00000000-0000-4000-8000-999999999999"

// caseload is a database with a record of each owner at each stage, and how to
// get a copy of it.
type caseload struct {
	*housetest.House
	copy    func(t testing.TB) string // the URL of a fresh copy
	folder  string                    // where its files lie
	records map[whose]map[string]ids  // by the stage
}

// fill makes the caseload once; every test then works on a copy.
func fill(t *testing.T) *caseload {
	t.Helper()
	c := &caseload{folder: t.TempDir(), records: map[whose]map[string]ids{}}
	prepare := func(ctx context.Context, url string) error {
		if err := housetest.Furnish(ctx, url); err != nil {
			return err
		}
		c.House = housetest.On(t, url)
		defer c.Owner.Close()
		defer c.DB.Close()
		c.walk(t)
		return nil
	}
	c.copy = func(t testing.TB) string { return pgtest.Database(t, prepare) }
	c.copy(t)
	return c
}

func (c *caseload) walk(t *testing.T) {
	t.Helper()
	c.Rated(t, "RON", "1.69")
	c.Set(t, `INSERT INTO partners (id, name, role, countries, email, transfer_ground, transfer_reference, active_from)
		VALUES ('00000000-0000-4000-8000-000000000204', 'Nothing', 'home_country_partner', '{RO}', 'nothing@partner.example', 'safeguards', 'Agreement', '2020-01-01')`)
	c.Set(t, `INSERT INTO partner_keys (id, partner_id, label, prefix, hash, expires_at)
		VALUES ('00000000-0000-4000-8000-000000000214', '00000000-0000-4000-8000-000000000204', 'test', 'hjv_test', sha256('nothing'), '2036-01-01')`)
	registered := map[whose]ids{
		own:        {"partner_id": c.Home.Partner, "key_id": c.Home.ID, "user_id": c.Finance2.ID},
		colleagues: {"partner_id": c.Return.Partner, "key_id": c.Return.ID, "user_id": c.OtherLead.ID},
		others:     {"partner_id": c.OtherHome.Partner, "key_id": c.OtherHome.ID, "user_id": c.OtherContact.ID},
	}
	for _, of := range registered {
		e, err := events.Create(t.Context(), c.DB, c.Vault, webhook.New(webhook.Config{}), c.Administrator, of["partner_id"], events.NewEndpoint{URL: "https://partner.example/"})
		must(t, err)
		of["endpoint_id"] = e.ID
		of["policy_id"] = c.proposal(t)
		c.PartnerAccount(t, access.Actor{Partner: of["partner_id"]}, true)
	}
	for who, options := range map[whose][]housetest.Option{
		own:        {housetest.Of(c.Contact, c.Lead), housetest.HandedTo(c.Home)},
		colleagues: {housetest.Of(c.Colleague, c.Lead), housetest.HandedTo(c.Home)},
		others:     {housetest.Of(c.OtherContact, c.OtherLead), housetest.HandedTo(c.OtherHome)},
	} {
		registered[who]["person_id"] = c.recipient(t, registered[who]["partner_id"])
		c.records[who] = map[string]ids{}
		for name, walk := range stages {
			at := walk(c, t, options...)
			maps.Copy(at, registered[who])
			c.records[who][name] = at
		}
		c.pay(t, c.records[who], registered[who], options)
	}
	c.Set(t, `UPDATE consents k SET withdrawn_at = now(), version = k.version + 1 FROM cases c
		WHERE c.id = k.case_id AND c.contact_person_id = $1 AND k.partner_id = $2 AND c.departed_on IS NOT NULL`, c.Colleague.ID, c.Home.Partner)
}

// stages are what the operations need to find, each walked once for each owner.
var stages = map[string]func(*caseload, testing.TB, ...housetest.Option) ids{
	"opened":   onlyCase((*housetest.House).Case),
	"offered":  onlyCase((*housetest.House).Offered),
	"accepted": onlyCase((*housetest.House).Accepted),
	"ready":    onlyCase((*housetest.House).Ready),
	"departed": onlyCase((*housetest.House).Departed),
	"child": func(c *caseload, t testing.TB, o ...housetest.Option) ids {
		return ids{"code": c.Case(t, append(o, housetest.Aged(14))...).Code}
	},
	"contact point": withPart(func() person.Part { return &person.ContactPoint{Kind: "phone", Value: "+40700000001", Whose: "self"} }),
	"address":       withPart(func() person.Part { return &person.Address{Use: "home", Lines: "1", Country: "RO"} }),
	"family member": withPart(func() person.Part { return &person.FamilyMember{Relation: "child", GivenNames: "Ion"} }),
	"document":      withPart(func() person.Part { return &person.IdentityDocument{Kind: "passport", Country: "RO", Number: "1"} }),
	"drafted": func(c *caseload, t testing.TB, o ...housetest.Option) ids {
		return ids{"code": c.drafted(t, o...).Code}
	},
	"asked": func(c *caseload, t testing.TB, o ...housetest.Option) ids {
		k := c.drafted(t, o...)
		_, err := plan.RequestApproval(t.Context(), c.DB, k.By, k.Code, plan.Reintegration, 1)
		must(t, err)
		return ids{"code": k.Code}
	},
	"handed": func(c *caseload, t testing.TB, o ...housetest.Option) ids {
		k := c.Accepted(t, o...)
		return ids{"code": k.Code, "handoff_id": c.Offer(t, k, k.Home)}
	},
	"read": func(c *caseload, t testing.TB, o ...housetest.Option) ids {
		k := c.Accepted(t, o...)
		consent := c.Consent(t, k, k.Home, casefile.ShareTravel)[0]
		_, err := partners.ReadHanded(t.Context(), c.DB, c.Vault, k.Home, c.Offer(t, k, k.Home))
		must(t, err)
		_, err = partners.WithdrawConsent(t.Context(), c.DB, k.By, k.Code, consent.ID, consent.Version)
		must(t, err)
		return ids{"code": k.Code, "reading_id": c.Text(t, `SELECT id::text FROM handoff_readings WHERE case_id = $1`, k.ID),
			"duty_id": c.Text(t, `SELECT id::text FROM deletion_duties WHERE case_id = $1`, k.ID)}
	},
	"reported": func(c *caseload, t testing.TB, o ...housetest.Option) ids {
		k := c.Accepted(t, o...)
		return ids{"code": k.Code, "report_id": c.Report(t, k.Home, c.Offer(t, k, k.Home), partners.SafetyConcern).ID}
	},
	"referred": func(c *caseload, t testing.TB, o ...housetest.Option) ids {
		k := c.Case(t, o...)
		c.Refer(t, k)
		return ids{"code": k.Code}
	},
	"extending": func(c *caseload, t testing.TB, o ...housetest.Option) ids {
		k := c.Arrived(t, o...)
		e, err := followup.AskExtension(t.Context(), c.DB, k.By, k.Code, followup.NewExtension{Until: c.Today().AddMonths(8), Reason: "The training ends then"})
		must(t, err)
		return ids{"code": k.Code, "extension_id": e.ID}
	},
	"month 12": func(c *caseload, t testing.TB, o ...housetest.Option) ids {
		k := c.Arrived(t, o...)
		_, err := followup.GiveMonth12Consent(t.Context(), c.DB, c.Vault, k.By, k.Code, followup.NewMonth12Consent{GivenOn: c.Today(), GivenBy: "self", Language: "ro"})
		must(t, err)
		return ids{"code": k.Code}
	},
	"begun": func(c *caseload, t testing.TB, o ...housetest.Option) ids {
		k := c.Arrived(t, o...)
		c.Answered(t, k)
		return ids{"code": k.Code, "concern_id": c.Text(t, `SELECT id::text FROM concerns WHERE case_id = $1 LIMIT 1`, k.ID)}
	},
	"in danger": func(c *caseload, t testing.TB, o ...housetest.Option) ids {
		k := c.Arrived(t, o...)
		i, err := followup.RecordIncident(t.Context(), c.DB, c.Vault, k.By, k.Code, followup.NewIncident{Kind: followup.Threat, OccurredOn: c.Today(), Text: "Asked for at the door"})
		must(t, err)
		i, err = followup.PlanIncident(t.Context(), c.DB, c.Vault, k.By, i.ID, i.Version, followup.IncidentPlan{Plan: "She sleeps elsewhere", DueOn: c.Today()})
		must(t, err)
		return ids{"code": k.Code, "incident_id": i.ID}
	},
	"withdrawn": func(c *caseload, t testing.TB, o ...housetest.Option) ids {
		k := c.Case(t, o...)
		c.Set(t, `UPDATE cases SET state = 'withdrawn', withdrawn_on = opened_on, withdrawn_from = state WHERE id = $1`, k.ID)
		return ids{"code": k.Code}
	},
	"unreached": func(c *caseload, t testing.TB, o ...housetest.Option) ids {
		k := c.Arrived(t, o...)
		slot := c.Followup(t, k, followup.ArrivalContact, "")
		c.Set(t, `UPDATE followups SET opens_on = opens_on - 3 WHERE id = $1`, slot) // the days on which they are made
		for i, channel := range []followup.Channel{followup.Call, followup.Text, followup.Call, followup.Text} {
			_, err := followup.RecordAttempt(t.Context(), c.DB, c.Vault, k.By, slot,
				followup.NewAttempt{MadeOn: c.Today().AddDays(-i), Channel: channel, Outcome: followup.NoAnswer})
			must(t, err)
		}
		return ids{"code": k.Code, "followup_id": slot}
	},
}

// proposal is a policy that another administrator proposed, for a day that no
// other has.
func (c *caseload) proposal(t testing.TB) string {
	proposer := access.Actor{ID: c.Colleague.ID, Role: access.Administrator}
	from := c.Today().AddDays(1 + c.Count(t, `SELECT count(*) FROM policies`))
	e, err := policy.Propose(t.Context(), c.DB, proposer, policy.Proposal{EffectiveFrom: from, Policy: policy.Default()})
	must(t, err)
	return e.ID
}

// recipient is one of a partner's people to write to.
func (c *caseload) recipient(t testing.TB, partner string) string {
	r, err := partners.AddRecipient(t.Context(), c.DB, c.Administrator, partner, partners.NewRecipient{Name: "Mihai", Email: "mihai@other.example", Language: "en"})
	must(t, err)
	return r.ID
}

// withPart is a case whose person has one more part of a kind.
func withPart(part func() person.Part) func(*caseload, testing.TB, ...housetest.Option) ids {
	return func(c *caseload, t testing.TB, o ...housetest.Option) ids {
		k := c.Case(t, o...)
		added, err := casefile.AddPart(t.Context(), c.DB, c.Vault, k.By, k.Code, part())
		must(t, err)
		return ids{"code": k.Code, "part_id": added.ID}
	}
}

func onlyCase(walk func(*housetest.House, testing.TB, ...housetest.Option) *housetest.Case) func(*caseload, testing.TB, ...housetest.Option) ids {
	return func(c *caseload, t testing.TB, o ...housetest.Option) ids {
		return ids{"code": walk(c.House, t, o...).Code}
	}
}

// drafted is a case with a plan that nobody has agreed to yet.
func (c *caseload) drafted(t testing.TB, o ...housetest.Option) *housetest.Case {
	k := c.Accepted(t, o...)
	_, err := plan.Save(t.Context(), c.DB, k.By, k.Code, plan.Reintegration, 0, k.Content(c.Line("rent", "2000")))
	must(t, err)
	return k
}

// pay adds the stages of one case that arrived: with a payee to verify, and a
// payment in each state that a step begins with.
func (c *caseload) pay(t testing.TB, records map[string]ids, registered ids, o []housetest.Option) {
	k := c.Arrived(t, o...)
	_, err := support.ChangePayee(t.Context(), c.DB, c.Vault, k.Lead, k.Code, 0, support.Account{Kind: "iban", Number: "RO49AAAA1B31007593840000", Holder: "Ana Exemplu", CameOver: "visit"})
	must(t, err)
	c.Assess(t, k, casefile.Risk, "cleared")
	late := c.NewPayment("100", "in_kind")
	late.PlannedFor, late.Exception = c.Today().AddMonths(8), "The school year ends then"
	excepted, err := support.Plan(t.Context(), c.DB, k.By, k.Code, late)
	must(t, err)
	whole := ids{
		"code": k.Code, "handoff_id": k.HomeHandoff, "followup_id": c.Followup(t, k, followup.ArrivalContact, ""),
		"consent_id": c.Text(t, `SELECT id::text FROM consents WHERE case_id = $1 AND partner_id = $2 LIMIT 1`, k.ID, c.Return.Partner),
	}
	maps.Copy(whole, registered)
	for stage, payment := range map[string]string{
		"": c.Pay(t, k, "100", support.Planned).ID, "excepted": excepted.ID,
		"authorised": c.Pay(t, k, "100", support.Authorised).ID, "sent": c.Pay(t, k, "100", support.Sent).ID,
	} {
		records[stage] = maps.Clone(whole)
		records[stage]["payment_id"] = payment
	}
	records["batched"] = maps.Clone(whole)
	batch, err := c.Till().MakeBatch(t.Context(), c.Finance, support.NewBatch{ExecuteOn: c.Today(), Payments: []string{c.Pay(t, k, "100", support.Authorised).ID}})
	must(t, err)
	records["batched"]["batch_id"] = batch.ID
	receipt, err := cabinet.Of(t, c.House, c.folder).Upload(t.Context(), k.Home, k.Code, filing.NewFile{Kind: filing.Receipt, PaymentID: records["sent"]["payment_id"]}, strings.NewReader(smallPDF))
	must(t, err)
	records["filed"] = maps.Clone(records["sent"])
	records["filed"]["file_id"] = receipt.ID
	records["stated"] = c.state(t, k, registered)
}

// state adds a payment that the registered partner gave and that is proven, and a
// statement of the partner's with a line that is matched with nothing.
func (c *caseload) state(t testing.TB, k *housetest.Case, registered ids) ids {
	c.Set(t, `UPDATE budget_lines SET partner_id = $2 WHERE case_id = $1 AND key = 'shop'`, k.ID, registered["partner_id"])
	ctx, in := t.Context(), c.NewPayment("100", "in_kind")
	in.Line = "shop"
	p, err := support.Plan(ctx, c.DB, k.By, k.Code, in)
	must(t, err)
	p, err = support.Authorise(ctx, c.DB, c.Finance, p.ID, p.Version)
	must(t, err)
	p, err = support.Send(ctx, c.DB, c.Finance, p.ID, p.Version, support.Dispatch{SentOn: c.Today()})
	must(t, err)
	_, err = support.RecordReceipt(ctx, c.DB, k.By, p.ID, p.Version, support.Proof{Kind: "receipt", ReceivedOn: c.Today()})
	must(t, err)
	s, err := support.SubmitStatement(ctx, c.DB, c.Finance, registered["partner_id"], support.NewStatement{Reference: "1", From: c.Today(), Until: c.Today(), Currency: "DKK",
		Lines: []support.StatementLine{{PaidOn: c.Today(), Amount: money.DKK("7")}}})
	must(t, err)
	return ids{"code": k.Code, "partner_id": registered["partner_id"], "statement_id": s.ID, "n": "1", "payment_id": p.ID}
}

const smallPDF = "%PDF-1.7\n"

const smallCamt = `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>1</MsgId><CreDtTm>2026-10-12T10:00:00</CreDtTm></GrpHdr></BkToCstmrDbtCdtNtfctn></Document>`

// stageOf is where an operation begins; the others find a case that arrived.
var stageOf = map[access.Operation]string{
	"record-reflection-decision": "opened", "offer-return": "opened", "answer-offer": "offered", "change-destination": "accepted", "appoint-representative": "child",
	"record-check": "ready", "agree-plan": "drafted", "request-plan-approval": "drafted", "approve-plan": "asked",
	"offer-handoff": "accepted", "receive-handoff": "handed", "answer-handoff": "handed", "book-departure": "ready", "depart": "ready",
	"confirm-arrival": "departed", "join-cases": "opened", "close-case": "withdrawn", "record-lost-contact": "unreached",
	"approve-payment-exception": "excepted", "send-payment": "authorised", "fail-payment": "authorised",
	"change-contact-point": "contact point", "change-address": "address", "change-family-member": "family member", "change-document": "document",
	"end-identity-part": "contact point", "read-handoff-reading": "read", "confirm-deletion": "read",
	"record-receipt": "sent", "record-case-receipt": "sent", "list-receipts": "sent", "explain-difference": "sent", "read-statement": "stated", "match-statement-line": "stated", "return-payment": "sent", "read-file": "filed", "remove-file": "filed",
	"read-bank-batch": "batched", "read-bank-file": "batched", "send-bank-batch": "batched", "void-bank-batch": "batched",
	"read-incident": "in danger", "plan-incident": "in danger", "close-incident": "in danger",
	"approve-extension": "extending", "refuse-extension": "extending", "withdraw-extension": "extending", "withdraw-month-12-consent": "month 12",
	"read-survey-draft": "begun", "acknowledge-concern": "begun",
	"answer-report": "reported", "record-referral": "opened", "read-referral": "referred", "withdraw-referral-consent": "referred",
}
