package worklist

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/roster"
)

// judge says how urgent a row is, from the profile's facts.
func (b *builder) judge(e *entry) {
	facts := b.Profile.Facts
	e.row.Privileged = !isNo(e.Row.Get(facts.Privileged))
	e.row.Inactive = b.Profile.IsClosed(e.Row) || statusIsInactive(facts.Status, e.Row.Get(facts.Status)) ||
		b.isUnused(e.Row.Get(facts.LastLogin))
	role := e.Row.Get(b.Profile.Role)
	e.role = strings.TrimSpace(role) != "" && !placeholders.Has(role)
}

var placeholders = roster.NewPlaceholders(nil)

// isNo reports whether a value says no, or nothing. Any other value of the column that
// says who may do more than others, such as "domain admin", is a yes.
func isNo(value string) bool {
	value = roster.Fold(strings.TrimSpace(value))
	no := []string{"", "false", "f", "no", "n", "nei", "nej", "nein", "non", "nee", "não", "off", "ingen", "standard",
		"user", "normal", "regular", "basic", "not privileged"}
	return slices.Contains(no, value) || placeholders.Has(value)
}

// inactive are the beginnings of values of a status, folded, that say that an account
// is not in use.
var inactive = []string{"inactive", "in-active", "disabled", "deactivated", "blocked", "locked", "suspended", "closed",
	"terminated", "deprovisioned", "revoked", "archived", "deleted", "expired", "left", "inaktiv", "deaktiv",
	"gesperrt", "sperret", "inactif", "désactivé", "bloqué", "inactivo", "bloqueado", "inattivo", "disattivato",
	"inactief", "geblokkeerd", "nieaktywn"}

// statusIsInactive reports whether the value of a column of that name says that the
// account is not in use. "No" says so if the column is called Active or Enabled, and
// "yes" if it is called Disabled.
func statusIsInactive(column, value string) bool {
	column, value = roster.Fold(column), roster.Fold(strings.TrimSpace(value))
	if value == "" {
		return false
	}
	begins := func(text string) bool {
		return slices.ContainsFunc(inactive, func(word string) bool { return strings.HasPrefix(text, word) })
	}
	bare := strings.TrimPrefix(strings.TrimPrefix(column, "account"), "is")
	yes := slices.Contains([]string{"true", "t", "yes", "y", "1", "ja", "oui", "si", "sí"}, value)
	switch {
	case begins(value):
		return true
	case begins(strings.TrimLeft(bare, " _-.")):
		return yes
	case strings.Contains(column, "active") || strings.Contains(column, "enabled") || strings.Contains(column, "aktiv"):
		return isNo(value)
	}
	return false
}

// unused is how long ago the last sign-in of an account was that is not in use.
const unused = 365 * 24 * time.Hour

// isUnused reports whether a date, as ISO 8601 writes it, is more than a year ago.
// Other dates say nothing: nobody knows which number is the month.
func (b *builder) isUnused(last string) bool {
	last = strings.TrimSpace(last)
	if len(last) < len(time.DateOnly) {
		return false
	}
	date, err := time.Parse(time.DateOnly, last[:len(time.DateOnly)])
	return err == nil && b.Now.Sub(date) > unused
}

// sort puts the most urgent rows first: those of privileged accounts, then those in
// use, then those with a role. What is equally urgent stays in the order of the list.
func (b *builder) sort() {
	slices.SortStableFunc(b.open, func(x, y *entry) int {
		return cmp.Or(first(x.row.Privileged, y.row.Privileged), first(y.row.Inactive, x.row.Inactive), first(x.role, y.role))
	})
}

// first says that what is true comes before what is false.
func first(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return -1
	}
	return 1
}
