package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

// A team's own requests go through the connection of its client, so that all of
// them together stay within the limits of the tenant. This one finds a group,
// lists its members, and reads the department of each.
func Example() {
	tenant := graphfake.New(nil)
	ada := tenant.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example", Department: "Research"})
	bob := tenant.AddUser(graphfake.User{UserPrincipalName: "bob@contoso.example", Department: "Sales"})
	tenant.AddGroup(graphfake.Group{DisplayName: "Pilots", Members: []string{ada.ID, bob.ID}})

	client, err := entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: tenant.Transport()})
	if err != nil {
		fmt.Println(err)
		return
	}
	departments, err := departmentsOf(context.Background(), client.Conn(), "Pilots")
	fmt.Println(departments, err)
	// Output:
	// [Research Sales] <nil>
}

var readGroup = graph.Operation{
	Name:        "read the pilots",
	Permissions: [][]string{{"GroupMember.Read.All"}, {"User.Read.All"}},
}

func departmentsOf(ctx context.Context, conn *graph.Conn, group string) ([]string, error) {
	var groups struct{ Value []struct{ ID string } }
	query := url.Values{"$filter": {"displayName eq " + match.Literal(group)}, "$select": {"id"}}
	req := graph.Request{Op: readGroup, Path: "/groups?" + graph.EncodeQuery(query)}
	if err := conn.Do(ctx, req, &groups); err != nil {
		return nil, err
	}
	if len(groups.Value) != 1 {
		return nil, fmt.Errorf("there are %d groups %s, want 1", len(groups.Value), group)
	}

	type member struct{ ID string }
	var reqs []graph.Request
	req.Path = "/groups/" + groups.Value[0].ID + "/members?$select=id"
	for m, err := range graph.Pages[member](ctx, conn, req) {
		if err != nil {
			return nil, err // the listing is not complete
		}
		reqs = append(reqs, graph.Request{Op: readGroup, Path: "/users/" + m.ID + "?$select=department"})
	}

	departments := make([]string, len(reqs))
	var failed error
	err := conn.Batch(ctx, graph.Each(reqs), func(i int, body json.RawMessage, err error) bool {
		var user struct{ Department string }
		if err == nil {
			err = json.Unmarshal(body, &user)
		}
		departments[i], failed = user.Department, err
		return failed == nil // stop at the first failure
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(departments) // members come in no particular order
	return departments, failed
}

// What a program can tell apart. A 429 is waited out, unless the options say NoRetry.
func ExampleError() {
	tenant := graphfake.New(nil)
	tenant.Inject(graphfake.Fault{Method: "GET", Path: "/groups", Status: 429, RetryAfter: "7"})
	conn, err := graph.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: tenant.Transport(),
		Options: graph.Options{MaxRetries: graph.NoRetry}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, path := range []string{"/users/nobody@contoso.example", "/groups"} {
		err := conn.Do(context.Background(), graph.Request{Op: readGroup, Path: path}, nil)
		var failed *graph.Error
		switch {
		case errors.Is(err, graph.ErrNotFound):
			fmt.Println("there is no such object")
		case errors.As(err, &failed) && errors.Is(err, graph.ErrThrottled):
			fmt.Println("run again in", failed.RetryAfter)
		}
	}
	// Output:
	// there is no such object
	// run again in 7s
}
