package policy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"hjemvej/casework/policy"
	"hjemvej/internal/fault"
	"hjemvej/internal/money"
	"hjemvej/internal/pgtest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// wrong is what is wrong with a document, a line each.
func wrong(t testing.TB, err error) string {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid {
		t.Fatalf("got %v, want a list of faults", err)
	}
	var lines []string
	for _, field := range f.Fields {
		lines = append(lines, field.Path+": "+field.Message)
	}
	return strings.Join(lines, "\n")
}

func document(t testing.TB, p policy.Policy) string {
	t.Helper()
	text, err := p.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEveryFaultOfADocumentIsListedAtOnceAndNothingOfItIsRepeated(t *testing.T) {
	t.Parallel()
	amount := func(n, c string) string { return fmt.Sprintf(`{"amount":%q,"currency":%q}`, n, c) }
	text := document(t, policy.Default())
	for _, change := range [][2]string{
		{`"person_ceiling":` + amount("50000.00", "DKK"), `"person_ceiling":` + amount("-7357", "DKK") + `,"category_caps":{"secret":1,"housing":` + amount("7357", "EUR") + `,"food":null,"medical":{"amount":"1"}}`},
		{`"large_payment":` + amount("10000.00", "DKK"), `"large_payment":"7357","proof_before_next_from":` + amount("0", "DKK")},
		{`"max_instalments":24`, `"max_instalments":61,"secret":7357`},
		{`"rate_max_age_days":7`, `"rate_max_age_days":7.5`},
		{`"receipt_within_days":30`, `"receipt_within_days":null`},
		{`"finance_up_to":` + amount("50000.00", "DKK"), `"people":[7357,{"user_id":"secret","up_to":` + amount("1", "DKK") + `},` +
			`{"user_id":"5f0c8a52-6d3e-4b57-9d0a-0c5b7e1f2a10","up_to":` + amount("7357.001", "DKK") + `},{"user_id":"5f0c8a52-6d3e-4b57-9d0a-0c5b7e1f2a10"}]`},
		{`"lost_attempts":4`, `"lost_attempts":2`},
		{`"intensified_weeks":4`, `"intensified_weeks":0`},
		{`"not_free_quiet_days":3,`, ``},
		{`"closes_after":14`, `"closes_after":9,"closes_after":9`},
	} {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("the document has no %s", change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	_, err := policy.Parse([]byte(text))
	want := `support.category_caps.medical.currency: is required
support.category_caps.food: must be an object
support.large_payment: must be an object
support.rate_max_age_days: must be a whole number
support.receipt_within_days: must be a whole number
authorisation.finance_up_to: is required
authorisation.people[0]: must be an object
authorisation.people[3].up_to: is required
follow_up.not_free_quiet_days: is required
support.max_instalments: must lie between 1 and 60
follow_up.intensified_weeks: must lie between 1 and 26
follow_up.closes_after: must lie between 10 and 90
support.person_ceiling: must be a positive amount in DKK with at most two decimals
support.proof_before_next_from: must be a positive amount in DKK with at most two decimals
support.category_caps.housing: must be an amount in DKK, not negative, with at most two decimals
authorisation.people[1].user_id: must be a user's id, in lower case
authorisation.people[2].up_to: must be an amount in DKK, not negative, with at most two decimals
authorisation.people[3].user_id: stands twice in the list
follow_up.lost_days: must not be more than lost_attempts
support.category_caps: names a category that there is not; there are housing, small_business, education, pocket_money, food, school_fees, medical, psychosocial, security, other
support: has a field that is not known; known are person_ceiling, category_caps, large_payment, proof_before_next_from, max_instalments, rate_max_age_days, receipt_within_days
follow_up: names a field twice`
	sorted := cmp.Transformer("lines", func(s string) map[string]bool {
		m := map[string]bool{}
		for _, l := range strings.Split(s, "\n") {
			m[l] = true
		}
		return m
	})
	got := wrong(t, err)
	if diff := cmp.Diff(want, got, sorted); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Contains(got, "7357") || strings.Contains(got, "secret") {
		t.Error("what was sent is repeated")
	}
}

func TestADocumentThatIsNoneSaysSo(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `{`, `[]`, `7357`, `null`, document(t, policy.Default()) + `{}`} {
		_, err := policy.Parse([]byte(text))
		if got := wrong(t, err); !strings.HasPrefix(got, ": must be ") {
			t.Errorf("%q: %s", text, got)
		}
	}
	many := strings.Replace(document(t, policy.Default()), `"authorisation":{`, `"authorisation":{"people":[`+strings.Repeat("0,", 100_000)+`0],`, 1)
	_, err := policy.Parse([]byte(many))
	if got := wrong(t, err); got != "authorisation.people: must not hold more than 200" {
		t.Error(got[:60])
	}
	_, err = policy.Parse([]byte(`{}`))
	if got := wrong(t, err); got != "support: is required\nauthorisation: is required\nfollow_up: is required" {
		t.Error(got)
	}
}

// anyPolicy is a valid policy, its amounts canonical.
var anyPolicy = rapid.Custom(func(t *rapid.T) policy.Policy {
	p := policy.Default()
	dkk := func(name string) money.Amount {
		return money.DKK(fmt.Sprintf("%d.%02d", rapid.IntRange(1, 1e9).Draw(t, name), rapid.IntRange(0, 99).Draw(t, name)))
	}
	p.Support.PersonCeiling, p.Support.LargePayment, p.Authorisation.FinanceUpTo = dkk("ceiling"), dkk("large"), dkk("up to")
	for _, c := range rapid.SliceOfDistinct(rapid.SampledFrom(policy.Categories), rapid.ID).Draw(t, "capped") {
		if p.Support.CategoryCaps == nil {
			p.Support.CategoryCaps = map[string]money.Amount{}
		}
		p.Support.CategoryCaps[c] = dkk(c)
	}
	if rapid.Bool().Draw(t, "proof") {
		a := dkk("from")
		p.Support.ProofBeforeNextFrom = &a
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "people") {
		p.Authorisation.People = append(p.Authorisation.People, policy.PersonLimit{UserID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), UpTo: dkk("person")})
	}
	p.FollowUp.LostAttempts = rapid.IntRange(6, 20).Draw(t, "attempts")
	p.FollowUp.LostDays = rapid.IntRange(1, 6).Draw(t, "days")
	p.FollowUp.LostChannels = rapid.IntRange(1, 6).Draw(t, "channels")
	return p
})

func TestAPolicyReadsAsItWasWritten(t *testing.T) {
	t.Parallel()
	if err := policy.Default().Validate(); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := anyPolicy.Draw(t, "policy")
		text, err := p.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		got, err := policy.Parse([]byte(text))
		if diff := cmp.Diff(p, got); diff != "" || err != nil || p.Validate() != nil {
			t.Fatalf("%v, %v (-want +got):\n%s", err, p.Validate(), diff)
		}
	})
}

func TestCanonicalLeavesThePolicyAlone(t *testing.T) {
	t.Parallel()
	p := policy.Default()
	loose, from := money.Amount{Amount: "007", Currency: "DKK"}, money.Amount{Amount: "1", Currency: "DKK"}
	p.Support.CategoryCaps = map[string]money.Amount{"food": loose}
	p.Support.ProofBeforeNextFrom = &from
	p.Authorisation.People = []policy.PersonLimit{{UserID: "00000000-0000-4000-8000-000000000001", UpTo: loose}}
	if text := document(t, p); strings.Contains(text, "007") || strings.Count(text, `"7.00"`) != 2 {
		t.Error(text)
	}
	if p.Support.CategoryCaps["food"] != loose || from.Amount != "1" || p.Authorisation.People[0].UpTo != loose {
		t.Error("what was asked about was changed")
	}
}

func TestR25_OnlyCategoriesAboveTheirCapAreOver(t *testing.T) {
	t.Parallel()
	l := policy.SupportLimits{CategoryCaps: map[string]money.Amount{"housing": money.DKK("100"), "food": money.DKK("0"), "other": money.DKK("5")}}
	got, err := l.OverCaps(map[string]money.Amount{"housing": money.DKK("100"), "food": money.DKK("0.01"), "other": money.DKK("6"), "medical": money.DKK("900")})
	if err != nil || cmp.Diff([]string{"food", "other"}, got) != "" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestR26_APersonsOwnLimitGoesBeforeTheCommonOne(t *testing.T) {
	t.Parallel()
	l := policy.AuthorisationLimits{FinanceUpTo: money.DKK("50"), People: []policy.PersonLimit{{UserID: "a", UpTo: money.DKK("70")}, {UserID: "b", UpTo: money.DKK("0")}}}
	for who, want := range map[string]money.Amount{"a": money.DKK("70"), "b": money.DKK("0"), "c": money.DKK("50")} {
		if got := l.UpTo(who); got != want {
			t.Errorf("%s: %v, want %v", who, got, want)
		}
	}
}

// known are the words of which a fault's place may consist: nothing that was sent.
var known = func() map[string]bool {
	m := map[string]bool{"": true, "category_caps": true, "proof_before_next_from": true, "people": true, "user_id": true, "up_to": true, "amount": true, "currency": true}
	text, _ := json.Marshal(policy.Default())
	for _, w := range regexp.MustCompile(`[a-z_]+`).FindAllString(string(text), -1) {
		m[w] = true
	}
	for _, c := range policy.Categories {
		m[c] = true
	}
	return m
}()

var index = regexp.MustCompile(`\[[0-9]+\]`)

func FuzzParse(f *testing.F) {
	f.Add([]byte(document(f, policy.Default())))
	f.Add([]byte(`{"support":{"category_caps":{"food":{"amount":"1","currency":"DKK"},"x":[]}},"authorisation":{"people":[{},null,{"user_id":1}]},"follow_up":{"lost_days":1e3,"lost_days":"3"}}`))
	f.Add([]byte(`{"support":null,"authorisation":{"people":{"0":{}}},"":{"":""}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := policy.Parse(b)
		if err == nil {
			again, err := policy.Parse([]byte(document(t, p)))
			if err != nil || p.Validate() != nil || document(t, again) != document(t, p) {
				t.Fatalf("what was taken is not taken again: %v", err)
			}
			return
		}
		var wrong *fault.Error
		if !errors.As(err, &wrong) || len(wrong.Fields) == 0 {
			t.Fatalf("refused without a fault: %v", err)
		}
		for _, field := range wrong.Fields {
			for _, word := range strings.Split(index.ReplaceAllString(field.Path, ""), ".") {
				if !known[word] {
					t.Fatalf("a fault's place has %q", word)
				}
			}
		}
	})
}
