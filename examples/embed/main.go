// Command embed is README's program: the whole procedure against a real tenant,
// in the fewest lines. The tool with flags, dry runs and questions is ../govern.
package main

import (
	"context"
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
	defer accounts.Close()

	report := must(match.Run(ctx, client, accounts.Rows(), match.Column("EMail", "userPrincipalName"), nil))
	report.WriteText(os.Stdout) // how many were found, and why the others were not

	app := must(client.Register(ctx, entra.Registration{Application: entra.ApplicationRef{DisplayName: "CORPDB1"},
		Roles: []string{"General"}, RequireAssignment: true}))
	role := must(assign.OneRole(app.AppRoles, "General"))
	wants, _ := assign.Wants(report.Found(nil), role)

	current := must(client.Assignments(ctx, app.ServicePrincipalID))
	plan := must(assign.NewPlan(app.App(), wants, current, nil))
	plan.WriteText(os.Stdout) // a value: print it, store it, have it approved

	must(assign.Apply(ctx, client, plan, nil))
	must(assign.Verify(ctx, client, plan, nil))
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
