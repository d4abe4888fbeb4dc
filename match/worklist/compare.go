package worklist

import (
	"fmt"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// compare marks the rows that the earlier list did not have, and says what became of
// those that are not open any more.
func (b *builder) compare() {
	if b.Before == nil {
		return
	}
	b.list.Since = b.Before.Made
	causes := make(map[string]Cause)
	for _, c := range b.Before.Causes {
		causes[c.ID] = c
	}
	was, is := make(map[string]bool), make(map[string]bool)
	for _, r := range b.Before.Rows {
		was[r.known()] = true
	}
	added := make(map[string]int) // by cause
	for i := range b.list.Rows {
		r := &b.list.Rows[i]
		is[r.known()] = true
		if r.New = !was[r.known()]; r.New {
			added[r.Cause]++
		}
	}
	for i := range b.list.Causes {
		c := &b.list.Causes[i]
		c.New, c.Before = added[c.ID], causes[c.ID].Count
	}
	found := b.settled()
	for _, r := range b.Before.Rows {
		if is[r.known()] {
			continue
		}
		is[r.known()] = true // rows of one account are one
		how, seen := found[r.known()]
		if !seen && !b.whole() {
			b.list.Counts.Unseen++
			continue
		}
		if !seen {
			how = "not in the list any more"
		}
		b.list.Solved = append(b.list.Solved, Solved{Account: r.name(), Cause: causes[r.Cause].Text, How: how})
	}
}

// whole reports whether a row that was not seen is not there: all lines could be read.
func (b *builder) whole() bool { return b.report.Complete() && b.list.Counts.Unread == 0 }

// known is what a row is known by from one list to the next.
func (r *Row) known() string {
	switch {
	case r.Account != "":
		return "account " + roster.Fold(r.Account)
	case r.Unread != "":
		return "unread " + r.Unread
	case r.Was != "":
		return "was " + roster.Fold(r.Was)
	}
	return fmt.Sprint("line ", r.Line)
}

// name is what people call a row by.
func (r *Row) name() string {
	for _, name := range []string{r.Account, r.Key, r.Was, r.Unread} {
		if name != "" {
			return name
		}
	}
	return fmt.Sprint("line ", r.Line)
}

// settled returns the rows that are not open, and what settled them.
func (b *builder) settled() map[string]string {
	all := make(map[string]string)
	for o := range b.report.All() {
		r := Row{Account: b.account(o)}
		if r.Account == "" && o.Unread() == 0 {
			r.Was = b.was(o)
		}
		switch {
		case o.Kind == match.Excluded:
			all[r.known()] = "nobody's"
		case o.User != nil && o.Query.Rule == match.Decided:
			all[r.known()] = "decided: " + o.User.UserPrincipalName
		case o.User != nil:
			all[r.known()] = "found: " + o.User.UserPrincipalName
		}
	}
	return all
}
