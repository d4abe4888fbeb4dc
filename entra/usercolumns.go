package entra

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/rollcall-go/rollcall/roster"
)

// UserColumns says which roster column holds which attribute of a new user: the
// keys are Graph's attribute names, the values are column names. displayName,
// userPrincipalName and mailNickname are required; others that Graph takes for a
// new user are allowed, such as employeeId, mail or extensionAttribute1.
// https://learn.microsoft.com/graph/api/user-post-users
type UserColumns map[string]string

// ParseUserColumns reads "attribute=column" pairs separated by commas, such as
// "displayName=Full name,userPrincipalName=Email,mailNickname=Alias". Attribute
// names are taken without letter case. A column whose name has a comma cannot
// be written this way: build the map instead.
func ParseUserColumns(s string) (UserColumns, error) {
	columns := UserColumns{}
	for pair := range strings.SplitSeq(s, ",") {
		attribute, column, ok := strings.Cut(pair, "=")
		attribute, column = strings.TrimSpace(attribute), strings.TrimSpace(column)
		if !ok || attribute == "" || column == "" {
			return nil, fmt.Errorf("column mapping: %q is not attribute=column, as in displayName=Full name", pair)
		}
		name, err := userAttribute(attribute)
		if err != nil {
			return nil, fmt.Errorf("column mapping: %w", err)
		}
		if _, twice := columns[name]; twice {
			return nil, fmt.Errorf("column mapping: %s is given twice", name)
		}
		columns[name] = column
	}
	return columns, columns.Validate()
}

// Validate returns what is wrong with the mapping itself: an attribute that is
// missing, or one that Graph does not take for a new user.
func (c UserColumns) Validate() error {
	_, err := c.canonical()
	return err
}

// canonical returns the mapping with Graph's spelling of its attributes.
func (c UserColumns) canonical() (UserColumns, error) {
	spelled := make(UserColumns, len(c))
	for _, attribute := range slices.Sorted(maps.Keys(c)) {
		name, err := userAttribute(attribute)
		if err != nil {
			return nil, fmt.Errorf("column mapping: %w", err)
		}
		if _, twice := spelled[name]; twice {
			return nil, fmt.Errorf("column mapping: %s is given twice", name)
		}
		spelled[name] = c[attribute]
	}
	for _, required := range requiredAttributes {
		if spelled[required] == "" {
			return nil, fmt.Errorf("column mapping: no column is given for %s; a new user needs %s",
				required, strings.Join(requiredAttributes, ", "))
		}
	}
	return spelled, nil
}

// Check returns an error that names the columns that the roster does not have, or twice,
// so that a misspelt name is one clear error and not one for each row.
func (c UserColumns) Check(header *roster.Header) error {
	var absent []string
	for _, attribute := range slices.Sorted(maps.Keys(c)) {
		if err := header.Ambiguous(c[attribute]); err != nil {
			return err
		}
		if _, ok := header.Index(c[attribute]); !ok {
			absent = append(absent, fmt.Sprintf("%s (for %s)", c[attribute], attribute))
		}
	}
	if len(absent) == 0 {
		return nil
	}
	return fmt.Errorf("%s has no column %s; its columns are %s", roster.Printable(cmp.Or(header.File(), "the roster")),
		roster.Printable(strings.Join(absent, ", ")), roster.Printable(strings.Join(header.Columns(), ", ")))
}

// A NewUser is an account to create. Graph gets the values exactly as given.
type NewUser struct {
	DisplayName       string
	UserPrincipalName string
	MailNickname      string
	// Attributes are further attributes by Graph's names, such as employeeId
	// or department. Empty values are not sent.
	Attributes map[string]string
	// Row is the roster row that asked for the account; it may be the zero Row.
	Row roster.Row
}

// NewUsers returns the accounts to create for rows, in order, and an error for
// each row that lacks a value for one of the three required attributes. The
// other attributes are taken where the row has a value. NULL and the like are none
// ([roster.UsualPlaceholders]), and so are damaged values, such as one with a control
// character. A mapping that [UserColumns.Validate] refuses makes
// every row an error.
func (c UserColumns) NewUsers(rows iter.Seq[roster.Row]) (users []NewUser, missing []*MissingColumnError) {
	columns, mappingErr := c.canonical()
	for row := range rows {
		values, lack := columns.values(row)
		if lack.Err = mappingErr; mappingErr != nil || len(lack.Columns) > 0 {
			missing = append(missing, lack)
			continue
		}
		users = append(users, newUser(row, values))
	}
	return users, missing
}

// noValues stand where there is no value.
var noValues = roster.NewPlaceholders(nil)

// isValue reports whether a new user can have a value: it says something, and holds
// no mark of a lost character, control character or, but for an address, line break.
func isValue(attribute, value string) bool {
	damaged := strings.ContainsFunc(value, func(r rune) bool {
		lineBreak := r == '\n' || r == '\r'
		return r == '\ufffd' || unicode.Is(unicode.Bidi_Control, r) ||
			unicode.IsControl(r) && !(lineBreak && attribute == "streetAddress")
	})
	return strings.TrimSpace(value) != "" && !noValues.Has(value) && !damaged
}

// values returns what the row has for each attribute, and which of the required
// ones it lacks.
func (c UserColumns) values(row roster.Row) (map[string]string, *MissingColumnError) {
	values := make(map[string]string, len(c))
	for attribute, column := range c {
		if value := row.Get(column); isValue(attribute, value) {
			values[attribute] = value
		}
	}
	lack := &MissingColumnError{Row: row, File: row.File(), Line: row.Line()}
	for _, required := range requiredAttributes {
		if values[required] == "" {
			lack.Columns = append(lack.Columns, c[required])
			lack.Attributes = append(lack.Attributes, required)
		}
	}
	return values, lack
}

func newUser(row roster.Row, values map[string]string) NewUser {
	user := NewUser{DisplayName: values["displayName"], UserPrincipalName: values["userPrincipalName"],
		MailNickname: values["mailNickname"], Attributes: values, Row: row}
	for _, required := range requiredAttributes {
		delete(values, required)
	}
	return user
}

// A MissingColumnError says that a row has no value in a column that a new
// user's required attribute is taken from. The row's account is not created.
type MissingColumnError struct {
	Row        roster.Row
	File       string   // the roster's name, may be empty
	Line       int      // 1-based
	Columns    []string // the columns without a value
	Attributes []string // the attribute that each of them is for
	Err        error    // set instead of Columns if the mapping itself is wrong
}

// Error names the row, its empty columns and what they are for.
func (e *MissingColumnError) Error() string {
	where := fmt.Sprintf("%s line %d", roster.Printable(cmp.Or(e.File, "roster")), e.Line)
	if e.Err != nil {
		return where + ": " + e.Err.Error()
	}
	var columns []string
	for i, column := range e.Columns {
		columns = append(columns, fmt.Sprintf("%s (%s)", column, e.Attributes[i]))
	}
	return fmt.Sprintf("%s: no account can be created: no usable value in column %s", where,
		roster.Printable(strings.Join(columns, ", ")))
}

// Unwrap returns Err.
func (e *MissingColumnError) Unwrap() error { return e.Err }

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
	return "", fmt.Errorf("the attribute %q cannot be given to a new user; "+
		"those that can are %s, extensionAttribute1 to 15 and directory extensions", name, strings.Join(known, ", "))
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
