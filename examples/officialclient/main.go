// The officialclient example holds Microsoft's typed Go client and rollcall side
// by side, on one pipeline and one fake tenant: the client lists and creates
// users with its models, rollcall matches a roster against them through the same
// client's adapter.
//
// It is the only program here that imports the SDK's root package, whose models
// take minutes and gigabytes to compile.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/microsoft/kiota-abstractions-go/authentication"
	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

const accounts = `Login,EMail
ada,ada@contoso.example
grace,Grace@contoso.example
nobody,nobody@contoso.example
`

func main() {
	// With a tenant: msgraphsdk.NewGraphServiceClientWithCredentials, or
	// newClient with the authentication provider that it makes.
	fake := graphfake.New(nil)
	client, err := newClient(&authentication.AnonymousAuthenticationProvider{}, fake.Transport())
	if err != nil {
		log.Fatal(err)
	}
	if err := compare(context.Background(), client, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// compare creates users with the official client and finds them with both.
func compare(ctx context.Context, client *msgraphsdk.GraphServiceClient, out io.Writer) error {
	for _, name := range []string{"ada", "grace"} {
		if _, err := client.Users().Post(ctx, newUser(name), nil); err != nil {
			return err
		}
	}
	names, err := typed(ctx, client)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "the official client lists: %s\n\n", strings.Join(names, ", "))
	report, err := matched(ctx, client)
	if err != nil {
		return err
	}
	return report.WriteText(out)
}

// newUser is a user in the SDK's model.
func newUser(name string) models.Userable {
	user, password := models.NewUser(), models.NewPasswordProfile()
	upn, enabled, secret := name+"@contoso.example", true, "an-Example-4-tests"
	password.SetPassword(&secret)
	user.SetUserPrincipalName(&upn)
	user.SetDisplayName(&name)
	user.SetMailNickname(&name)
	user.SetAccountEnabled(&enabled)
	user.SetPasswordProfile(password)
	return user
}

// typed lists users with the official client's builders and models. A builder
// must not be shared between goroutines; the client itself may be.
func typed(ctx context.Context, client *msgraphsdk.GraphServiceClient) ([]string, error) {
	page, err := client.Users().Get(ctx, &users.UsersRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.UsersRequestBuilderGetQueryParameters{Select: []string{"id", "userPrincipalName"}}})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, user := range page.GetValue() {
		names = append(names, *user.GetUserPrincipalName())
	}
	return names, nil
}

// matched calls the roll through the official client's adapter: authentication,
// endpoint and middleware stay the client's.
func matched(ctx context.Context, client *msgraphsdk.GraphServiceClient) (*match.Report, error) {
	rows, err := roster.NewReader(strings.NewReader(accounts), nil)
	if err != nil {
		return nil, err
	}
	directory := entra.New(graph.New(client.GetAdapter(), nil), nil)
	return match.Run(ctx, directory, rows.Rows(), match.Column("EMail", "userPrincipalName"), nil)
}
