// Package graph is one connection to Microsoft Graph, which a program's own
// requests share with packages entra and governance.
//
// [Connect] makes a [Conn] from an azcore credential; [New] makes one over the
// request adapter of a msgraph-sdk-go client. [Conn.Do] makes one request,
// [Pages] reads a listing, and [Conn.Batch] makes many requests, 20 at a time.
// Bodies and answers are small structs of the caller's.
//
// # Limits
//
// Graph limits what an application may do in a tenant, so a program should have
// one Conn for each tenant. Everything that is sent through it waits in one
// place. It keeps to the published limits ahead of time, and learns from the
// headers of each answer what a request really cost. Reads, writes and requests
// to identity governance are counted apart: reads go on while writes wait. A 429,
// also that of one item in a batch, holds every request for its Retry-After.
// https://learn.microsoft.com/graph/throttling-limits
//
// # Failures
//
// A request that failed for a passing reason is sent again, within
// [Options.MaxRetries] and [Options.RetryFor]: reads after a 5xx or a broken
// connection, every request after a 429. Then it fails with an [*Error], which
// names the operation and its permission, and holds the ids that Microsoft's
// support asks for. errors.Is finds [ErrNotFound], [ErrForbidden] and the other
// sentinels in it. A listing that breaks off ends with an error; it is never a
// short list.
//
// # Writes
//
// After a time-out, a reset or a 5xx nobody knows whether a write took effect.
// It is sent again only if its [Request] is Idempotent, or if Settle has looked
// for the object first; otherwise it fails with [ErrUnclear].
//
// An object that was just written may not be visible at once. The connection
// remembers what was marked with [Conn.MarkWritten]; [Conn.WaitOut] looks again
// until it is visible, for [Options.ReplicationWait] at most.
package graph
