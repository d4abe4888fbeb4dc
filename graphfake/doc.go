// Package graphfake is a Microsoft Graph for tests: a stateful directory of
// users, groups, applications, service principals and app role assignments, with
// access reviews and access packages, that answers over HTTP as the service does, and
// that any Graph client can talk to.
//
//	fake := graphfake.New(&graphfake.Options{TB: t})
//	fake.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
//	client := &http.Client{Transport: fake.Transport()}
//	rsp, err := client.Get("https://graph.microsoft.com/v1.0/users?$top=5")
//	// … the code under test …
//	assert.Len(t, fake.Assignments(""), 1)
//	assert.Equal(t, 1, fake.Operations()["GET /users"])
//
// [Server.Transport] needs no socket; the Server itself is an http.Handler;
// [Server.Start] and [Server.StartTLS] listen on loopback for clients in other
// languages. State goes in by Go values ([Server.AddUser] and so on) or JSON
// ([Server.Load]), and comes out by [Server.Users], [Server.Requests],
// [Server.Snapshot] and others, always as copies. There is no global state, and two
// servers with the same [Options.Seed] hand out the same ids.
//
// What the service refuses is refused with its status, code and message. What is not
// modelled, and the published metadata of v1.0 knows, is answered with 501 and fails the
// test that was given as Options.TB; what is unknown there too is denied as the service
// denies it.
//
// # Trouble
//
// All of it is off unless asked for. Items of a batch go through it one by one.
//
//   - [Options.Throttle]: 429 by the published resource units and write quotas;
//     early retries count. [Options.Patience] fails the test when a caller comes
//     back before its Retry-After.
//   - [Options.Replication]: replicas that learn of writes after a time or a
//     number of reads, and the errors that follow.
//   - [Options.Permissions]: tokens whose permissions are checked for each
//     operation, see [Server.AppToken] and [Server.UserToken]. Without
//     Member.Read.Hidden, answers silently leave out who is in groups with hidden
//     membership.
//   - [Options.Shuffle]: lists in another order each time, wherever the request
//     orders nothing.
//   - [Server.Inject]: faults before, instead of or after a write, in order and
//     counted, or by chance and repeatable from [Options.Seed]. Answers that
//     lack something are faults too: [NullProperty], [DropProperty],
//     [HideObjects], [Stale]. A fault that never happens fails the test, and
//     one for a route that there is not is refused.
//
// # Time
//
// Time is time.Now, and there are no goroutines: in a testing/synctest bubble minutes of
// throttling, or the month of a review, take no time. Reviews and packages go on when
// they are due, and everything that reads the directory after that sees it.
// [Server.Decide] acts as a reviewer, [Server.ApproveRequest] as an approver;
// [Server.Reviews], [Server.Reminders], [Server.AccessRequests] and
// [Server.PackageAssignments] read what happened. [Options.Governance] sets what the
// documentation leaves open, such as how long a delivery takes.
//
// # Sign-in
//
// A client that signs in by itself need not be changed: the server also answers
// for login.microsoftonline.com. An application with [Application.Secrets], or with
// a certificate among its keyCredentials, gets a token whose roles are the
// [ServicePrincipal.Permissions] that it holds at that time. With azidentity:
//
//	fake := graphfake.New(&graphfake.Options{Permissions: true})
//	app := fake.AddApplication(graphfake.Application{DisplayName: "Tool", Secrets: []string{"secret"}})
//	fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID, Permissions: []string{"User.Read.All"}})
//
//	credential, err := azidentity.NewClientSecretCredential("contoso.example", app.AppID, "secret",
//		&azidentity.ClientSecretCredentialOptions{ClientOptions: azcore.ClientOptions{Transport: fake.Client()}})
//
// What is refused is refused in Entra's words (AADSTS7000215 and others). Requests to
// sign in are not recorded, and meet neither faults nor throttling. Over
// [Server.StartTLS] the authority is the endpoint's host with the tenant, by its id or
// a domain; instance discovery must be off then, as for every private cloud. Azure CLI
// takes the host with /adfs as the login endpoint of a registered cloud.
//
// # What is modelled
//
// [COVERAGE.md] lists each operation, query option and rule with what it rests on:
// recorded answers, documentation, clients that rely on it, or belief; and at its end what
// is not modelled, where that is silent too: licenses are not enforced, signed-in users
// need no Entra roles, passwords are not kept. examples/conformance sends the
// exchanges behind it to any other Graph.
//
// [COVERAGE.md]: https://github.com/rollcall-go/rollcall/blob/main/graphfake/COVERAGE.md
package graphfake
