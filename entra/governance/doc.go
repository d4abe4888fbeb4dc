// Package governance prepares, starts and follows reviews of the access to one
// application, with Microsoft Entra ID Governance. [New] makes its [Client] from
// an [entra.Client]; both share one connection and its limits.
//
// # Before
//
// [Client.Preflight] checks what the planned steps need: permissions, licenses,
// the application and its roles, groups among its assignments, and reviewers who
// can't review. It writes nothing.
//
// # Reviews
//
// A [Review] says who decides about the access to an application, in which
// stages, and how often. [Client.CreateReview] creates it, or finds it when the
// program runs again. Users whom nobody reviewed keep their access.
// [Client.WaitReview] waits for the current round, however long that takes, and
// [Client.ApplyDecisions] removes the access of denied users if the review does
// not do so by itself.
//
// # After
//
// An application without provisioning does not hear of any of this: somebody has
// to close the accounts in it. [Client.Look] reads what package fulfill compares with
// the application's journal: who holds what now, what reviews decided, and whose user
// is gone. It answers whole or not at all, because what is missing there costs
// somebody an account. Listings lag, so it reads people's own lists before it takes
// it that somebody holds nothing, or no longer.
//
// # Packages and custom data
//
// Access can also be given by an access package, see [Client.FindAccessPackage]
// and [Client.AssignPackage]. And a catalog can be reviewed with permissions that
// Entra does not know: [WriteCustomData] writes them as CSV, and
// [Client.UploadCustomData] uploads them for one round.
//
// # Names
//
// Where a person names an application, a request takes an [entra.ApplicationRef].
// Where a program passes on the application that it found, it takes the object id
// of the service principal, which is what Graph asks for. Types whose fields have
// JSON names are Graph's objects with Graph's names and spelling; a round of a
// review is called an instance there.
package governance
