package main

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/roster"
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
		if plan, err = s.confirmRegistration(ctx, plan); err != nil {
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
		s.note("%s is registered.", app.DisplayName)
	}
	return app, nil
}

// planRegistration says what registering would write, or why it can't.
func (s *session) planRegistration(ctx context.Context) (*entra.RegistrationPlan, error) {
	roles, err := s.roles()
	if err != nil {
		return nil, err
	}
	plan, err := s.tenant.client.PlanRegistration(ctx, entra.Registration{
		Application: s.opts.appRef(), Roles: roles, RequireAssignment: s.opts.requireAssignment,
		Owners: s.opts.owners})
	if err != nil {
		return nil, err
	}
	return plan, s.checkNewRoles(plan)
}

// checkNewRoles refuses new roles that the list brings and that no -new-role names,
// if any are named, or if the list is in doubt and the application is there. Otherwise
// the question before the registration names them, and a yes to it counts.
func (s *session) checkNewRoles(plan *entra.RegistrationPlan) error {
	if s.opts.roleColumn == "" {
		return nil
	}
	unnamed := slices.DeleteFunc(plan.NewRoles(), s.named)
	if len(s.opts.newRoles) > 0 && len(unnamed) > 0 {
		return refuse("the list brings %s, which no -new-role names; name them all, or correct the list", newRoles(unnamed))
	}
	if s.doubt != "" && plan.Application != nil && len(unnamed) > 0 {
		return refuse("the list brings %s, and %s; if the list is right, -new-role names them", newRoles(unnamed), s.doubt)
	}
	return nil
}

// named reports whether a -new-role names the role.
func (s *session) named(role string) bool {
	return slices.ContainsFunc(s.opts.newRoles, func(name string) bool { return roster.Fold(name) == roster.Fold(role) })
}

// checkRolesAndRemovals refuses to add roles that the list brings in a run that may
// remove: a cell that was cut short becomes a role, and whoever is in it would lose
// the right one.
func (s *session) checkRolesAndRemovals(plan *entra.RegistrationPlan) error {
	added := plan.NewRoles()
	if s.opts.roleColumn == "" || !s.opts.removes() || plan.Application == nil || len(added) == 0 {
		return nil
	}
	return refuse("the list brings %s, which %s does not have, and -remove unlisted would take other roles away in "+
		"the same run; if the list is right, register -new-role adds them first", newRoles(added), plan.DisplayName)
}

// newRoles names new roles, in quotes so that cut ones are seen.
func newRoles(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	if len(names) == 1 {
		return "the new role " + quoted[0]
	}
	return "the new roles " + enumerate(quoted)
}

// confirmRegistration asks whether to carry out the plan that was shown. Since
// an answer can take long, it plans again after one, and refuses if that is
// another plan: an application that appeared meanwhile must not get a twin.
func (s *session) confirmRegistration(
	ctx context.Context, shown *entra.RegistrationPlan) (*entra.RegistrationPlan, error) {
	name, what := shown.DisplayName, plural(len(shown.Steps), "change")
	if added := shown.NewRoles(); s.opts.roleColumn != "" && len(added) > 0 {
		what += ", with " + newRoles(added)
	}
	err := s.confirm(ctx, fmt.Sprintf("register %s (%s)", name, what))
	if err != nil || !s.asks() {
		return shown, err
	}
	plan, err := s.planRegistration(ctx)
	if err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(plan.Steps, shown.Steps) {
		return nil, refuse("%s has changed since these steps were shown; run this again to see the new ones", name)
	}
	return plan, nil
}

// printRegistration lists the steps with their reasons.
func (s *session) printRegistration(plan *entra.RegistrationPlan) {
	if len(plan.Steps) == 0 {
		s.note("%s is registered as it should be: nothing to do.", plan.DisplayName)
		return
	}
	t := table{heads: []string{"step", "why"}}
	for _, step := range plan.Steps {
		t.add(step.What(), step.Reason)
	}
	t.print(s.out, 0)
}

// plannedApplication returns the application as it would stand after plan.
func plannedApplication(plan *entra.RegistrationPlan) *entra.Application {
	app := &entra.Application{DisplayName: plan.DisplayName}
	if plan.Application != nil {
		*app = *plan.Application
	}
	if app.ServicePrincipalID == "" {
		app.ServicePrincipalID = plannedID(plan.DisplayName)
	}
	app.AppRoles = slices.Clone(app.AppRoles)
	for _, role := range plan.Roles {
		there := func(r assign.AppRole) bool { return strings.EqualFold(r.ID, role.ID) }
		if !slices.ContainsFunc(app.AppRoles, there) {
			app.AppRoles = append(app.AppRoles, role)
		}
	}
	return app
}
