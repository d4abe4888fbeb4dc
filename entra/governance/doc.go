// Package governance prepares, starts and follows reviews of the access to one
// application, with Microsoft Entra ID Governance.
//
//	reviews := governance.New(client) // an entra.Client; both share one connection
//	report, err := reviews.Preflight(ctx, governance.PreflightRequest{Application: ref, Stages: stages})
//	review, existed, err := reviews.CreateReview(ctx, governance.Review{
//		DisplayName: "CORPDB1, fourth quarter", ServicePrincipalID: app.ServicePrincipalID,
//		ApplicationName: "CORPDB1", Stages: stages, AutoApply: true})
//	round, err := reviews.WaitReview(ctx, review, nil)
//	look, err := reviews.Look(ctx, journal.State(), opts) // who lost access; see package fulfill
//
// The package's example is that program as a whole, and that of [Client.Look] ends with
// the accounts to close. The types in the order in which one meets them:
//
//   - A [Client] is made by [New].
//   - A [PreflightRequest] names the planned steps, and the [PreflightReport] has a
//     [Finding] for each thing that was checked.
//   - A [Review] says who decides, in which [ReviewStage] values, and how often.
//   - A [ReviewDefinition] is Graph's object, a [ReviewInstance] is one round of it, and a
//     [ReviewDecision] is what somebody decided about one user.
//   - [LookOptions] say what [Client.Look] reads for package fulfill.
//   - An [AccessPackage] gives access too; a [PackageReport] says who got it.
//   - A [CustomDataTarget] is where permissions are uploaded to that Entra does not know.
//
// Where a person names an application, a request takes an [entra.ApplicationRef]. Where
// a program passes on the application that it found, it takes the object id of the
// service principal.
//
// # Before a review
//
// [Client.Preflight] checks permissions, licenses, the application and its roles, groups
// among its assignments, and reviewers who can't review. It writes nothing. If
// PreflightReport.Stops reports true, a planned step would fail. If it reports false,
// something may not have been checked; the findings say so.
//
// # During a review
//
// [Client.CreateReview] creates a review, or finds it when the program runs again.
// Users whom nobody reviewed keep their access. [Client.WaitReview] waits for the
// current round. A job that looks once a night gives it a Wait shorter than Interval.
// [Client.ApplyDecisions] removes the access of denied users if the review does not do
// so by itself.
//
// # After a review
//
// An application without provisioning does not hear of any of this: somebody has to
// close its accounts. [Client.Look] reads who holds what now, what reviews decided,
// and whose user is gone. It answers whole or not at all, because what is missing there
// costs somebody an account. Listings lag, so it reads people's own lists before it
// takes it that somebody holds nothing.
//
// # Packages and custom data
//
// [Client.FindAccessPackage] and [Client.AssignPackage] give access by a package, also
// to people who are not in the directory.
// [WriteCustomData] writes what a catalog's review is to show, as CSV, and
// [Client.UploadCustomData] uploads it for one round, which [Client.FindCustomData]
// finds by names and [Client.FollowCustomData] follows.
//
// # Errors
//
//   - [ErrReviewRunning]: the review was not finished in time; look again later.
//   - [*ReviewError]: the review can't be created or applied as it is; it says why.
//   - [*entra.AmbiguousError]: several reviews or packages have the name.
//   - [*PackageLimitError]: a package would be asked for more people than allowed.
//   - [*graph.Error]: what the service refused. [graph.ErrIncomplete] in it means that
//     something was not seen, so that nothing may be concluded.
//
// # Permissions
//
// The least of them, as application permissions, by the steps of a preflight:
//
//	match users               User.Read.All
//	create users              User.ReadWrite.All
//	register the application  Application.ReadWrite.OwnedBy
//	add owners                Application.ReadWrite.All, Directory.Read.All
//	assign roles              AppRoleAssignment.ReadWrite.All, Application.Read.All
//	create access reviews     AccessReview.ReadWrite.All, Application.Read.All
//	follow access reviews     AccessReview.Read.All, Directory.Read.All
//	assign access packages    EntitlementManagement.ReadWrite.All, Application.Read.All
//	upload custom data        EntitlementManagement.ReadWrite.All, AccessReview.Read.All
//
// The preflight itself also needs LicenseAssignment.Read.All. Without Member.Read.Hidden
// the service shows a group with hidden membership as empty. A signed-in person needs a
// directory role too, such as Identity Governance Administrator.
//
// # Observability
//
// The connection logs and traces each request under the name of its operation, such as
// "create access review"; see package graph. Nothing else is logged.
//
// # Personal data
//
// The package keeps nothing on disk. Decisions, looks and custom data name people; for
// files of them there is [roster.WriteFile].
package governance
