package roster_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

func TestProfile_ReadsBackWhatItWrote(t *testing.T) {
	t.Parallel()
	profile := roster.Profile{Encoding: "windows-1252", Separator: ";", Sheet: "Users", HeaderLine: 3,
		NotAccounts: "^Total", Match: []roster.ProfileRule{{Column: "EMail", Attribute: "mail"}}, Account: "Login", Role: "Role",
		Facts:  roster.Facts{Status: "State", LastLogin: "Last login", Owner: "Owner"},
		Closed: []string{"inactive"}}
	var file bytes.Buffer
	require.NoError(t, profile.Encode(&file))
	read, err := roster.DecodeProfile(bytes.NewReader(file.Bytes()))
	require.NoError(t, err)
	assert.Equal(t, profile, read)
	assert.Equal(t, []string{"EMail", "Login", "Role", "State", "Last login", "Owner"}, profile.Columns(),
		"by these the header and the sheet are found")
}

func TestDecodeProfile_Refuses(t *testing.T) {
	t.Parallel()
	const head = `{"kind":"rollcall profile","version":1,`
	for _, test := range []struct{ text, want, reason string }{
		{head + `"acount":"Login"}`, `unknown field "acount"`, "a misspelt field would mean nothing, and accounts have other names"},
		{head + `"separator":";;"}`, "is not one character", "rows would be divided otherwise than asked for"},
		{head + `"notAccounts":"("}`, "notAccounts", "nothing would be passed over"},
		{head + `"closed":["x"]}`, "facts.status", "no account would count as closed"},
		{head + `"headerLine":-1}`, "headerLine", "there is no such line"},
		{head + `"match":[{"column":"EMail"}]}`, "lacks its column or its attribute", "nobody would be found"},
		{`{"kind":"rollcall profile","version":2}`, "version 2", "a newer one may mean something else"},
		{`{"kind":"rollcall plan","version":1}`, "rollcall plan", "another file"},
		{`{}`, "its kind is", "another file"},
		{"", "EOF", "an empty file"},
		{head + `"account":"` + strings.Repeat("x", 2<<20), "more than", "a file may not fill memory"},
	} {
		_, err := roster.DecodeProfile(strings.NewReader(test.text))
		require.ErrorIs(t, err, roster.ErrProfile, test.reason)
		assert.ErrorContains(t, err, test.want, test.reason)
		assert.NotContains(t, err.Error(), "\n", "one line")
	}
}

func TestProfile_IsClosed(t *testing.T) {
	t.Parallel()
	header, err := roster.NewHeader("users.csv", []string{"Login", "Status"})
	require.NoError(t, err)
	profile := roster.Profile{Facts: roster.Facts{Status: "status"}, Closed: []string{"Inactive"}}
	row := func(status string) roster.Row { return roster.NewRow(header, 2, []string{"ADA1", status}) }
	assert.True(t, profile.IsClosed(row(" INACTIVE ")), "case and blanks are no other status")
	assert.False(t, profile.IsClosed(row("active")))
	assert.False(t, profile.IsClosed(row("")), "what does not say its status is open")
	assert.False(t, roster.Profile{Closed: []string{""}}.IsClosed(row("")), "without a status column nothing is closed")
}

func TestProposeProfile(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		list, reason string
		want         roster.Profile
	}{
		{"Login,Full Name,E-Mail,Staff No,Role,Account Status,Last Logon,Owner\n" +
			"ADA1,Ada,ada@contoso.example,017,Admin,Active,2026-01-02,bob@contoso.example\n" +
			"BOB1,Bob,bob@contoso.example,,User,Inactive,2025-01-02,bob@contoso.example\n" +
			"CY01,Cy,N/A,,User,Active,,bob@contoso.example\n" +
			"DE01,De,de@contoso.example,,User,Active,,\n",
			"as most applications export it",
			roster.Profile{Match: []roster.ProfileRule{{"E-Mail", "userPrincipalName"}, {"E-Mail", "mail"}, {"Staff No", "employeeId"}},
				Account: "Login", Role: "Role",
				Facts:  roster.Facts{Status: "Account Status", LastLogin: "Last Logon", Owner: "Owner"},
				Closed: []string{"inactive"}}},
		{"Owner,UPN\nada@contoso.example,bob@contoso.example\n", "the owner's address is not the account's",
			roster.Profile{Match: []roster.ProfileRule{{"UPN", "userPrincipalName"}}, Facts: roster.Facts{Owner: "Owner"}}},
		{"User ID,Mail\nADA1,ada@contoso.example\nADA1,ada@contoso.example\n", "a name that stands in two rows names no account",
			roster.Profile{Match: []roster.ProfileRule{{"Mail", "userPrincipalName"}, {"Mail", "mail"}}}},
		{"A,B\n1,2\n", "nothing is made up", roster.Profile{}},
		{"A,B\n", "nor of no rows", roster.Profile{}},
	} {
		reader, err := roster.NewReader(strings.NewReader(test.list), nil)
		require.NoError(t, err, test.reason)
		proposal, err := roster.ProposeProfile(reader)
		require.NoError(t, err, test.reason)
		assert.Equal(t, test.want, proposal.Profile, test.reason)
		rules := len(test.want.Match) + len(test.want.Facts.Columns()) + len(test.want.Closed)
		assert.GreaterOrEqual(t, len(proposal.Reasons), rules, "each proposal says why: %s", test.reason)
	}
}

func TestProposeProfile_AListThatBreaksOffProposesNothing(t *testing.T) {
	t.Parallel()
	reader, err := roster.NewReader(strings.NewReader("Login,Note\nADA1,x\nBOB1,\"never closed\n"), nil)
	require.NoError(t, err)
	_, err = roster.ProposeProfile(reader)
	var unfinished *roster.ReadError
	require.ErrorAs(t, err, &unfinished)
}
