// Command approved carries out a plan that ../embed wrote and somebody has read, and
// looks until the tenant shows it. It can be started again at any point.
package main

import (
	"context"
	"log"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
)

func main() {
	ctx := context.Background()
	client := must(entra.Connect(must(azidentity.NewDefaultAzureCredential(nil)), nil))
	file := must(os.Open("CORPDB1.plan.json"))
	plan := must(assign.DecodePlan(file)) // one that was edited beyond its limits is refused
	check(file.Close())

	check(plan.Check(must(client.Assignments(ctx, plan.ResourceID)))) // so is one that the tenant has moved away from
	report, err := assign.Apply(ctx, client, plan, nil)
	check(report.WriteText(os.Stdout)) // also of what was done before an error
	check(err)
	check(must(assign.Verify(ctx, client, plan, nil)).WriteText(os.Stdout))
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
