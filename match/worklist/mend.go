package worklist

import (
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// normalisers are those of package match that may mend a key, in the order in which
// they are tried.
var normalisers = []match.Normaliser{match.Trim, match.Address, match.Claim, match.NFC, match.WithoutDomain,
	match.WithoutTag, match.WithoutZeros}

// rewrite returns the names of the normalisers that rewrite what the row looks up. sure
// reports whether a user who is proposed has what they make.
func (e *entry) rewrite() (names string, sure bool) {
	for _, q := range e.queries {
		if q.Attribute == "" || placeholders.Has(q.Value) {
			continue
		}
		value := q.Value
		var did []string
		for _, n := range normalisers {
			if mended := n.Rewrite(value); mended != value && mended != "" {
				value, did = mended, append(did, n.Name)
				if e.onlyOneHas(q.Attribute, value) {
					return strings.Join(did, ", "), true
				}
			}
		}
		if names == "" {
			names = strings.Join(did, ", ")
		}
	}
	return names, false
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
