// Package entra finds and creates users in Microsoft Entra ID, registers
// applications, and reads and writes their app role assignments. It implements
// the ports of packages match and assign.
//
// [Connect] makes a [Client] from an azcore credential. [New] makes one over a
// connection that a program has already, for instance over the adapter of a
// msgraph-sdk-go client:
//
//	conn := graph.New(graphServiceClient.GetAdapter(), nil)
//	client := entra.New(conn, nil)
//
// The connection paces requests, repeats those that failed for a passing
// reason, and makes the errors; see package [graph]. A program's own requests
// can use it too, through [Client.Conn]. Access reviews, access packages and the
// check of permissions are in package governance.
//
// # Lookups
//
// [Client.FindUsers] asks for 15 values in one filter and sends 20 filters in
// one request, several requests at a time. Where that is faster, it reads the
// whole directory instead. [Client.PlanLookup] says which way it takes and what
// that costs; [Options.Lookup] forces one. The way makes no difference to the
// answers. Values are compared without letter case. A user who can't be given to
// exactly one query makes those queries be asked again, each by itself. Values
// with letters beyond ASCII are always compared by the directory.
//
// # Writes
//
// Writes can be repeated, by the same client or by a later run. What is there
// already, or gone already, is a success. After an unclear outcome (a time-out,
// a reset, a 5xx) the object is looked for before the write is made again: a
// user by user principal name, an application by name and by a unique name
// derived from it, a service principal by appId, an assignment by user, role and
// application.
//
// "Not found" is an answer, except about an object that was just written: by
// this client, which remembers, or by an earlier run, which the object's
// createdDateTime shows. Then it is waited for, within
// [graph.Options.ReplicationWait].
package entra
