package near

import (
	"slices"
	"strings"
)

func (x *Index) compareAddress(row *person, u *entry) Field {
	f := Field{Name: "address", Grade: Different, bits: otherAddress}
	for _, address := range row.addresses {
		if slices.Contains(u.addresses, address) {
			return Field{Name: "address", Grade: Same, How: "one of theirs",
				bits: bits(len(x.blocks[address]), x.size) + oneOfAddresses}
		}
	}
	for _, login := range row.logins {
		made := howMade(login, row.namings)
		if len(row.namings) == 0 {
			made = howMade(login, u.namings)
		}
		if g := x.compareLogin(login, made, u); g.bits > f.bits || f.How == "" {
			f = g
		}
	}
	return f
}

// compareLogin compares what stands before the @. If it is made of the names, it
// proves little that they don't, and is no other name misspelt.
func (x *Index) compareLogin(login string, made making, u *entry) Field {
	like := func(f func(login, other string) bool) bool {
		return slices.ContainsFunc(u.logins, func(other string) bool { return f(login, other) })
	}
	f := Field{Name: "address", Grade: Similar}
	switch same := slices.Contains(u.logins, login); {
	case same && made != byInitial:
		f.How, f.bits = "the same name before the @", nameAtDomain
		if made == unmade {
			f.bits = bits(len(x.blocks["@"+login]), x.size)
		}
	case made != byInitial && like(numbered):
		f.Grade, f.How, f.bits = Different, "another number before the @", otherPerson
	case made == unmade && like(oneTypo):
		f.How, f.bits = "one letter off before the @", nameAtDomain-1
	case same || howMade(login, u.namings) != unmade:
		f.How, f.bits = "made of their names", madeOfNames
	default:
		f.Grade, f.bits = Different, otherAddress
	}
	return f
}

// numbered reports whether two logins are the same but for a number at the end,
// which tells apart people of the same name.
func numbered(login, other string) bool {
	const digits = "0123456789"
	return login != other && strings.TrimRight(login, digits) == strings.TrimRight(other, digits)
}

// A making is how a login is made of names.
type making int

const (
	unmade making = iota
	byInitial
	inFull
)

// howMade returns how a login is made of names.
func howMade(login string, namings []naming) making {
	for _, n := range namings {
		switch i := slices.Index(n.forms, login); {
		case i < 0:
		case i < inFullForms && len(n.given[0]) > 1 && len(n.surname[0]) > 1:
			return inFull
		default:
			return byInitial
		}
	}
	return unmade
}

// inFullForms is the number of forms that have both names in full.
const inFullForms = 2

// formsOf returns the logins that are commonly made of names: adabyron, byronada,
// abyron, byrona, adab.
func formsOf(given, surname []string) []string {
	if len(given) == 0 || len(surname) == 0 {
		return nil
	}
	first, last := given[0], strings.Join(surname, "")
	f, l := initial(first), initial(last)
	list := []string{first + last, last + first, f + last, last + f, first + l}
	for i := range list {
		list[i] = oneForm.Replace(list[i])
	}
	return list
}

// readAs reads a login without dots as the user's names, if it may be made of them.
func (x *Index) readAs(row *person, u *entry) []naming {
	for _, n := range u.namings {
		for i, form := range n.forms {
			if !slices.Contains(row.logins, form) {
				continue
			}
			if i < inFullForms {
				return []naming{n}
			}
			if i < 4 {
				return []naming{newNaming([]string{initial(n.given[0])}, n.surname)}
			}
			return []naming{newNaming(n.given, []string{initial(n.surname[0])})}
		}
	}
	return nil
}
