// Command embed is README's program: it plans whom to assign, shows the plan,
// writes it to a file for somebody to approve, and stops. Nothing is changed in the
// tenant. ../approved carries the file out; the tool with flags is ../govern.
package main

import (
	"context"
	"errors"
	"log"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

func main() {
	ctx := context.Background()
	client := must(entra.Connect(must(azidentity.NewDefaultAzureCredential(nil)), nil))
	accounts := must(roster.OpenFile("users.csv", nil))
	report := must(match.Run(ctx, client, accounts.Rows(), match.Column("EMail", "userPrincipalName"), nil))
	check(report.WriteText(os.Stdout)) // how many were found, and why the others were not

	app := must(client.FindApplication(ctx, entra.ApplicationRef{DisplayName: "CORPDB1"}))
	role := must(assign.OneRole(app.AppRoles, "General"))
	wants, without := assign.Wants(report.Found(nil), role) // without: rows that name no role
	current := must(client.Assignments(ctx, app.ServicePrincipalID))
	plan := must(assign.NewPlan(app.App(), wants, current, nil))
	check(plan.WriteText(os.Stdout)) // what would change, and why

	file := must(os.Create("CORPDB1.plan.json"))
	check(errors.Join(plan.Encode(file), file.Close(), accounts.Close()))
	log.Printf("%d rows name no role; nothing is changed until the plan is carried out", len(without))
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
