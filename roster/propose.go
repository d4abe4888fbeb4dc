package roster

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A ProfileProposal is a profile for somebody to look at, and why it says what it does.
type ProfileProposal struct {
	Profile Profile
	Reasons []string // a sentence for each
}

// proposalRows is how many rows are looked at.
const proposalRows = 2000

// ProposeProfile reads some rows of a list, at most 2,000, and proposes what its columns
// mean, by their names and by what stands in them. Nothing should rest on it that nobody
// looked at. The list is used up; the error is [Reader.Rows]'s.
func ProposeProfile(r *Reader) (*ProfileProposal, error) {
	columns := make([]*columnSample, len(r.Header().Columns()))
	for i, name := range r.Header().Columns() {
		columns[i] = &columnSample{name: name, values: make(map[string]int)}
	}
	rows := 0
	for row, err := range r.Rows() {
		if bad := (*RowError)(nil); errors.As(err, &bad) {
			continue
		}
		if err != nil {
			return nil, err
		}
		i := 0
		for _, value := range row.All() {
			columns[i].add(value)
			i++
		}
		if rows++; rows == proposalRows {
			break
		}
	}
	p := &proposer{columns: columns, rows: rows, proposal: &ProfileProposal{}}
	p.propose()
	return p.proposal, nil
}

// A columnSample is what stands in one column of the rows that were looked at.
type columnSample struct {
	name   string
	filled int            // rows with a value
	mails  int            // of them, with an @
	values map[string]int // folded
}

func (c *columnSample) add(value string) {
	value = strings.TrimSpace(value)
	if value == "" || usual.Has(value) {
		return
	}
	c.filled++
	if strings.Contains(value, "@") {
		c.mails++
	}
	c.values[Fold(value)]++
}

var usual = NewPlaceholders(nil)

// named reports whether the column's name has one of the words, whatever stands between
// their letters: "Last-Login" has "last login".
func (c *columnSample) named(words ...string) bool {
	name := letters(c.name)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(name, letters(word)) })
}

// letters returns a name's letters and digits, folded.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-./:[]()", r) {
			return -1
		}
		return r
	}, Fold(name))
}

// isUnique reports whether no value stands in two rows.
func (c *columnSample) isUnique() bool { return c.filled > 0 && len(c.values) == c.filled }

// A proposer is one call of ProposeProfile.
type proposer struct {
	columns  []*columnSample
	rows     int
	proposal *ProfileProposal
}

func (p *proposer) because(format string, args ...any) {
	p.proposal.Reasons = append(p.proposal.Reasons, Printable(fmt.Sprintf(format, args...)))
}

// first returns the first column for which is holds, or nil.
func (p *proposer) first(is func(*columnSample) bool) *columnSample {
	if i := slices.IndexFunc(p.columns, is); i >= 0 {
		return p.columns[i]
	}
	return nil
}

func (p *proposer) propose() {
	p.proposeMatch()
	p.proposeAccount()
	p.proposeRole()
	p.proposeFacts()
}

// proposeMatch looks for columns by which users can be found.
func (p *proposer) proposeMatch() {
	profile := &p.proposal.Profile
	add := func(c *columnSample, attribute, why string) {
		profile.Match = append(profile.Match, ProfileRule{c.name, attribute})
		p.because("match %s with %s: %s", c.name, attribute, why)
	}
	for _, c := range p.columns {
		addresses := c.filled > 0 && 5*c.mails >= 4*c.filled // four of five
		if addresses && !c.named("manager", "owner", "approver", "supervisor", "alternate", "secondary") {
			add(c, "userPrincipalName", fmt.Sprintf("%d of its %d values are like addresses", c.mails, c.filled))
			if !c.named("upn", "principal") {
				add(c, "mail", "an address may be only the mail of its user")
			}
			break
		}
	}
	if c := p.first(func(c *columnSample) bool {
		return c.filled > 0 && c.named("employee id", "employee number", "employee no", "personnel",
			"staff no", "staff id", "pernr", "matricule")
	}); c != nil {
		add(c, "employeeId", "its name says so")
	}
}

// proposeAccount looks for the application's own name for an account.
func (p *proposer) proposeAccount() {
	c := p.first(func(c *columnSample) bool {
		return c.isUnique() && !c.named("last") &&
			c.named("login", "logon", "user name", "userid", "user id", "account", "samaccountname", "uid", "bname")
	})
	if c != nil {
		p.proposal.Profile.Account = c.name
		p.because("%s is the name of the account: no value stands in two of %d rows", c.name, p.rows)
	}
}

// mostRoleNames is how many values a column of roles has at most.
const mostRoleNames = 100

func (p *proposer) proposeRole() {
	c := p.first(func(c *columnSample) bool {
		return len(c.values) > 0 && len(c.values) <= mostRoleNames && (3*len(c.values) <= c.filled || c.filled < 10) &&
			c.named("role", "permission", "entitlement", "access level", "user group", "profile")
	})
	if c != nil {
		p.proposal.Profile.Role = c.name
		p.because("%s names the role: it has %d values in %d rows", c.name, len(c.values), c.filled)
	}
}

// closedWords are values of a status column of accounts that are closed.
var closedWords = []string{"inactive", "disabled", "deactivated", "closed", "terminated", "suspended",
	"deleted", "inaktiv", "inactif"}

func (p *proposer) proposeFacts() {
	profile := &p.proposal.Profile
	facts := &profile.Facts
	for _, fact := range []struct {
		column *string
		what   string
		words  []string
	}{
		{&facts.Status, "whether the account is in use", []string{"status", "active", "enabled", "disabled",
			"locked", "state"}},
		{&facts.Type, "whose the account is", []string{"account type", "user type", "category", "type"}},
		{&facts.LastLogin, "when it was last used", []string{"last login", "last logon", "last sign", "last access",
			"last seen", "last used", "trdat"}},
		{&facts.Privileged, "whether it is privileged", []string{"privileged", "is admin", "superuser", "sysadmin"}},
		{&facts.Owner, "who answers for it", []string{"owner", "responsible"}},
	} {
		c := p.first(func(c *columnSample) bool { return c.named(fact.words...) && !p.isTaken(c) })
		if c != nil {
			*fact.column = c.name
			p.because("%s says %s: its name says so", c.name, fact.what)
		}
	}
	status := p.first(func(c *columnSample) bool { return facts.Status != "" && c.name == facts.Status })
	if status == nil {
		return
	}
	for _, word := range closedWords {
		if n := status.values[word]; n > 0 {
			profile.Closed = append(profile.Closed, word)
			p.because("%q in %s is a closed account: %d rows; take it out if such an account still lets people in",
				word, status.name, n)
		}
	}
}

// isTaken reports whether the profile uses a column for something else.
func (p *proposer) isTaken(c *columnSample) bool {
	profile := p.proposal.Profile
	taken := append([]string{profile.Account, profile.Role}, profile.Facts.Columns()...)
	for _, rule := range profile.Match {
		taken = append(taken, rule.Column)
	}
	return slices.Contains(taken, c.name)
}
