package main

import (
	"context"
	"fmt"

	"github.com/rollcall-go/rollcall/entra"
)

func registerCommand(ctx context.Context, s *session) error {
	_, err := s.register(ctx)
	return err
}

// register brings about the application, its service principal and its roles,
// and keeps what is there. In a dry run it returns the application as it would be.
func (s *session) register(ctx context.Context) (*entra.Application, error) {
	s.heading("Register the application")
	plan, err := s.planRegistration(ctx)
	if err != nil {
		return nil, err
	}
	s.doc.Registration, s.opts.app = plan, plan.DisplayName
	s.explain("Assignments need an application in Entra with roles to assign. One that is there is completed; " +
		"its other roles and tags are kept.")
	s.printRegistration(plan)
	if s.opts.dryRun {
		s.doc.Application = plannedApplication(plan)
		return s.doc.Application, nil
	}
	if len(plan.Steps) > 0 {
		if err := s.confirm(ctx, fmt.Sprintf("register %s (%s)", clean(s.opts.app), plural(len(plan.Steps), "change"))); err != nil {
			return nil, err
		}
		s.doc.registering = true
	}
	app, err := s.tenant.client.ApplyRegistration(ctx, plan)
	if err != nil {
		return nil, err
	}
	s.doc.registering = false
	s.doc.Application = app
	if len(plan.Steps) > 0 {
		s.note("%s is registered.", clean(app.DisplayName))
	}
	return app, nil
}

// planRegistration says what registering would write, or why it can't.
func (s *session) planRegistration(ctx context.Context) (*entra.RegistrationPlan, error) {
	roles, err := s.roles()
	if err != nil {
		return nil, err
	}
	return s.tenant.client.PlanRegistration(ctx, entra.Registration{
		Application: s.opts.appRef(), Roles: roles, RequireAssignment: s.opts.requireAssignment})
}

// printRegistration lists the steps with their reasons.
func (s *session) printRegistration(plan *entra.RegistrationPlan) {
	if len(plan.Steps) == 0 {
		s.note("%s is registered as it should be: nothing to do.", clean(plan.DisplayName))
		return
	}
	t := table{heads: []string{"step", "why"}}
	for _, step := range plan.Steps {
		what := step.Kind.String()
		if step.Role != nil {
			what += " " + step.Role.DisplayName
		}
		t.add(what, step.Reason)
	}
	t.print(s.out, 0)
}
