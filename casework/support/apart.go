package support

import (
	"slices"
	"strings"

	"hjemvej/internal/money"
)

// Apart is the budget's sums, each counted apart (R24). Amounts are DKK.
type Apart struct {
	Support     Sums        `json:"support" doc:"Reintegration support: all lines but pocket money"`
	PocketMoney Sums        `json:"pocket_money"`
	Cash        Given       `json:"cash" doc:"By the form of the payments, pocket money too"`
	InKind      Given       `json:"in_kind" doc:"By the form of the payments"`
	SchoolFees  []ChildSums `json:"school_fees" nullable:"false" doc:"For each child; a partner sees the sum of its own lines"`
}

// Given is what is committed, and what of it was delivered; DKK.
type Given struct {
	Committed money.Amount `json:"committed"`
	Delivered money.Amount `json:"delivered"`
}

// Sums is what was approved, and what became of it; DKK.
type Sums struct {
	Approved money.Amount `json:"approved"`
	Given
}

// ChildSums are the school fees of one child.
type ChildSums struct {
	ChildID string `json:"child_id,omitempty" format:"uuid" doc:"The family member; left out for the person's own, and to partners"`
	Sums
}

func nothing() Given { return Given{money.DKK("0.00"), money.DKK("0.00")} }

func noSums() Sums { return Sums{money.DKK("0.00"), nothing()} }

func (s *Sums) take(l Line) (err error) {
	for to, amount := range map[*money.Amount]money.Amount{&s.Approved: l.Approved, &s.Committed: l.Committed, &s.Delivered: l.Delivered} {
		if *to, err = to.Add(amount); err != nil {
			return err
		}
	}
	return nil
}

func apart(lines []Line, t told) (out Apart, err error) {
	out = Apart{Support: noSums(), PocketMoney: noSums(), Cash: nothing(), InKind: nothing(), SchoolFees: []ChildSums{}}
	for _, l := range lines {
		of := &out.Support
		if l.Category == "pocket_money" {
			of = &out.PocketMoney
		}
		if err := of.take(l); err != nil {
			return out, err
		}
		if l.Category == "school_fees" {
			if err := out.child(l.ChildID).take(l); err != nil {
				return out, err
			}
		}
	}
	slices.SortFunc(out.SchoolFees, func(a, b ChildSums) int { return strings.Compare(a.ChildID, b.ChildID) })
	return out, out.byForm(t)
}

// child is the sums of one child, begun where there are none.
func (a *Apart) child(id string) *Sums {
	for i := range a.SchoolFees {
		if a.SchoolFees[i].ChildID == id {
			return &a.SchoolFees[i].Sums
		}
	}
	a.SchoolFees = append(a.SchoolFees, ChildSums{id, noSums()})
	return &a.SchoolFees[len(a.SchoolFees)-1].Sums
}

// byForm adds up payments: a mixed line is given in both forms.
func (a *Apart) byForm(t told) (err error) {
	of := map[string]*Given{"cash": &a.Cash, "in_kind": &a.InKind}
	for _, f := range t.forms {
		if of[f.Form].Committed, err = of[f.Form].Committed.Add(money.Amount{Amount: f.Committed, Currency: money.Krone}); err != nil {
			return err
		}
	}
	for _, d := range t.deliveries {
		if of[d.Form].Delivered, err = of[d.Form].Delivered.Add(money.Amount{Amount: d.Dkk, Currency: money.Krone}); err != nil {
			return err
		}
	}
	return nil
}
