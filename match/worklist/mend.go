package worklist

import (
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/roster"
)

// normalisers are those of package match that may mend a key, in the order in which
// they are tried, with how a program writes them.
var normalisers = []struct {
	match.Normaliser
	written string
}{
	{match.Trim, "match.Trim"}, {match.Address, "match.Address"}, {match.Claim, "match.Claim"}, {match.NFC, "match.NFC"},
	{match.WithoutDomain, "match.WithoutDomain"}, {match.WithoutTag, "match.WithoutTag"},
	{match.WithoutZeros, "match.WithoutZeros"},
}

// rewrite returns the names of the normalisers that rewrite what the row looks up, and
// how they are written. sure reports whether a user who is proposed has what they make.
func (e *entry) rewrite() (names, written string, sure bool) {
	for _, q := range e.queries {
		if q.Attribute == "" || placeholders.Has(q.Value) {
			continue
		}
		value := q.Value
		var did, how []string
		for _, n := range normalisers {
			if mended := n.Rewrite(value); mended != value && mended != "" {
				value, did, how = mended, append(did, n.Name), append(how, n.written)
				if e.onlyOneHas(q.Attribute, value) {
					return strings.Join(did, ", "), strings.Join(how, ", "), true
				}
			}
		}
		if names == "" {
			names, written = strings.Join(did, ", "), strings.Join(how, ", ")
		}
	}
	return names, written, false
}

// compared reports whether package near has compared what these normalisers make, so
// that they do not help a row that nobody resembles.
func compared(names string) bool {
	for name := range strings.SplitSeq(names, ", ") {
		if name != match.Trim.Name && name != match.Address.Name {
			return false
		}
	}
	return true
}

// onlyOneHas reports whether one user of those who are proposed has that value.
func (e *entry) onlyOneHas(attribute, value string) bool {
	n := 0
	for _, p := range e.proposals {
		if !p.Deleted && slices.Contains(valuesOf(&p.User, attribute), roster.Fold(value)) {
			n++
		}
	}
	return n == 1
}

// valuesOf returns the values of a user's attribute, folded. Those of a collection
// stand for themselves, addresses without their prefix.
func valuesOf(u *match.User, attribute string) (values []string) {
	var text string
	switch attribute {
	case "id":
		text = u.ID
	case "userPrincipalName":
		text = u.UserPrincipalName
	case "displayName":
		return []string{roster.Fold(u.DisplayName)}
	case "mail":
		text = u.Mail
	default:
		text = u.Attributes[attribute]
	}
	for value := range strings.SplitSeq(roster.Fold(text), ", ") {
		if value = strings.TrimPrefix(value, "smtp:"); value != "" {
			values = append(values, value)
		}
	}
	return values
}

// hasOtherZeros reports whether a user who is proposed has the row's number with
// other zeros before it.
func (e *entry) hasOtherZeros() bool {
	for _, q := range e.queries {
		number := match.WithoutZeros.Rewrite(q.Value)
		if q.Attribute == "" || number == "" || strings.Trim(number, "0123456789") != "" {
			continue
		}
		for _, p := range e.proposals {
			for _, value := range valuesOf(&p.User, q.Attribute) {
				if value != q.Value && match.WithoutZeros.Rewrite(value) == number {
					return true
				}
			}
		}
	}
	return false
}

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

// of returns the rule, of those that find the row's user, that finds most rows; or "".
func (r furtherRules) of(e *entry) (best string) {
	for _, rule := range r.find[e] {
		if best == "" || r.rows[rule] > r.rows[best] {
			best = rule
		}
	}
	return best
}

// settle reports whether a rule finds one user for the row.
func (r furtherRules) settle(e *entry, rule string) bool { return r.sure[e][rule] }

// domain returns the domain of an address, folded; "" for what is none.
func domain(address string) string {
	address = roster.Fold(match.Address.Rewrite(match.Trim.Rewrite(address)))
	if at := strings.LastIndexByte(address, '@'); at > 0 && !strings.ContainsAny(address, " \t\n;,") &&
		!strings.Contains(address, "#ext#") {
		return address[at+1:]
	}
	return ""
}

// domain returns the domain of the first address that the row looks up.
func (e *entry) domain() string {
	for _, value := range e.asksFor() {
		if d := domain(value); d != "" {
			return d
		}
	}
	return ""
}

// elsewhere returns the domain at which a user who is proposed has the row's name
// before the @; "" if none has.
func (e *entry) elsewhere() string {
	of := e.domain()
	if of == "" {
		return ""
	}
	for _, value := range e.asksFor() {
		name, ok := strings.CutSuffix(match.Address.Rewrite(match.Trim.Rewrite(value)), "@"+of)
		if !ok {
			continue
		}
		for _, p := range e.proposals {
			for _, attribute := range attributes[:4] {
				for _, address := range valuesOf(&p.User, attribute) {
					if local, d, _ := strings.Cut(address, "@"); local == name && d != "" && !p.Deleted {
						return d
					}
				}
			}
		}
	}
	return ""
}

// moved says where the people of a domain are found.
type moved struct {
	rows, found int
	to          string // the domain at which most of them are
	count       map[string]int
}

// most reports whether the same name exists for at least half of the domain's rows.
func (m *moved) most() bool { return m.found*2 >= m.rows }

// domains returns the domains of which people are found at another domain.
func (b *builder) domains() map[string]*moved {
	all := make(map[string]*moved)
	for _, e := range b.open {
		from := e.domain()
		if from == "" || e.Kind != match.NotFound {
			continue
		}
		m := all[from]
		if m == nil {
			m = &moved{count: make(map[string]int)}
			all[from] = m
		}
		m.rows++
		if to := e.elsewhere(); to != "" {
			m.found++
			m.count[to]++
			if n := m.count[to] - m.count[m.to]; n > 0 || n == 0 && to < m.to {
				m.to = to
			}
		}
	}
	for from, m := range all {
		if m.found == 0 {
			delete(all, from)
		}
	}
	return all
}
