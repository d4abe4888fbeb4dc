package entra_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

// A production tenant answered accountEnabled: null for every user. That is not
// a tenant in which everybody is disabled.
// https://github.com/microsoftgraph/microsoft-graph-docs/issues/16054
func TestWhoMayBeDisabledIsNoAnswer(t *testing.T) {
	t.Parallel()
	for _, effect := range []graphfake.Effect{graphfake.NullProperty, graphfake.DropProperty} {
		for _, strategy := range strategies {
			fake := graphfake.New(&graphfake.Options{TB: t})
			fake.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
			fake.AddUser(graphfake.User{UserPrincipalName: "bob@contoso.example"})
			fake.Inject(graphfake.Fault{Path: "/users", Effect: effect, Property: "accountEnabled", Times: -1})
			queries := []match.Query{match.Equal("userPrincipalName", "ada@contoso.example"), match.Equal("userPrincipalName", "gone@contoso.example")}
			answers, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, strategy).FindUsers, queries)
			require.NoError(t, err)
			assert.ErrorIs(t, answers[0].Err, graph.ErrIncomplete, "%s %s", strategy, effect)
			assert.ErrorContains(t, answers[0].Err, "comes without accountEnabled, so it is unknown; it needs the Graph permission User.Read.All")
			assert.NoError(t, answers[1].Err, "%s: nobody is disabled or enabled here", strategy)
		}
	}
}

func assignedTenant(t *testing.T) (tn *faulttest.Tenant, app string) {
	t.Helper()
	tn = faulttest.NewTenant(t, nil)
	_, app = tn.AddApplication("CORPDB1")
	_, _ = reported(t, t.Context(), tn.Client, app, adding(tn.AddUser("ada"), tn.AddUser("bob")))
	return tn, app
}

// answeringEach answers every request, and every item of a batch, with body.
func answeringEach(body string) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/$count") {
			return reply(200, "1"), nil
		}
		var batch struct{ Requests []struct{ ID string } }
		if !strings.HasSuffix(r.URL.Path, "batch") || json.NewDecoder(r.Body).Decode(&batch) != nil {
			return reply(200, body), nil
		}
		var items []string
		for _, item := range batch.Requests {
			items = append(items, fmt.Sprintf(`{"id":%q,"status":200,"body":%s}`, item.ID, body))
		}
		return reply(200, `{"responses":[`+strings.Join(items, ",")+`]}`), nil
	}
}

// Each strategy refuses a user who doesn't have the value that was asked for.
func TestAStrangerIsNoAnswer(t *testing.T) {
	t.Parallel()
	const stranger = `{"value":[{"id":"00000000-0000-4000-8000-0000000000ff","userPrincipalName":"eve@contoso.example","accountEnabled":true}]}`
	for _, strategy := range strategies {
		c := lookups(t, nil, graph.ConnectOptions{Transport: answeringEach(stranger)}, strategy)
		answers, err := match.Ask(t.Context(), c.FindUsers, []match.Query{match.Equal("userPrincipalName", "ada@contoso.example")})
		if strategy == entra.Listing {
			require.NoError(t, err)
			assert.Empty(t, answers[0].Users, "a listing holds others too")
			continue
		}
		require.NoError(t, err)
		assert.ErrorIs(t, answers[0].Err, graph.ErrIncomplete, strategy)
		assert.ErrorContains(t, answers[0].Err, "whose userPrincipalName is not the one that was asked for")
	}
}

// An object id that comes for several people is nobody's: whoever it is would be given
// what all of them should have.
func TestOneObjectIDForSeveralPeopleIsNoAnswer(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	var queries []match.Query
	for _, name := range numbered(25) {
		tn.AddUser(name)
		queries = append(queries, match.Equal("userPrincipalName", name+"@contoso.example"))
	}
	one := regexp.MustCompile(`"id":"[0-9a-f-]{36}"`)
	mixingUp := roundTripper(func(r *http.Request) (*http.Response, error) {
		res, err := tn.Fake.Transport().RoundTrip(r)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(res.Body)
		body = one.ReplaceAll(body, []byte(`"id":"00000000-0000-4000-8000-0000000000ff"`))
		res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return res, err
	})
	for _, strategy := range strategies {
		c := lookups(t, nil, graph.ConnectOptions{Transport: mixingUp}, strategy)
		_, err := match.Ask(t.Context(), c.FindUsers, queries)
		require.ErrorIs(t, err, match.ErrDirectory, strategy)
		require.ErrorIs(t, err, graph.ErrIncomplete, strategy)
		assert.ErrorContains(t, err, "two users came with the object id", strategy)
	}
}

// Somebody's assignment that lacks what a conclusion rests on makes the list unfinished.
func TestAssignmentsThatLackSomethingAreNoList(t *testing.T) {
	t.Parallel()
	for _, property := range []string{"id", "principalId", "principalType", "appRoleId", "resourceId"} {
		for _, effect := range []graphfake.Effect{graphfake.NullProperty, graphfake.DropProperty} {
			tn, app := assignedTenant(t)
			tn.Fake.Inject(graphfake.Fault{Path: "/servicePrincipals/{id}/appRoleAssignedTo", Effect: effect, Property: property})
			_, err := tn.Client.Assignments(t.Context(), app)
			require.ErrorIs(t, err, graph.ErrIncomplete, "%s %s", effect, property)
			assert.ErrorContains(t, err, property)
		}
	}
	synctest.Test(t, func(t *testing.T) { // such an answer is asked for again
		tn, app := assignedTenant(t)
		tn.Fake.Inject(graphfake.Fault{Path: "/servicePrincipals/{id}/appRoleAssignedTo", Effect: graphfake.NullObject, Times: -1})
		_, err := tn.Client.Assignments(t.Context(), app)
		require.ErrorIs(t, err, graph.ErrIncomplete, "a null is somebody's assignment")
	})
}

func TestTwoAssignmentsOfOneIDAreNoList(t *testing.T) {
	t.Parallel()
	assignment := func(id, user string) string {
		return fmt.Sprintf(`{"id":%q,"principalId":%q,"principalType":"User","appRoleId":"r","resourceId":"s"}`, id, user)
	}
	for reason, value := range map[string]string{
		"one id for two people": assignment("a", "ada") + "," + assignment("a", "bob"),
		"half of a page":        assignment("a", "ada") + `],"error":{"code":"x","message":"y"},"more":[`,
	} {
		c := lookups(t, nil, graph.ConnectOptions{Transport: answeringEach(`{"value":[` + value + `]}`)}, "")
		_, err := c.Assignments(t.Context(), "s")
		require.ErrorIs(t, err, graph.ErrIncomplete, reason)
	}
	c := lookups(t, nil, graph.ConnectOptions{Transport: answeringEach(`{"value":[` + assignment("a", "ada") + "," + assignment("a", "ada") + `]}`)}, "")
	all, err := c.Assignments(t.Context(), "s")
	require.NoError(t, err, "a listing that moves while it is paged through shows one twice")
	assert.Len(t, all, 1)
}

// An application that lacks something is none that anything is concluded from, and
// above all none that is written to: tags and roles are written as a whole, and
// those that did not come would be lost.
func TestApplicationsThatLackSomethingAreNotWrittenTo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ path, property string }{
		{"/applications", "id"}, {"/applications", "appId"}, {"/applications", "appRoles"}, {"/applications", "tags"},
		{"/applications", "appRoles/id"}, {"/applications", "appRoles/isEnabled"}, {"/applications", "appRoles/allowedMemberTypes"},
		{"/servicePrincipals", "id"}, {"/servicePrincipals", "appId"}, {"/servicePrincipals", "appRoles"},
		{"/servicePrincipals", "appRoles/isEnabled"}, {"/servicePrincipals", "appRoleAssignmentRequired"},
		{"/servicePrincipals/{id}", "id"}, {"/servicePrincipals/{id}", "appRoleAssignmentRequired"},
		{"/servicePrincipals/{id}", "appRoles/isEnabled"}, {"/applications/{id}", "tags"}, {"/applications/{id}", "appRoles"},
	} {
		for _, effect := range []graphfake.Effect{graphfake.NullProperty, graphfake.DropProperty} {
			tn := faulttest.NewTenant(t, nil)
			app, err := tn.Client.Register(t.Context(), registration)
			require.NoError(t, err)
			ref := entra.ApplicationRef{DisplayName: "CORPDB1"}
			if strings.HasSuffix(tt.path, "{id}") {
				ref = entra.ApplicationRef{AppID: app.AppID}
			}
			tn.Fake.Inject(graphfake.Fault{Method: "GET", Path: tt.path, Effect: effect, Property: tt.property, Times: -1})
			what := fmt.Sprintf("%s %s %s", effect, tt.path, tt.property)
			found, err := tn.Client.FindApplication(t.Context(), ref)
			require.ErrorIs(t, err, graph.ErrIncomplete, what)
			assert.Nil(t, found, what)
			assert.ErrorContains(t, err, tt.property[strings.LastIndex(tt.property, "/")+1:], what)
			assert.ErrorContains(t, err, "Application.Read.All", what)
			writes := len(tn.Faults.Writes())
			_, err = tn.Client.Register(t.Context(), entra.Registration{Application: ref, Roles: []string{"Another"},
				RequireAssignment: true})
			require.ErrorIs(t, err, graph.ErrIncomplete, what)
			assert.Len(t, tn.Faults.Writes(), writes, what)
		}
	}
}

// A 201 without an object in it made one perhaps: it is looked for, and not written
// to under an empty id.
func TestRegister_AnAnswerWithoutAnObjectIsLookedInto(t *testing.T) {
	t.Parallel()
	for _, collection := range []string{"applications", "servicePrincipals"} {
		for _, lands := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				tn := faulttest.NewTenant(t, nil)
				creates := map[string]string{"applications": upsert, "servicePrincipals": "POST /servicePrincipals"}
				tn.Faults.Inject(creates[collection], faulttest.Fault{Status: 201, Body: `{}`, Lands: lands})
				app, err := tn.Client.Register(t.Context(), registration)
				if lands {
					require.NoError(t, err, collection)
					assert.NotEmpty(t, app.ID)
					assert.NotEmpty(t, app.ServicePrincipalID)
				} else {
					require.ErrorIs(t, err, graph.ErrUnclear, collection)
				}
				assert.Len(t, tn.List("/"+collection+"?$filter=displayName%20eq%20'CORPDB1'"), map[bool]int{true: 1}[lands])
			})
		}
	}
}

// Where the attribute that is matched by does not come, nobody is "not found":
// otherwise a list of all users would be one of users to create. In every strategy
// alike, and where really nobody has it, nobody is found.
func TestTheAttributeThatIsMatchedByDidNotCome(t *testing.T) {
	t.Parallel()
	for _, strategy := range strategies {
		for _, property := range []string{"mail", "userPrincipalName", "employeeId", "id"} {
			for _, effect := range []graphfake.Effect{graphfake.NullProperty, graphfake.DropProperty, ""} {
				fake := graphfake.New(&graphfake.Options{TB: t})
				values := map[string]string{"id": "11111111-2222-4333-8444-555555555551", "employeeId": "E1",
					"mail": "ada@contoso.example", "userPrincipalName": "ada@contoso.example"}
				fake.AddUser(graphfake.User{ID: values["id"], UserPrincipalName: values["userPrincipalName"], Mail: values["mail"],
					More: map[string]any{"employeeId": values["employeeId"]}})
				fake.AddUser(graphfake.User{UserPrincipalName: "bob@contoso.example"})
				queries := []match.Query{match.Equal(property, values[property]), match.Equal("department", "Sales")}
				if effect != "" {
					fake.Inject(graphfake.Fault{Path: "/users", Effect: effect, Property: property, Times: -1})
				}
				answers, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, strategy).FindUsers, queries)
				what := fmt.Sprintf("%s %s %s", strategy, property, effect)
				if err == nil {
					err = answers[0].Err
					assert.Empty(t, answers[1].Users, what)
					require.NoError(t, answers[1].Err, what)
				}
				if effect == "" {
					require.NoError(t, err, what)
					assert.Len(t, answers[0].Users, 1, what)
					continue
				}
				require.ErrorIs(t, err, graph.ErrIncomplete, what)
				assert.ErrorContains(t, err, property, what)
				assert.ErrorContains(t, err, "User.Read.All", what)
			}
		}
	}
}

// Whoever asks for an application is not given another one, which would be written to.
func TestAnotherApplicationIsNoAnswer(t *testing.T) {
	t.Parallel()
	const other = `"appId":"33333333-3333-4333-8333-333333333333","displayName":"SaaS","appRoles":[],"tags":[],` +
		`"appRoleAssignmentRequired":true}`
	for _, path := range []string{"GET /servicePrincipals({key})", "GET /applications({key})", "GET /servicePrincipals/{id}",
		"GET /applications/{id}"} {
		for _, by := range []string{"name", "appId", "id"} {
			tn := faulttest.NewTenant(t, nil)
			app, err := tn.Client.Register(t.Context(), registration)
			require.NoError(t, err)
			ref := map[string]entra.ApplicationRef{"name": {DisplayName: "CORPDB1"}, "appId": {AppID: app.AppID},
				"id": {ObjectID: app.ServicePrincipalID}}[by]
			tn.Faults.Inject(path, faulttest.Answer(`{"id":"22222222-2222-4222-8222-222222222222",`+other))
			sent := len(tn.Faults.Sent(path))
			found, err := tn.Client.FindApplication(t.Context(), ref)
			if len(tn.Faults.Sent(path)) == sent { // not on the way to this application
				require.NoError(t, err)
				assert.Equal(t, app.AppID, found.AppID)
				continue
			}
			require.ErrorIs(t, err, graph.ErrIncomplete, "%s by %s", path, by)
		}
	}
}

// A page that got lost on the way makes nobody a stranger: the users were counted.
func TestAListingOfFewerUsersThanCountedProvesNoAbsence(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t})
	fake.AddUsers(staff(1500))
	short := roundTripper(func(r *http.Request) (*http.Response, error) {
		res, err := fake.Transport().RoundTrip(r)
		if err != nil || r.URL.Path != "/v1.0/users" || r.URL.Query().Has("$filter") {
			return res, err
		}
		body, err := io.ReadAll(res.Body)
		return reply(200, strings.Replace(string(body), `"@odata.nextLink"`, `"lost"`, 1)), err
	})
	var queries []match.Query
	for user := range staff(1500) {
		queries = append(queries, match.Equal("userPrincipalName", user.UserPrincipalName))
	}
	answers, err := match.Ask(t.Context(), lookups(t, nil, graph.ConnectOptions{Transport: short}, "listing").FindUsers, queries)
	require.NoError(t, err)
	for i, answer := range answers {
		require.NoError(t, answer.Err)
		require.Len(t, answer.Users, 1, "%+v", queries[i])
	}
}

// Whose attribute the listing leaves out may have any value.
func TestAListingThatLeavesAValueOutProvesNoAbsence(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t})
	for i := range 20 {
		name := fmt.Sprintf("u%d@contoso.example", i)
		fake.AddUser(graphfake.User{UserPrincipalName: name, Mail: "m" + name})
	}
	leftOut := roundTripper(func(r *http.Request) (*http.Response, error) {
		res, err := fake.Transport().RoundTrip(r)
		if err != nil || r.URL.Path != "/v1.0/users" || r.URL.Query().Has("$filter") {
			return res, err
		}
		body, err := io.ReadAll(res.Body)
		return reply(200, strings.Replace(string(body), `"mail":"mu7@contoso.example",`, "", 1)), err
	})
	queries := []match.Query{match.Equal("mail", "mu6@contoso.example"), match.Equal("mail", "mu7@contoso.example")}
	answers, err := match.Ask(t.Context(), lookups(t, nil, graph.ConnectOptions{Transport: leftOut}, "listing").FindUsers, queries)
	require.NoError(t, err)
	for i, answer := range answers {
		require.NoError(t, answer.Err)
		require.Len(t, answer.Users, 1, "%+v", queries[i])
	}
}
