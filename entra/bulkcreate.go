package entra

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// bulkColumns are the headings of the portal's template for new users, with the
// attribute that each holds by Graph's name. The format of the headings is documented,
// and so are the first four; the words of the others are believed.
// https://learn.microsoft.com/entra/identity/users/users-bulk-add
var bulkColumns = []struct{ heading, attribute string }{
	{"Name [displayName] Required", "displayName"},
	{"User name [userPrincipalName] Required", "userPrincipalName"},
	{"Initial password [passwordProfile] Required", ""},
	{"Block sign in (Yes/No) [accountEnabled] Required", ""},
	{"First name [givenName]", "givenName"},
	{"Last name [surname]", "surname"},
	{"Job title [jobTitle]", "jobTitle"},
	{"Department [department]", "department"},
	{"Usage location [usageLocation]", "usageLocation"},
	{"Street address [streetAddress]", "streetAddress"},
	{"State or province [state]", "state"},
	{"Country or region [country]", "country"},
	{"Office [physicalDeliveryOfficeName]", "officeLocation"},
	{"City [city]", "city"},
	{"ZIP or postal code [postalCode]", "postalCode"},
	{"Office phone [telephoneNumber]", "businessPhones"},
	{"Mobile phone [mobile]", "mobilePhone"},
}

// bulkBlocked says that a new user can't sign in, as those of [Client.CreateUsers].
const bulkBlocked = "Yes"

// WriteBulkCreate writes new users as the CSV that the Entra admin center takes under
// Users, Bulk create, for somebody else who holds the role User Administrator. They can't
// sign in. The initial passwords are left empty, because they belong in no file of ours:
// whoever uploads the file fills them in. The template has no column for some attributes,
// such as mailNickname and employeeId; those that a user has and the file lacks are
// returned, sorted. The next run finds the users by their user principal names.
//
// A value that begins or ends with a blank, which breaks a name in the portal, or begins
// like a formula is refused, and then nothing is written. A job of the portal must end within an
// hour; split a long list.
func WriteBulkCreate(w io.Writer, users []NewUser) (lacking []string, err error) {
	records := [][]string{make([]string, len(bulkColumns)), headings()}
	records[0][0] = "version:v1.0"
	if len(users) == 1 { // a file with one user must keep the row of examples
		records = append(records, exampleRecord())
	}
	lost := make(map[string]bool)
	for _, user := range users {
		record, err := bulkRecord(user, lost)
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return slices.Sorted(maps.Keys(lost)), csv.NewWriter(w).WriteAll(records)
}

func headings() (names []string) {
	for _, column := range bulkColumns {
		names = append(names, column.heading)
	}
	return names
}

func exampleRecord() []string {
	record := make([]string, len(bulkColumns))
	copy(record, []string{"Example: Chris Green", "Example: chris@contoso.com", "", bulkBlocked})
	return record
}

// unfit says why a value can't stand in the file; "" if it can. Whoever fills in the
// passwords opens it with a spreadsheet, which runs formulas.
// https://owasp.org/www-community/attacks/CSV_Injection
func unfit(value string) string {
	switch {
	case value != strings.TrimSpace(value):
		return "begins or ends with a blank, which the portal takes for a part of it"
	case strings.HasPrefix(value, "=") || strings.HasPrefix(value, "@") || formula.MatchString(value):
		return "begins like a formula, which a spreadsheet would run"
	}
	return ""
}

// formula matches a sign that is not that of a number, such as +47 22 00.
var formula = regexp.MustCompile(`^[+-][^0-9 ]`)

// bulkRecord returns a user's values, and notes attributes without a column.
func bulkRecord(user NewUser, lost map[string]bool) ([]string, error) {
	values := maps.Clone(user.Attributes)
	if values == nil {
		values = make(map[string]string)
	}
	values["displayName"], values["userPrincipalName"] = user.DisplayName, user.UserPrincipalName
	values["mailNickname"] = user.MailNickname
	record := make([]string, len(bulkColumns))
	for i, column := range bulkColumns {
		value := values[column.attribute]
		delete(values, column.attribute)
		if reason := unfit(value); reason != "" {
			return nil, fmt.Errorf("%s line %d: %s %s", roster.Printable(cmp.Or(user.Row.File(), "roster")),
				user.Row.Line(), column.attribute, reason)
		}
		if strings.HasPrefix(column.heading, "Block sign in") {
			value = bulkBlocked
		}
		record[i] = value
	}
	for attribute, value := range values {
		if value != "" {
			lost[attribute] = true
		}
	}
	return record, nil
}
