package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hjemvej/internal/fault"
	"hjemvej/internal/money"
)

// faults are what is wrong, each place once. No text in them was sent.
type faults struct {
	fields  []fault.Field
	strange []fault.Field // about an object that can be read all the same
}

// add notes what is wrong at a place, unless something is wrong around it or in
// it already.
func (f *faults) add(path, message string) {
	if !f.at(path) {
		f.fields = append(f.fields, fault.Field{Path: path, Message: message})
	}
}

func (f *faults) at(path string) bool {
	within := func(place, around string) bool {
		return around == "" || place == around || strings.HasPrefix(place, around+".") || strings.HasPrefix(place, around+"[")
	}
	return slices.ContainsFunc(f.fields, func(known fault.Field) bool { return within(path, known.Path) || within(known.Path, path) })
}

// remark notes that an object holds what it must not.
func (f *faults) remark(path, message string) {
	if field := (fault.Field{Path: path, Message: message}); !slices.Contains(f.strange, field) {
		f.strange = append(f.strange, field)
	}
}

func (f *faults) err() error {
	if len(f.fields)+len(f.strange) == 0 {
		return nil
	}
	return &fault.Error{Kind: fault.Invalid, Message: "The policy has values that cannot be used.", Fields: append(f.fields, f.strange...)}
}

// Validate answers everything that is wrong with the policy at once, by JSON
// path, or nil.
func (p Policy) Validate() error {
	var f faults
	f.policy(p)
	return f.err()
}

func (f *faults) policy(p Policy) {
	f.bounds("support", reflect.ValueOf(p.Support))
	f.bounds("follow_up", reflect.ValueOf(p.FollowUp))
	f.positive("support.person_ceiling", p.Support.PersonCeiling)
	f.positive("support.large_payment", p.Support.LargePayment)
	if a := p.Support.ProofBeforeNextFrom; a != nil {
		f.positive("support.proof_before_next_from", *a)
	}
	f.caps(p.Support.CategoryCaps)
	f.amount("authorisation.finance_up_to", p.Authorisation.FinanceUpTo)
	f.people(p.Authorisation.People)
	u := p.FollowUp
	f.atMost("lost_days", u.LostDays, "lost_attempts", u.LostAttempts)
	f.atMost("lost_channels", u.LostChannels, "lost_attempts", u.LostAttempts)
	f.atMost("month_opens_before", u.MonthOpensBefore, "payment_check_after", u.PaymentCheckAfter)
}

// bounds measures the numbers of a struct by its fields' own tags.
func (f *faults) bounds(path string, v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Type.Kind() != reflect.Int {
			continue
		}
		low, high := limit(field, "minimum"), limit(field, "maximum")
		if n := int(v.Field(i).Int()); n < low || n > high {
			f.add(path+"."+name(field), fmt.Sprintf("must lie between %d and %d", low, high))
		}
	}
}

func limit(field reflect.StructField, tag string) int {
	n, err := strconv.Atoi(field.Tag.Get(tag))
	if err != nil {
		panic("policy: " + field.Name + " has no " + tag)
	}
	return n
}

func (f *faults) amount(path string, a money.Amount) {
	if c, err := a.Canonical(); err != nil || c.Currency != money.Krone || c.IsNegative() {
		f.add(path, "must be an amount in DKK, not negative, with at most two decimals")
	}
}

func (f *faults) positive(path string, a money.Amount) {
	if c, err := a.Canonical(); err != nil || c.Currency != money.Krone || !c.IsPositive() {
		f.add(path, "must be a positive amount in DKK with at most two decimals")
	}
}

func (f *faults) caps(caps map[string]money.Amount) {
	for _, c := range slices.Sorted(maps.Keys(caps)) {
		if !slices.Contains(Categories, c) {
			f.remark("support.category_caps", noCategory)
			continue
		}
		f.amount("support.category_caps."+c, caps[c])
	}
}

var noCategory = "names a category that there is not; there are " + strings.Join(Categories, ", ")

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// mostPeople is what the tag of People says, too.
const mostPeople = 200

var tooMany = fmt.Sprintf("must not hold more than %d", mostPeople)

func (f *faults) people(people []PersonLimit) {
	if len(people) > mostPeople {
		f.add("authorisation.people", tooMany)
		return
	}
	seen := map[string]bool{}
	for i, p := range people {
		at := fmt.Sprintf("authorisation.people[%d].", i)
		switch {
		case !uuid.MatchString(p.UserID):
			f.add(at+"user_id", "must be a user's id, in lower case")
		case seen[p.UserID]:
			f.add(at+"user_id", "stands twice in the list")
		}
		seen[p.UserID] = true
		f.amount(at+"up_to", p.UpTo)
	}
}

// atMost compares two numbers of the follow-up, where both can be used.
func (f *faults) atMost(small string, n int, large string, limit int) {
	if n > limit && !f.at("follow_up."+small) && !f.at("follow_up."+large) {
		f.add("follow_up."+small, "must not be more than "+large)
	}
}

// Canonical is the policy's one text. The policy must be valid.
func (p Policy) Canonical() (string, error) {
	amounts := []*money.Amount{&p.Support.PersonCeiling, &p.Support.LargePayment, &p.Authorisation.FinanceUpTo}
	if a := p.Support.ProofBeforeNextFrom; a != nil {
		own := *a
		p.Support.ProofBeforeNextFrom = &own
		amounts = append(amounts, &own)
	}
	p.Authorisation.People = slices.Clone(p.Authorisation.People)
	for i := range p.Authorisation.People {
		amounts = append(amounts, &p.Authorisation.People[i].UpTo)
	}
	p.Support.CategoryCaps = maps.Clone(p.Support.CategoryCaps)
	for c, a := range p.Support.CategoryCaps {
		canonical, err := a.Canonical()
		if err != nil {
			return "", fmt.Errorf("write a cap: %w", err)
		}
		p.Support.CategoryCaps[c] = canonical
	}
	for _, a := range amounts {
		canonical, err := a.Canonical()
		if err != nil {
			return "", fmt.Errorf("write an amount: %w", err)
		}
		*a = canonical
	}
	b, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write a policy: %w", err)
	}
	return string(b), nil
}
