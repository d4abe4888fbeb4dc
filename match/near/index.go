package near

import (
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/match"
)

// An Index holds users by what they resemble rows in. It is safe for concurrent
// use once made.
type Index struct {
	entries []entry
	size    int // number of users of the directory, as far as it is known
	// blocks has the entries that are compared with a row of the same key: an
	// address, "@" and a login, "#" and a number, or parts of names.
	blocks   map[string][]int32
	names    map[string]int // users by field and name
	initials map[string]int // users by field and first letter
}

// An entry is a user with what is compared.
type entry struct {
	*person
	user     *match.User
	deleted  bool
	numbered bool // a login is made of the names and a number
}

// NewIndex indexes a directory that was listed: its users and those of its recycle
// bin, which may be nil. The users must have the attributes that [Select] names. Users
// are not copied and must not be changed.
func NewIndex(users, deleted []match.User) *Index { return newIndex(users, deleted, 0) }

// assumed is the size of a directory of which a part is known: users asked for by
// name look rarer than they are in a larger one, and more common in a smaller.
const assumed = 20_000

func newIndex(users, deleted []match.User, atLeast int) *Index {
	x := &Index{blocks: make(map[string][]int32), names: make(map[string]int), initials: make(map[string]int)}
	x.size = max(len(users)+len(deleted), atLeast)
	for i := range users {
		x.add(&users[i], false)
	}
	for i := range deleted {
		x.add(&deleted[i], true)
	}
	return x
}

func (x *Index) add(u *match.User, deleted bool) {
	p := personOf(u)
	n := int32(len(x.entries))
	x.entries = append(x.entries, entry{p, u, deleted, isNumbered(p)})
	for _, key := range keys(p, true) {
		x.blocks[key] = append(x.blocks[key], n)
	}
	for _, naming := range p.namings {
		x.count("given name", naming.given)
		x.count("surname", naming.surname)
	}
}

func isNumbered(p *person) bool {
	return slices.ContainsFunc(p.logins, func(login string) bool {
		name := strings.TrimRight(login, "0123456789")
		return name != login && howMade(name, p.namings) == inFull
	})
}

func (x *Index) count(field string, list []string) {
	for i, word := range list {
		if slices.Index(list, word) == i {
			x.names[field+word]++
		}
	}
	if len(list) > 0 {
		x.initials[field+initial(list[0])]++
	}
}

// keys returns the blocks that a person is in (a user) or is looked for in (a row).
func keys(p *person, user bool) []string {
	list := slices.Clone(p.addresses)
	for _, login := range p.logins {
		list = append(list, "@"+login)
	}
	if p.number != "" {
		list = append(list, "#"+p.number)
	}
	for _, n := range p.namings {
		list = append(list, nameKeys(n)...)
		if user {
			for _, form := range n.forms {
				list = append(list, "="+form)
			}
		}
	}
	if !user && len(p.namings) == 0 {
		for _, login := range p.logins {
			list = append(list, "="+login)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// nameKeys returns keys of which two people share one if a name is the same and the
// other abbreviated or a short form, or if one letter is off: it is in one half of a
// name, so that the other half is the same.
func nameKeys(n naming) (list []string) {
	for _, given := range n.given {
		for _, surname := range n.surname {
			list = append(list, surname+"+"+initial(given), given+"+<"+half(surname, true),
				given+"+>"+half(surname, false))
		}
		for _, line := range nicknames[given] {
			for _, surname := range n.surname {
				list = append(list, surname+"+~"+string(rune(line)))
			}
		}
	}
	return list
}

// half returns the first or the last three letters of a word.
func half(word string, first bool) string {
	const n = 3
	switch {
	case len(word) <= n:
		return word
	case first:
		return word[:n]
	}
	return word[len(word)-n:]
}

// largest is the number of users in a block beyond which it is not looked at: what
// so many have proves nothing.
const largest = 2000

// like returns the entries that share a block with a row's person, in order.
func (x *Index) like(p *person) []int32 {
	var list []int32
	for _, key := range keys(p, false) {
		if block := x.blocks[key]; len(block) <= largest {
			list = append(list, block...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
