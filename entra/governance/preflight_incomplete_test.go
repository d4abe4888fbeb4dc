package governance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/graphfake"
)

// What the token may not read is said to be unknown: nobody is blocked, no role is
// disabled and no assignment is optional because a value did not come.
func TestPreflight_DoesNotConcludeFromWhatDidNotCome(t *testing.T) {
	t.Parallel()
	members := func(x *scene, r *governance.PreflightRequest) {
		group := x.fake.AddGroup(graphfake.Group{DisplayName: "Reviewers", Members: []string{x.owner.ID}})
		r.Stages[1].Reviewers = []governance.QueryScope{governance.GroupReviewers(group.ID)}
	}
	for _, tt := range []struct {
		path, property string
		spoil          func(*scene, *governance.PreflightRequest)
		check          governance.Check
		subject        string
		permission     string
	}{
		{"/users/{id}", "accountEnabled", nil, governance.CheckReviewers, "olga@contoso.example", "User.Read.All"},
		{"/users/{id}", "id", nil, governance.CheckReviewers, "olga@contoso.example", "User.Read.All"},
		{"/users/{id}", "userType", nil, governance.CheckReviewers, "olga@contoso.example", "User.Read.All"},
		{"/users/{id}/manager", "accountEnabled", nil, governance.CheckReviewers, "max@contoso.example", "User.Read.All"},
		{"/users/{id}/manager", "id", nil, governance.CheckReviewers, "managers", "User.Read.All"},
		{"/groups/{id}/transitiveMembers", "accountEnabled", members, governance.CheckReviewers, "olga@contoso.example",
			"User.Read.All"},
		{"/servicePrincipals/{id}", "appRoleAssignmentRequired", nil, governance.CheckApplication, "CORPDB1",
			"Application.Read.All"},
		{"/servicePrincipals/{id}", "appRoles", nil, governance.CheckRoles, "General", "Application.Read.All"},
		{"/servicePrincipals/{id}/appRoleAssignedTo", "principalType", nil, governance.CheckAssignments, "CORPDB1",
			"Application.Read.All"},
		{"/subscribedSkus", "id", nil, governance.CheckLicense, "licenses", "LicenseAssignment.Read.All"},
		{"/subscribedSkus", "capabilityStatus", nil, governance.CheckLicense, "licenses", "LicenseAssignment.Read.All"},
		{"/subscribedSkus", "prepaidUnits", nil, governance.CheckLicense, "licenses", "LicenseAssignment.Read.All"},
		{"/subscribedSkus", "prepaidUnits/warning", nil, governance.CheckLicense, "licenses", "LicenseAssignment.Read.All"},
		{"/subscribedSkus", "prepaidUnits/enabled", nil, governance.CheckLicense, "licenses", "LicenseAssignment.Read.All"},
		{"/subscribedSkus", "servicePlans", nil, governance.CheckLicense, "licenses", "LicenseAssignment.Read.All"},
		{"/subscribedSkus", "servicePlans/servicePlanId", nil, governance.CheckLicense, "licenses", "LicenseAssignment.Read.All"},
		{"/subscribedSkus", "servicePlans/provisioningStatus", nil, governance.CheckLicense, "licenses",
			"LicenseAssignment.Read.All"},
		{"/groups/{id}/transitiveMembers", "id", members, governance.CheckReviewers, "", "GroupMember.ReadBasic.All"},
		{"/groups/{id}/transitiveMembers", "@odata.type", members, governance.CheckReviewers, "", "GroupMember.ReadBasic.All"},
	} {
		for _, effect := range withheld {
			x := ready(t)
			r := x.wanted()
			if tt.spoil != nil {
				tt.spoil(x, &r)
			}
			x.fake.Inject(graphfake.Fault{Path: tt.path, Effect: effect, Property: tt.property, Times: -1})
			report := x.preflight(r)
			if tt.subject == "" {
				tt.subject = r.Stages[1].Reviewers[0].Query
			}
			found := find(report, tt.check, tt.subject)
			require.Len(t, found, 1, "%s %s %s: %v", effect, tt.path, tt.property, report.Findings)
			assert.True(t, strings.HasPrefix(found[0], "advice: "), found[0])
			for _, part := range []string{"could not be checked", tt.property, tt.permission} {
				assert.Contains(t, found[0], part)
			}
			assert.False(t, report.Stops(), "%s %s %s: %v", effect, tt.path, tt.property, report.Findings)
		}
	}
}

// Of members whom the token may not read come the id and the type only.
// https://learn.microsoft.com/graph/permissions-overview#limited-information-returned-for-inaccessible-member-objects
func TestPreflight_MembersWithLimitedInformation(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t, Permissions: true}), nil)
	group := x.fake.AddGroup(graphfake.Group{DisplayName: "Reviewers", Members: []string{x.owner.ID}})
	withoutUsers := strings.ReplaceAll(following, "User.Read.All", "")
	report, err := governance.New(x.as(withoutUsers)).Preflight(t.Context(), governance.PreflightRequest{
		Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Steps: []governance.Step{governance.StepFollow},
		Stages: []governance.ReviewStage{{Days: 1, Reviewers: []governance.QueryScope{governance.GroupReviewers(group.ID)}}}})
	require.NoError(t, err)
	found := find(report, governance.CheckReviewers, x.owner.ID)
	require.Len(t, found, 1, "%v", report.Findings)
	assert.Contains(t, found[0], "advice: could not be checked")
	assert.Contains(t, found[0], "User.Read.All")
}

// An app role that comes without isEnabled is neither enabled nor disabled.
func TestPreflight_RolesWithoutIsEnabled(t *testing.T) {
	t.Parallel()
	for _, value := range []string{`,"isEnabled":null`, ``} {
		x := ready(t)
		role := fmt.Sprintf(`{"id":"r","displayName":"General","value":"General","allowedMemberTypes":["User"]%s}`, value)
		object := fmt.Sprintf(`{"id":%q,"appId":%q,"displayName":"CORPDB1","appRoleAssignmentRequired":true,"appRoles":[%s]}`,
			x.app.ID, x.app.AppID, role)
		c := governance.New(x.connect(answering{x.fake.Transport(), "/servicePrincipals/" + x.app.ID, object}))
		for _, roles := range [][]string{{"General"}, nil} {
			r := x.wanted()
			r.Roles = roles
			report, err := c.Preflight(t.Context(), r)
			require.NoError(t, err)
			found := find(report, governance.CheckRoles, append(roles, "CORPDB1")[0])
			require.Len(t, found, 1, "%v", report.Findings)
			assert.Contains(t, found[0], "advice: could not be checked")
			assert.Contains(t, found[0], "isEnabled")
			assert.Contains(t, found[0], "Application.Read.All")
		}
	}
}

// Where nobody comes with accountEnabled, matching and following would be of no use.
func TestPreflight_TestReadsAUser(t *testing.T) {
	t.Parallel()
	x := ready(t)
	assert.Empty(t, find(x.preflight(x.wanted()), governance.CheckPermissions, "accountEnabled"))
	for _, effect := range withheld {
		x := ready(t)
		x.fake.Inject(graphfake.Fault{Path: "/users", Effect: effect, Property: "accountEnabled", Times: -1})
		report := x.preflight(x.wanted())
		found := find(report, governance.CheckPermissions, "accountEnabled")
		require.Len(t, found, 1)
		assert.Contains(t, found[0], "stop: ")
		assert.Contains(t, found[0], "User.Read.All")
		assert.True(t, report.Stops())
	}
}

// A null mail address is none, or one that the token may not read: nobody is said
// to have none. Whether a guest has accepted is not known if it did not come.
func TestPreflight_WhatAReviewerLacks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		property string
		effect   graphfake.Effect
		want     string
	}{
		{"mail", graphfake.NullProperty, "advice: comes without a mail address: there is none, or the token may not read it"},
		{"mail", graphfake.DropProperty, "advice: could not be checked"},
		{"userType", graphfake.NullProperty, "advice: could not be checked"},
		{"externalUserState", graphfake.NullProperty, "ok: can review"}, // as of guests who were not invited
		{"externalUserState", graphfake.DropProperty, "advice: could not be checked"},
	} {
		x := ready(t)
		guest := x.fake.AddUser(graphfake.User{UserPrincipalName: "guest@contoso.example", Mail: "guest@fabrikam.example",
			UserType: "Guest", More: map[string]any{"externalUserState": "Accepted"}})
		r := x.wanted()
		r.Stages[1].Reviewers = []governance.QueryScope{governance.UserReviewer(guest.ID)}
		x.fake.Inject(graphfake.Fault{Path: "/users/{id}", Effect: tt.effect, Property: tt.property, Times: -1})
		found := find(x.preflight(r), governance.CheckReviewers, "guest@contoso.example")
		require.Len(t, found, 1, tt.property)
		assert.True(t, strings.HasPrefix(found[0], tt.want), found[0])
		if !strings.HasPrefix(tt.want, "ok") {
			assert.Contains(t, found[0], "User.Read.All")
		}
	}
}
