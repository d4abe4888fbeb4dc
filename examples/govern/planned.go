package main

import (
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/match"
)

// withPlanned returns report as it would be if users were there. Their ids are
// not known yet and begin with "planned:".
func withPlanned(report *match.Report, users []entra.NewUser) *match.Report {
	byLine := make(map[int]entra.NewUser, len(users))
	for _, u := range users {
		byLine[u.Row.Line()] = u
	}
	planned := &match.Report{Outcomes: slices.Clone(report.Outcomes)}
	for i := range planned.Outcomes {
		o := &planned.Outcomes[i]
		if u, ok := byLine[o.Line()]; ok && o.Kind == match.NotFound {
			o.Kind = match.Matched
			o.User = &match.User{ID: plannedID(u.UserPrincipalName), UserPrincipalName: u.UserPrincipalName, DisplayName: u.DisplayName}
		}
	}
	return planned
}

// plannedID stands for the id of something that a dry run would create.
func plannedID(name string) string { return "planned:" + name }

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
