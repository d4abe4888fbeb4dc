package entra

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// maxLengths are how many characters a new user's attributes may have.
// https://learn.microsoft.com/graph/api/resources/user#properties
var maxLengths = map[string]int{
	"displayName": 256, "givenName": 64, "surname": 64, "mailNickname": 64, "jobTitle": 128, "userPrincipalName": 113,
	"mobilePhone": 64, "officeLocation": 128,
}

// check returns why the account can't be made by its values alone, or nil. A nil
// set of domains is not known.
func (u NewUser) check(domains map[string]bool) *NewUserError {
	values := u.values()
	for _, attribute := range slices.Sorted(maps.Keys(values)) {
		reason := ""
		limit, value := maxLengths[attribute], values[attribute]
		switch {
		case limit > 0 && utf8.RuneCountInString(value) > limit:
			reason = fmt.Sprintf("it has more than %d characters", limit)
		case attribute == "userPrincipalName":
			reason = badPrincipalName(value, domains)
		case attribute == "mailNickname":
			reason = badMailNickname(value)
		case attribute == "mail":
			reason = badMail(value)
		case attribute == "usageLocation" && !twoLetters(value):
			reason = "it is not a country code of two letters"
		case attribute == "userType" && !strings.EqualFold(value, "Member") && !strings.EqualFold(value, "Guest"):
			reason = "it is not Member or Guest"
		}
		if reason != "" {
			return u.refuse(attribute, fmt.Sprintf("%s %q cannot be: %s", attribute, value, reason))
		}
	}
	return nil
}

func (u NewUser) refuse(attribute, reason string) *NewUserError {
	return &NewUserError{User: u, Attribute: attribute, Reason: reason}
}

// badPrincipalName says what is wrong with a user principal name, or "".
// https://learn.microsoft.com/entra/identity/authentication/concept-sspr-policy#microsoft-entra-password-policies
func badPrincipalName(name string, domains map[string]bool) string {
	local, domain, ok := strings.Cut(name, "@")
	other := strings.IndexFunc(strings.TrimPrefix(local, "$"), func(r rune) bool {
		return !isASCIILetter(r) && (r < '0' || r > '9') && !strings.ContainsRune("'.-_!#^~", r)
	})
	switch {
	case !ok || local == "" || domain == "" || strings.Contains(domain, "@"):
		return "it is not of the form name@domain"
	case other >= 0:
		return "before the @ it may have the letters A to Z, digits and ' . - _ ! # ^ ~ only"
	case strings.HasSuffix(local, "."):
		return "there is a full stop before the @"
	case len(local) > 64 || len(domain) > 48:
		return "it may have 64 characters before the @ and 48 after it"
	case domains != nil && !domains[strings.ToLower(domain)]:
		return "the tenant has no verified domain " + domain
	}
	return ""
}

// badMailNickname says what is wrong with a mail nickname, or "". That a full stop
// can't be its first or last character is believed, not verified.
// https://learn.microsoft.com/graph/api/resources/user#properties
func badMailNickname(name string) string {
	switch {
	case !isASCII(name) || strings.ContainsAny(name, `@()\[]";:<>, `):
		return `it may have ASCII characters only, and none of @ ( ) \ [ ] " ; : < > , and space`
	case strings.HasPrefix(name, ".") || strings.HasSuffix(name, "."):
		return "it begins or ends with a full stop"
	}
	return ""
}

// badMail says what is wrong with a mail address, or "". The service refuses
// accents: https://github.com/microsoftgraph/microsoft-graph-docs/issues/13477
func badMail(address string) string {
	local, domain, ok := strings.Cut(address, "@")
	switch {
	case !ok || local == "" || domain == "" || strings.Contains(domain, "@"):
		return "it is not of the form name@domain"
	case !isASCII(address):
		return "it has characters that are not ASCII"
	}
	return ""
}

func twoLetters(s string) bool {
	return len(s) == 2 && strings.IndexFunc(s, func(r rune) bool { return !isASCIILetter(r) }) < 0
}

func isASCIILetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// uniqueValues are the values that no other user may have, as queries, folded.
func (u NewUser) uniqueValues() []match.Query {
	unique := []match.Query{match.Equal("userPrincipalName", roster.Fold(u.UserPrincipalName))}
	if mail := u.values()["mail"]; mail != "" {
		unique = append(unique, match.Equal("proxyAddresses", roster.Fold(mail)))
	}
	if id := u.values()["onPremisesImmutableId"]; id != "" {
		unique = append(unique, match.Equal("onPremisesImmutableId", id)) // base64
	}
	return unique
}

// values returns what the account is created with, by Graph's names.
func (u NewUser) values() map[string]string {
	values := map[string]string{"displayName": u.DisplayName, "userPrincipalName": u.UserPrincipalName,
		"mailNickname": u.MailNickname}
	for name, value := range u.Attributes {
		if known, err := userAttribute(name); err == nil && value != "" {
			values[known] = value
		}
	}
	return values
}

// readable names the values that a lookup can return, for [match.Query.Select].
func (u NewUser) readable() string {
	var names []string
	for name := range u.values() {
		if _, err := lookUpAttribute(name); err == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

// same reports whether two accounts are created with the same values.
func (u NewUser) same(other NewUser) bool {
	return maps.EqualFunc(u.values(), other.values(), func(a, b string) bool { return roster.Fold(a) == roster.Fold(b) })
}

// is reports whether a user has all the values that can be looked up.
func (u NewUser) is(user match.User) bool {
	for name := range strings.SplitSeq(u.readable(), ",") {
		if roster.Fold(user.Attributes[name]) != roster.Fold(u.values()[name]) {
			return false
		}
	}
	return true
}
