package entra

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
)

// PlanRegistration says what [Client.Register] would write, and writes nothing.
// It fails as [Client.FindApplication] does for an ambiguous name, and with a
// [*RegistrationError] if the registration cannot be brought about.
func (c *Client) PlanRegistration(ctx context.Context, r Registration) (*RegistrationPlan, error) {
	if r.name() == "" {
		return nil, &RegistrationError{Reason: "the application's display name is empty"}
	}
	now, err := c.findApplication(ctx, r.name())
	if err != nil {
		return nil, err
	}
	return r.plan(now)
}

// Register brings the application in line with r: it creates registration and
// service principal, adds roles and the [IntegratedTag] beside those that are
// there, requires assignment if asked, and waits until the service principal
// shows the roles. It is safe to repeat, also after it was cut off anywhere.
// https://learn.microsoft.com/entra/id-governance/identity-governance-applications-not-provisioned-users#register-the-application
func (c *Client) Register(ctx context.Context, r Registration) (*Application, error) {
	plan, err := c.PlanRegistration(ctx, r)
	if err != nil {
		return nil, err
	}
	g := &registering{Client: c, registration: r, roles: plan.Roles}
	if plan.found != nil {
		g.found = *plan.found
	}
	for _, step := range []func(context.Context) error{
		g.createApplication, g.completeApplication, g.createServicePrincipal, g.completeServicePrincipal, g.waitForRoles,
	} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("registering application %q: %w", r.DisplayName, err)
		}
	}
	return g.application(), nil
}

// A registering is one call of Register: what is to be brought about, and what
// is there so far. Each step finds its work done or does it.
type registering struct {
	*Client
	found
	registration Registration
	roles        []assign.AppRole // the registration's, as they will stand
}

func (p *servicePrincipalObject) shows(roles []assign.AppRole) bool {
	for _, role := range roles {
		if !hasRole(p.AppRoles, role.ID) {
			return false
		}
	}
	return true
}

func hasRole(roles []roleObject, id string) bool {
	return slices.ContainsFunc(roles, func(r roleObject) bool { return strings.EqualFold(r.ID, id) })
}

func roleIDs(roles []assign.AppRole) []string {
	var ids []string
	for _, role := range roles {
		ids = append(ids, role.ID)
	}
	return ids
}
