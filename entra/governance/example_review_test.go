package governance_test

import (
	"context"
	"fmt"
	"os"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

// reviewTenant has an application that can be reviewed, and a reviewer.
func reviewTenant() (tenant *graphfake.Server, servicePrincipalID, reviewerID string) {
	tenant = graphfake.New(nil)
	app := tenant.AddApplication(graphfake.Application{DisplayName: "CORPDB1", AppRoles: []graphfake.AppRole{{DisplayName: "General", Value: "General"}}})
	principal := tenant.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID, AppRoleAssignmentRequired: true})
	ada := tenant.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	tenant.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: ada.ID, ResourceID: principal.ID, AppRoleID: principal.AppRoles[0].ID})
	olga := tenant.AddUser(graphfake.User{UserPrincipalName: "olga@contoso.example", Mail: "olga@contoso.example"})
	return tenant, principal.ID, olga.ID
}

func ExampleClient_CreateReview() {
	ctx := context.Background()
	tenant, app, olga := reviewTenant()
	client, err := entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: tenant.Transport()})
	if err != nil {
		fmt.Println(err)
		return
	}
	review := governance.Review{DisplayName: "CORPDB1, each quarter", ServicePrincipalID: app, ApplicationName: "CORPDB1", Months: 3, AutoApply: true,
		Stages: []governance.ReviewStage{
			{Reviewers: []governance.QueryScope{governance.ManagerReviewers()}, Fallback: []governance.QueryScope{governance.UserReviewer(olga)}, Days: 7},
			{Reviewers: []governance.QueryScope{governance.UserReviewer(olga)}, Days: 7},
		}}
	for range 2 { // safe to repeat
		made, existed, err := governance.New(client).CreateReview(ctx, review)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(made.DisplayName, len(made.StageSettings), "stages, default decision", made.Settings.DefaultDecision, existed)
	}
	// Output:
	// CORPDB1, each quarter 2 stages, default decision None false
	// CORPDB1, each quarter 2 stages, default decision None true
}

func ExampleClient_Preflight() {
	tenant, _, olga := reviewTenant()
	client, err := entra.Connect(graph.StaticToken(tenant.AppToken("AccessReview.ReadWrite.All", "User.Read.All")), &graph.ConnectOptions{Transport: tenant.Transport()})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := governance.New(client).Preflight(context.Background(), governance.PreflightRequest{Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Steps: []governance.Step{governance.StepReview},
		Stages: []governance.ReviewStage{{Reviewers: []governance.QueryScope{governance.UserReviewer(olga)}, Days: 14}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = report.WriteText(os.Stdout)
	// Output:
	// stop    permissions  create access reviews: the token lacks Application.Read.All; a Privileged Role Administrator or Global Administrator can grant it
	// advice  license      Microsoft Entra ID P2 or Governance: the tenant has no seat of it; access reviews need this license
	// ok      application  CORPDB1: one service principal, assignment required
	// ok      roles        CORPDB1: it has roles that take users
	// ok      assignments  CORPDB1: users to review: 1; no groups
	// ok      reviewers    olga@contoso.example: can review
}
