package worklist

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/roster"
)

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

// nameAt returns what stands before the @ of a value at a domain; "" for another value.
func nameAt(value, domain string) string {
	name, ok := strings.CutSuffix(roster.Fold(match.Address.Rewrite(match.Trim.Rewrite(value))), "@"+domain)
	if !ok {
		return ""
	}
	return name
}

// elsewhere returns another domain at which a user who is proposed has the row's name
// before the @; "" if none has.
func (e *entry) elsewhere() string {
	from := e.domain()
	if from == "" {
		return ""
	}
	for _, q := range e.queries {
		name := nameAt(q.Value, from)
		for _, p := range e.proposals {
			if to := otherDomain(&p, q.Attribute, name, from); to != "" && name != "" {
				return to
			}
		}
	}
	return ""
}

// otherDomain returns the domain of the first address with a name before the @ that a
// user has at another domain, first in one attribute.
func otherDomain(p *near.Proposal, first, name, from string) string {
	if p.Deleted || p.Strength() == near.Weak {
		return ""
	}
	for _, attribute := range []string{first, "mail", "userPrincipalName", "proxyAddresses", "otherMails"} {
		for _, address := range valuesOf(&p.User, attribute) {
			if local, d, _ := strings.Cut(address, "@"); local == name && d != "" && d != from {
				return d
			}
		}
	}
	return ""
}

// isAt reports whether the row's own rules find one user at the domain that it is
// mapped to; not so if the value must be rewritten too.
func (e *entry) isAt(to string) bool {
	from := e.domain()
	return slices.ContainsFunc(e.queries, func(q match.Query) bool {
		name := nameAt(q.Value, from)
		return name != "" && roster.Fold(q.Value) == name+"@"+from &&
			(q.Attribute == "" || e.onlyOneHas(q.Attribute, name+"@"+to))
	})
}

// publicMail matches domains at which anybody can have any name: nobody's people have
// moved away from them.
var publicMail = regexp.MustCompile(`^((outlook|hotmail|live|yahoo|gmx|yandex)\.[a-z]{2,3}(\.[a-z]{2})?|` +
	`(gmail|googlemail|msn|ymail|icloud|me|mac|aol|protonmail|zoho|mail|qq|163|126)\.com|` +
	`(proton|pm)\.me|(web|t-online)\.de|mail\.ru|(orange|free)\.fr|libero\.it|seznam\.cz|(wp|o2)\.pl|online\.no|` +
	`users\.noreply\.github\.com)$`)

// moved says where the people of a domain are found.
type moved struct {
	rows, found int
	to          string // the domain at which most of them are
	count       map[string]int
}

// domains returns the domains that can be mapped to another one: the same name exists
// there for at least half of their rows.
func (b *builder) domains() map[string]*moved {
	all := make(map[string]*moved)
	for _, e := range b.open {
		from := e.domain()
		if from == "" || e.Kind != match.NotFound || publicMail.MatchString(from) {
			continue
		}
		if all[from] == nil {
			all[from] = &moved{count: make(map[string]int)}
		}
		all[from].add(e.elsewhere())
	}
	maps.DeleteFunc(all, func(_ string, m *moved) bool { return m.found*2 < m.rows || m.found == 0 })
	return all
}

// add counts a row whose person is found at a domain, or at none.
func (m *moved) add(to string) {
	m.rows++
	if to == "" {
		return
	}
	m.found++
	m.count[to]++
	if n := m.count[to] - m.count[m.to]; n > 0 || n == 0 && to < m.to {
		m.to = to
	}
}
