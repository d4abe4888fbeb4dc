package governance_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

// reviewTenant has an application that ada uses, and olga to review it. Statuses
// that pass by themselves take no time in it.
func reviewTenant() (tenant *graphfake.Server, servicePrincipalID, reviewerID string) {
	tenant = graphfake.New(&graphfake.Options{Governance: &graphfake.Governance{Phase: -1}})
	app := tenant.AddApplication(graphfake.Application{DisplayName: "CORPDB1",
		AppRoles: []graphfake.AppRole{{DisplayName: "General", Value: "General"}}})
	principal := tenant.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID, AppRoleAssignmentRequired: true})
	ada := tenant.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example", DisplayName: "Ada"})
	tenant.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: ada.ID, ResourceID: principal.ID,
		AppRoleID: principal.AppRoles[0].ID})
	olga := tenant.AddUser(graphfake.User{UserPrincipalName: "olga@contoso.example", DisplayName: "Olga",
		Mail: "olga@contoso.example"})
	return tenant, principal.ID, olga.ID
}

// connect makes a client of the tenant whose token has the permissions.
func connect(tenant *graphfake.Server, permissions ...string) *governance.Client {
	client, err := entra.Connect(graph.StaticToken(tenant.AppToken(permissions...)),
		&graph.ConnectOptions{Transport: tenant.Transport()})
	if err != nil {
		log.Fatal(err)
	}
	return governance.New(client)
}

// deny is what olga does in the days of a review, which is ended early.
func deny(ctx context.Context, tenant *graphfake.Server, reviews *governance.Client, reviewID, address string) error {
	err := tenant.Decide(graphfake.Decision{Review: reviewID, Principal: address, Decision: "Deny", Justification: "left"})
	if err != nil {
		return err
	}
	rounds, err := reviews.ReviewInstances(ctx, reviewID)
	if err != nil {
		return err
	}
	return reviews.StopReview(ctx, reviewID, rounds[0].ID)
}

// A review from its preparation to what was decided.
func Example() {
	ctx := context.Background()
	tenant, app, olga := reviewTenant()
	reviews := connect(tenant, "AccessReview.ReadWrite.All", "Application.Read.All", "AppRoleAssignment.ReadWrite.All",
		"User.Read.All", "GroupMember.Read.All", "LicenseAssignment.Read.All")

	stages := []governance.ReviewStage{{Reviewers: []governance.QueryScope{governance.UserReviewer(olga)}, Days: 14}}
	report, err := reviews.Preflight(ctx, governance.PreflightRequest{
		Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Stages: stages})
	if err != nil {
		log.Fatal(err)
	}
	if report.Stops() {
		_ = report.WriteText(os.Stdout)
		return
	}
	review, _, err := reviews.CreateReview(ctx, governance.Review{DisplayName: "CORPDB1, fourth quarter",
		ServicePrincipalID: app, ApplicationName: "CORPDB1", Stages: stages, AutoApply: true})
	if err != nil {
		log.Fatal(err)
	}
	if err := deny(ctx, tenant, reviews, review.ID, "ada@contoso.example"); err != nil {
		log.Fatal(err)
	}
	round, err := reviews.WaitReview(ctx, review, nil)
	if err != nil {
		log.Fatal(err)
	}
	for decision, err := range reviews.ReviewDecisions(ctx, review.ID, round.ID) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(decision.Decision, decision.Principal.Name(), "by", decision.ReviewedBy.Name())
	}
	// What is left to do is in package assign/fulfill.
	access, err := reviews.Access(ctx, app)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(round.Status, len(access.Assignments), "assignments")
	// Output:
	// Deny Ada by Olga
	// Applied 0 assignments
}

// A job that looks each night, and doesn't wait for weeks.
func ExampleClient_WaitReview() {
	ctx := context.Background()
	tenant, app, olga := reviewTenant()
	reviews := connect(tenant, "AccessReview.ReadWrite.All", "Application.Read.All", "AppRoleAssignment.ReadWrite.All")
	review, _, err := reviews.CreateReview(ctx, governance.Review{DisplayName: "CORPDB1, fourth quarter",
		ServicePrincipalID: app, ApplicationName: "CORPDB1", AutoApply: true,
		Stages: []governance.ReviewStage{{Reviewers: []governance.QueryScope{governance.UserReviewer(olga)}, Days: 14}}})
	if err != nil {
		log.Fatal(err)
	}
	once := &governance.WaitReviewOptions{Wait: time.Second} // shorter than Interval: one look
	for _, night := range []string{"first", "second"} {
		round, err := reviews.WaitReview(ctx, review, once)
		switch {
		case errors.Is(err, governance.ErrReviewRunning):
			fmt.Println(night, "night:", round.Status)
			err = deny(ctx, tenant, reviews, review.ID, "ada@contoso.example") // and ends the review
			if err != nil {
				log.Fatal(err)
			}
		case err != nil:
			log.Fatal(err)
		default:
			fmt.Println(night, "night:", round.Status)
		}
	}
	// Output:
	// first night: InProgress
	// second night: Applied
}

func ExampleClient_CreateReview() {
	tenant, app, olga := reviewTenant()
	reviews := connect(tenant, "AccessReview.ReadWrite.All", "Application.Read.All")
	owner := []governance.QueryScope{governance.UserReviewer(olga)}
	review := governance.Review{DisplayName: "CORPDB1, each quarter", ServicePrincipalID: app, ApplicationName: "CORPDB1",
		Months: 3, AutoApply: true, Stages: []governance.ReviewStage{
			{Reviewers: []governance.QueryScope{governance.ManagerReviewers()}, Fallback: owner, Days: 7},
			{Reviewers: owner, Days: 7},
		}}
	for range 2 { // safe to repeat
		created, existed, err := reviews.CreateReview(context.Background(), review)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(created.DisplayName, len(created.StageSettings), "stages, default decision",
			created.Settings.DefaultDecision, existed)
	}
	// Output:
	// CORPDB1, each quarter 2 stages, default decision None false
	// CORPDB1, each quarter 2 stages, default decision None true
}

func ExampleClient_Preflight() {
	tenant, _, olga := reviewTenant()
	reviews := connect(tenant, "AccessReview.ReadWrite.All", "User.Read.All")
	report, err := reviews.Preflight(context.Background(), governance.PreflightRequest{
		Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Steps: []governance.Step{governance.StepReview},
		Stages: []governance.ReviewStage{{Reviewers: []governance.QueryScope{governance.UserReviewer(olga)}, Days: 14}}})
	if err != nil {
		log.Fatal(err)
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
