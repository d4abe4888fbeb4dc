// Package assign brings the app role assignments of one application in line
// with its own list of accounts: what should be is compared with what is there,
// the difference is a plan that can be read, kept and approved, and only then
// are changes made, reported and looked for.
//
//	rule, err := assign.OneRole(app.Roles, "General")
//	wants, failed := assign.Wants(report.Found(nil), rule) // of a match.Report
//	current, err := client.Assignments(ctx, app.ResourceID)
//	plan, err := assign.NewPlan(app, wants, current, nil)
//	err = plan.WriteText(os.Stdout)
//	done, err := assign.Apply(ctx, client, plan, nil)
//	seen, err := assign.Verify(ctx, client, done.Done(), nil)
//
// The example of the package is that program, whole. The two ports, [Reader]
// and [Writer], are implemented by entra.Client; package assigntest has both in
// memory, and a suite for implementations of one's own.
//
// # Plans
//
// [NewPlan] talks to nothing and reads no clock. Equal input, in whatever order,
// gives equal plans, sorted, each change with its reason and the rows that it
// comes from. Who holds what is compared by user and role: a user who holds
// another role of the application still lacks the one that is wanted.
// [Plan.Encode] writes a plan to a file, which [DecodePlan] reads and
// [Plan.Check] holds against the world before it is applied.
//
// # Removals
//
// A plan removes nothing unless its [Policy] says so, and then only what users
// hold themselves: what comes through a group stays, for the assignment is the
// group's. Removals need evidence that the roster is whole, a [Roll], and stay
// within a number and a share of what is there. A roster that could not be read
// to its end, or rows whose person is not known, stop every removal, for the
// assignment that looks unlisted may be theirs.
//
// # Reviews and revocations
//
// What follows a review, in an application that keeps the accounts of those who
// lost access, is package fulfill's.
//
// # Errors
//
// [*RoleError] (with ErrUnknownRole and its siblings) says why a role can't be
// given, [*WantError] why a row leads to nothing. [*UnfinishedError], which wraps
// ErrUnfinished, and [*RemovalLimitError] refuse removals. [*MovedError] says that
// the world is not what a plan was made from, [*FileError] (with ErrTruncated,
// ErrVersion, ErrMalformed, ErrOtherApplication) that a file can't be used.
// [Apply] returns an [*ApplyError] unless every change was made, and [Verify] an
// error that wraps ErrNotVisible if changes were not to be seen in time.
package assign
