package worklist

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// The kinds of accounts that belong to nobody, as [Decision] has them.
const (
	service = "service"
	shared  = "shared"
	vendor  = "vendor"
)

// typeWords are words of the column that says whose an account is, folded.
var typeWords = map[string]string{
	"service": service, "system": service, "technical": service, "machine": service, "robot": service, "bot": service,
	"api": service, "integration": service, "application": service, "batch": service, "daemon": service, "svc": service,
	"dienst": service, "technisch": service, "teknisk": service, "servicio": service,
	"shared": shared, "generic": shared, "team": shared, "group": shared, "functional": shared, "mailbox": shared,
	"room": shared, "felles": shared, "gemeinsam": shared, "test": shared,
	"vendor": vendor, "supplier": vendor, "leverandør": vendor, "lieferant": vendor, "fournisseur": vendor,
}

// nameForms are words, folded, that names of accounts begin with, end in or consist of
// which are rarely a person's. Words are divided by - _ . and $.
var nameForms = []struct{ kind, begins, ends, whole string }{
	{service, "svc srv service sys system app api bot batch cron daemon robot rpa",
		"svc srv service api batch sync daemon",
		"root system service backup monitoring monitor scanner printer daemon apache oracle postgres jenkins " +
			"integration api sync scheduler noreply donotreply mailerdaemon postmaster webmaster notification " +
			"notifications alert alerts"},
	{shared, "team test demo training shared mbx room kiosk",
		"team",
		"team info sales support helpdesk servicedesk contact office hr finance accounting invoice invoices billing " +
			"reception admin administrator mail post postmottak kundeservice kontakt test demo training guest kiosk " +
			"shared mailbox"},
	{vendor, "vendor vnd supplier", "", ""},
}

// guess says what an account is that looks like no person's, and why; nothing for one
// whose type says that it is a person's.
func (b *builder) guess(e *entry) (kind, why string) {
	if column := b.Profile.Facts.Type; column != "" {
		value := e.Row.Get(column)
		divides := func(r rune) bool { return strings.ContainsRune(" -_/.,()", r) }
		words := strings.FieldsFunc(roster.Fold(value), divides)
		for _, word := range words {
			if kind := typeWords[word]; kind != "" {
				return kind, fmt.Sprintf("%s is %q", column, roster.Printable(value))
			}
		}
		if slices.ContainsFunc(words, isPerson) {
			return "", ""
		}
	}
	for _, name := range []string{e.row.Account, e.Key} {
		if kind := kindOfName(name); kind != "" {
			return kind, fmt.Sprintf("the name %q is like that of a %s account", roster.Printable(name), kind)
		}
	}
	return "", ""
}

// kindOfName returns the kind of account that has such a name or address; "" for one
// that may be a person's.
func kindOfName(name string) string {
	name = match.WithoutDomain.Rewrite(match.Address.Rewrite(strings.TrimSpace(name)))
	local, _, _ := strings.Cut(roster.Fold(name), "@")
	if len(local) > 1 && strings.HasSuffix(local, "$") {
		return service // a computer's
	}
	words := strings.FieldsFunc(local, func(r rune) bool { return strings.ContainsRune("-_.$", r) })
	whole := strings.TrimRight(strings.Join(words, ""), "0123456789")
	for _, f := range nameForms {
		one := func(list, word string) bool { return word != "" && slices.Contains(strings.Fields(list), word) }
		several := len(words) > 1
		if several && (one(f.begins, words[0]) || one(f.ends, words[len(words)-1])) || one(f.whole, whole) {
			return f.kind
		}
	}
	return ""
}

// isPerson reports whether a word of an account's type says that it is a person's.
func isPerson(word string) bool {
	return slices.Contains([]string{"person", "personal", "user", "human", "employee", "internal", "external", "named",
		"individual", "bruker", "benutzer", "mitarbeiter", "ansatt", "member", "guest", "contractor", "consultant"}, word)
}
