package worklist

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/roster"
)

// attributes are those by which a further rule may find users, the best first.
var attributes = []string{"mail", "proxyAddresses", "userPrincipalName", "otherMails", "employeeId", "mailNickname"}

// furtherRules are rules such as "EMail=proxyAddresses" that find users who are
// proposed, with the number of rows for which they do.
type furtherRules struct {
	b    *builder
	rows map[string]int
	find map[*entry][]string // the rules that find the row's user
	sure map[*entry]map[string]bool
}

func (b *builder) furtherRules() furtherRules {
	rules := furtherRules{b, make(map[string]int), make(map[*entry][]string), make(map[*entry]map[string]bool)}
	for _, e := range b.open {
		for column, value := range e.Row.All() {
			if _, ok := e.Row.Lookup(column); !ok || len(e.proposals) == 0 || value == "" || placeholders.Has(value) {
				continue
			}
			for _, attribute := range attributes {
				rules.try(e, column, attribute, value)
			}
		}
	}
	return rules
}

// try notes whether a rule finds the row's user.
func (r furtherRules) try(e *entry, column, attribute, value string) {
	asked := func(q match.Query) bool {
		return q.Attribute == attribute && roster.Fold(q.Value) == roster.Fold(value)
	}
	if slices.ContainsFunc(e.queries, asked) || !slices.ContainsFunc(e.proposals, func(p near.Proposal) bool {
		return !p.Deleted && slices.Contains(valuesOf(&p.User, attribute), roster.Fold(value))
	}) {
		return
	}
	rule := column + "=" + attribute
	r.rows[rule]++
	r.find[e] = append(r.find[e], rule)
	if e.onlyOneHas(attribute, value) {
		if r.sure[e] == nil {
			r.sure[e] = make(map[string]bool)
		}
		r.sure[e][rule] = true
	}
}

// of returns the rule, of those that find the row's user, that finds most rows; "" if
// none does. One by nickname, which people change, is the last.
func (r furtherRules) of(e *entry) (best string) {
	for _, rule := range r.find[e] {
		if best == "" || cmp.Or(first(!byNickname(rule), !byNickname(best)), r.rows[best]-r.rows[rule]) < 0 {
			best = rule
		}
	}
	return best
}

func byNickname(rule string) bool { return strings.HasSuffix(rule, "=mailNickname") }

// settle reports whether a rule finds one user for the row.
func (r furtherRules) settle(e *entry, rule string) bool { return r.sure[e][rule] }
