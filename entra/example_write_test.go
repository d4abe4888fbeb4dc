package entra_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

func ExampleClient_Register() {
	ctx := context.Background()
	tenant := graphfake.New(nil)
	client, err := entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: tenant.Transport()})
	if err != nil {
		fmt.Println(err)
		return
	}
	registration := entra.Registration{Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"General"}, RequireAssignment: true}
	plan, err := client.PlanRegistration(ctx, registration)
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = plan.WriteText(os.Stdout)
	app, err := client.Register(ctx, registration)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(app.DisplayName, app.AppRoles[0].DisplayName, app.AppRoles[0].ID == plan.Roles[0].ID)
	plan, _ = client.PlanRegistration(ctx, registration)
	_ = plan.WriteText(os.Stdout)
	// Output:
	// create application: no application has that name
	// add role General: no role has that name; those there stay as they are
	// add tag: WindowsAzureActiveDirectoryIntegratedApp makes it an enterprise application whose assignments can be reviewed
	// create service principal: users are assigned to the application's service principal in this tenant
	// require assignment: only assigned users may sign in, and only then can the application be reviewed
	// CORPDB1 General true
	// CORPDB1 is registered as it should be: nothing to do
}

func ExampleClient_CreateUsers() {
	tenant := graphfake.New(nil)
	tenant.AddUser(graphfake.User{UserPrincipalName: "bob@contoso.example"})
	client, err := entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: tenant.Transport()})
	if err != nil {
		fmt.Println(err)
		return
	}
	users := []entra.NewUser{
		{DisplayName: "Ada Test", UserPrincipalName: "ada@contoso.example", MailNickname: "ada"},
		{DisplayName: "Bob Test", UserPrincipalName: "bob@contoso.example", MailNickname: "bob"},
	}
	for i, created := range client.CreateUsers(context.Background(), users) {
		fmt.Println(users[i].DisplayName, "existed:", created.Existed, "error:", created.Err)
	}
	// Output:
	// Ada Test existed: false error: <nil>
	// Bob Test existed: true error: <nil>
}

func ExampleClient_WriteAssignments() {
	ctx := context.Background()
	tenant := graphfake.New(nil)
	ada := tenant.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	client, err := entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: tenant.Transport()})
	if err != nil {
		fmt.Println(err)
		return
	}
	app, err := client.Register(ctx, entra.Registration{Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"General"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	changes := []assign.Change{{Action: assign.Add, PrincipalID: ada.ID, AppRoleID: app.AppRoles[0].ID}}
	for range 2 { // the second time it is there already, which is as good
		for i, err := range client.WriteAssignments(ctx, app.ServicePrincipalID, changes) {
			existed := errors.Is(err, assign.ErrExisted)
			fmt.Println(changes[i].Action, existed, err == nil || existed)
		}
	}
	held, err := client.Assignments(ctx, app.ServicePrincipalID)
	fmt.Println(len(held), held[0].PrincipalType, err)
	// Output:
	// add false true
	// add true true
	// 1 User <nil>
}
