// Package graphfake is a Microsoft Graph for tests: a stateful directory of
// users, groups, applications, service principals and app role assignments
// that answers over HTTP as the service does, and that any Graph client can
// talk to.
//
//	graph := graphfake.New(&graphfake.Options{TB: t})
//	graph.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
//	client := &http.Client{Transport: graph.Transport()}
//	rsp, err := client.Get("https://graph.microsoft.com/v1.0/users?$top=5")
//
// [Server.Transport] needs no socket and works in a testing/synctest bubble,
// where minutes of throttling pass in no time; the Server itself is an
// http.Handler; [Server.Start] and [Server.StartTLS] listen on loopback for
// clients in other languages. A server has no global state, and two servers with
// the same [Options.Seed] hand out the same ids.
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
// # Strictness
//
// What the directory refuses is refused here, with its status, code and
// message: properties that cannot be filtered by, advanced queries without the
// header, more than 15 expressions, values that are in use, enabled roles that
// are left out. What is not modelled is answered with 501 and fails the test
// that was given as Options.TB. That goes for every set, link, function,
// action, type and property that the published metadata of v1.0 knows, in
// paths, query options and bodies; what is unknown there too is denied as the
// service denies it. Where Microsoft documents nothing, the fake does what was
// seen on the wire; what is only believed is marked so in the source.
//
// # State
//
// Tests seed with Go values ([Server.AddUser], [Server.AddApplication] and so
// on) or JSON ([Server.Load]), and read back with [Server.Users],
// [Server.Assignments], [Server.Dump]. Values are copied in and out.
// [Server.Requests] has every request that was made, with its answer and
// without secrets; [Server.Snapshot] and [Server.SnapshotByName] are the whole
// state as a value to compare.
//
// # Trouble
//
// All of it is off unless asked for:
//
//   - [Options.Throttle]: 429 by the published resource units and write quotas,
//     for each item of a batch; early retries count. [Options.Patience] fails
//     the test when a caller comes back before its Retry-After.
//   - [Options.Replication]: replicas that learn of writes after a time or a
//     number of reads, reads and writes that meet different ones, and the
//     errors that follow.
//   - [Server.Inject]: faults before, instead of or after a write, in order and
//     counted, or by chance and repeatable from [Options.Seed]. Answers that
//     lack something are faults too: [NullProperty], [DropProperty],
//     [HideObjects], [Stale]. A fault that never happens fails the test, and
//     one for a route that there is not is refused.
//   - [Options.Shuffle]: lists in another order each time, wherever the request
//     orders nothing.
//   - [Options.Permissions]: tokens whose permissions are checked for each
//     operation, see [Server.AppToken] and [Server.UserToken].
//     Without Member.Read.Hidden, answers silently leave out who is in groups
//     with hidden membership.
//
// [Throttle] treats the governance services as an area of their own, see
// [GovernanceLimit].
//
// Items of a batch go through all of it one by one. examples/conformance has
// what the answers rest on, as plain HTTP exchanges with their sources, which
// can also be sent to a real tenant.
//
// # Governance
//
// Access reviews follow time.Now: instances start, complete and are applied
// when they are due. Everything that reads the directory after that sees the
// result, even if nobody asked for the review. There are no goroutines; in a testing/synctest bubble a review
// of a month takes no time. [Server.Decide] acts as a reviewer,
// [Server.ApproveRequest] as an approver; [Server.Reviews], [Server.Reminders],
// [Server.AccessRequests] and [Server.PackageAssignments] read what happened.
// [Options.Governance] sets what the documentation leaves open.
//
// # Not modelled
//
// The beta endpoint; other resources, also as members: devices, contacts,
// administrative units, directory roles; photos, which nobody has; actions such as
// assignLicense or addKey; options of single properties; $filter, $orderby and
// $search over objects of several types, as in members without a type;
// options of $expand other than $select; uniqueName of an application in POST
// and in $filter, on which the pages disagree; delta of anything but users and groups; open and
// schema extensions, the registration of directory extension properties (which
// users and groups may have without it); licenses and plans beyond what is
// seeded (see [Server.AddLicense]; none is enforced); dynamic groups; custom
// security attributes; administrative units; of sign-in, whatever has a user in
// it, and federated credentials. Of throttling,
// x-ms-throttle-priority and the separate limits for applications of personal
// accounts and for keyCredentials; of permissions, the Entra roles that a
// signed-in user needs besides them; of replication, the better consistency of
// delegated calls. Passwords are checked and not kept. The banned-password list
// is not applied.
//
// Of access reviews: those of groups, roles and packages, history, inactive
// users, insights, service principals as the ones reviewed, deletion of the
// guests that a review blocks, and of catalogs all resources but custom data
// provided ones. Of entitlement management: requests by users themselves and
// for people outside of the directory, resources other than applications and
// custom data, schedules and expiry, automatic assignment, custom extensions,
// reviews by policy, changes of catalogs, packages and policies. Reviews and
// packages are not part of [Server.Dump] and [Server.Snapshot], and replicas
// don't lag in them.
package graphfake
