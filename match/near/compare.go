package near

import (
	"cmp"
	"fmt"
	"math"
	"strings"
)

// A Grade says how a field of the row compares to the user's.
type Grade string

// The grades of a field that both have.
const (
	Same      Grade = "same"
	Similar   Grade = "similar"
	Different Grade = "different"
)

// A Field is the comparison of one field that both the row and the user have.
type Field struct {
	Name  string // "address", "surname", "given name" or "number"
	Grade Grade
	How   string // why it is Similar, such as "a short form"; "" if there is nothing to say
	bits  float64
}

// What a comparison proves that is not a matter of how rare a name is, in bits: a
// bit more makes a proposal twice as likely. The signs and sizes are those that
// separate people on lists best; TestTheFirstProposalIsRight holds that they do.
const (
	otherGiven     = -7.0
	otherSurname   = -5.0 // people marry
	otherNumber    = -6.0
	otherAddress   = -2.0
	otherPerson    = -6.0 // ada.byron2 is not ada.byron
	together       = -2.0 // names of one language come together
	typo           = -3.0
	shortForm      = -1.5
	shortened      = -3.0
	partly         = -1.5 // one of two surnames
	swappedNames   = -1.0
	nameAtDomain   = 6.0  // the name before the @, which is made of the names
	madeOfNames    = 2.0  // an address that may be made of the user's names
	hasRow         = -5.0 // few people have two accounts
	oneOfAddresses = 3.0  // beyond the rarity of an address that is one user's
)

// bits is what it proves that two agree in what count of n users have. A few users
// are added, because those who were asked about are not all there are.
func bits(count, n int) float64 {
	const few = 100
	return math.Log2(float64(n+few) / (float64(count) + few/200.0))
}

// compare compares a row's person with a user. How it is written is in the fields,
// in the order in which people look at them.
func (x *Index) compare(row *person, u *entry) []Field {
	var fields []Field
	if len(row.addresses) > 0 || len(row.logins) > 0 {
		fields = append(fields, x.compareAddress(row, u))
	}
	fields = append(fields, x.compareNames(row, u)...)
	if row.number != "" && u.number != "" {
		f := Field{Name: "number", Grade: Different, bits: otherNumber}
		if row.number == u.number {
			f.Grade, f.bits = Same, bits(len(x.blocks["#"+u.number]), x.size)
		}
		fields = append(fields, f)
	}
	return fields
}

// compareNames compares by the reading of the row's names that agrees best.
func (x *Index) compareNames(row *person, u *entry) (best []Field) {
	if len(u.namings) == 0 {
		return nil
	}
	namings := row.namings
	if len(namings) == 0 {
		namings = x.readAs(row, u)
	}
	most := math.Inf(-1)
	for i, n := range namings {
		fields, sum := x.compareNaming(n, u.namings[0])
		if i >= row.swapped && row.swapped > 0 {
			sum += swappedNames
			fields = swap(fields)
		}
		if sum > most {
			best, most = fields, sum
		}
	}
	return best
}

// swap says that the names are in the other order, unless they don't agree at all.
func swap(fields []Field) []Field {
	for i := range fields {
		if fields[i].Grade != Different {
			fields[i].Grade, fields[i].bits = Similar, fields[i].bits+swappedNames/float64(len(fields))
			fields[i].How = strings.TrimSuffix("names swapped, "+fields[i].How, ", ")
		}
	}
	return fields
}

func (x *Index) compareNaming(row, user naming) (fields []Field, sum float64) {
	if len(row.surname) > 0 && len(user.surname) > 0 {
		fields = append(fields, x.compareWords("surname", row.surname, user.surname, otherSurname))
	}
	if len(row.given) > 0 && len(user.given) > 0 {
		fields = append(fields, x.compareWords("given name", row.given, user.given, otherGiven))
	}
	if len(fields) == 2 && fields[0].Grade != Different && fields[1].Grade != Different {
		fields[1].bits += together
	}
	for _, f := range fields {
		sum += f.bits
	}
	return fields, sum
}

func initial(word string) string {
	for _, r := range word {
		return string(r)
	}
	return ""
}

// compareWords compares the words of one field by the pair that agrees best.
func (x *Index) compareWords(name string, row, user []string, different float64) Field {
	if joined := strings.Join(user, ""); strings.Join(row, "") == joined {
		return Field{Name: name, Grade: Same, bits: x.rarest(name, user)}
	}
	best := Field{Name: name, Grade: Different, bits: different}
	for _, a := range row {
		for _, b := range user {
			if f := x.compareWord(name, a, b); f.Grade != Different && f.bits > best.bits {
				best = f
			}
		}
	}
	if best.Grade == Same && (len(row) != len(user) || len(row) > 1) {
		best.Grade, best.How, best.bits = Similar, "one of several names", best.bits+partly
	}
	return best
}

func (x *Index) compareWord(name, a, b string) Field {
	f := Field{Name: name, Grade: Different}
	switch {
	case a == b:
		f.Grade, f.bits = Same, x.rarity(name, b)
	case initial(a) == a && initial(b) == a || initial(b) == b && initial(a) == b:
		f.Grade, f.How, f.bits = Similar, "abbreviated", bits(x.initials[name+initial(b)], x.size)
	case name == "given name" && sameNickname(a, b):
		f.Grade, f.How, f.bits = Similar, "a short form", x.rarity(name, b)+shortForm
	case name == "given name" && beginning(a, b):
		f.Grade, f.How, f.bits = Similar, "shortened", x.rarity(name, b)+shortened
	case oneTypo(a, b):
		f.Grade, f.How, f.bits = Similar, "one letter off", x.rarity(name, b)+typo
	}
	return f
}

// beginning reports whether one name begins with the other, such as Kari and Karianne.
func beginning(a, b string) bool {
	const least = 4
	return min(len(a), len(b)) >= least && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a))
}

// rarity is what it proves to have a name.
func (x *Index) rarity(field, word string) float64 { return bits(x.names[field+word], x.size) }

// rarest is the rarity of the rarest of several names, each of which the others
// often come with.
func (x *Index) rarest(field string, list []string) float64 {
	most := 0.0
	for _, word := range list {
		most = max(most, x.rarity(field, word))
	}
	return most
}

// String says the field in words, such as "surname similar (one letter off)".
func (f Field) String() string {
	text := fmt.Sprintf("%s %s", f.Name, cmp.Or(f.Grade, "not known"))
	if f.How != "" {
		text += " (" + f.How + ")"
	}
	return text
}
