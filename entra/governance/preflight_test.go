package governance_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/microsoft/kiota-abstractions-go/authentication"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

// find returns the findings about a subject as "level: found".
func find(r *governance.PreflightReport, check governance.Check, subject string) (found []string) {
	for _, f := range r.Findings {
		if f.Check == check && f.Subject == subject {
			found = append(found, string(f.Level)+": "+f.Found)
		}
	}
	return found
}

// ready is a scene in which nothing is wrong: managers, an owner, licenses.
func ready(t *testing.T) *scene {
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	x.user("ada", general)
	x.user("bob", general)
	x.user("max")
	x.manages("max", "ada")
	x.manages("max", "bob")
	x.fake.AddLicense(graphfake.License{PartNumber: "AAD_PREMIUM_P2", Enabled: 4,
		Plans: []graphfake.ServicePlan{{ID: graphfake.PlanPremiumP2}}})
	return x
}

// wanted is what ready is ready for.
func (x *scene) wanted() governance.PreflightRequest {
	return governance.PreflightRequest{Application: entra.ApplicationRef{DisplayName: "CORPDB1"},
		Roles: []string{"General"}, Stages: []governance.ReviewStage{
			{Reviewers: []governance.QueryScope{governance.ManagerReviewers()}, Days: 5},
			{Reviewers: []governance.QueryScope{governance.UserReviewer(x.owner.ID)}, Days: 5}}}
}

func (x *scene) preflight(r governance.PreflightRequest) *governance.PreflightReport {
	x.t.Helper()
	report, err := x.governance.Preflight(x.t.Context(), r)
	require.NoError(x.t, err)
	return report
}

func TestPreflight_OfAReadyTenantStopsNothing(t *testing.T) {
	t.Parallel()
	x := ready(t)
	x.fake.ForgetRequests()
	report := x.preflight(x.wanted())
	assert.False(t, report.Stops())
	assert.Equal(t, 1, report.Count(governance.Advice), "only the token could not be read: %v", report.Findings)
	assert.Equal(t, []string{"ok: 4 seats for 4 people who are reviewed or review"},
		find(report, governance.CheckLicense, "Microsoft Entra ID P2 or Governance"))
	assert.Equal(t, []string{"ok: all 2 users have one"}, find(report, governance.CheckReviewers, "managers"))
	var text bytes.Buffer
	require.NoError(t, report.WriteText(&text))
	assert.Equal(t, len(report.Findings), strings.Count(text.String(), "\n"))
	assert.True(t, strings.HasPrefix(text.String(), "advice"), "what needs somebody comes first")
	encoded, err := json.Marshal(report)
	require.NoError(t, err)
	assert.NotContains(t, text.String()+string(encoded), "SECRET-TOKEN")
	for _, request := range x.fake.Requests() {
		assert.True(t, request.Method == "GET" || request.Path == "/$batch", "a preflight must write nothing: %s", request)
	}
}

// One thing is wrong at a time: it must be found, said, and weighed rightly.
func TestPreflight_FindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	guest := func(state string) func(*scene, *governance.PreflightRequest) {
		return func(x *scene, r *governance.PreflightRequest) {
			g := x.fake.AddUser(graphfake.User{UserPrincipalName: "g@contoso.example", Mail: "g@northwind.example",
				UserType: "Guest", More: map[string]any{"externalUserState": state}})
			r.Stages[1].Reviewers = []governance.QueryScope{governance.UserReviewer(g.ID)}
		}
	}
	patch := func(name, body string) func(*scene, *governance.PreflightRequest) {
		return func(x *scene, _ *governance.PreflightRequest) {
			x.send(http.MethodPatch, "/users/"+x.users[name].ID, body)
		}
	}
	orphan := func(x *scene) {
		x.send(http.MethodDelete, "/users/"+x.users["ada"].ID+"/manager/$ref", "")
	}
	for _, tt := range []struct {
		name    string
		spoil   func(*scene, *governance.PreflightRequest)
		check   governance.Check
		subject string
		want    string
	}{
		{"misspelt application", func(_ *scene, r *governance.PreflightRequest) {
			r.Application = entra.ApplicationRef{DisplayName: "CORPDB2"}
		}, governance.CheckApplication, "CORPDB2", "stop: no application has this name"},
		{"unknown appId", func(_ *scene, r *governance.PreflightRequest) {
			r.Application = entra.ApplicationRef{AppID: "99999999-9999-4999-8999-999999999999"}
		}, governance.CheckApplication, "99999999-9999-4999-8999-999999999999", "stop: no application has this id"},
		{"two of the name", func(x *scene, _ *governance.PreflightRequest) {
			x.fake.AddApplication(graphfake.Application{DisplayName: "CORPDB1"})
		}, governance.CheckApplication, "CORPDB1", "stop: the name \"CORPDB1\" stands for more than one application"},
		{"assignment not required", func(x *scene, _ *governance.PreflightRequest) {
			x.send(http.MethodPatch, "/servicePrincipals/"+x.app.ID, `{"appRoleAssignmentRequired":false}`)
		}, governance.CheckApplication, "CORPDB1", "stop: assignment is not required"},
		{"unknown role", func(_ *scene, r *governance.PreflightRequest) { r.Roles = []string{"Genral"} },
			governance.CheckRoles, "Genral", "stop: role \"Genral\""},
		{"a group is assigned", func(x *scene, _ *governance.PreflightRequest) {
			x.assign(x.fake.AddGroup(graphfake.Group{DisplayName: "Finance"}).ID, general)
		}, governance.CheckAssignments, "Finance", "advice: this group is assigned"},
		{"nobody to review", func(x *scene, _ *governance.PreflightRequest) {
			for _, a := range x.fake.Assignments(x.app.ID) {
				x.send(http.MethodDelete, "/servicePrincipals/"+x.app.ID+"/appRoleAssignedTo/"+a.ID, "")
			}
		}, governance.CheckAssignments, "CORPDB1", "advice: nobody is assigned"},
		{"no license", func(_ *scene, r *governance.PreflightRequest) {
			r.Steps = []governance.Step{governance.StepCustomData}
		}, governance.CheckLicense, "Microsoft Entra ID Governance", "advice: the tenant has no seat"},
		{"a subscription in its grace period, whose seats can be used", func(x *scene, r *governance.PreflightRequest) {
			x.fake.AddLicense(graphfake.License{PartNumber: "AAD_PREMIUM_P2", CapabilityStatus: "Warning", Warning: 3,
				Plans: []graphfake.ServicePlan{{ID: graphfake.PlanPremiumP2}}})
		}, governance.CheckLicense, "Microsoft Entra ID P2 or Governance", "ok: 7 seats for 4 people"},
		{"a subscription that was suspended", func(x *scene, r *governance.PreflightRequest) {
			x.fake.AddLicense(graphfake.License{PartNumber: "AAD_PREMIUM_P2", CapabilityStatus: "Suspended", Suspended: 3,
				Plans: []graphfake.ServicePlan{{ID: graphfake.PlanPremiumP2}}})
		}, governance.CheckLicense, "Microsoft Entra ID P2 or Governance", "ok: 4 seats for 4 people"},
		{"too few seats", func(x *scene, _ *governance.PreflightRequest) { x.user("cy", general); x.manages("max", "cy") },
			governance.CheckLicense, "Microsoft Entra ID P2 or Governance", "advice: 4 seats for 5 people"},
		{"reviewer blocked", patch("olga", `{"accountEnabled":false}`), governance.CheckReviewers, "olga@contoso.example",
			"stop: is blocked from sign-in"},
		{"reviewer without mail", patch("olga", `{"mail":null}`), governance.CheckReviewers, "olga@contoso.example",
			"advice: comes without a mail address"},
		{"reviewer gone", func(x *scene, _ *governance.PreflightRequest) { x.fake.DeleteUser(x.owner.ID) },
			governance.CheckReviewers, "", "stop: there is no such user"},
		{"guest who did not accept", guest("PendingAcceptance"), governance.CheckReviewers, "g@contoso.example",
			"stop: is a guest who has not accepted"},
		{"guest who accepted", guest("Accepted"), governance.CheckReviewers, "g@contoso.example", "ok: can review"},
		{"no manager", func(x *scene, _ *governance.PreflightRequest) { orphan(x) }, governance.CheckReviewers, "managers",
			"stop: 1 of 2 users have no manager"},
		{"no manager, but a fallback", func(x *scene, r *governance.PreflightRequest) {
			orphan(x)
			r.Stages[0].Fallback = []governance.QueryScope{governance.UserReviewer(x.owner.ID)}
		}, governance.CheckReviewers, "managers", "ok: 1 of 2 users have no manager; the fallback"},
		{"will be assigned and has no manager", func(x *scene,
			r *governance.PreflightRequest) {
			r.People = []string{x.user("new").ID}
		}, governance.CheckReviewers, "managers", "stop: 1 of 3"},
		{"manager blocked", patch("max", `{"accountEnabled":false}`), governance.CheckReviewers, "max@contoso.example",
			"advice: is a manager who is blocked"},
		{"empty group reviews", func(x *scene, r *governance.PreflightRequest) {
			group := x.fake.AddGroup(graphfake.Group{ID: "33333333-cccc-4ccc-8ccc-333333333333", DisplayName: "Empty"})
			r.Stages[1].Reviewers = []governance.QueryScope{governance.GroupReviewers(group.ID)}
		}, governance.CheckReviewers, "/groups/33333333-cccc-4ccc-8ccc-333333333333/transitiveMembers",
			"stop: nobody is in it"},
		{"no owners review", func(_ *scene, r *governance.PreflightRequest) {
			r.Stages[1].Reviewers = []governance.QueryScope{governance.OwnerReviewers("")}
		}, governance.CheckReviewers, "owners of the application", "stop: no user is one, so nobody would be asked"},
		{"four stages", func(_ *scene, r *governance.PreflightRequest) {
			r.Stages = append(r.Stages, r.Stages[1],
				r.Stages[1])
		}, governance.CheckReviewers, "stages", "stop: there are 4"},
		{"stage without reviewers", func(_ *scene, r *governance.PreflightRequest) { r.Stages[1].Reviewers = nil },
			governance.CheckReviewers, "stage 2", "stop: it needs reviewers"},
		{"to be registered", func(_ *scene, r *governance.PreflightRequest) {
			r.Application, r.Steps = entra.ApplicationRef{DisplayName: "New"}, []governance.Step{governance.StepRegister}
		}, governance.CheckApplication, "New", "ok: it is not registered yet"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := ready(t)
			r := x.wanted()
			tt.spoil(x, &r)
			if tt.subject == "" {
				tt.subject = x.owner.ID
			}
			found := find(x.preflight(r), tt.check, tt.subject)
			require.Len(t, found, 1)
			assert.Contains(t, found[0], tt.want)
		})
	}
}

func TestPreflight_ComparesPermissionsWithTheSteps(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t})
	x := newScene(t, fake, nil)
	all := []governance.Step{governance.StepMatch, governance.StepRegister, governance.StepAssign, governance.StepReview,
		governance.StepPackages, governance.StepFollow}
	connect := func(token string) *entra.Client {
		c, err := entra.Connect(graph.StaticToken(token), &graph.ConnectOptions{Transport: faulttest.Record(fake.Transport())})
		require.NoError(t, err)
		return c
	}
	for _, tt := range []struct {
		reason string
		token  string
		want   map[governance.Step]string
	}{
		{"an application with all it needs", fake.AppToken("User.Read.All", "AppRoleAssignment.ReadWrite.All",
			"Application.Read.All", "AccessReview.ReadWrite.All", "EntitlementManagement.ReadWrite.All"),
			map[governance.Step]string{governance.StepMatch: "ok: granted", governance.StepAssign: "ok: granted",
				governance.StepReview: "ok: granted", governance.StepPackages: "ok: granted"}},
		{"the article's scopes, which lack access reviews",
			fake.UserToken(x.owner.ID, "User.ReadWrite.All", "Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"),
			map[governance.Step]string{governance.StepMatch: "ok: granted",
				governance.StepAssign:   "ok: granted; the signed-in person also needs the directory role",
				governance.StepReview:   "stop: the token lacks AccessReview.ReadWrite.All",
				governance.StepPackages: "stop: the token lacks EntitlementManagement.ReadWrite.All"}},
		{"AppRoleAssignment alone is refused by the service",
			fake.AppToken("AppRoleAssignment.ReadWrite.All", "User.Read.All"),
			map[governance.Step]string{governance.StepAssign: "stop: the token lacks Application.Read.All",
				governance.StepReview: "stop: the token lacks AccessReview.ReadWrite.All and Application.Read.All"}},
		{"the directory's own permission creates no applications", fake.AppToken("Directory.ReadWrite.All"),
			map[governance.Step]string{governance.StepMatch: "ok: granted",
				governance.StepRegister: "stop: the token lacks Application.ReadWrite.OwnedBy"}},
		{"a signed-in person cannot be given what is for owners", fake.UserToken(x.owner.ID, "User.Read.All"),
			map[governance.Step]string{governance.StepRegister: "stop: the token lacks Application.Read.All and Application.ReadWrite.All"}},
		{"what is for owners does not reach other applications", fake.AppToken("Application.ReadWrite.OwnedBy"),
			map[governance.Step]string{governance.StepRegister: "advice: granted within limits"}},
		{"whose role was lost can't be told without people's own lists",
			fake.AppToken("User.Read.All", "Application.Read.All", "GroupMember.Read.All", "AccessReview.Read.All"),
			map[governance.Step]string{governance.StepFollow: "stop: the token lacks Directory.Read.All"}},
		{"what assigns roles reads those lists too",
			fake.AppToken("User.Read.All", "Application.Read.All", "GroupMember.Read.All", "AccessReview.Read.All",
				"AppRoleAssignment.ReadWrite.All"),
			map[governance.Step]string{governance.StepFollow: "ok: granted"}},
	} {
		report, err := governance.New(connect(tt.token)).Preflight(t.Context(),
			governance.PreflightRequest{Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Steps: all})
		require.NoError(t, err, tt.reason)
		for step, want := range tt.want {
			found := find(report, governance.CheckPermissions, step.String())
			require.Len(t, found, 1, tt.reason)
			assert.True(t, strings.HasPrefix(found[0], want), "%s: %s", tt.reason, found[0])
		}
	}
	for reason, token := range map[string]string{"opaque": "SECRET-TOKEN", "a JWT without permissions": fake.AppToken(),
		"broken": "a.b.c"} {
		report, err := governance.New(connect(token)).Preflight(t.Context(),
			governance.PreflightRequest{Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Steps: all})
		require.NoError(t, err)
		found := find(report, governance.CheckPermissions, "token")
		require.Len(t, found, 1, reason)
		assert.True(t, strings.HasPrefix(found[0], "advice: unknown"), reason)
	}
}

// An adapter that somebody else made keeps its credential to itself.
func TestPreflight_OverAnAdapterDoesNotKnowThePermissions(t *testing.T) {
	t.Parallel()
	x := ready(t)
	adapter, err := core.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		&authentication.AnonymousAuthenticationProvider{}, core.GraphClientOptions{}, nil, nil,
		&http.Client{Transport: faulttest.Record(x.fake.Transport())})
	require.NoError(t, err)
	adapter.SetBaseUrl(graph.DefaultEndpoint)
	report, err := governance.New(entra.New(graph.New(adapter, nil), nil)).Preflight(t.Context(), x.wanted())
	require.NoError(t, err)
	assert.Equal(t, []string{"advice: unknown: the request adapter keeps its credential to itself"},
		find(report, governance.CheckPermissions, "token"))
	assert.False(t, report.Stops())
}

// What can't be looked at for want of a permission is said, and the rest is
// looked at all the same.
func TestPreflight_SaysWhatItCouldNotCheck(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
	x := newScene(t, fake, nil)
	c, err := entra.Connect(graph.StaticToken(fake.AppToken("User.Read.All")),
		&graph.ConnectOptions{Transport: faulttest.Record(fake.Transport())})
	require.NoError(t, err)
	report, err := governance.New(c).Preflight(t.Context(), x.wanted())
	require.NoError(t, err)
	assert.Contains(t, find(report, governance.CheckApplication, "CORPDB1")[0], "advice: could not be checked")
	assert.Contains(t, find(report, governance.CheckLicense, "licenses")[0], "LicenseAssignment.Read.All")
	assert.Equal(t, []string{"ok: can review"}, find(report, governance.CheckReviewers, "olga@contoso.example"))
	assert.True(t, report.Stops(), "the token lacks permissions")
}
