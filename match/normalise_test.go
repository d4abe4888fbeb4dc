package match_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
)

func TestNormalisersRewriteWhatListsHold(t *testing.T) {
	t.Parallel()
	merged := match.Domains(map[string]string{"Old.example": "contoso.com"})
	tests := []struct {
		by        match.Normaliser
		from, to  string
		otherwise string
	}{
		{match.Trim, "\u00a0\ufeff ada@x \u200b\t", "ada@x", "a key with a space that nobody sees finds nobody"},
		{match.Trim, "Ada Byron", "Ada Byron", "spaces inside a value are part of it"},
		{match.Address, "Ada Byron <ada@x>", "ada@x", "addresses as mail programs copy them"},
		{match.Address, `"<Boss> Ada" <ada@x>`, "ada@x", "a name with brackets of its own"},
		{match.Address, "Ada <ada@x>; Boss <boss@x>", "Ada <ada@x>; Boss <boss@x>", "two people: nobody knows whose the row is"},
		{match.Address, "<ada@x>", "ada@x", "brackets alone"},
		{match.Address, "MailTo:ada@x?subject=hi", "ada@x", "links as workbooks keep them"},
		{match.Address, "SMTP:ada@x", "ada@x", "an entry of proxyAddresses"},
		{match.Address, "who?@x", "who?@x", "a question mark is allowed in an address"},
		{match.Address, "a > b < c", "a > b < c", "no brackets around anything"},
		{match.WithoutTag, "ada+crm@x", "ada@x", "a plus address finds nobody"},
		{match.WithoutTag, "+ada@x", "+ada@x", "nothing would be left of the name"},
		{match.WithoutTag, "a+b", "a+b", "no address"},
		{match.WithoutZeros, "000417", "417", "a badge with zeros"},
		{match.WithoutZeros, "0000", "0", "nothing but zeros, which is a placeholder"},
		{match.WithoutZeros, "00A7", "00A7", "no number"},
		{match.WithoutZeros, "", "", "nothing"},
		{match.WithoutDomain, `CONTOSO\ada`, "ada", "a logon name"},
		{match.WithoutDomain, `\\server\ada`, `\\server\ada`, "a path is no logon name"},
		{match.Claim, "i:0#.f|membership|ada@x", "ada@x", "SharePoint, by forms"},
		{match.Claim, `i:0#.w|contoso\ada`, `contoso\ada`, "SharePoint, by Windows"},
		{match.Claim, "i:05.t|adfs|ada@x", "ada@x", "SharePoint, by a trusted issuer"},
		{match.Claim, "c:0t.c|tenant|0b2f", "c:0t.c|tenant|0b2f", "a group is no user"},
		{match.NFC, "Zoe\u0308", "Zoë", "accents stored apart, as on a Mac"},
		{merged, "ada@OLD.example", "ada@contoso.com", "a merger"},
		{merged, "ada@sub.old.example", "ada@sub.old.example", "a subdomain may be another company"},
		{merged, "old.example", "old.example", "no address"},
	}
	for _, test := range tests {
		assert.Equal(t, test.to, test.by.Rewrite(test.from), "%s: %s", test.by.Name, test.otherwise)
	}
}

func TestANormaliserTouchesNothingButTheQuestion(t *testing.T) {
	t.Parallel()
	rule := match.Column("EMail", "mail", match.Trim, match.Address, match.WithoutTag)
	report, err := match.Run(t.Context(), company(), rowsOf(t, "EMail", " Ada <ada@contoso.com>", "bob@contoso.com",
		" ", "N/A ", "x+y@contoso.com", "svc+1@contoso.com", "BOB+b@contoso.com"), rule,
		&match.Options{Exclusions: []match.Exclusion{{Value: "svc+1@contoso.com"}}})
	require.NoError(t, err)
	o := report.Outcomes[0]
	assert.Equal(t, match.Query{Attribute: "mail", Value: "ada@contoso.com", Raw: " Ada <ada@contoso.com>",
		Normaliser: "trim, address", Rule: "EMail=mail (trim, address, without tag)"}, o.Query, "the proof")
	assert.Equal(t, " Ada <ada@contoso.com>", o.Key, "an account is found again by what its application calls it")
	assert.Equal(t, " Ada <ada@contoso.com>", o.Row.Get("EMail"))
	assert.Contains(t, o.Reason(), `mail equal to "ada@contoso.com" (trim, address of " Ada <ada@contoso.com>") found`)

	kinds := []match.Kind{match.Matched, match.Matched, match.NoKey, match.NoKey, match.NotFound, match.Excluded,
		match.Duplicate}
	for i, kind := range kinds {
		assert.Equal(t, kind, report.Outcomes[i].Kind, "line %d", report.Outcomes[i].Line())
	}
	assert.Empty(t, report.Outcomes[1].Query.Raw, "what was not rewritten has no proof of it")
	assert.Equal(t, "x+y@contoso.com", report.Outcomes[4].Key)

	text, err := json.Marshal(report)
	require.NoError(t, err)
	var again match.Report
	require.NoError(t, json.Unmarshal(text, &again))
	assert.Equal(t, o.Query, again.Outcomes[0].Query)
	assert.Equal(t, o.Reason(), again.Outcomes[0].Reason())
}
