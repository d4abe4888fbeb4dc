package fulfill

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// without returns the state without a person, and without the accounts that were theirs
// alone.
func (s *State) without(id string) (*State, error) {
	c := s.clone()
	for accountID, account := range s.Accounts {
		if !slices.Contains(account.People, id) {
			continue
		}
		if account.live() {
			return nil, fmt.Errorf("%s has the account %s, and the next look would record both",
				roster.Printable(s.nameOf(id)), roster.Printable(account.Key))
		}
		account.Rows, account.Columns = nil, nil // may be theirs
		if account.People = without(account.People, id); len(account.People) > 0 {
			c.Accounts[accountID] = account
		} else {
			delete(c.Accounts, accountID)
		}
	}
	delete(c.People, id)
	delete(c.Lacking, id)
	of := func(l Loss) bool { return l.PrincipalID == id }
	maps.DeleteFunc(c.Losses, func(_ string, l Loss) bool { return of(l) })
	c.Findings = slices.DeleteFunc(slices.Clone(c.Findings), of)
	c.MayBe = without(c.MayBe, id)
	isTheirs := func(g Grant) bool { return strings.EqualFold(g.PrincipalID, id) }
	maps.DeleteFunc(c.Ours, func(_ string, g Grant) bool { return isTheirs(g) })
	c.Given = slices.DeleteFunc(c.Given, isTheirs)
	maps.DeleteFunc(c.Tickets, func(_ string, t TicketRecord) bool {
		_, there := c.Accounts[t.Account]
		return t.Person == id || t.Account != "" && !there
	})
	return c, nil
}

func without(ids []string, id string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(other string) bool { return other == id })
}
