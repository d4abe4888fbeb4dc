package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/authentication"
	khttp "github.com/microsoft/kiota-http-go"
	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
	"github.com/microsoftgraph/msgraph-sdk-go/users"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const seed = `{"users":[
	{"userPrincipalName":"ada@contoso.example","displayName":"Ada Byron"},
	{"userPrincipalName":"bo@contoso.example","displayName":"Bo"},
	{"userPrincipalName":"zoe@contoso.example","displayName":"Zoë O'Neil+1"}]}`

// serveFakegraph builds and runs examples/fakegraph, and returns a typed client for it.
func serveFakegraph(t *testing.T) *msgraphsdk.GraphServiceClient {
	t.Helper()
	dir := t.TempDir()
	tenant, program := filepath.Join(dir, "tenant.json"), filepath.Join(dir, "fakegraph")
	require.NoError(t, os.WriteFile(tenant, []byte(seed), 0o600))
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../fakegraph").CombinedOutput()
	require.NoError(t, err, "%s", out)
	ctx, stop := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, program, "-seed", tenant)
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { stop(); _ = command.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	client, err := newClient(&authentication.AnonymousAuthenticationProvider{}, khttp.GetDefaultTransport())
	require.NoError(t, err)
	client.GetAdapter().SetBaseUrl(strings.Fields(line)[1])
	return msgraphsdk.NewGraphServiceClient(client.GetAdapter()) // a client takes over the base URL when it is made
}

// TestTheTypedClientGoesThroughACommonFlow holds the fake against Microsoft's Go
// client, over a socket. examples/fakegraph/jsclient is the same in JavaScript.
func TestTheTypedClientGoesThroughACommonFlow(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	client := serveFakegraph(t)

	t.Run("pages are followed by nextLink", func(t *testing.T) {
		first, err := client.Users().Get(ctx, &users.UsersRequestBuilderGetRequestConfiguration{
			QueryParameters: &users.UsersRequestBuilderGetQueryParameters{Top: ptr[int32](1), Select: []string{"id", "userPrincipalName"}}})
		require.NoError(t, err)
		pages, err := core.NewPageIterator[models.Userable](first, client.GetAdapter(), models.CreateUserCollectionResponseFromDiscriminatorValue)
		require.NoError(t, err)
		var names []string
		require.NoError(t, pages.Iterate(ctx, func(u models.Userable) bool { names = append(names, *u.GetUserPrincipalName()); return true }))
		assert.Equal(t, []string{"ada@contoso.example", "bo@contoso.example", "zoe@contoso.example"}, names)
	})
	t.Run("a filter with a quote, a plus and letters beyond ASCII finds its user", func(t *testing.T) {
		found, err := client.Users().Get(ctx, &users.UsersRequestBuilderGetRequestConfiguration{
			QueryParameters: &users.UsersRequestBuilderGetQueryParameters{Filter: ptr("displayName eq 'Zoë O''Neil+1'")}})
		require.NoError(t, err)
		require.Len(t, found.GetValue(), 1)
		assert.Nil(t, found.GetValue()[0].GetAccountEnabled(), "not a default property")
	})
	t.Run("an advanced query needs its header", func(t *testing.T) {
		query := &users.UsersRequestBuilderGetQueryParameters{Filter: ptr("endsWith(userPrincipalName,'@contoso.example')"), Count: ptr(true)}
		_, err := client.Users().Get(ctx, &users.UsersRequestBuilderGetRequestConfiguration{QueryParameters: query})
		assert.Equal(t, "Request_UnsupportedQuery", code(t, err))
		headers := abstractions.NewRequestHeaders()
		headers.Add("ConsistencyLevel", "eventual")
		found, err := client.Users().Get(ctx, &users.UsersRequestBuilderGetRequestConfiguration{QueryParameters: query, Headers: headers})
		require.NoError(t, err)
		assert.EqualValues(t, 3, *found.GetOdataCount())
	})
	t.Run("a user is created once and deleted", func(t *testing.T) {
		user, err := client.Users().Post(ctx, newUser("cy"), nil)
		require.NoError(t, err)
		_, err = client.Users().Post(ctx, newUser("cy"), nil)
		assert.Equal(t, "Request_BadRequest", code(t, err), "a taken user principal name")
		require.NoError(t, client.Users().ByUserId(*user.GetId()).Delete(ctx, nil))
		_, err = client.Users().ByUserId(*user.GetId()).Get(ctx, nil)
		assert.Equal(t, "Request_ResourceNotFound", code(t, err))
	})
	t.Run("an application is registered and a role given, listed and taken back", func(t *testing.T) {
		app := models.NewApplication()
		app.SetDisplayName(ptr("CORPDB1"))
		role := uuid.New()
		app.SetAppRoles([]models.AppRoleable{newRole(role)})
		created, err := client.Applications().Post(ctx, app, nil)
		require.NoError(t, err)
		principal := models.NewServicePrincipal()
		principal.SetAppId(created.GetAppId())
		resource, err := client.ServicePrincipals().Post(ctx, principal, nil)
		require.NoError(t, err)
		require.Len(t, resource.GetAppRoles(), 1)
		ada, err := client.Users().ByUserId("ada@contoso.example").Get(ctx, nil)
		require.NoError(t, err)

		assigned := client.ServicePrincipals().ByServicePrincipalId(*resource.GetId()).AppRoleAssignedTo()
		assignment, err := assigned.Post(ctx, newAssignment(t, *ada.GetId(), *resource.GetId(), role), nil)
		require.NoError(t, err)
		_, err = client.ServicePrincipals().ByServicePrincipalId(*resource.GetId()).AppRoleAssignedTo().Post(
			ctx, newAssignment(t, *ada.GetId(), *resource.GetId(), role), nil)
		assert.Equal(t, "Request_BadRequest", code(t, err), "the same assignment again")
		require.NoError(t, client.ServicePrincipals().ByServicePrincipalId(*resource.GetId()).AppRoleAssignedTo().
			ByAppRoleAssignmentId(*assignment.GetId()).Delete(ctx, nil))
		left, err := client.ServicePrincipals().ByServicePrincipalId(*resource.GetId()).AppRoleAssignedTo().Get(ctx, nil)
		require.NoError(t, err)
		assert.Empty(t, left.GetValue())
	})
	t.Run("a batch answers each of its requests", func(t *testing.T) {
		batch := core.NewBatchRequest(client.GetAdapter())
		request, err := client.Users().ByUserId("ada@contoso.example").ToGetRequestInformation(ctx, nil)
		require.NoError(t, err)
		item, err := batch.AddBatchRequestStep(*request)
		require.NoError(t, err)
		answers, err := batch.Send(ctx, client.GetAdapter())
		require.NoError(t, err)
		user, err := core.GetBatchResponseById[models.Userable](answers, *item.GetId(), models.CreateUserFromDiscriminatorValue)
		require.NoError(t, err)
		assert.Equal(t, "Ada Byron", *user.GetDisplayName())
	})
}

func newRole(id uuid.UUID) models.AppRoleable {
	role := models.NewAppRole()
	role.SetId(&id)
	role.SetDisplayName(ptr("General"))
	role.SetDescription(ptr("General role"))
	role.SetValue(ptr("General"))
	role.SetAllowedMemberTypes([]string{"User"})
	role.SetIsEnabled(ptr(true))
	return role
}

func newAssignment(t *testing.T, principal, resource string, role uuid.UUID) models.AppRoleAssignmentable {
	assignment := models.NewAppRoleAssignment()
	for id, set := range map[string]func(*uuid.UUID){principal: assignment.SetPrincipalId, resource: assignment.SetResourceId} {
		parsed, err := uuid.Parse(id)
		require.NoError(t, err)
		set(&parsed)
	}
	assignment.SetAppRoleId(&role)
	return assignment
}

// code returns the Graph code of a typed error.
func code(t *testing.T, err error) string {
	t.Helper()
	var odata *odataerrors.ODataError
	require.ErrorAs(t, err, &odata)
	return *odata.GetErrorEscaped().GetCode()
}

func ptr[T any](value T) *T { return &value }
