package main

import (
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// near returns the rules for proposals, which people look at and nothing acts
// on: where the value is an address, whoever has or had it, or the same name
// before another domain.
func (s *session) near() []match.Matcher {
	var rules []match.Matcher
	seen := map[string]bool{}
	for _, r := range s.opts.rules {
		if seen[r.column] {
			continue
		}
		seen[r.column] = true
		for _, attribute := range []string{"mail", "proxyAddresses", "otherMails"} {
			rules = append(rules, addressOnly{match.Column(r.column, attribute), r.column})
		}
		rules = append(rules, addressOnly{match.Func(r.column+" before the @ = mailNickname", func(row roster.Row) match.Query {
			name, _, _ := strings.Cut(row.Get(r.column), "@")
			return match.Equal("mailNickname", name)
		}), r.column})
	}
	return rules
}

// addressOnly asks a matcher only about rows whose column looks like an address.
type addressOnly struct {
	match.Matcher
	column string
}

// Queries returns those of the matcher, or none.
func (m addressOnly) Queries(row roster.Row) []match.Query {
	if !strings.Contains(row.Get(m.column), "@") {
		return nil
	}
	return m.Matcher.Queries(row)
}
