package entra

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// requiredAttributes are the attributes that a new user must have besides those
// this package sets itself. https://learn.microsoft.com/graph/api/user-post-users
var requiredAttributes = []string{"displayName", "userPrincipalName", "mailNickname"}

// userAttributes are the attributes of text that Graph takes when it creates a
// user, by their folded name. https://learn.microsoft.com/graph/api/resources/user#properties
var userAttributes = foldedNames(
	"displayName", "userPrincipalName", "mailNickname",
	"ageGroup", "businessPhones", "city", "companyName", "consentProvidedForMinor", "country", "department",
	"employeeId", "employeeType", "faxNumber", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
	"onPremisesImmutableId", "otherMails", "postalCode", "preferredLanguage", "state", "streetAddress",
	"surname", "usageLocation", "userType",
)

// listAttributes are those of userAttributes that hold a list; a new user gets one element.
var listAttributes = []string{"businessPhones", "otherMails"}

// refusedAttributes are names that people try, with what to know about them.
var refusedAttributes = map[string]string{
	"accountenabled":  "new accounts are always created disabled",
	"passwordprofile": "the password is drawn at random",
	"password":        "the password is drawn at random",
	"proxyaddresses":  "Graph does not let it be written; set mail or otherMails",
	"id":              "Entra chooses it",
	"manager":         "it is a link to another user and cannot be given at creation",
}

var (
	extensionAttribute = regexp.MustCompile(`(?i)^(?:onPremisesExtensionAttributes/)?extensionAttribute([1-9]|1[0-5])$`)
	directoryExtension = regexp.MustCompile(`^extension_[0-9A-Fa-f]{32}_\w+$`)
)

func foldedNames(names ...string) map[string]string {
	folded := make(map[string]string, len(names))
	for _, name := range names {
		folded[strings.ToLower(name)] = name
	}
	return folded
}

// userAttribute returns Graph's spelling of an attribute that may be given to a
// new user: one of userAttributes, extensionAttribute1 to 15, or a directory
// extension (extension_{appId without dashes}_{name}).
func userAttribute(name string) (string, error) {
	name = strings.TrimSpace(name)
	folded := strings.ToLower(name)
	if known, ok := userAttributes[folded]; ok {
		return known, nil
	}
	if m := extensionAttribute.FindStringSubmatch(name); m != nil {
		return "extensionAttribute" + m[1], nil
	}
	if directoryExtension.MatchString(name) {
		return name, nil
	}
	if why, ok := refusedAttributes[folded]; ok {
		return "", fmt.Errorf("the attribute %s cannot be given to a new user: %s", name, why)
	}
	known := slices.Sorted(maps.Values(userAttributes))
	return "", fmt.Errorf("the attribute %q cannot be given to a new user; those that can are %s, extensionAttribute1 to 15 and directory extensions",
		name, strings.Join(known, ", "))
}

// setAttribute puts an attribute under the name and in the form in which the
// body of a create request has it.
func setAttribute(body map[string]any, name, value string) {
	switch {
	case slices.Contains(listAttributes, name):
		body[name] = []string{value}
	case strings.HasPrefix(name, "extensionAttribute"):
		extensions, _ := body["onPremisesExtensionAttributes"].(map[string]string)
		if extensions == nil {
			extensions = map[string]string{}
			body["onPremisesExtensionAttributes"] = extensions
		}
		extensions[name] = value
	default:
		body[name] = value
	}
}
