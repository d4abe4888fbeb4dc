package entra

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
)

func TestAttributeFilters(t *testing.T) {
	const extension = "extension_b7b1a1c2d3e4f5a6b7c8d9e0f1a2b3c4_badge"
	tests := []struct {
		name     string
		values   []string
		filter   string
		property string
		advanced bool
	}{
		{"mail", []string{"a@b"}, "mail eq 'a@b'", "mail", false},
		{"MAIL", []string{"a@b", "o'c"}, "mail in ('a@b','o''c')", "mail", false},
		{"employeeId", []string{"1", "o'2"}, "employeeId eq '1' or employeeId eq 'o''2'", "employeeId", false},
		{"onPremisesImmutableId", []string{"a="}, "onPremisesImmutableId eq 'a='", "onPremisesImmutableId", true},
		{"businessPhones", []string{"1"}, "businessPhones/any(x:x eq '1')", "businessPhones", false},
		{"proxyAddresses", []string{"a@b"}, "proxyAddresses/any(x:x eq 'smtp:a@b')", "proxyAddresses", false},
		{"proxyAddresses", []string{"SMTP:a@b"}, "proxyAddresses/any(x:x eq 'SMTP:a@b')", "proxyAddresses", false},
		{"proxyAddresses", []string{"x500:/o=c"}, "proxyAddresses/any(x:x eq 'x500:/o=c')", "proxyAddresses", false},
		{"otherMails", []string{"a@b"}, "otherMails/any(x:x eq 'a@b')", "otherMails", false},
		{"companyName", []string{"c"}, "companyName eq 'c'", "companyName", true},
		{"extensionAttribute15", []string{"x"}, "onPremisesExtensionAttributes/extensionAttribute15 eq 'x'", "onPremisesExtensionAttributes", true},
		{"employeeOrgData/costCenter", []string{"x"}, "employeeOrgData/costCenter eq 'x'", "employeeOrgData", true},
		{extension, []string{"1", "2"}, extension + " in ('1','2')", extension, false},
	}
	for _, tt := range tests {
		a, err := lookUpAttribute(tt.name)
		require.NoError(t, err)
		assert.Equal(t, tt.filter, a.filter(tt.values))
		assert.Equal(t, tt.property, a.property())
		assert.Equal(t, tt.advanced, a.advanced, tt.name)
	}
	_, err := lookUpAttribute("extension_x_y' or mail eq 'z")
	assert.Error(t, err, "a name must not smuggle in a filter")
	_, err = lookUpAttribute("onPremisesDistinguishedName")
	assert.EqualError(t, err, `users can't be looked up by "onPremisesDistinguishedName": no page says that Graph can filter by it; `+
		`use onPremisesSamAccountName or onPremisesSecurityIdentifier`)
	_, err = lookUpAttribute("extensionAttribute16")
	assert.Error(t, err, "there are fifteen")
}

func TestAttributeValuesOfAUser(t *testing.T) {
	raw := `{"id":"I1","mail":"A@B","employeeId":"E1","proxyAddresses":["SMTP:A@b","smtp:c@D","X500:/o"],"otherMails":[],"department":null,
		"employeeOrgData":{"costCenter":"CC"},"onPremisesExtensionAttributes":null,"businessPhones":["+1"]}`
	tests := map[string][]string{
		"id": {"i1"}, "mail": {"a@b"}, "displayName": nil, "employeeId": {"e1"}, "otherMails": nil, "department": nil, "city": nil,
		"proxyAddresses": {"a@b", "c@d", "x500:/o"}, "employeeOrgData/costCenter": {"cc"}, "employeeOrgData/division": nil,
		"extensionAttribute1": nil, "businessPhones": {"+1"},
	}
	for name, want := range tests {
		a, err := lookUpAttribute(name)
		require.NoError(t, err)
		var user match.User
		require.NoError(t, json.Unmarshal([]byte(raw), &user))
		assert.Equal(t, want, a.of(user, json.RawMessage(raw)), name)
	}
}

// Filters must stay within what a URL may have, long values or not.
func TestGroupsFitIntoAURL(t *testing.T) {
	var queries []match.Query
	for i := range 100 {
		name := strings.Repeat("ü", i%120) + string(rune('A'+i%26)) + strings.Repeat("'", i/26)
		queries = append(queries, match.Equal("displayName", name), match.Equal("employeeId", name), match.Equal("otherMails", fmt.Sprint(i, "@", strings.Repeat("x", i))))
	}
	l, err := new(Client).newLookup(users, queries, nil)
	require.NoError(t, err)
	groups, asked := new(Client).groupsOf(l.open()), 0
	for _, g := range groups {
		asked += len(g.questions)
		assert.LessOrEqual(t, len(g.questions), inValues)
		assert.LessOrEqual(t, len("https://graph.microsoft.com/v1.0"+l.request(g).Path), 2048)
	}
	assert.Equal(t, len(l.questions), asked)
	assert.Less(t, len(groups), 120)
}
