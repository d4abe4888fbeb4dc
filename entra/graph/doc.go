// Package graph is one connection to Microsoft Graph. Packages entra and
// governance send through it, and so can a program's own requests: all of them
// then share the tenant's limits.
//
//	conn, err := graph.Connect(credential, nil) // or client.Conn(), of an entra.Client
//	if err != nil {
//		return err
//	}
//	var user struct{ Department string }
//	err = conn.Do(ctx, graph.Request{
//		Op:   graph.Operation{Name: "read department", Permissions: [][]string{{"User.Read.All"}}},
//		Path: "/users/" + id + "?$select=department",
//	}, &user)
//
// The types in the order in which one meets them:
//
//   - A [Conn] is the connection. [Connect] makes one from an azcore credential,
//     [New] over the request adapter of a msgraph-sdk-go client. Make one for each tenant.
//   - [ConnectOptions] name another cloud (see [Clouds]) or a stand-in;
//     [Options] are the waits and limits, a logger, and ReadOnly.
//   - An [Operation] says what a request is for, and which permissions it needs.
//   - A [Request] is one request; its body and answer are structs of the caller's.
//     [Conn.Do] makes it, [Pages] reads a listing, and [Conn.Batch] makes many, 20 in
//     each HTTP request.
//   - An [Error] is what went wrong.
//
// # Limits
//
// The connection keeps to Graph's published limits ahead of time, and learns from
// each answer what a request really cost. Reads, writes and requests to identity
// governance are counted apart, so that reads go on while writes wait. A 429, also
// that of one item in a batch, holds every request for its Retry-After.
// https://learn.microsoft.com/graph/throttling-limits
//
// # Retries
//
// A read is sent again after a 5xx or a broken connection, and any request after a
// 429. [Options].MaxRetries and RetryFor bound that.
//
// A write that got no clear answer may have taken effect. It is sent again only if
// its [Request] is Idempotent, or after Settle has looked for the object.
// Otherwise it fails with [ErrUnclear].
//
// A new object may not be visible at once. [Conn.MarkWritten] remembers it, and
// [Conn.WaitOut] looks until it is there, for [Options].ReplicationWait at most.
//
// # Errors
//
// A failed request is an [*Error]. It has the operation, status, Graph's code and
// message, and the ids that Microsoft's support asks for. A listing that breaks off
// ends with an error; it is never a short list. A program may handle these, by [errors.Is]:
//
//   - [ErrNotFound], [ErrExists]: the object is not there, or is there already.
//   - [ErrThrottled]: wait for Error.RetryAfter, and run again.
//   - [ErrUnavailable]: the service or the network failed; run again later.
//   - [ErrUnclear]: look whether the write took effect.
//   - [ErrNotReplicated]: not visible yet; run again later.
//   - [ErrForbidden]: a permission is missing.
//   - [ErrUnauthenticated]: sign in again.
//   - [ErrIncomplete]: a property is missing in the answer; a permission may be, too.
//   - [ErrReadOnly]: a write that [Options].ReadOnly refused.
//
// # Permissions
//
// The text of an [ErrForbidden] names the permissions of the [Operation].
// [Operation.Least] lists them for a check beforehand.
//
// # Observability
//
// [Options].Logger receives one record for each attempt, and one for each failed item of
// a batch. The message is "graph request". The level is Debug, or Warn after a failure.
// The keys:
//
//	op                 the operation's name, such as "find users"
//	method, path       the path without values: /users/{id}/appRoleAssignments
//	attempt            1 for the first
//	took               how long it took; 0 for an item of a batch
//	status             HTTP status; absent if there was no answer
//	request-id         for Microsoft's support
//	client-request-id  the id that this side gave the request
//	code               Graph's code, if it failed
//	retry-after        how long the service asked to wait
//
// Each attempt is also an OpenTelemetry span of the global tracer provider, named by
// the operation (that of a batch by its first one), with http.request.method,
// url.template, http.response.status_code and the two ids. The SDK's own spans are
// inside it. There are no metrics.
//
// Never in a record or span: tokens, passwords, bodies, queries, ids of objects, and
// Graph's messages, which name people. There is one exception: an adapter that was
// given to [New] makes spans of its own, and kiota's has the URL in the error of a
// request that got no answer. The text of an [Error] may name people, but holds no
// token or password. Nothing is written to the disk.
//
// # A 429 in a test
//
// Package graphfake stands in for Graph. In a bubble, waiting takes no time:
//
//	func TestAThrottledRequestIsSentAgain(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			tenant := graphfake.New(&graphfake.Options{TB: t})
//			tenant.Inject(graphfake.Fault{Method: "GET", Path: "/users", Status: 429, RetryAfter: "7"})
//			conn, err := graph.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: tenant.Transport()})
//			require.NoError(t, err)
//			began := time.Now()
//			require.NoError(t, conn.Do(t.Context(), graph.Request{Path: "/users"}, nil))
//			require.GreaterOrEqual(t, time.Since(began), 7*time.Second)
//		})
//	}
package graph
