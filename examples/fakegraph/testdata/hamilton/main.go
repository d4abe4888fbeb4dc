// The hamilton program takes hamilton, which Terraform's azuread provider grew up with, and
// HashiCorp's sign-in beneath it through a common flow. Neither was written with
// graphfake. It is a module of its own, so that nobody else needs them:
//
//	SSL_CERT_FILE=fakegraph-cert.pem go run . https://127.0.0.1:8443 CLIENT_ID CLIENT_SECRET
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/hashicorp/go-azure-sdk/sdk/auth"
	"github.com/hashicorp/go-azure-sdk/sdk/environments"
	"github.com/hashicorp/go-azure-sdk/sdk/odata"
	"github.com/manicminer/hamilton/msgraph"
)

func main() {
	log.SetFlags(0)
	ctx := context.Background()
	f := &flow{host: os.Args[1]}
	f.signIn(ctx, os.Args[2], os.Args[3])
	user := f.user(ctx)
	f.group(ctx, user)
	f.roles(ctx, user)
}

type flow struct {
	host       string
	authorizer auth.Authorizer
}

// signIn gets a token as the azuread provider does for a cloud of its own.
func (f *flow) signIn(ctx context.Context, id, secret string) {
	env := environments.AzurePublic()
	env.Authorization.LoginEndpoint = f.host
	env.MicrosoftGraph = environments.MicrosoftGraphAPI(f.host)
	credentials := func(secret string) auth.Credentials {
		return auth.Credentials{Environment: *env, TenantID: "contoso.example", ClientID: id, ClientSecret: secret,
			EnableAuthenticatingUsingClientSecret: true}
	}
	var err error
	f.authorizer, err = auth.NewAuthorizerFromCredentials(ctx, credentials(secret), env.MicrosoftGraph)
	must(err)
	_, err = f.authorizer.Token(ctx, &http.Request{})
	must(err)
	wrong, err := auth.NewAuthorizerFromCredentials(ctx, credentials("wrong"), env.MicrosoftGraph)
	if err == nil {
		_, err = wrong.Token(ctx, &http.Request{})
	}
	check(err != nil, "a wrong secret is refused")
	fmt.Println("ok  signs in")
}

// on points a client at the fake.
func (f *flow) on(c *msgraph.Client) {
	c.Endpoint, c.ApiVersion, c.Authorizer, c.DisableRetries = f.host, msgraph.Version10, f.authorizer, true
}

func (f *flow) user(ctx context.Context) msgraph.User {
	client := msgraph.NewUsersClient()
	f.on(&client.BaseClient)
	user, _, err := client.Create(ctx, msgraph.User{AccountEnabled: to(true), DisplayName: to("Dee"), MailNickname: to("dee"),
		UserPrincipalName: to("dee@contoso.example"),
		PasswordProfile:   &msgraph.UserPasswordProfile{Password: to("xWwvJ]6NMw+bWH-d")}})
	must(err)
	_, err = client.Delete(ctx, *user.ID())
	must(err)
	_, status, err := client.Get(ctx, *user.ID(), odata.Query{})
	check(err != nil && status == http.StatusNotFound, "a deleted user is gone")
	_, _, err = client.RestoreDeleted(ctx, *user.ID())
	must(err)
	found, _, err := client.List(ctx, odata.Query{Filter: "userPrincipalName eq 'dee@contoso.example'"})
	must(err)
	check(len(*found) == 1 && *(*found)[0].ID() == *user.ID(), "a restored user is found by its name")
	fmt.Println("ok  creates, deletes and restores a user")
	return *user
}

func (f *flow) group(ctx context.Context, user msgraph.User) {
	client := msgraph.NewGroupsClient()
	f.on(&client.BaseClient)
	member := user.DirectoryObject
	member.ODataId = (*odata.Id)(to(f.host + "/v1.0/directoryObjects/" + *user.ID()))
	group, _, err := client.Create(ctx, msgraph.Group{DisplayName: to("Sales"), MailEnabled: to(false),
		MailNickname: to("sales"), SecurityEnabled: to(true), Members: &msgraph.Members{member}})
	must(err)
	members, _, err := client.ListMembers(ctx, *group.ID())
	must(err)
	check(len(*members) == 1 && (*members)[0] == *user.ID(), "the group has its member")
	_, err = client.RemoveMembers(ctx, *group.ID(), members)
	must(err)
	_, err = client.Delete(ctx, *group.ID())
	must(err)
	fmt.Println("ok  makes a group with a member and removes the member")
}

const role = "33333333-3333-4333-8333-333333333336"

func (f *flow) roles(ctx context.Context, user msgraph.User) {
	applications, principals := msgraph.NewApplicationsClient(), msgraph.NewServicePrincipalsClient()
	assigned := msgraph.NewAppRoleAssignedToClient()
	for _, c := range []*msgraph.Client{&applications.BaseClient, &principals.BaseClient, &assigned.BaseClient} {
		f.on(c)
	}
	application, _, err := applications.Create(ctx, msgraph.Application{DisplayName: to("CORPDB1"),
		AppRoles: &[]msgraph.AppRole{{ID: to(role), DisplayName: to("General"), Description: to("General"),
			Value: to("General"), IsEnabled: to(true), AllowedMemberTypes: &[]msgraph.AppRoleAllowedMemberType{"User"}}}})
	must(err)
	principal, _, err := principals.Create(ctx, msgraph.ServicePrincipal{AppId: application.AppId})
	must(err)
	grant, _, err := assigned.Assign(ctx, msgraph.AppRoleAssignment{AppRoleId: to(role), PrincipalId: user.ID(),
		ResourceId: principal.ID()})
	must(err)
	list, _, err := assigned.List(ctx, *principal.ID(), odata.Query{})
	must(err)
	check(len(*list) == 1 && *(*list)[0].PrincipalId == *user.ID(), "the role is given")
	_, err = assigned.Remove(ctx, *principal.ID(), *grant.Id)
	must(err)
	fmt.Println("ok  registers an application, gives a role and takes it back")
}

func to[T any](v T) *T { return &v }

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func check(ok bool, what string) {
	if !ok {
		log.Fatal("not so: ", what)
	}
}
