package entra

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// An attribute is a user property that users can be found by.
type attribute struct {
	name     string // as in a filter: employeeOrgData/costCenter
	many     bool   // a collection, of which any element may match
	advanced bool   // filterable by advanced queries only
	exact    bool   // letter case matters
	// withoutIn says that several values are asked for by "or"; it is so for collections, too.
	withoutIn bool
}

// The attributes that Graph can filter by with "eq": in every query, and in
// advanced queries only.
// https://learn.microsoft.com/graph/aad-advanced-queries#user-properties
const (
	byDefault = "id userPrincipalName mail displayName givenName surname mailNickname employeeId " +
		"department jobTitle city country state usageLocation userType creationType externalUserState " +
		"onPremisesSecurityIdentifier proxyAddresses otherMails imAddresses businessPhones"
	byAdvanced = "companyName officeLocation mobilePhone postalCode streetAddress preferredLanguage " +
		"employeeType onPremisesSamAccountName onPremisesImmutableId " +
		"employeeOrgData/costCenter employeeOrgData/division"
	collections = "proxyAddresses otherMails imAddresses businessPhones"
	// withoutIn are those for which the table has no "in", though the user's page
	// lists it; "or" does the same by both.
	withoutIn = "id employeeId"
)

// extensionAttributes are the fifteen of on-premises Exchange.
const extensionAttributes = "onPremisesExtensionAttributes/extensionAttribute"

// attributes holds them by folded name.
var attributes = attributeTable()

func attributeTable() map[string]*attribute {
	table := map[string]*attribute{}
	add := func(alias, name string, advanced bool) {
		table[roster.Fold(alias)] = &attribute{name: name, advanced: advanced,
			many:      slices.Contains(strings.Fields(collections), name),
			withoutIn: slices.Contains(strings.Fields(withoutIn+" "+collections), name),
			exact:     name == "onPremisesImmutableId"} // base64
	}
	for _, name := range strings.Fields(byDefault) {
		add(name, name, false)
	}
	for _, name := range strings.Fields(byAdvanced) {
		add(name, name, true)
	}
	for i := range 15 {
		name := fmt.Sprint(extensionAttributes, i+1)
		add(name, name, true)
		table[roster.Fold(fmt.Sprint("extensionAttribute", i+1))] = table[roster.Fold(name)]
	}
	return table
}

// An AttributeError says that users can't be found by an attribute.
type AttributeError struct {
	Attribute string // as it was asked for
	Reason    string // why not, and what to use instead
}

// Error names the attribute and the reason.
func (e *AttributeError) Error() string {
	return fmt.Sprintf("users can't be looked up by %q: %s", e.Attribute, e.Reason)
}

const (
	usable = "use one of " + byDefault + " " + byAdvanced +
		", extensionAttribute1 to 15, a directory extension (extension_{appId}_{name}), or a filter"
	noText = "it is not a text; use a filter, such as \"accountEnabled eq true\""
)

// refusals are properties that exist but can't be looked up by.
var refusals = map[string]string{
	"accountenabled":        noText,
	"createddatetime":       noText,
	"employeehiredate":      noText,
	"onpremisessyncenabled": noText,
	"onpremisesdomainname":  "Graph can't filter by it; use onPremisesSamAccountName or userPrincipalName",
	"onpremisesuserprincipalname": "Graph finds nobody by it and does not say so; " +
		"use userPrincipalName or onPremisesSamAccountName",
	"onpremisesdistinguishedname": "no page says that Graph can filter by it; " +
		"use onPremisesSamAccountName or onPremisesSecurityIdentifier",
	"manager":          "Graph can't filter by it",
	"passwordpolicies": "Graph can't filter by it",
	"identities": "it needs an issuer as well; use a filter, such as " +
		`"identities/any(i:i/issuerAssignedId eq 'x' and i/issuer eq 'y')"`,
}

// Attributes returns the attributes that users can be found by, in order; the fifteen
// extensionAttributes and directory extensions are not among them.
func Attributes() []string { return strings.Fields(byDefault + " " + byAdvanced) }

// CheckAttribute reports whether users can be found by an attribute: an *AttributeError says
// that they can't. It asks nobody.
func CheckAttribute(name string) error {
	_, err := lookUpAttribute(name)
	return err
}

// lookUpAttribute finds an attribute by name, without letter case.
func lookUpAttribute(name string) (*attribute, error) {
	folded := roster.Fold(strings.TrimSpace(name))
	if a, ok := attributes[folded]; ok {
		return a, nil
	}
	if strings.HasPrefix(folded, "extension_") && strings.Count(folded, "_") >= 2 &&
		!strings.ContainsAny(name, " '/&#?%") {
		return &attribute{name: name}, nil
	}
	if reason, ok := refusals[folded]; ok {
		return nil, &AttributeError{name, reason}
	}
	return nil, &AttributeError{name, "no page says that Graph can filter users by it; " + usable}
}

// fold returns the same text for values that the directory takes as equal.
func (a *attribute) fold(value string) string {
	switch {
	case a.exact:
		return value
	case a.name == "proxyAddresses":
		return strings.TrimPrefix(roster.Fold(value), "smtp:")
	}
	return roster.Fold(value)
}

// filter returns the OData filter for users with any of values.
// https://learn.microsoft.com/graph/filter-query-parameter
func (a *attribute) filter(values []string) string {
	if len(values) == 1 && !a.many {
		return a.name + " eq " + match.Literal(values[0])
	}
	terms := make([]string, len(values))
	for i, value := range values {
		terms[i] = a.term(value)
	}
	list := strings.Join(terms, a.separator())
	if a.withoutIn {
		return list
	}
	return a.name + " in (" + list + ")"
}

func (a *attribute) separator() string {
	if a.withoutIn {
		return " or "
	}
	return ","
}

// term returns what a value adds to a filter for several of them.
func (a *attribute) term(value string) string {
	switch {
	case a.many:
		return a.name + "/any(x:x eq " + match.Literal(a.stored(value)) + ")"
	case a.withoutIn:
		return a.name + " eq " + match.Literal(value)
	}
	return match.Literal(value)
}

// stored returns the value as an element of the collection is stored: mail
// addresses among proxyAddresses have their protocol in front.
// https://learn.microsoft.com/graph/api/resources/user#properties
func (a *attribute) stored(value string) string {
	if a.name == "proxyAddresses" && !strings.Contains(value, ":") {
		return "smtp:" + value
	}
	return value
}

// property returns what has to be selected for the attribute to be returned.
func (a *attribute) property() string {
	property, _, _ := strings.Cut(a.name, "/")
	return property
}

// of returns the attribute's folded values of a user.
func (a *attribute) of(user match.User, raw json.RawMessage) []string {
	values := a.values(user, raw)
	for i, value := range values {
		values[i] = a.fold(value)
	}
	return values
}

// values returns the attribute's values of a user as they were sent.
func (a *attribute) values(user match.User, raw json.RawMessage) []string {
	switch a.name {
	case "id":
		return present(user.ID)
	case "userPrincipalName":
		return present(user.UserPrincipalName)
	case "mail":
		return present(user.Mail)
	case "displayName":
		return present(user.DisplayName)
	}
	for segment := range strings.SplitSeq(a.name, "/") {
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			return nil
		}
		raw = object[segment]
	}
	return present(texts(raw)...)
}

// present returns the values that are not empty.
func present(values ...string) (some []string) {
	for _, value := range values {
		if value != "" {
			some = append(some, value)
		}
	}
	return some
}

// texts reads a string or a list of them; null and anything else is none.
func texts(raw json.RawMessage) []string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	var many []string
	_ = json.Unmarshal(raw, &many)
	return many
}
