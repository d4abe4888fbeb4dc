package main

import (
	"context"
	"fmt"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

// A tenant is a fake Microsoft Graph in which ada, bob and cy use CORPDB1 and
// olga reviews them, and a client of it.
type tenant struct {
	fake   *graphfake.Server
	client *entra.Client
}

func newTenant() (tenant, error) {
	// The review's passing statuses take no time here; in the service they take minutes.
	fake := graphfake.New(&graphfake.Options{Governance: &graphfake.Governance{Phase: -1}})
	app := fake.AddApplication(graphfake.Application{DisplayName: "CORPDB1",
		AppRoles: []graphfake.AppRole{{DisplayName: "General", Value: "General"}}})
	fake.AddUser(graphfake.User{UserPrincipalName: "olga@contoso.example", DisplayName: "Olga",
		Mail: "olga@contoso.example"})
	principal := fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID, AppRoleAssignmentRequired: true})
	for _, name := range []string{"ada", "bob", "cy"} {
		user := fake.AddUser(graphfake.User{UserPrincipalName: name + "@contoso.example"})
		fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: user.ID, ResourceID: principal.ID,
			AppRoleID: principal.AppRoles[0].ID})
	}
	client, err := entra.Connect(graph.StaticToken("demo"), &graph.ConnectOptions{
		Transport: fake.Transport(), Options: graph.Options{Unpaced: true}})
	return tenant{fake, client}, err
}

// decide is what Olga does in the days of the review, which is ended early.
func (t tenant) decide(ctx context.Context, reviewID string) error {
	for name, decision := range map[string]string{"ada": "Approve", "bob": "Deny"} { // and not a word about cy
		err := t.fake.Decide(graphfake.Decision{Review: reviewID, Principal: name + "@contoso.example", Decision: decision,
			Justification: "asked their team"})
		if err != nil {
			return fmt.Errorf("olga could not decide: %w", err)
		}
	}
	reviews := governance.New(t.client)
	rounds, err := reviews.ReviewInstances(ctx, reviewID)
	if err != nil {
		return err
	}
	return reviews.StopReview(ctx, reviewID, rounds[0].ID)
}
