package entra_test

import (
	"errors"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

var permissionName = regexp.MustCompile(`\b[A-Z]\w+\.Read(?:Write)?\.All\b`)

// An operator who starts with no permission and grants what each error asks
// for must get through the whole flow, and with no more than the documented
// permissions.
func TestErrorsAskForThePermissionsThatAreEnough(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
	var granted []string
	for range 10 {
		client, err := entra.Connect(graph.StaticToken(fake.AppToken(granted...)), &graph.ConnectOptions{Transport: fake.Transport()})
		require.NoError(t, err)
		err = flow(t.Context(), client)
		if err == nil {
			break
		}
		require.ErrorIs(t, err, graph.ErrForbidden, "after granting %v", granted)
		asked := permissionName.FindAllString(err.Error(), -1)
		require.NotSubset(t, granted, asked, "%v were granted, and the error asks for nothing new", granted)
		granted = append(granted, asked...)
	}
	assert.Len(t, principals(fake), 1)
	assert.Len(t, fake.Users(), 3)
	unique := map[string]bool{}
	for _, permission := range granted {
		unique[permission] = true
	}
	assert.Equal(t, map[string]bool{"Application.Read.All": true, "Application.ReadWrite.All": true,
		"User.ReadWrite.All": true, "AppRoleAssignment.ReadWrite.All": true}, unique)
}

func TestOnlyRefusalsForLackOfPermissionsAskForThem(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err    *graph.Error
		advice string
		reason string
	}{
		{&graph.Error{Op: entra.OpCreateUser, Status: 403, Code: "Authorization_RequestDenied"}, "User.ReadWrite.All", "the usual refusal"},
		{&graph.Error{Op: entra.OpCreateUser, Status: 403}, "User.ReadWrite.All", "a refusal without a code, as proxies send"},
		{&graph.Error{Op: entra.OpCreateUser, Status: 403, Code: "Directory_QuotaExceeded"}, "", "a permission would not help against a quota"},
		{&graph.Error{Op: entra.OpCreateServicePrincipal, Status: 403, Code: "Authorization_RequestDenied",
			Message: "When using this permission, the backing application of the service principal being created must in the local tenant"}, "",
			"the application is not visible yet"},
		{&graph.Error{Op: graph.Operation{Name: "something else"}, Status: 403}, "", "nothing is known of it"},
		{&graph.Error{Op: entra.OpCreateUser, Status: 401}, "sign in again", "an expired token"},
		{&graph.Error{Op: entra.OpCreateUser, Status: 400}, "", "not a refusal"},
	} {
		text := test.err.Error()
		if test.advice == "" {
			assert.NotRegexp(t, `needs|sign in`, text, test.reason)
			continue
		}
		assert.Contains(t, text, test.advice, test.reason)
	}
	assert.ErrorIs(t, errors.Join(&graph.Error{Status: 403}), graph.ErrForbidden)
}

// A pipeline that registers its own applications needs no permission over everybody's.
func TestRegisterNeedsNoMoreThanItsOwnApplications(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
	pipeline := fake.AddApplication(graphfake.Application{DisplayName: "Pipeline"}).AppID
	fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: pipeline})
	token := fake.Token(graphfake.Grant{App: pipeline, Roles: entra.OpCreateApplication.Least()})
	client, err := entra.Connect(graph.StaticToken(token), &graph.ConnectOptions{Transport: fake.Transport()})
	require.NoError(t, err)
	_, err = client.Register(t.Context(), registration)
	require.NoError(t, err)

	fake.AddApplication(graphfake.Application{DisplayName: "Somebody else's"})
	foreign := entra.Registration{Application: entra.ApplicationRef{DisplayName: "Somebody else's"}, Roles: []string{"General"}}
	_, err = client.Register(t.Context(), foreign)
	require.ErrorIs(t, err, graph.ErrForbidden)
	assert.ErrorContains(t, err, "good for what the calling application owns")
}
