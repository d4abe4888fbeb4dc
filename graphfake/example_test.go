package graphfake_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
)

const users = "https://graph.microsoft.com/v1.0/users"

// A write that lands while its answer is lost: the client must look before it
// tries again, or it reports an error for a user that is there.
func ExampleServer_Inject() {
	fake := graphfake.New(nil)
	fake.Inject(graphfake.Fault{Method: "POST", Path: "/users", Effect: graphfake.AnswerLost})

	client := &http.Client{Transport: fake.Transport()}
	body := `{"accountEnabled": true, "displayName": "Ada", "mailNickname": "ada",
		"userPrincipalName": "ada@contoso.example", "passwordProfile": {"password": "xWwvJ]6NMw+bWH-d"}}`
	rsp, err := client.Post(users, "application/json", strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	rsp.Body.Close()
	fmt.Println(rsp.Status)
	fmt.Println(fake.Users()[0].UserPrincipalName, "is there")
	fmt.Println("faults left:", len(fake.Unfired()))
	// Output:
	// 504 Gateway Timeout
	// ada@contoso.example is there
	// faults left: 0
}

// Limits as small as a test needs them. In a testing/synctest bubble the
// seconds pass in no time.
func ExampleThrottle() {
	fake := graphfake.New(&graphfake.Options{Throttle: &graphfake.Throttle{
		Limits: []graphfake.Limit{
			{Scope: graphfake.PerAppAndTenant, Counts: graphfake.ResourceUnits, Amount: 10, Per: 10 * time.Second},
		},
		WholeSeconds: true,
	}})
	client := &http.Client{Transport: fake.Transport()}
	for range 6 { // a list of users costs 2 units
		rsp, err := client.Get(users)
		if err != nil {
			fmt.Println(err)
			return
		}
		rsp.Body.Close()
		fmt.Printf("%d %q\n", rsp.StatusCode, rsp.Header.Get("Retry-After"))
	}
	// Output:
	// 200 ""
	// 200 ""
	// 200 ""
	// 200 ""
	// 200 ""
	// 429 "4"
}

// A new user is unknown to a replica that has not heard of it yet.
func ExampleReplication() {
	fake := graphfake.New(&graphfake.Options{Replication: &graphfake.Replication{
		Replicas: []graphfake.Lag{{Reads: 2}}, // knows of a write after two requests in vain
	}})
	client := &http.Client{Transport: fake.Transport()}
	body := `{"accountEnabled": true, "displayName": "Ada", "mailNickname": "ada",
		"userPrincipalName": "ada@contoso.example", "passwordProfile": {"password": "xWwvJ]6NMw+bWH-d"}}`
	rsp, err := client.Post(users, "application/json", strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	rsp.Body.Close()
	for range 3 {
		rsp, err := client.Get(users + "/ada@contoso.example")
		if err != nil {
			fmt.Println(err)
			return
		}
		io.Copy(io.Discard, rsp.Body)
		rsp.Body.Close()
		fmt.Println(rsp.StatusCode)
	}
	// Output:
	// 404
	// 404
	// 200
}

// Tokens carry the permissions that the test wants to see suffice, or not.
func ExampleServer_AppToken() {
	fake := graphfake.New(&graphfake.Options{Permissions: true})
	for _, permission := range []string{"User.Read.All", "Application.Read.All"} {
		req, _ := http.NewRequest("GET", users, nil)
		req.Header.Set("Authorization", "Bearer "+fake.AppToken(permission))
		rsp, err := fake.Transport().RoundTrip(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		rsp.Body.Close()
		fmt.Println(permission, rsp.StatusCode)
	}
	// Output:
	// User.Read.All 200
	// Application.Read.All 403
}

// The record shows what a client asked for, with how it was answered.
func ExampleServer_Requests() {
	fake := graphfake.New(nil)
	client := &http.Client{Transport: fake.Transport()}
	for _, target := range []string{"?$top=5&$select=id", "/nobody@contoso.example"} {
		rsp, err := client.Get(users + target)
		if err != nil {
			fmt.Println(err)
			return
		}
		rsp.Body.Close()
	}
	for _, r := range fake.Requests() {
		fmt.Printf("%d %s %q\n", r.Status, r, r.Code)
	}
	// Output:
	// 200 GET /users?$top=5&$select=id ""
	// 404 GET /users/nobody@contoso.example "Request_ResourceNotFound"
}
