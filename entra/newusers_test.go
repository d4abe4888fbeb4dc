package entra_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

func newUser(name, upn string, attributes ...string) entra.NewUser {
	u := entra.NewUser{DisplayName: name, UserPrincipalName: upn, MailNickname: "n", Attributes: map[string]string{}}
	for i := 0; i < len(attributes); i += 2 {
		u.Attributes[attributes[i]] = attributes[i+1]
	}
	return u
}

// What is refused is what the service refuses, which the fake is asked about.
func TestPlanUsersPromisesWhatCreateUsersDoes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason  string
		user    entra.NewUser
		refused string
	}{
		{"a name that is free", newUser("Dee", "dee@contoso.example"), ""},
		{"the characters that are allowed", newUser("Dee", "d'e.e-_!#^~9@contoso.example"), ""},
		{"a dollar sign in front", newUser("Dee", "$dee@contoso.example"), ""},
		{"a dollar sign elsewhere", newUser("Dee", "d$ee@contoso.example"), "before the @ it may have"},
		{"a domain in other letters", newUser("Dee", "dee@CONTOSO.example"), ""},
		{"64 characters", newUser("Dee", strings.Repeat("x", 64)+"@contoso.example"), ""},
		{"a name that somebody has", newUser("Dee", "ADA@contoso.example"), "userPrincipalName ada@contoso.example belongs to Ada Lovelace already"},
		{"an address that somebody has", newUser("Dee", "dee@contoso.example", "mail", "Ada.L@contoso.example"), "belongs to Ada Lovelace already"},
		{"an immutable id that somebody has", newUser("Dee", "dee@contoso.example", "onPremisesImmutableId", "QURB"), "belongs to Ada Lovelace already"},
		{"no @", newUser("Dee", "dee"), "it is not of the form name@domain"},
		{"two @", newUser("Dee", "dee@x@contoso.example"), "it is not of the form name@domain"},
		{"nothing before the @", newUser("Dee", "@contoso.example"), "it is not of the form name@domain"},
		{"a blank", newUser("Dee", "dee doe@contoso.example"), "before the @ it may have"},
		{"a blank at the end", newUser("Dee", "dee@contoso.example "), "no verified domain"},
		{"an accent", newUser("Dée", "dée@contoso.example"), "before the @ it may have"},
		{"a full stop before the @", newUser("Dee", "dee.@contoso.example"), "a full stop before the @"},
		{"65 characters", newUser("Dee", strings.Repeat("x", 65)+"@contoso.example"), "64 characters before the @"},
		{"a domain of somebody else", newUser("Dee", "dee@elsewhere.example"), "no verified domain elsewhere.example"},
		{"a long display name", newUser(strings.Repeat("x", 257), "dee@contoso.example"), "more than 256 characters"},
		{"a nickname with a blank", entra.NewUser{DisplayName: "Dee", UserPrincipalName: "dee@contoso.example", MailNickname: "d e"}, "mailNickname"},
		{"a mail without @", newUser("Dee", "dee@contoso.example", "mail", "dee"), "it is not of the form name@domain"},
		{"a country's name", newUser("Dee", "dee@contoso.example", "usageLocation", "Norway"), "two letters"},
		{"a kind of user that there is not", newUser("Dee", "dee@contoso.example", "userType", "Robot"), "Member or Guest"},
	} {
		tn := faulttest.NewTenant(t, nil)
		ada := tn.Fake.AddUser(graphfake.User{DisplayName: "Ada Lovelace", UserPrincipalName: "ada@contoso.example", Mail: "ada.l@contoso.example"})
		tn.Ask("PATCH", "/users/"+ada.ID, map[string]any{"onPremisesImmutableId": "QURB"})
		plan, err := tn.Client.PlanUsers(t.Context(), []entra.NewUser{test.user})
		require.NoError(t, err, test.reason)
		require.Empty(t, tn.Faults.Writes(), "a plan must write nothing")
		result := created(t, t.Context(), tn.Client, []entra.NewUser{test.user})[0]
		made := result.Err == nil && !result.Existed
		if test.refused == "" {
			require.Len(t, plan.Users, 1, test.reason)
			assert.True(t, made, "%s: %v", test.reason, result.Err)
			continue
		}
		require.Len(t, plan.Refused, 1, test.reason)
		assert.Empty(t, plan.Users, test.reason)
		assert.ErrorContains(t, plan.Refused[0], test.refused, test.reason)
		assert.False(t, made, "%s: it is refused, and the service takes it", test.reason)
	}
}

func TestPlanUsersOfOneListThatClash(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	same := newUser("Dee", "dee@contoso.example", "employeeId", "7")
	again := newUser("DEE", "Dee@contoso.example", "employeeId", "7")
	plan, err := tn.Client.PlanUsers(t.Context(), []entra.NewUser{same, again})
	require.NoError(t, err)
	assert.Equal(t, []entra.NewUser{same}, plan.Users, "two rows of one new person make one account")
	assert.Empty(t, plan.Refused)

	for _, other := range []entra.NewUser{newUser("Dee", "dee@contoso.example", "employeeId", "8"),
		newUser("Dee", "dee@contoso.example"), newUser("Dora", "dee@contoso.example", "employeeId", "7")} {
		for _, users := range [][]entra.NewUser{{same, again, other}, {other, same, again}} {
			plan, err = tn.Client.PlanUsers(t.Context(), users)
			require.NoError(t, err)
			assert.Empty(t, plan.Users, "which of them is right is not known, so their order must not decide")
			assert.Len(t, plan.Refused, 3)
		}
	}
	plan, err = tn.Client.PlanUsers(t.Context(), []entra.NewUser{newUser("Dee", "dee@contoso.example", "mail", "x@contoso.example"), newUser("Eve", "eve@contoso.example", "mail", "X@contoso.example")})
	require.NoError(t, err)
	assert.Empty(t, plan.Users, "one address cannot be two people's")
}

// An earlier run that was cut off created it; a replica did not show it to match.
func TestPlanUsersLeavesAnAccountThatIsThereAlready(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	dee := newUser("Dee", "dee@contoso.example", "employeeId", "7", "mail", "dee@contoso.example", "extensionAttribute3", "x")
	created(t, t.Context(), tn.Client, []entra.NewUser{dee})
	plan, err := tn.Client.PlanUsers(t.Context(), []entra.NewUser{dee})
	require.NoError(t, err)
	assert.Empty(t, plan.Users)
	assert.Empty(t, plan.Refused)
	require.Len(t, plan.Existing, 1)
	assert.Equal(t, dee, plan.Existing[0].NewUser)
	assert.Equal(t, tn.List("/users")[0]["id"], plan.Existing[0].User.ID)
}

func TestPlanUsersWithoutThePermissionToReadDomains(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	tn.Faults.Inject("GET /organization", faulttest.Refusal("", 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."))
	elsewhere := newUser("Dee", "dee@elsewhere.example")
	plan, err := tn.Client.PlanUsers(t.Context(), []entra.NewUser{elsewhere})
	require.NoError(t, err)
	assert.ErrorContains(t, plan.DomainsUnread, "needs the Graph permission Organization.Read.All")
	assert.Equal(t, []entra.NewUser{elsewhere}, plan.Users)

	tn.Faults.Inject("GET /organization", faulttest.Answer(`{"value":[{"verifiedDomains":null}]}`))
	_, err = tn.Client.PlanUsers(t.Context(), []entra.NewUser{elsewhere})
	assert.ErrorContains(t, err, "comes without verifiedDomains", "that a tenant has no domain is no answer")
}

// What a plan says of rows must be what they find once the users are there.
func TestAPlanAnswersAsTheDirectoryWill(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	tn.AddUser("ada")
	dee := newUser("Dee", "dee@contoso.example", "employeeId", "7", "mail", "dee.d@contoso.example", "extensionAttribute3", "x", "otherMails", "o@contoso.example")
	plan, err := tn.Client.PlanUsers(t.Context(), []entra.NewUser{dee})
	require.NoError(t, err)
	queries := []match.Query{match.Equal("userPrincipalName", "DEE@contoso.example"), match.Equal("employeeId", "7"), match.Equal("mail", "dee.D@contoso.example"),
		match.Equal("proxyAddresses", "dee.d@contoso.example"), match.Equal("otherMails", "o@contoso.example"), match.Equal("extensionAttribute3", "X"),
		match.Equal("mailNickname", "n"), match.Equal("displayName", "dee"), match.Equal("userPrincipalName", "ada@contoso.example"), match.Equal("employeeId", "8")}
	before, err := match.Ask(t.Context(), plan.FindUsers, queries)
	require.NoError(t, err)
	created(t, t.Context(), tn.Client, plan.Users)
	after, err := match.Ask(t.Context(), tn.NewClient().FindUsers, queries)
	require.NoError(t, err)
	for i, query := range queries {
		require.Len(t, before[i].Users, len(after[i].Users), query.Attribute)
		for n := range before[i].Users {
			before[i].Users[n].ID, after[i].Users[n].ID = "", ""
			before[i].Users[n].Created, after[i].Users[n].Created = time.Time{}, time.Time{}
		}
		assert.Equal(t, after[i].Users, before[i].Users, query.Attribute)
	}
}
