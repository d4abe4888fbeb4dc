package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// packageCommand assigns the rows' users to an access package, and with -external people
// who are not in the directory.
func packageCommand(ctx context.Context, s *session) error {
	steps := []governance.Step{governance.StepMatch, governance.StepPackages}
	if err := s.checkSteps(ctx, "Check before the package", governance.PreflightRequest{Steps: steps}, false); err != nil {
		return err
	}
	pack, err := s.tenant.governance.FindAccessPackage(ctx, s.opts.packageName)
	if err != nil {
		return err
	}
	report, err := s.match(ctx)
	if err != nil {
		return err
	}
	people := s.peopleFor(report)
	if err := s.checkStrictBut(report, people.outside); err != nil {
		return err
	}
	plan, err := s.planPackage(ctx, pack, people)
	if err != nil {
		return err
	}
	return s.assignPackage(ctx, pack, plan, people)
}

// packagePeople are those whom a package is assigned to.
type packagePeople struct {
	ids     []string          // of users
	names   map[string]string // of users, by id
	outside map[int]string    // the addresses of people who are not in the directory, by line
	emails  []string          // the same, each once
}

// name is how people know somebody of a report.
func (p packagePeople) name(r governance.PackageResult) string {
	if name := p.names[r.PrincipalID]; name != "" {
		return name
	}
	return r.Name()
}

// peopleFor returns the rows' users, and with -external the addresses in the rows that
// nobody was found for and that nobody may be meant by, unless it is decided.
func (s *session) peopleFor(report *match.Report) packagePeople {
	p := packagePeople{names: make(map[string]string), outside: make(map[int]string)}
	for o := range report.Found(&match.FoundOptions{All: s.opts.includeDisabled}) {
		id, name := o.Principal()
		p.ids, p.names[id] = append(p.ids, id), name
	}
	if s.opts.external == "" {
		return p
	}
	toInvite, undecided, perhaps, placeholders := s.toCreate(), 0, 0, roster.NewPlaceholders(nil)
	for o := range report.Of(match.NotFound) {
		email := strings.TrimSpace(o.Row.Get(s.opts.external))
		switch {
		case email == "" || placeholders.Has(email):
		case !toInvite(o):
			undecided++
		case s.decisions == nil && len(s.near.Of(o)) > 0:
			perhaps++
		default:
			p.outside[o.Line()] = email
			p.emails = append(p.emails, strings.ToLower(email))
		}
	}
	s.notDecided(undecided)
	if perhaps > 0 {
		s.note("%s not invited: somebody in the directory may be meant. A decision to create settles it (-decisions).",
			agree(perhaps, "row", "is", "are"))
	}
	slices.Sort(p.emails)
	p.emails = slices.Compact(p.emails)
	return p
}

// checkStrictBut is checkStrict, and lets rows of people pass who are to be invited.
func (s *session) checkStrictBut(report *match.Report, outside map[int]string) error {
	if !s.opts.strict {
		return nil
	}
	for o := range report.Unresolved() {
		if outside[o.Line()] == "" {
			return withStatus(exitUnresolved, "rows have no user, the first on line %d of %s; -unresolved FILE lists "+
				"them with reasons", o.Line(), s.roster.name)
		}
	}
	return nil
}

// packageOptions are what the flags say of the requests.
func (s *session) packageOptions(emails []string) *governance.PackageOptions {
	o := &governance.PackageOptions{Policy: s.opts.policy, External: emails, ExternalPolicy: s.opts.externalPolicy,
		MaxRequests: int(s.opts.maxAdditions), MaxInvitations: int(s.opts.maxCreations), Override: s.opts.override,
		Wait: s.opts.wait, Interval: min(10*time.Second, s.opts.wait/10)}
	if s.tenant.embedded {
		o.Interval = s.tenant.interval
	}
	return o
}

// planPackage shows whom the package would be requested for.
func (s *session) planPackage(ctx context.Context, pack *governance.AccessPackage,
	people packagePeople) (*governance.PackageReport, error) {
	s.heading("Assign the access package " + pack.DisplayName)
	plan, err := s.tenant.governance.PlanPackage(ctx, pack, people.ids, s.packageOptions(people.emails))
	if err != nil {
		return nil, err
	}
	s.doc.Package = plan
	s.printPackage(plan, people)
	return plan, nil
}

// assignPackage requests the package for those of a plan who lack it, and follows the
// requests, also those of earlier runs, until they are delivered or -wait is over.
func (s *session) assignPackage(ctx context.Context, pack *governance.AccessPackage, plan *governance.PackageReport,
	people packagePeople) error {
	what, open := packageWork(plan)
	if len(open.ids)+len(open.emails) > 0 && s.opts.dryRun {
		s.note("Dry run: would %s; nothing is written.", what)
		return packageFailure(plan)
	}
	if plan.Count(governance.PackageWanted) > 0 {
		if err := s.confirm(ctx, what); err != nil {
			return err
		}
	}
	if len(open.ids)+len(open.emails) == 0 {
		return packageFailure(plan)
	}
	made, err := s.tenant.governance.AssignPackage(ctx, pack, open.ids, s.packageOptions(open.emails))
	if made != nil {
		merge(plan, made)
		s.doc.packageMade = true
		s.out.block()
		s.printPackage(made, people)
	}
	if err != nil {
		return err
	}
	return packageFailure(plan)
}

// packageWork says what is left to do by a plan, and for whom.
func packageWork(plan *governance.PackageReport) (what string, open packagePeople) {
	invited := 0
	for _, r := range plan.Results {
		wanted := r.State == governance.PackageWanted
		switch {
		case !wanted && r.State != governance.PackagePending:
		case r.Email == "":
			open.ids = append(open.ids, r.PrincipalID)
		default:
			open.emails = append(open.emails, r.Email)
			if wanted {
				invited++
			}
		}
	}
	what = "follow the requests of earlier runs"
	if n := plan.Count(governance.PackageWanted); n > 0 {
		what = fmt.Sprintf("request the access package %s for %s", plan.Package, plural(n, "user"))
	}
	if invited > 0 {
		what += fmt.Sprintf(", and invite %d of them into the directory", invited)
	}
	return what, open
}

// merge takes what became of people over into the plan that the document shows.
func merge(plan, made *governance.PackageReport) {
	by := make(map[string]governance.PackageResult)
	for _, r := range made.Results {
		by[r.PrincipalID+" "+r.Email] = r
	}
	for i, r := range plan.Results {
		if now, ok := by[r.PrincipalID+" "+r.Email]; ok {
			plan.Results[i] = now
		}
	}
}

// packageFailure is how a command ends whose package is not delivered to all.
func packageFailure(report *governance.PackageReport) error {
	failed, partly := report.Count(governance.PackageFailed), report.Count(governance.PackagePartly)
	pending := report.Count(governance.PackagePending)
	switch {
	case failed+partly > 0:
		return withStatus(exitFailed, "%d of %d did not get the access package %s", failed+partly, len(report.Results),
			report.Package)
	case pending > 0:
		return withStatus(exitFailed, "the access package %s is not delivered to %d of %d yet; the same command goes on",
			report.Package, pending, len(report.Results))
	}
	return nil
}

// packageStates are the states in the order in which they are shown, in words.
var packageStates = []struct {
	state governance.PackageState
	words string
}{
	{governance.PackageWanted, "to be requested"}, {governance.PackageHeld, "have it already"},
	{governance.PackageDelivered, "got it"}, {governance.PackagePending, "requested, not delivered yet"},
	{governance.PackagePartly, "got a part of its roles: reprocess the assignment"}, {governance.PackageFailed, "failed"},
}

// printPackage counts the states, and lists who has to be looked at.
func (s *session) printPackage(report *governance.PackageReport, people packagePeople) {
	counts := table{right: []bool{true}}
	for _, line := range packageStates {
		if n := report.Count(line.state); n > 0 {
			counts.add(thousands(n), line.words)
		}
	}
	counts.print(s.out, 0)
	t := table{heads: []string{"who", "state", "what is known"}, keep: []bool{false, true}}
	for _, r := range report.Results {
		switch {
		case r.Error != "":
			t.add(people.name(r), string(r.State), r.Error)
		case r.State == governance.PackageWanted && r.Email != "":
			t.add(people.name(r), string(r.State), "is invited into the directory")
		case len(r.HeldBefore) > 0:
			t.add(people.name(r), string(r.State), "holds "+enumerate(r.HeldBefore)+" without it, and loses that with the package")
		}
	}
	if t.rows != nil {
		s.out.block()
		t.print(s.out, rowsShown)
	}
}
