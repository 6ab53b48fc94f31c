package hjemvej

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rules are R1 to R44 in a sentence each; docs/rules.md adds which tests name
// them. "later" says what does not stand yet.
var rules = []struct{ text, later string }{
	1:  {"The track decides who assesses: the Immigration Service for asylum seekers and people without lawful stay, CMM for people with lawful stay. A change of track is kept with its date.", ""},
	2:  {"Every case has a contact person; a support person needs a reason and CMM's agreement.", ""},
	3:  {"The reflection period: the first decision at most 30 days, all together at most 120; warned 14, 7 and 1 days before it runs out.", ""},
	4:  {"The offer depends on nothing the person did or said to an authority. No field, parameter or rule about it exists.", ""},
	5:  {"Under 18 a representative acts, and a return needs guardians, family assessment, a best-interests decision, the child's wish, and an escort under 15. Turning 18 ends it from that day.", ""},
	6:  {"The destination is the home country or the former country of residence, and need not be the home community.", ""},
	7:  {"Sharing is denied by default. Consent names partner, category, purpose, giver, language, from, until; withdrawn, it stops sharing at once.", ""},
	8:  {"Nine categories of data. What happened to the person is none of them and is never shared.", ""},
	9:  {"Notes on risk go only to the partner's protection focal point.", ""},
	10: {"Safe contact for each contact point: channels, hours in the person's local time, shared words. Do not contact blocks whatever would lead to contact; reminders wait for the hours; an attempt that was not safe is shown and does not count.", ""},
	11: {"Nothing that leaves names what the work is about, the programme or a person.", ""},
	12: {"Identity is stored apart, sealed, opened only by those whose role needs it, and each opening is recorded.", ""},
	13: {"The action plan holds goals; a goal holds actions with area, responsible, due date and state.", ""},
	14: {"The reintegration plan holds budget lines, who gives each, what was promised and when the person was told.", ""},
	15: {"Every change makes a new version; old ones stay readable; two versions are compared.", ""},
	16: {"Approval is bound to the exact content; any edit voids it; neither author, last editor nor requester approves. The database enforces it.", ""},
	17: {"The person, or the representative, agrees to a version on a date, in a language, and gets it printed in that language.", ""},
	18: {"Nobody departs without everything that is needed; a refusal says all that is missing at once.", ""},
	19: {"Booking notice at least 5 working days before departure; late is allowed with a reason and shown.", ""},
	20: {"A hand-off is offered, received, accepted or declined, in progress, completed, or revoked; silence escalates.", ""},
	21: {"A partner sees only cases handed to it, while they are, and only what consent covers; never another partner's notes.", ""},
	22: {"The partner confirms arrival; a correction is kept with who and why, and moves what hangs on it.", ""},
	23: {"Six calendar months from confirmed arrival, the day clamped to the month's end; the last day counts. Payments outside need an exception approved by another.", ""},
	24: {"Ten categories of support, in kind, cash or mixed. Pocket money is counted apart, and so are cash and kind, and each child's school fees.", ""},
	25: {"Payments never exceed the line, lines never the person's or the programme's ceiling, nor their category's cap by the policy of the day; raising one takes another person.", ""},
	26: {"planned → authorised → sent → received, or cancelled, failed, returned. Never through one pair of hands, nor above a person's limit by the policy of the day. Received needs proof, in parts or whole; what is missing is explained by another than who planned it. No case is closed while a payment is open.", ""},
	27: {"A changed payee puts payments on hold until a second person has verified it over another channel.", ""},
	28: {"Exact decimals with currency; another currency keeps amount, rate, day and what it counted as. Rates are recorded apart, never replaced silently, and not older than the policy of the day lets them be.", ""},
	29: {"The same key with the same content answers as the first time; with other content it is refused.", ""},
	30: {"What was promised stands beside what was delivered; instalment by instalment: on time, late by days, short by amount, with reasons. A promise whose day is over tells the contact person.", ""},
	31: {"Arrival contact, month 1, month 3, exit, and a check after each large payment: each exists once, whatever runs twice. Month 12 only by its own consent. The windows are those of the policy of the day of arrival, the days those of the destination.", ""},
	32: {"Corrected arrival moves what is not done. An extension, approved by another within two weeks after the last day, moves the last day and adds contacts, twelve months in all at the most; one waits at a time, those who may approve are told and reminded. What has its result stays. Contacts can be recorded after the end.", ""},
	33: {"An attempt records date, channel, who, and one of six outcomes, from the day on which the window opens. Who was not free to talk is not called again for some days, whichever follow-up is due.", ""},
	34: {"Lost contact only after 4 attempts on 3 days over 2 channels, or what the policy of the day says. It is a result, never a blank.", ""},
	35: {"Outcome at six months: reached, lost, declined contact, re-migrated, died, safety hold. What is missing is said at once; an outcome that nobody records is asked for after 1, 3 and 10 days, then each week. An outcome waits for the window of the exit, but for a death and a move elsewhere. No case is closed while an incident is open, or a concern or a report unanswered.", ""},
	36: {"Reminders 3 days before, on the day, 3 and 10 days after; each once; they stop when the condition ends.", ""},
	37: {"The survey: in parts and resumed, raw answers kept and scored by their own version, four scores exact; alerts the same day, on the case until somebody acted. The level of follow-up comes from the scores, may be raised with a reason and not lowered; intensified adds weekly contacts, light takes none away.", ""},
	38: {"One to two, and five to six months after the arrival people tend to be lowest: a score from then is read with care, and none is called final.", ""},
	39: {"Answers to an interviewer who also gives the support are flagged; of a partner that gives a line, by the program itself.", ""},
	40: {"The manager's report: a funnel with every denominator, days to first contact and support, reached rate, scores with n, incidents by kind.", "per category, sex, age band, partner; satisfaction"},
	41: {"Feedback to the organisations that referred people, by consent, each quarter: one word about the prepared return, of their own people, of quarters that are over.", ""},
	42: {"A published table hides small cells, and enough others that none can be computed.", "all of it: nothing is published yet"},
	43: {"Fixed report menus, closed periods, a log of releases; views of unsuppressed counts are recorded.", "all but the recorded views"},
	44: {"Export to the Human Trafficking Case Data Standard 2.0.", "all of it"},
}

// TestTheRulesPageNamesItsProofs keeps docs/rules.md what the tests are.
func TestTheRulesPageNamesItsProofs(t *testing.T) {
	want := rulesPage(t)
	if *update {
		if err := os.WriteFile("docs/rules.md", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/rules.md does not name the tests there are; run: go test . -update")
	}
}

func rulesPage(t *testing.T) []byte {
	proofs := proofs(t)
	var b bytes.Buffer
	b.WriteString("# The rules\n\nThe rules that hold, and the tests that carry their numbers. This page is made by `go test . -update`.\n\n| rule | says | proven by | not yet |\n|---|---|---|---|\n")
	for n, r := range rules[1:] {
		var tests []string
		for _, p := range proofs[n+1] {
			tests = append(tests, "`"+p+"`")
		}
		fmt.Fprintf(&b, "| R%d | %s | %s | %s |\n", n+1, r.text, strings.Join(tests, "<br>"), r.later)
	}
	return b.Bytes()
}

var ruleTest = regexp.MustCompile(`(?m)^func (Test((?:R\d+)(?:_R\d+)*)_\w+)\(`)

// proofs are the names of the tests that carry a rule's number, by rule.
func proofs(t *testing.T) map[int][]string {
	out := map[int][]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range ruleTest.FindAllStringSubmatch(string(text), -1) {
			for _, rule := range strings.Split(m[2], "_") {
				n, err := strconv.Atoi(rule[1:])
				if err != nil || n >= len(rules) {
					t.Errorf("%s: %s carries a number that is no rule", path, m[1])
					continue
				}
				out[n] = append(out[n], m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for n := range out {
		slices.Sort(out[n])
	}
	return out
}
