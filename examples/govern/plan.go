package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/match"
)

func planCommand() command {
	return command{name: "plan", needs: []need{needRoster, needMatch, needApp, needRole}, run: func(ctx context.Context, s *session) error {
		plan, err := s.planFromFlags(ctx)
		if err != nil {
			return err
		}
		return s.writePlan(plan)
	}}
}

// planFromFlags matches the roster and plans for the application that is there.
// What can be wrong with the application is found out first.
func (s *session) planFromFlags(ctx context.Context) (assign.Plan, error) {
	app, err := s.application(ctx)
	if err != nil {
		return assign.Plan{}, err
	}
	if _, err := s.roleRule(app.AppRoles); err != nil {
		return assign.Plan{}, err
	}
	report, err := s.match(ctx)
	if err != nil {
		return assign.Plan{}, err
	}
	return s.plan(ctx, report, app)
}

// application finds the application that -app names.
func (s *session) application(ctx context.Context) (*entra.Application, error) {
	app, err := s.tenant.client.FindApplication(ctx, s.opts.app)
	if errors.Is(err, graph.ErrNotFound) {
		return nil, fmt.Errorf("there is no application %q in %s; register makes it", s.opts.app, s.tenant.name)
	}
	if err != nil {
		return nil, err
	}
	if app.ServicePrincipalID == "" {
		return nil, fmt.Errorf("the application %q has no service principal in %s yet; register makes it", s.opts.app, s.tenant.name)
	}
	s.doc.Application = app
	return app, nil
}

// plan says what to change so that the users of the rows hold their roles.
func (s *session) plan(ctx context.Context, report *match.Report, app *entra.Application) (assign.Plan, error) {
	s.heading("Check for users who are not assigned yet")
	rule, err := s.roleRule(app.AppRoles)
	if err != nil {
		return assign.Plan{}, err
	}
	wants, without := assign.Wants(report.Found(&match.FoundOptions{IncludeDisabled: s.includesDisabled()}), rule)
	s.printWithoutRole(without)
	if err := s.strictlyPlanned(report, without); err != nil {
		return assign.Plan{}, err
	}
	var current []assign.Assignment
	if !strings.HasPrefix(app.ServicePrincipalID, plannedID("")) {
		if current, err = s.tenant.client.Assignments(ctx, app.ServicePrincipalID); err != nil {
			return assign.Plan{}, err
		}
	}
	plan, err := assign.NewPlan(app.Resource(), wants, current, s.policy(report, without))
	if err != nil {
		return assign.Plan{}, err
	}
	s.doc.Plan = &plan
	s.explain("govern plan writes such a plan to a file, for somebody to approve, and govern apply carries out " +
		"that file. Users blocked from sign-in are in it too, since -create makes such users.")
	s.printPlan(plan, report)
	return plan, nil
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

// policy is what the flags allow to be removed, with the evidence for it: the
// report exists, so the roster was read and looked up to its end.
func (s *session) policy(report *match.Report, without []*assign.WantError) *assign.Policy {
	remove := assign.RemoveNothing
	if s.opts.removeUnlisted {
		remove = assign.RemoveUnlisted
	}
	roll := assign.NewRoll(slices.Values(report.Outcomes), report.Unresolved(), without)
	roll.Complete = true
	return &assign.Policy{
		Remove:           remove,
		MaxRemovals:      s.opts.maxRemovals,
		MaxRemovalShare:  float64(s.opts.maxRemovalShare),
		Override:         s.opts.override,
		Roll:             roll,
		AcceptUnresolved: s.opts.acceptUnresolved,
	}
}

// strictlyPlanned refuses to go on, under -strict, while rows have no role. In a
// command without -create it is also the check that all rows have a user.
func (s *session) strictlyPlanned(report *match.Report, without []*assign.WantError) error {
	if err := s.strictly(report, nil); err != nil || !s.opts.strict || len(without) == 0 {
		return err
	}
	return withStatus(exitUnresolved, "%s no role: %w", haveOrHas(len(without)), without[0])
}

func (s *session) printWithoutRole(without []*assign.WantError) {
	if len(without) == 0 {
		return
	}
	t := table{heads: []string{"line", "account", "why no role"}, right: []bool{true}, keep: []bool{true}}
	for _, w := range without {
		t.add(fmt.Sprint(w.Source.Line), w.Source.Key, w.Err.Error())
	}
	s.note("%s a user but no role, and is left out:", haveOrHas(len(without)))
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
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, s.opts.app)
	return strings.TrimLeft(name, ".-") + ".plan.json"
}

func (s *session) writePlan(plan assign.Plan) error {
	if s.opts.dryRun {
		s.note("Dry run: no plan file is written.")
		return nil
	}
	path := s.planFile()
	if err := writeFile(path, func(w io.Writer) error { return plan.Encode(w) }); err != nil {
		return err
	}
	s.doc.PlanFile = path
	s.note("Written to %s. To carry it out: govern apply %s", path, shellQuote(path))
	return nil
}
