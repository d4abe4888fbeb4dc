package entra

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// application and principal decode what Graph would send.
func asFound(t *testing.T, application, principal string) *objects {
	t.Helper()
	f := &objects{}
	if application != "" {
		require.NoError(t, json.Unmarshal([]byte(application), &f.Application))
	}
	if principal != "" {
		require.NoError(t, json.Unmarshal([]byte(principal), &f.ServicePrincipal))
	}
	return f
}

const (
	general  = `{"id":"r1","displayName":"General","description":null,"value":"General","allowedMemberTypes":["User"],"isEnabled":true,"origin":"Application"}`
	disabled = `{"id":"r2","displayName":"Old","value":"Old","allowedMemberTypes":["User"],"isEnabled":false}`
	machines = `{"id":"r3","displayName":"Daemon","value":"Daemon.All","allowedMemberTypes":["Application"],"isEnabled":true}`
	tagged   = `"tags":["HideApp","WindowsAzureActiveDirectoryIntegratedApp"]`
)

func TestPlanOfARegistration(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason                 string
		application, principal string
		want                   Registration
		steps                  string
		err                    string
	}{
		{reason: "nothing is there", want: Registration{Application: ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"General"}, RequireAssignment: true},
			steps: "create application, add role, add tag, create service principal, require assignment"},
		{reason: "all is there: a second run must write nothing",
			application: `{"id":"a","appId":"x","displayName":"corpdb1","appRoles":[` + general + `],` + tagged + `}`,
			principal:   `{"id":"s","appId":"x","displayName":"corpdb1","appRoles":[` + general + `],"appRoleAssignmentRequired":true}`,
			want:        Registration{Application: ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"general", " General", ""}, RequireAssignment: true}},
		{reason: "another role is added beside those there",
			application: `{"id":"a","appId":"x","appRoles":[` + general + `],` + tagged + `}`,
			principal:   `{"id":"s","appId":"x","appRoles":[` + general + `]}`,
			want:        Registration{Application: ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"General", "Approver"}}, steps: "add role"},
		{reason: "the tag is added beside those there",
			application: `{"id":"a","appId":"x","tags":["HideApp"]}`, principal: `{"id":"s","appId":"x"}`,
			want: Registration{Application: ApplicationRef{DisplayName: "CORPDB1"}}, steps: "add tag"},
		{reason: "assignment required is only ever switched on", application: `{"id":"a","appId":"x",` + tagged + `}`,
			principal: `{"id":"s","appId":"x","appRoleAssignmentRequired":true}`, want: Registration{Application: ApplicationRef{DisplayName: "CORPDB1"}}},
		{reason: "cut off before the service principal", application: `{"id":"a","appId":"x","appRoles":[` + general + `],` + tagged + `}`,
			want: Registration{Application: ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"General"}}, steps: "create service principal"},
		{reason: "an application of another tenant keeps its roles", principal: `{"id":"s","appId":"x","displayName":"SaaS","appRoles":[` + general + `]}`,
			want: Registration{Application: ApplicationRef{DisplayName: "SaaS"}, Roles: []string{"General"}, RequireAssignment: true}, steps: "add tag, require assignment"},
		{reason: "an application of another tenant cannot be given roles", principal: `{"id":"s","appId":"x","displayName":"SaaS","appRoles":[` + general + `]}`,
			want: Registration{Application: ApplicationRef{DisplayName: "SaaS"}, Roles: []string{"Approver"}}, err: `application "SaaS", role "Approver": the application is registered in another tenant`},
		{reason: "a disabled role is not switched on behind its owner's back", application: `{"id":"a","appId":"x","appRoles":[` + disabled + `]}`,
			want: Registration{Application: ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"Old"}}, err: "it is there but disabled"},
		{reason: "of two roles of one name the one that users can be given counts",
			application: `{"id":"a","appId":"x","appRoles":[` + strings.ReplaceAll(disabled, "Old", "General") + `,` + general + `],` + tagged + `}`,
			principal:   `{"id":"s","appId":"x"}`, want: Registration{Application: ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"General"}}},
		{reason: "users cannot be given a role for applications", application: `{"id":"a","appId":"x","appRoles":[` + machines + `]}`,
			want: Registration{Application: ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"daemon"}}, err: "not for users"},
		{reason: "a value taken by another role would be refused half way", application: `{"id":"a","appId":"x","appRoles":[` + machines + `]}`,
			want: Registration{Application: ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"Daemon . All"}}, err: `its value Daemon.All is taken by the role "Daemon"`},
		{reason: "two new roles with one value", want: Registration{Application: ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"Order Admin", "OrderAdmin"}},
			err: `role "OrderAdmin": its value OrderAdmin is taken by the role "Order Admin"`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			var now *objects
			if test.application != "" || test.principal != "" {
				now = asFound(t, test.application, test.principal)
			}
			plan, err := test.want.plan(now)
			if test.err != "" {
				require.ErrorAs(t, err, new(*RegistrationError))
				require.ErrorContains(t, err, test.err)
				assert.NotContains(t, err.Error(), "\n")
				return
			}
			require.NoError(t, err)
			var kinds []string
			for _, step := range plan.Steps {
				assert.NotEmpty(t, step.Reason)
				kinds = append(kinds, stepNames[step.Kind])
			}
			assert.Equal(t, test.steps, strings.Join(kinds, ", "))
			assert.Len(t, plan.Roles, len(distinct(test.want.Roles)), "the roles to assign are known before anything is written")
		})
	}
}

func TestAPlanPrintsOneLineForEachStep(t *testing.T) {
	t.Parallel()
	plan, err := Registration{Application: ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"General"}}.plan(nil)
	require.NoError(t, err)
	var text strings.Builder
	require.NoError(t, plan.WriteText(&text))
	assert.Equal(t, `create application: no application has that name
add role General: no role has that name; those there stay as they are
add tag: WindowsAzureActiveDirectoryIntegratedApp makes it an enterprise application whose assignments can be reviewed
create service principal: users are assigned to the application's service principal in this tenant
`, text.String())
	plan, err = Registration{Application: ApplicationRef{DisplayName: "A"}}.plan(asFound(t, `{"id":"a",`+tagged+`}`, `{"id":"s"}`))
	require.NoError(t, err)
	text.Reset()
	require.NoError(t, plan.WriteText(&text))
	assert.Equal(t, "A is registered as it should be: nothing to do\n", text.String())
}

// A repeated write must be the same write, or a lost answer leaves two roles.
func TestRoleIDsFollowFromTheNames(t *testing.T) {
	t.Parallel()
	id := func(app, role string) string {
		plan, err := Registration{Application: ApplicationRef{DisplayName: app}, Roles: []string{role}}.plan(nil)
		require.NoError(t, err)
		return plan.Roles[0].ID
	}
	first := id("CORPDB1", "General")
	assert.Equal(t, first, id("CORPDB1", "General"))
	assert.Equal(t, first, id("corpdb1", "GENERAL"), "the directory compares names without letter case")
	assert.NotEqual(t, first, id("CORPDB1", "Other"))
	assert.NotEqual(t, first, id("CORPDB2", "General"))
	assert.Regexp(t, regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`), first)

	renamed := asFound(t, `{"id":"a","appId":"x","appRoles":[{"id":"`+strings.ToUpper(first)+`","displayName":"Standard","value":"Standard","allowedMemberTypes":["User"],"isEnabled":true}]}`, "")
	plan, err := Registration{Application: ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"General"}}.plan(renamed)
	require.NoError(t, err)
	assert.NotEqual(t, first, plan.Roles[0].ID, "the id of a role of ours that was renamed is taken")
}

func TestRoleValues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, want, reason string }{
		{"General", "General", "the article's role"},
		{"Marketing specialist", "Marketingspecialist", "values have no spaces"},
		{"a/b:c@d", "a/b:c@d", "most ASCII is allowed"},
		{"Général", "role-", "values are ASCII"},
		{`a"b`, "role-", "a quote is not allowed"},
		{".net", "role-", "a value must not begin with a full stop"},
		{strings.Repeat("x", 120), strings.Repeat("x", 120), "120 characters are allowed"},
		{strings.Repeat("x", 121), "role-", "121 are not"},
	} {
		got := roleValue(test.name)
		assert.True(t, strings.HasPrefix(got, test.want), "%s: got %q", test.reason, got)
		assert.LessOrEqual(t, len(got), 120)
	}
	assert.NotEqual(t, roleValue("Général"), roleValue("Généraux"))
}

// What is sent back must be what was read, or adding a role edits the others.
func TestRolesAreSentBackUnchanged(t *testing.T) {
	t.Parallel()
	app := asFound(t, `{"id":"a","appRoles":[`+general+`,{"id":"r9","displayName":"X","value":null,"allowedMemberTypes":["User"],"isEnabled":false,"future":{"a":[1]}}]}`, "").Application
	plan, err := Registration{Application: ApplicationRef{DisplayName: "A"}, Roles: []string{"New"}}.plan(&objects{Application: app})
	require.NoError(t, err)
	body := app.complete(plan.Roles)
	encoded, err := json.Marshal(body["appRoles"])
	require.NoError(t, err)
	added, err := json.Marshal(plan.Roles[0])
	require.NoError(t, err)
	assert.JSONEq(t, `[{"id":"r1","displayName":"General","description":null,"value":"General","allowedMemberTypes":["User"],"isEnabled":true},
		{"id":"r9","displayName":"X","value":null,"allowedMemberTypes":["User"],"isEnabled":false,"future":{"a":[1]}},`+string(added)+`]`, string(encoded))
	assert.Empty(t, app.complete(plan.Roles), "a second time there is nothing to add")
}

func TestTwoApplicationsOfOneNameAreRefused(t *testing.T) {
	t.Parallel()
	app := func(id, appID string) applicationObject { return applicationObject{ID: id, AppID: appID} }
	principal := func(id, appID string) servicePrincipalObject {
		return servicePrincipalObject{applicationObject: app(id, appID)}
	}
	for _, test := range []struct {
		reason     string
		apps       []applicationObject
		principals []servicePrincipalObject
		refused    bool
	}{
		{"none", nil, nil, false},
		{"both halves of one", []applicationObject{app("a", "x")}, []servicePrincipalObject{principal("s", "X")}, false},
		{"only the registration", []applicationObject{app("a", "x")}, nil, false},
		{"only the service principal", nil, []servicePrincipalObject{principal("s", "x")}, false},
		{"two registrations", []applicationObject{app("a", "x"), app("b", "y")}, []servicePrincipalObject{principal("s", "x")}, true},
		{"two service principals", nil, []servicePrincipalObject{principal("s", "x"), principal("t", "y")}, true},
		{"a registration and another one's service principal", []applicationObject{app("a", "x")}, []servicePrincipalObject{principal("t", "y")}, true},
	} {
		f, err := pair("CORPDB1", test.apps, test.principals)
		if !test.refused {
			assert.NoError(t, err, test.reason)
			assert.Equal(t, len(test.apps)+len(test.principals) > 0, f != nil, test.reason)
			continue
		}
		var ambiguous *AmbiguousError
		require.ErrorAs(t, err, &ambiguous, test.reason)
		assert.Len(t, ambiguous.IDs, 2, "the appIds of those that may be meant")
		assert.Contains(t, err.Error(), `the name "CORPDB1" stands for more than one application`)
	}
}
