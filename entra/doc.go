// Package entra asks Microsoft Graph for users, applications and app role
// assignments, and writes them. It implements the ports of packages match and
// assign over the request adapter of msgraph-sdk-go.
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
