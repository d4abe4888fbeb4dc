package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

func planCommand(ctx context.Context, s *session) error {
	plan, err := s.planFromFlags(ctx)
	if err != nil {
		return err
	}
	if err := s.writePlan(plan); err != nil {
		return err
	}
	if s.opts.detailedExitCode && len(plan.Changes) > 0 {
		return withStatus(exitChanges, "there is something to change: %s of %s", changes(plan), plan.Application)
	}
	return nil
}

// tenantID returns the tenant's id for a plan; "" if the sign-in may not read it.
func (s *session) tenantID(ctx context.Context) (string, error) {
	t, err := s.tenant.client.Tenant(ctx)
	if errors.Is(err, graph.ErrForbidden) {
		return "", nil
	}
	return t.ID, err
}

// planFromFlags matches the roster and plans for the application that is there.
// What can be wrong with the application is found out first.
func (s *session) planFromFlags(ctx context.Context) (assign.Plan, error) {
	app, err := s.findApplication(ctx)
	if err != nil {
		return assign.Plan{}, err
	}
	if _, err := s.roleRule(app.AppRoles); err != nil {
		return assign.Plan{}, err
	}
	if s.opts.journal != "" {
		if err := s.readJournal(app.App()); err != nil {
			return assign.Plan{}, err
		}
	}
	current, stop := s.readAhead(ctx, app.ServicePrincipalID)
	defer stop()
	report, err := s.match(ctx)
	if err != nil {
		return assign.Plan{}, err
	}
	return s.planFor(ctx, report, app, current)
}

// readAhead begins to read the assignments that a plan is made from, while rows are
// matched; neither needs the other. The first function waits for them, the second ends
// the reading.
func (s *session) readAhead(ctx context.Context, servicePrincipalID string) (
	wait func() ([]assign.Assignment, error), stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var current []assign.Assignment
	var reading errgroup.Group
	reading.Go(func() (err error) {
		current, err = s.assignments(ctx, servicePrincipalID, s.opts.removes())
		return err
	})
	wait = func() ([]assign.Assignment, error) {
		err := reading.Wait()
		return current, err
	}
	return wait, func() {
		cancel()
		_ = reading.Wait()
	}
}

// findApplication finds the application that -app or -app-id names.
func (s *session) findApplication(ctx context.Context) (*entra.Application, error) {
	ref := s.opts.appRef()
	app, err := s.tenant.client.FindApplication(ctx, ref)
	if errors.Is(err, graph.ErrNotFound) && ref.AppID == "" {
		return nil, fmt.Errorf("there is no application %s in %s; register makes it", ref, s.tenant.name)
	}
	if err != nil {
		return nil, err
	}
	if app.ServicePrincipalID == "" {
		return nil, fmt.Errorf("the application %s has no service principal in %s yet; register makes it",
			ref, s.tenant.name)
	}
	s.opts.app = app.DisplayName
	s.doc.Application = app
	return app, nil
}

// plan is planFor with the assignments that there are now.
func (s *session) plan(ctx context.Context, report *match.Report, app *entra.Application) (assign.Plan, error) {
	return s.planFor(ctx, report, app, func() ([]assign.Assignment, error) {
		if strings.HasPrefix(app.ServicePrincipalID, plannedID("")) {
			return nil, nil
		}
		return s.assignments(ctx, app.ServicePrincipalID, s.opts.removes())
	})
}

// planFor says what to change so that the users of the rows hold their roles.
func (s *session) planFor(ctx context.Context, report *match.Report, app *entra.Application,
	assigned func() ([]assign.Assignment, error)) (assign.Plan, error) {
	s.heading("Check for users who are not assigned yet")
	rule, err := s.roleRule(app.AppRoles)
	if err != nil {
		return assign.Plan{}, err
	}
	wants, without := assign.Wants(report.Found(&match.FoundOptions{All: s.includesDisabled()}), rule)
	s.printWithoutRole(without)
	if err := s.checkStrictPlan(report, without); err != nil {
		return assign.Plan{}, err
	}
	current, err := assigned()
	if err != nil {
		return assign.Plan{}, err
	}
	policy, err := s.policy(ctx, report, without, app)
	if err != nil {
		return assign.Plan{}, err
	}
	plan, err := assign.NewPlan(app.App(), wants, current, policy)
	if err != nil {
		return assign.Plan{}, err
	}
	if plan.Tenant, err = s.tenantID(ctx); err != nil {
		return assign.Plan{}, err
	}
	s.doc.Plan = &plan
	s.explain("govern plan writes such a plan to a file, for somebody to approve, and govern apply carries out " +
		"that file. Users blocked from sign-in are in it too, since -create makes such users.")
	s.printPlan(plan, report)
	return plan, nil
}

// assignments reads those of an application: what is removed rests on looks that agree.
func (s *session) assignments(
	ctx context.Context, servicePrincipalID string, removes bool) ([]assign.Assignment, error) {
	if removes {
		return s.tenant.client.SettledAssignments(ctx, servicePrincipalID)
	}
	return s.tenant.client.Assignments(ctx, servicePrincipalID)
}

// includesDisabled: -create asks for users who cannot sign in, since that is
// what it makes; were they left out, they could not be reviewed.
func (s *session) includesDisabled() bool { return s.opts.includeDisabled || s.opts.create != nil }

func (s *session) roleRule(roles []assign.AppRole) (assign.RoleRule, error) {
	if s.opts.roleColumn != "" {
		return assign.RoleColumn(s.opts.roleColumn, roles, nil), nil
	}
	return assign.OneRole(roles, s.opts.role)
}

// checkStrictPlan refuses to go on, under -strict, while rows have no role. In a
// command without -create it is also the check that all rows have a user.
func (s *session) checkStrictPlan(report *match.Report, without []*assign.WantError) error {
	if err := s.checkStrict(report); err != nil || !s.opts.strict || len(without) == 0 {
		return err
	}
	return withStatus(exitUnresolved, "%s no role: %w", agree(len(without), "row", "has", "have"), without[0])
}

func (s *session) printWithoutRole(without []*assign.WantError) {
	if len(without) == 0 {
		return
	}
	t := table{heads: []string{"line", "account", "why no role"}, right: []bool{true}, keep: []bool{true}}
	for _, w := range without {
		t.add(fmt.Sprint(w.Source.Line), w.Source.Key, w.Err.Error())
	}
	s.note("%s:", agree(len(without), "row", "has a user but no role, and is left out",
		"have a user but no role, and are left out"))
	t.print(s.out, rowsShown)
	s.out.block()
}

// planFile is where plan writes: -out, or the application's name, without what
// a file name cannot have.
func (s *session) planFile() string {
	if s.opts.out != "" {
		return s.opts.out
	}
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, roster.Printable(s.opts.app))
	return strings.TrimLeft(name, ".-") + ".plan.json"
}

func (s *session) writePlan(plan assign.Plan) error {
	if s.opts.dryRun {
		s.note("Dry run: no plan file is written.")
		return nil
	}
	path := s.planFile()
	if err := writeFile(path, plan.Encode); err != nil {
		return err
	}
	s.doc.PlanFile = path
	s.note("Written to %s. To carry it out: govern apply %s", path, shellQuote(path))
	return nil
}

// changesShown is how many changes of a plan are shown as examples; a plan file
// holds all of them.
const changesShown = 5

// printPlan says what the plan does, in numbers by role and by example, and
// what it leaves as it is.
func (s *session) printPlan(plan assign.Plan, report *match.Report) {
	t := s.planTable(plan)
	if n := report.Count(match.Matched) - report.Enabled(); n > 0 && !s.includesDisabled() {
		t.add(thousands(n), "users cannot sign in and get nothing new (-include-disabled assigns them)")
	}
	s.printPlanTable(plan, t)
}

// planTable counts what a plan changes and leaves.
func (s *session) planTable(plan assign.Plan) table {
	t := table{right: []bool{true}}
	for _, action := range []assign.Action{assign.Add, assign.Remove} {
		counts := countByRole(plan, action)
		for _, role := range slices.Sorted(maps.Keys(counts)) {
			t.add(thousands(counts[role]), fmt.Sprintf("to %s: %s", action, role))
		}
	}
	s.addKept(&t, plan.Kept)
	return t
}

func (s *session) printPlanTable(plan assign.Plan, t table) {
	if len(plan.Changes) == 0 {
		s.note("Nothing to add and nothing to remove.")
	}
	t.print(s.out, 0)
	s.printChanges(plan)
	if plan.PackagesUnread {
		s.note("What access packages deliver was not read; a removal may be of such an assignment. " +
			"The permission EntitlementManagement.Read.All lets them be kept.")
	}
}

// countByRole counts the changes of one kind by the name of their role.
func countByRole(plan assign.Plan, action assign.Action) map[string]int {
	counts := make(map[string]int)
	for _, change := range plan.Changes {
		if change.Action == action {
			counts[roleName(change)]++
		}
	}
	return counts
}

func roleName(change assign.Change) string { return cmp.Or(change.AppRole, change.AppRoleID) }

// addKept adds what the plan leaves as it is, where there is any.
func (s *session) addKept(t *table, kept assign.Kept) {
	for _, k := range []struct {
		n    int
		what string
	}{
		{kept.Met, "wanted and there already"},
		{kept.Unlisted, "that no row asks for, kept (-remove unlisted takes them away)"},
		{kept.Held, "kept, as the row of their user is in doubt"},
		{kept.Protected, "of protected users, kept"},
		{kept.Delivered, "delivered by access packages, kept"},
		{kept.Groups, "of groups, kept; a review cannot take their members' access away"},
		{kept.Others, "of service principals, kept"},
	} {
		if k.n > 0 {
			t.add(thousands(k.n), k.what)
		}
	}
}

// printChanges shows some of the changes, removals first, for those hurt most.
func (s *session) printChanges(plan assign.Plan) {
	if len(plan.Changes) == 0 {
		return
	}
	t := table{heads: []string{"change", "user", "role", "why"}, keep: []bool{true}}
	for _, change := range removalsFirst(plan.Changes) {
		t.add(string(change.Action), principalName(change), roleName(change), reasonFor(change))
	}
	s.out.block()
	t.print(s.out, changesShown)
}

// removalsFirst sorts changes for people, by name; a plan has them by id.
func removalsFirst(changes []assign.Change) []assign.Change {
	return slices.SortedStableFunc(slices.Values(changes), func(a, b assign.Change) int {
		return cmp.Or(-strings.Compare(string(a.Action), string(b.Action)), // "remove" before "add"
			strings.Compare(roster.Fold(principalName(a)), roster.Fold(principalName(b))))
	})
}

func principalName(change assign.Change) string {
	return cmp.Or(change.PrincipalName, change.PrincipalID)
}

// reasonFor names the first row that asks for a change; a removal has none.
func reasonFor(change assign.Change) string {
	switch len(change.Sources) {
	case 0:
		return change.Reason
	case 1:
		return fmt.Sprintf("line %d", change.Sources[0].Line)
	}
	return fmt.Sprintf("line %d and %s", change.Sources[0].Line, plural(len(change.Sources)-1, "other"))
}
