// The custommatcher example finds users by a rule of one's own. The rule is in
// rule.go; main_test.go shows how to test one without a tenant.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

const gate = `Badge,Name,EMail
000417,Ada Byron,
,Grace Hopper,grace@contoso.example
000999,Alan Turing,alan@contoso.example
0,Visitor,
`

func main() {
	// With a tenant: entra.Connect(credential, nil).
	fake := graphfake.New(nil)
	fake.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example", EmployeeID: "417"})
	fake.AddUser(graphfake.User{UserPrincipalName: "g.hopper@contoso.example", Mail: "grace@contoso.example"})
	directory, err := entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: fake.Transport()})
	if err != nil {
		log.Fatal(err)
	}
	if err := report(context.Background(), directory, strings.NewReader(gate), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// report matches the accounts of the gate system by badge and prints what became
// of each.
func report(ctx context.Context, directory match.Directory, accounts io.Reader, out io.Writer) error {
	rows, err := roster.NewReader(accounts, &roster.Options{Name: "gate.csv"})
	if err != nil {
		return err
	}
	found, err := match.Run(ctx, directory, rows.Rows(), byBadge, nil)
	if err != nil {
		return err
	}
	for _, outcome := range found.Outcomes {
		fmt.Fprintf(out, "line %d  %-9s  %s\n", outcome.Line(), outcome.Kind, outcome.Reason())
	}
	fmt.Fprintln(out)
	return found.WriteText(out)
}
