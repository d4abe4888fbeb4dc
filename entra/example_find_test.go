package entra_test

import (
	"context"
	"fmt"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

func ExampleClient_FindUsers() {
	tenant := graphfake.New(nil)
	tenant.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example", DisplayName: "Ada Test", EmployeeID: "E7"})
	client, err := entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: tenant.Transport()})
	if err != nil {
		fmt.Println(err)
		return
	}
	queries := []match.Query{
		match.Equal("employeeId", "e7"),
		match.Equal("userPrincipalName", "nobody@contoso.example"),
		match.Where("startsWith(displayName, ?)", "ada"),
	}
	answers, err := match.Ask(context.Background(), client.FindUsers, queries)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, answer := range answers {
		fmt.Println(queries[i].Value, len(answer.Users), answer.Err)
	}
	// Output:
	// e7 1 <nil>
	// nobody@contoso.example 0 <nil>
	// ada 1 <nil>
}

func ExampleClient_PlanLookup() {
	tenant := graphfake.New(nil)
	client, err := entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: tenant.Transport()})
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := client.PlanLookup(context.Background(), []match.Query{match.Equal("mail", "ada@contoso.example")})
	fmt.Println(plan, err)
	// Output:
	// batches: 1 questions, 1 requests, 1 resource units, about 150ms (one round trip, which nothing beats) <nil>
}
