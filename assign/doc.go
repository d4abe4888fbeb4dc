// Package assign brings the app role assignments of one application in line
// with its own list of accounts. It compares what should be with what is there;
// the difference is a plan that can be read, kept and approved. Only then are
// changes made, reported and looked for.
//
//	rule, err := assign.OneRole(app.Roles, "General")
//	wants, failed := assign.Wants(report.Found(nil), rule) // of a match.Report
//	current, err := client.Assignments(ctx, app.ResourceID)
//	plan, err := assign.NewPlan(app, wants, current, nil)
//	err = plan.WriteText(os.Stdout)
//	done, err := assign.Apply(ctx, client, plan, nil)
//	seen, err := assign.Verify(ctx, client, done.Done(), nil)
//
// The package's example is that program as a whole. entra.Client implements the
// two ports, [Reader] and [Writer]. Package assigntest has both in memory, and a
// suite for other implementations.
//
// # Plans
//
// [NewPlan] talks to nothing and reads no clock. Equal input gives equal plans,
// in whatever order it comes. A plan is sorted, and each change has its reason
// and the rows that it comes from. Who holds what is compared by user and role: a
// user who holds another role of the application still lacks the one that is
// wanted. [Plan.Encode] writes a plan to a file and [DecodePlan] reads it;
// [Plan.Check] tells whether it still fits before it is applied.
//
// # Removals
//
// A plan removes nothing unless its [Policy] says so, and then only what users
// hold themselves. What comes through a group stays, because the assignment is
// the group's. Removals need evidence that the roster is whole, a [Roll], and stay
// within a number and a share of what is there. A roster that was not read to its
// end, or a row whose person is not known, stops every removal, because an
// assignment that looks unlisted may be theirs.
//
// # Reviews
//
// Package fulfill carries what a review decided back into an application that
// keeps the accounts of those who lost access.
//
// # Errors
//
// A caller can tell these apart:
//
//   - [*WantError]: a row leads to nothing. It wraps the reason: [ErrNoUser],
//     [ErrNoRoleColumn], [ErrNoRoleValue], or that the role can't be given, which
//     is [ErrUnknownRole], [ErrAmbiguousRole], [ErrRoleDisabled],
//     [ErrRoleTakesNoUsers] or [ErrRoleNeeded];
//   - [ErrUnfinished], [*LimitError] and [ErrTooFewHolders]: the plan is refused;
//   - [*MovedError]: the assignments have changed since the plan was made;
//   - [ErrTruncated], [ErrVersion], [ErrMalformed], [ErrOtherApplication]: a file
//     can't be used;
//   - [*ApplyError]: not every change was made;
//   - [ErrNotVisible]: changes could not be seen in time.
package assign
