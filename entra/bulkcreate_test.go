package entra_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
)

var bulkUsers = []entra.NewUser{
	{DisplayName: "Zoë Nyström", UserPrincipalName: "zoe@contoso.example", MailNickname: "zoe",
		Attributes: map[string]string{"givenName": "Zoë", "surname": "Nyström", "employeeId": "00417", "officeLocation": "Malmö, 2"}},
	{DisplayName: "Bo Ek", UserPrincipalName: "bo@contoso.example", MailNickname: "bo"},
}

func TestBulkCreate_ThePortalReadsWhatCreateUsersWouldHaveMade(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	lacking, err := entra.WriteBulkCreate(&file, bulkUsers)
	require.NoError(t, err)
	assert.Equal(t, []string{"employeeId", "mailNickname"}, lacking, "whoever uploads it must know what is lost")

	in := csv.NewReader(bytes.NewReader(file.Bytes()))
	records, err := in.ReadAll()
	require.NoError(t, err, "every line must have as many values as the headings")
	require.Len(t, records, 4, "version, headings, two users")
	assert.Equal(t, "version:v1.0", records[0][0], "the portal refuses a file that begins otherwise")
	assert.Equal(t, []string{"Name [displayName] Required", "User name [userPrincipalName] Required",
		"Initial password [passwordProfile] Required", "Block sign in (Yes/No) [accountEnabled] Required"}, records[1][:4])
	value := func(row int, heading string) string {
		for i, name := range records[1] {
			if strings.Contains(name, "["+heading+"]") {
				return records[row][i]
			}
		}
		t.Fatalf("no heading %s", heading)
		return ""
	}
	assert.Equal(t, "Zoë Nyström", value(2, "displayName"))
	assert.Equal(t, "Malmö, 2", value(2, "physicalDeliveryOfficeName"))
	for row := 2; row < 4; row++ {
		assert.Equal(t, "Yes", value(row, "accountEnabled"), "Yes means blocked: the column asks whether sign-in is blocked")
		assert.Empty(t, value(row, "passwordProfile"), "no password may be written to a file")
	}
}

func TestBulkCreate_OneUserKeepsTheRowOfExamples(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	_, err := entra.WriteBulkCreate(&file, bulkUsers[:1])
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(file.String()), "\n")
	require.Len(t, lines, 4, "the portal skips row 3 of a file with one user, which would be nobody")
	assert.Contains(t, lines[3], "zoe@contoso.example")
}

func TestBulkCreate_RefusesWhatWouldNotArriveAsItIs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, upn, phone, want, reason string }{
		{"Bo", " bo@contoso.example", "", "line 0: userPrincipalName begins or ends with a blank", "the user would have another name"},
		{"=cmd()", "bo@contoso.example", "", "displayName begins like a formula", "the spreadsheet in which passwords are filled in runs it"},
		{"-cmd()", "bo@contoso.example", "", "displayName begins like a formula", "so does a sign"},
		{"Bo", "bo@contoso.example", "+47 22 00", "", "a telephone number is none"},
	} {
		var file bytes.Buffer
		_, err := entra.WriteBulkCreate(&file, []entra.NewUser{{DisplayName: test.name, UserPrincipalName: test.upn,
			MailNickname: "bo", Attributes: map[string]string{"mobilePhone": test.phone}}})
		if test.want == "" {
			require.NoError(t, err, test.reason)
			continue
		}
		require.ErrorContains(t, err, test.want, test.reason)
		assert.Empty(t, file.String(), "half a file would be uploaded")
	}
}

func ExampleWriteBulkCreate() {
	_, err := entra.WriteBulkCreate(os.Stdout, []entra.NewUser{
		{DisplayName: "Ada", UserPrincipalName: "ada@contoso.example", MailNickname: "ada"},
		{DisplayName: "Bo", UserPrincipalName: "bo@contoso.example", MailNickname: "bo"},
	})
	if err != nil {
		panic(err)
	}
	// Output:
	// version:v1.0,,,,,,,,,,,,,,,,
	// Name [displayName] Required,User name [userPrincipalName] Required,Initial password [passwordProfile] Required,Block sign in (Yes/No) [accountEnabled] Required,First name [givenName],Last name [surname],Job title [jobTitle],Department [department],Usage location [usageLocation],Street address [streetAddress],State or province [state],Country or region [country],Office [physicalDeliveryOfficeName],City [city],ZIP or postal code [postalCode],Office phone [telephoneNumber],Mobile phone [mobile]
	// Ada,ada@contoso.example,,Yes,,,,,,,,,,,,,
	// Bo,bo@contoso.example,,Yes,,,,,,,,,,,,,
}
