package worklist

import (
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/roster"
)

// candidates returns the users who answered for a row, or resemble it.
func (b *builder) candidates(e *entry) (list []Candidate) {
	for _, u := range e.Candidates {
		c := b.candidate(u)
		if c.Why = c.Name + " was found for this row"; e.Kind == match.Deleted {
			c.setDeleted()
			c.Why = c.Name + " is in the recycle bin"
		}
		list = append(list, c)
	}
	for _, p := range e.proposals {
		c := b.candidate(p.User)
		if c.Guest = p.Guest; p.Deleted {
			c.setDeleted()
		}
		c.Strength, c.Rivals, c.Why = p.Strength(), p.Rivals, p.Why()
		for _, f := range p.Fields {
			c.Fields = append(c.Fields, Evidence{Field: f.Name, Grade: f.Grade, Text: f.How})
		}
		list = append(list, c)
	}
	return list
}

func (b *builder) candidate(u match.User) Candidate {
	return Candidate{ID: u.ID, Name: u.UserPrincipalName, Display: u.DisplayName, Line: b.lines[u.ID],
		Disabled: !u.AccountEnabled, Guest: strings.Contains(u.UserPrincipalName, "#EXT#")}
}

// setDeleted says that the user is in the recycle bin: whether they could sign in is not
// known, and their name was one without the id that a deletion puts before it.
func (c *Candidate) setDeleted() {
	c.Deleted, c.Disabled = true, false
	c.Name = strings.TrimPrefix(c.Name, strings.ReplaceAll(c.ID, "-", ""))
}

// likely returns the user whom a row most resembles, if that is at least fair.
func (e *entry) likely() (near.Proposal, bool) {
	if len(e.proposals) == 0 || e.proposals[0].Strength() == near.Weak {
		return near.Proposal{}, false
	}
	return e.proposals[0], true
}

// mostOthers is the number of further accounts of one person that a row lists.
const mostOthers = 10

// findOthers lists with each row the other accounts of what looks like its person:
// those of the user whom it resembles, and open rows that resemble the same user or
// have the same full name.
func (b *builder) findOthers() {
	accounts := make(map[string][]string) // by person
	note := func(key, account string) {
		if list := accounts[key]; key != "" && account != "" && len(list) <= mostOthers && !slices.Contains(list, account) {
			accounts[key] = append(list, account)
		}
	}
	for _, e := range b.open {
		for _, key := range b.people(e) {
			accounts[key] = []string{}
		}
	}
	for o := range b.report.Found(&match.FoundOptions{All: true}) {
		if accounts[o.User.ID] != nil {
			note(o.User.ID, b.account(o))
		}
	}
	for _, e := range b.open {
		for _, key := range b.people(e) {
			note(key, e.row.Account)
		}
	}
	for _, e := range b.open {
		for _, key := range b.people(e) {
			for _, account := range accounts[key] {
				if account != e.row.Account && len(e.row.Others) < mostOthers && !slices.Contains(e.row.Others, account) {
					e.row.Others = append(e.row.Others, account)
				}
			}
		}
	}
}

// people returns what a row's person is known by: the user whom it resembles, and the
// full name.
func (b *builder) people(e *entry) (keys []string) {
	if p, ok := e.likely(); ok {
		keys = append(keys, p.User.ID)
	}
	if e.Unread() > 0 {
		return keys
	}
	var words []string
	for _, column := range match.NameColumns(e.Row.Header()) {
		for _, word := range strings.Fields(roster.Fold(e.Row.Get(column))) {
			if word = strings.Trim(word, ",."); word != "" && !slices.Contains(words, word) {
				words = append(words, word)
			}
		}
	}
	if slices.Sort(words); len(words) > 1 {
		keys = append(keys, "name "+strings.Join(words, " "))
	}
	return keys
}
