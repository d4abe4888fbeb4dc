package graphfake_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

const reviews = "/identityGovernance/accessReviews/definitions"

// A scenery is an application with people who have roles in it.
type scenery struct {
	*client
	t  *testing.T
	s  *graphfake.Server
	sp graphfake.ServicePrincipal
}

// reviewBubble runs a test in virtual time, which begins at midnight of 2000-01-01.
func reviewBubble(t *testing.T, opts graphfake.Options, f func(x *scenery)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		opts.TB = t
		s := graphfake.New(&opts)
		sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: "a0000000-0000-4000-8000-000000000000", DisplayName: "Orders", AppRoleAssignmentRequired: true,
			AppRoles: []graphfake.AppRole{{DisplayName: "Reader", Value: "read"}, {DisplayName: "Writer", Value: "write"}}})
		f(&scenery{newClient(t, s), t, s, sp})
	})
}

// user adds a user with the first role, or with the given ones.
func (x *scenery) user(name string, roles ...int) graphfake.User {
	u := x.s.AddUser(graphfake.User{UserPrincipalName: name + "@contoso.example"})
	if roles == nil { // not given; []int{}... is none at all
		roles = []int{0}
	}
	x.assign(u.ID, roles...)
	return u
}

func (x *scenery) assign(principal string, roles ...int) {
	for _, n := range roles {
		x.s.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: principal, ResourceID: x.sp.ID, AppRoleID: x.sp.AppRoles[n].ID})
	}
}

type object = map[string]any

// definition is the body of a one-time review of the application for ten days,
// with decisions applied at the end.
func (x *scenery) definition(changes ...func(body, settings object)) object {
	settings := object{
		"mailNotificationsEnabled": true, "reminderNotificationsEnabled": true, "justificationRequiredOnApproval": false,
		"defaultDecisionEnabled": false, "defaultDecision": "None", "instanceDurationInDays": 10, "autoApplyDecisionsEnabled": true,
		"recommendationsEnabled": false,
		"recurrence":             object{"pattern": nil, "range": object{"type": "numbered", "numberOfOccurrences": 0, "startDate": "2000-01-01"}},
		"applyActions":           []any{object{"@odata.type": "#microsoft.graph.removeAccessApplyAction"}},
	}
	body := object{
		"displayName": "Orders Q1", "descriptionForAdmins": "Orders", "descriptionForReviewers": "Who still needs Orders?",
		"scope": object{
			"@odata.type":     "#microsoft.graph.principalResourceMembershipsScope",
			"principalScopes": []any{queryScope("/users")},
			"resourceScopes":  []any{queryScope("/servicePrincipals/" + x.sp.ID)},
		},
		"reviewers": []any{}, "settings": settings,
	}
	for _, change := range changes {
		change(body, settings)
	}
	return body
}

func queryScope(query string) object {
	return object{"@odata.type": "#microsoft.graph.accessReviewQueryScope", "query": query, "queryType": "MicrosoftGraph"}
}

// withMembers makes a review ask about the members of assigned groups, too.
func withMembers(body, _ object) {
	members := queryScope("./members/microsoft.graph.user/?$count=true")
	members["queryRoot"] = "/v1.0/groups"
	body["scope"].(object)["principalScopes"] = []any{queryScope("/v1.0/users"), members}
}

// asking returns reviewers for a definition or stage.
func asking(queries ...string) []any {
	list := []any{}
	for _, q := range queries {
		o := object{"query": q, "queryType": "MicrosoftGraph"}
		if q == "./manager" {
			o["queryRoot"] = "decisions"
		}
		list = append(list, o)
	}
	return list
}

// review creates a review and returns its id.
func (x *scenery) review(changes ...func(body, settings object)) string {
	x.t.Helper()
	a := x.do("POST", reviews, x.definition(changes...))
	require.Equal(x.t, 201, a.status, a.text)
	return a.json["id"].(string)
}

func (x *scenery) status(id string) string {
	x.t.Helper()
	return x.get(reviews + "/" + id).json["status"].(string)
}

// instance returns the path of the latest instance.
func (x *scenery) instance(id string) string {
	x.t.Helper()
	list := x.get(reviews + "/" + id + "/instances").values()
	return reviews + "/" + id + "/instances/" + list[len(list)-1]["id"].(string)
}

func (x *scenery) decide(review string, u graphfake.User, decision string) {
	x.t.Helper()
	require.NoError(x.t, x.s.Decide(graphfake.Decision{Review: review, Principal: u.ID, Decision: decision, Justification: "because"}))
}

// holders returns who has a role, by name, as a list of assignments says.
func (x *scenery) holders() []string {
	x.t.Helper()
	names := x.get("/servicePrincipals/" + x.sp.ID + "/appRoleAssignedTo").column("principalDisplayName")
	slices.Sort(names)
	return names
}

// by returns one property of all decisions by the principal's name.
func (x *scenery) by(path, property string) map[string]any {
	x.t.Helper()
	out := map[string]any{}
	for _, d := range x.get(path).values() {
		out[d["principal"].(object)["displayName"].(string)] = d[property]
	}
	return out
}

func keys(m map[string]any) (list []string) {
	for k := range m {
		list = append(list, k)
	}
	return list
}

const day = 24 * time.Hour

const zeroGUID = "00000000-0000-0000-0000-000000000000"

// names returns the principals of decisions.
func (x *scenery) names(path string) (list []string) {
	x.t.Helper()
	for _, d := range x.get(path).values() {
		list = append(list, d["principal"].(object)["displayName"].(string))
	}
	return list
}

func without(m object, name string) object {
	delete(m, name)
	return m
}
