// Package entra finds and creates users in Microsoft Entra ID, registers
// applications, and reads and writes their app role assignments. Its [Client] is the
// directory of package match, and the reader and writer of package assign.
//
//	client, err := entra.Connect(credential, nil) // such as azidentity.NewDefaultAzureCredential's
//	if err != nil {
//		return err
//	}
//	report, err := match.Run(ctx, client, rows, match.Column("EMail", "userPrincipalName"), nil)
//
// The package's example goes on from there. The types in the order in which one meets
// them:
//
//   - A [Client] is one tenant. [Connect] makes one from an azcore credential, [New]
//     over a connection of package graph, such as one over a msgraph-sdk-go client's adapter.
//   - A [LookupPlan] says how users will be looked up, and what that costs.
//   - An [ApplicationRef] names an application, by display name, appId or object id.
//   - A [Registration] is what an application should have. [Client.PlanRegistration]
//     shows the steps, [Client.Register] takes them, and an [Application] comes back.
//   - [UserColumns] make a [NewUser] of a row. [Client.PlanUsers] makes a [CreationPlan],
//     [Client.CreateUsers] carries it out, and [WriteBulkCreate] writes it as a file for
//     the Entra admin center instead.
//
// Access reviews, access packages and the check of permissions are in package
// governance.
//
// # Lookups
//
// [Client.FindUsers] asks for 15 values in one filter and sends 20 filters in one
// request, several requests at a time. Where that is faster, it reads the whole
// directory instead. The way makes no difference to the answers; [Options].Lookup
// forces one.
//
// Values are compared without letter case. Values with letters beyond ASCII are always
// compared by the directory. A user who can't be given to exactly one query makes
// those queries be asked again, each by itself.
//
// # Writes
//
// A write can be repeated, by the same client or by a later run. What is there already,
// or gone already, is a success. After an unclear outcome (a time-out, a reset, a 5xx)
// the object is looked for before the write is made again: a user by user principal
// name, an application by name and by a unique name derived from it, a service
// principal by appId, an assignment by user, role and application.
//
// An object that was just written may not be visible yet. It is waited for, within
// [graph.Options].ReplicationWait. Any other "not found" is an answer. What stays
// invisible has its cause in the audit log, which [Client.ExplainChanges] reads.
//
// # Errors
//
// What the service refuses is a [*graph.Error]. Package graph says which of its
// sentinels to handle. What this side refuses is one of these:
//
//   - [*AmbiguousError]: a name stands for several objects; name one by its id.
//   - [*AttributeError]: users can't be found by that attribute.
//   - [*RegistrationError]: the application is not what the registration needs.
//   - [*NewUserError], [*MissingColumnError]: an account can't be created.
//   - [*CreationLimitError]: too many accounts would be created.
//
// # Permissions
//
// The least of them, as application permissions:
//
//	match users               User.Read.All
//	create users              User.ReadWrite.All
//	register the application  Application.ReadWrite.OwnedBy
//	add owners                Application.ReadWrite.All, Directory.Read.All
//	read the audit log        AuditLog.Read.All
//	assign roles              AppRoleAssignment.ReadWrite.All, Application.Read.All
//
// Application.ReadWrite.OwnedBy is good for what the calling application owns.
// Otherwise, and for a signed-in person, it takes Application.ReadWrite.All. With
// Organization.Read.All too, a new user's domain that is not verified is found before
// anything is written. Each method says what it needs, and so does the error if it is
// missing. A signed-in person also needs a directory role; see [graph.Operation].
//
// # Observability
//
// The connection logs and traces each request under the name of its operation, such as
// "find users" or "add assignment"; see package graph. Nothing else is logged.
//
// # Personal data
//
// The package keeps nothing on disk. The file of [WriteBulkCreate] names people, and
// its passwords are left empty. The password of a new user is random, and is in no
// log, error or file.
package entra
