package entra_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/roster"
)

const articleColumns = "displayName=Full name,userPrincipalName=Email,mailNickname=Alias"

func TestParseUserColumns(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		mapping string
		want    entra.UserColumns
		err     string
		reason  string
	}{
		{mapping: articleColumns, reason: "the article's own mapping",
			want: entra.UserColumns{"displayName": "Full name", "userPrincipalName": "Email", "mailNickname": "Alias"}},
		{mapping: " DISPLAYNAME = Full name , userprincipalname=Email,mailNickname=Alias,EmployeeId=No=1", reason: "case, spaces, a column with =",
			want: entra.UserColumns{"displayName": "Full name", "userPrincipalName": "Email", "mailNickname": "Alias", "employeeId": "No=1"}},
		{mapping: articleColumns + ",onPremisesExtensionAttributes/ExtensionAttribute15=X,extension_0123456789abcdef0123456789ABCDEF_badge=Badge",
			reason: "extension attributes are what many rosters match on",
			want: entra.UserColumns{"displayName": "Full name", "userPrincipalName": "Email", "mailNickname": "Alias",
				"extensionAttribute15": "X", "extension_0123456789abcdef0123456789ABCDEF_badge": "Badge"}},
		{mapping: "displayName=Full name,userPrincipalName=Email", err: "no column is given for mailNickname", reason: "Graph requires it"},
		{mapping: "", err: "not attribute=column", reason: "an empty flag"},
		{mapping: "displayName", err: `"displayName" is not attribute=column`, reason: "no column"},
		{mapping: articleColumns + ",displayname=X", err: "displayName is given twice", reason: "one of them would be lost silently"},
		{mapping: articleColumns + ",nickname=X", err: `"nickname" cannot be given to a new user; those that can are ageGroup`, reason: "a misspelt attribute would fail every row"},
		{mapping: articleColumns + ",accountEnabled=X", err: "always created disabled", reason: "this package decides it"},
		{mapping: articleColumns + ",proxyAddresses=X", err: "does not let it be written", reason: "read-only in Graph"},
		{mapping: articleColumns + ",extensionAttribute16=X", err: "cannot be given", reason: "there are fifteen"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			got, err := entra.ParseUserColumns(test.mapping)
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				assert.NotContains(t, err.Error(), "\n")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func rows(t *testing.T, file, text string) []roster.Row {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	header, err := roster.NewHeader(file, strings.Split(lines[0], ","))
	require.NoError(t, err)
	var rows []roster.Row
	for i, line := range lines[1:] {
		rows = append(rows, roster.NewRow(header, i+2, strings.Split(line, ",")))
	}
	return rows
}

func TestARowThatLacksAValueIsReportedAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	columns, err := entra.ParseUserColumns(articleColumns + ",department=Dept")
	require.NoError(t, err)
	list := rows(t, "users.csv", "full name,EMAIL,alias,Dept\nAda Test,ada@contoso.example,ada,R&D\nBob, ,,\nCy ,cy@contoso.example,cy,\nShort")
	users, missing := columns.NewUsers(slices.Values(list))
	require.Len(t, users, 2)
	assert.Equal(t, entra.NewUser{DisplayName: "Ada Test", UserPrincipalName: "ada@contoso.example", MailNickname: "ada",
		Attributes: map[string]string{"department": "R&D"}, Row: list[0]}, users[0])
	assert.Equal(t, "Cy ", users[1].DisplayName, "values are taken exactly as the file has them")
	assert.Empty(t, users[1].Attributes, "an empty optional value must not be sent: Graph refuses it")

	require.Len(t, missing, 2)
	require.NotNil(t, missing[0])
	assert.Equal(t, "users.csv line 3: no account can be created: no usable value in column Email (userPrincipalName), Alias (mailNickname)", missing[0].Error())
	assert.Equal(t, []string{"Email", "Alias"}, missing[0].Columns)
	assert.Equal(t, 3, missing[0].Row.Line(), "the row itself must come back, to be written to a file")
	assert.Equal(t, 5, missing[1].Line)
}

// An employeeId of "NULL" would be everybody's whose row says so.
func TestAPlaceholderIsNoValueForANewUser(t *testing.T) {
	t.Parallel()
	columns, err := entra.ParseUserColumns(articleColumns + ",employeeId=No")
	require.NoError(t, err)
	list := rows(t, "users.csv", "Full name,Email,Alias,No\nAda,ada@contoso.example,ada,NULL\nn/a,cy@contoso.example,cy,7\nEve,eve@contoso.example,-,8")
	users, missing := columns.NewUsers(slices.Values(list))
	require.Len(t, users, 1)
	assert.Empty(t, users[0].Attributes)
	require.Len(t, missing, 2)
	assert.Equal(t, []string{"displayName"}, missing[0].Attributes)
	assert.Equal(t, []string{"mailNickname"}, missing[1].Attributes)
}

// A display name with a line break, a lost character or a terminal's command in it
// is damaged. An address may go over several lines.
func TestADamagedValueMakesNoUser(t *testing.T) {
	t.Parallel()
	columns, err := entra.ParseUserColumns(articleColumns + ",streetAddress=Street")
	require.NoError(t, err)
	header, err := roster.NewHeader("users.csv", []string{"Full name", "Email", "Alias", "Street"})
	require.NoError(t, err)
	for name, want := range map[string]int{"Ada": 1, "Zoë d’Arc": 1, "Ada\nx": 0, "Ad\ufffd": 0, "A\x1b[2J": 0, "A\u202eb": 0} {
		row := roster.NewRow(header, 2, []string{name, "ada@contoso.example", "ada", "1 Main St\nOslo"})
		users, missing := columns.NewUsers(slices.Values([]roster.Row{row}))
		require.Len(t, users, want, "%q", name)
		require.Len(t, missing, 1-want, "%q", name)
		if want == 1 {
			assert.Equal(t, "1 Main St\nOslo", users[0].Attributes["streetAddress"])
		} else {
			assert.Equal(t, []string{"displayName"}, missing[0].Attributes)
		}
	}
}

func TestAMappingThatWasNotCheckedMakesNoUsers(t *testing.T) {
	t.Parallel()
	list := rows(t, "", "Name\nAda")
	users, missing := entra.UserColumns{"displayName": "Name"}.NewUsers(slices.Values(list))
	assert.Empty(t, users)
	require.Len(t, missing, 1)
	assert.ErrorContains(t, missing[0], "roster line 2: column mapping: no column is given for userPrincipalName")
}

func TestAColumnThatTheRosterLacksIsOneError(t *testing.T) {
	t.Parallel()
	columns, err := entra.ParseUserColumns(articleColumns)
	require.NoError(t, err)
	header, err := roster.NewHeader("users.csv", []string{"FULL NAME", "Mail", "Alias"})
	require.NoError(t, err)
	assert.EqualError(t, columns.Check(header),
		"users.csv has no column Email (for userPrincipalName); its columns are FULL NAME, Mail, Alias")
	header, err = roster.NewHeader("users.csv", []string{"full name", "email", "ALIAS", "x"})
	require.NoError(t, err)
	assert.NoError(t, columns.Check(header))
}

func ExampleParseUserColumns() {
	columns, err := entra.ParseUserColumns("displayName=Full name,userPrincipalName=Email,mailNickname=Alias")
	if err != nil {
		fmt.Println(err)
		return
	}
	header, _ := roster.NewHeader("users.csv", []string{"Full name", "Email", "Alias"})
	users, missing := columns.NewUsers(slices.Values([]roster.Row{
		roster.NewRow(header, 2, []string{"Ada Test", "ada@contoso.example", "ada"}),
		roster.NewRow(header, 3, []string{"Bob Test", "bob@contoso.example", ""}),
	}))
	fmt.Println(users[0].UserPrincipalName)
	fmt.Println(missing[0])
	// Output:
	// ada@contoso.example
	// users.csv line 3: no account can be created: no usable value in column Alias (mailNickname)
}
