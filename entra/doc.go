// Package entra asks Microsoft Graph for users, applications and app role
// assignments, and writes them. It implements the ports of packages match and
// assign over the request adapter of msgraph-sdk-go.
//
// [Connect] makes a client from an azcore credential, for any national cloud;
// [New] makes one over the adapter that a program has already:
//
//	client := entra.New(graphServiceClient.GetAdapter(), nil)
//
// The adapter brings authentication, endpoint and tracing; requests, answers,
// errors, batches, pages and retries are this package's own, as the generated
// models are slow to compile and to decode, and the SDK's default pipeline fails
// most POSTs that are throttled once
// (https://github.com/microsoft/kiota-http-go/issues/183).
//
// # Lookups
//
// [Client.FindUsers] asks 15 values in one filter and 20 filters in one request,
// several requests at a time, or reads the whole directory where that is faster;
// [Client.PlanLookup] says which and what it costs, and Options.Lookup forces one.
// The way makes no difference to the answers: values are compared without letter
// case, what can't be given to exactly one query is asked again alone, and values
// with letters beyond ASCII are always the directory's to compare.
//
// # Limits
//
// Everything that a client does waits in one place. It paces itself by the
// published limits of resource units and writes and by the headers that the
// service sends, so that reads go on while writes wait; requests to identity
// governance have a budget of their own. A 429, also of one item in a batch,
// holds every request for its Retry-After. So a program should have one client
// for each tenant. https://learn.microsoft.com/graph/throttling-limits
//
// # Governance
//
// [Client.Preflight] says before anything is written what would be in the way:
// permissions, licences, groups among the assignments, reviewers who can't.
// [Client.CreateReview] creates the access review of one application or finds it
// again, and no setting of it revokes anybody by silence. [Client.Present] reads
// what package assign compares with a snapshot to say whose account must be
// closed; it answers whole or not at all. [Client.AssignPackage] and
// [Client.UploadCustomData] are the other two ways to a review.
//
// # Failures
//
// Requests that fail in passing are sent again within Options.MaxRetries and
// Options.RetryFor: reads after a 5xx or a broken connection, everything after a
// 429. Errors are an [*Error] with what Microsoft's support asks for; errors.Is
// finds [ErrNotFound], [ErrExists], [ErrForbidden] and the others in it. A
// listing that breaks off is an error and never a short list.
//
// # Writes
//
// Writes are safe to repeat, by the same client or by a later run. What is
// there already, or gone already, is a success. After an unclear outcome (a
// time-out, a reset, a 5xx) the object is looked for by its natural key before
// the write is made again: a user by user principal name, an application by
// name and by a unique name derived from it, a service principal by appId, an
// assignment by user, role and application.
//
// "Not found" is an answer, except about what was written a moment ago: by this
// client, which remembers, or by an earlier run, which the object's
// createdDateTime tells. Only then is it waited out, within
// [Options.ReplicationWait].
package entra
