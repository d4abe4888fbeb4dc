package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// changesShown is how many changes of a plan are shown as examples; a plan file
// holds all of them.
const changesShown = 5

// printPlan says what the plan does, in numbers by role and by example, and
// what it leaves as it is.
func (s *session) printPlan(plan assign.Plan, report *match.Report) {
	t := table{right: []bool{true}}
	for _, action := range []assign.Action{assign.Add, assign.Remove} {
		for _, role := range rolesOf(plan, action) {
			t.add(thousands(role.count), fmt.Sprintf("to %s: %s", action, role.name))
		}
	}
	s.addKept(&t, plan.Kept)
	if n := report.Disabled(); n > 0 && !s.includesDisabled() {
		t.add(thousands(n), "users cannot sign in and get nothing new (-include-disabled assigns them)")
	}
	if len(plan.Changes) == 0 {
		s.note("Nothing to add and nothing to remove.")
	}
	t.print(s.out, 0)
	s.printChanges(plan)
}

type roleCount struct {
	name  string
	count int
}

// rolesOf counts the changes of one kind by role, sorted by name.
func rolesOf(plan assign.Plan, action assign.Action) []roleCount {
	counts := make(map[string]int)
	for _, change := range plan.Changes {
		if change.Action == action {
			counts[roleName(change)]++
		}
	}
	var list []roleCount
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, roleCount{name, counts[name]})
	}
	return list
}

func roleName(change assign.Change) string {
	if change.AppRole == "" {
		return change.AppRoleID
	}
	return change.AppRole
}

// addKept adds what the plan leaves as it is, where there is any.
func (s *session) addKept(t *table, kept assign.Kept) {
	for _, k := range []struct {
		n    int
		what string
	}{
		{kept.Met, "wanted and there already"},
		{kept.Unlisted, "that no row asks for, kept (-remove unlisted takes them away)"},
		{kept.Held, "kept, as the row of their user is in doubt"},
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
	for _, action := range []assign.Action{assign.Remove, assign.Add} {
		for _, change := range byName(plan.Changes) {
			if change.Action == action {
				t.add(string(action), principal(change), roleName(change), why(change))
			}
		}
	}
	s.out.block()
	t.print(s.out, changesShown)
}

// byName sorts changes for people; a plan has them by id.
func byName(changes []assign.Change) []assign.Change {
	return slices.SortedStableFunc(slices.Values(changes), func(a, b assign.Change) int {
		return strings.Compare(roster.Fold(principal(a)), roster.Fold(principal(b)))
	})
}

func principal(change assign.Change) string {
	if change.PrincipalName == "" {
		return change.PrincipalID
	}
	return change.PrincipalName
}

// why names the first row that asks for a change; a removal has none.
func why(change assign.Change) string {
	switch len(change.Sources) {
	case 0:
		return change.Reason
	case 1:
		return fmt.Sprintf("line %d", change.Sources[0].Line)
	}
	return fmt.Sprintf("line %d and %s", change.Sources[0].Line, plural(len(change.Sources)-1, "other"))
}
