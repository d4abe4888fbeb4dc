// Package assign brings the app role assignments of one application in line with
// its own list of accounts. It compares what should be with what is there. The
// difference is a plan that can be read, kept and approved; only then is anything
// written.
//
//	rule, err := assign.OneRole(app.Roles, "General")
//	wants, failed := assign.Wants(report.Found(nil), rule) // of a match.Report
//	current, err := client.Assignments(ctx, app.ResourceID)
//	plan, err := assign.NewPlan(app, wants, current, nil)
//	err = plan.WriteText(os.Stdout)
//	done, err := assign.Apply(ctx, client, plan, nil)
//	seen, err := assign.Verify(ctx, client, done.Done(), nil)
//
// The package's example is that program as a whole. The types in the order in which
// one meets them:
//
//   - An [App] is the application with its roles; entra.Application.App returns one.
//   - A [RoleRule] says which roles a row asks for: [OneRole] or [RoleColumn].
//   - A [Want] says that a user should have a role. [Wants] makes them of accounts,
//     such as the outcomes of package match.
//   - A [Reader] lists the [Assignment] values that are there, and a [Writer] makes
//     changes. entra.Client is both. Package assigntest has both in memory, and a suite
//     for those of your own.
//   - A [Policy] says what may be removed, and how much may change.
//   - A [Plan] has each [Change] with its reason. [NewPlan] makes it.
//   - [Apply] carries a plan out, and its [Report] says what became of each change.
//   - [Verify] looks until the changes can be seen.
//   - [NewReversal] plans to take back what a plan did.
//
// Package fulfill carries what a review decided back into an application that keeps
// the accounts of those who lost access.
//
// # Plans
//
// NewPlan talks to nothing and reads no clock. Equal input gives equal plans, in
// whatever order it comes. Users are compared role by role: who has another role
// of the application still lacks the one that is wanted.
//
// [Plan.Encode] writes a plan and [DecodePlan] reads it. [Plan.Check] reports whether
// it still fits, before it is applied. Applying a plan again is safe.
//
// # Removals, and jobs that nobody watches
//
// A plan removes nothing unless its [Policy] says so, and then only what users
// have themselves. What comes through a group stays, because it is the group's.
//
// Removals need a [Roll], the evidence that the list is whole. A list that was not
// read to its end, or a row whose person is not known, stops every removal: an
// assignment that looks unlisted may be theirs.
//
// Every plan has limits. Set them to what a usual night needs. A plan beyond them is
// a [*LimitError], and nothing is written:
//
//	plan, err := assign.NewPlan(app, wants, current, &assign.Policy{
//		MaxAdditions: 20,
//		Remove:       assign.RemoveUnlisted,
//		MaxRemovals:  2,
//		Roll:         assign.NewRoll(report, failed),
//	})
//
// The example of Policy (NightlyJob, in example_nightly_test.go) is such a job as a whole.
//
// # Errors
//
// These can be told apart with [errors.Is] and [errors.As]:
//
//   - [*WantError]: a row leads to nothing. It wraps the reason: [ErrNoUser],
//     [ErrNoRoleColumn], [ErrNoRoleValue], [ErrUnknownRole], [ErrAmbiguousRole],
//     [ErrRoleDisabled], [ErrRoleTakesNoUsers] or [ErrRoleNeeded].
//   - [*LimitError], [ErrTooFewHolders]: the plan would change too much.
//   - [ErrUnfinished]: the evidence for removals is not whole.
//   - [*MovedError]: the assignments have changed since the plan was made; make a new one.
//   - [ErrTruncated], [ErrVersion], [ErrMalformed], [ErrOtherApplication]: a file that
//     can't be used.
//   - [*ApplyError]: not every change was made; apply the same plan again.
//   - [ErrNotVisible]: changes could not be seen in time.
//   - [ErrExisted], [ErrUnclear], [ErrNotTried]: what a Writer says of one change.
//   - [ErrWriter]: a Writer broke its contract, so its report can't be trusted.
//
// # Personal data
//
// The package logs nothing and writes no file by itself. A plan, a report and a
// verification name people, what they have, and the rows that say so. Keep their files
// with [roster.WriteFile], which makes them readable for their owner only.
package assign
