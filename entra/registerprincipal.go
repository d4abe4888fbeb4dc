package entra

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra/graph"
)

// createServicePrincipal creates the application's service principal, or finds
// the one that is there. It waits for a registration that was just created.
// https://learn.microsoft.com/graph/api/serviceprincipal-post-serviceprincipals
func (g *registrationRun) createServicePrincipal(ctx context.Context) error {
	if g.ServicePrincipal != nil {
		return nil
	}
	appID := g.Application.AppID
	body := map[string]any{"appId": appID}
	if g.plan.registration.RequireAssignment {
		body["appRoleAssignmentRequired"] = true
	}
	create := graph.Request{Op: OpCreateServicePrincipal, Method: http.MethodPost, Path: "/servicePrincipals",
		Body: body, Settle: func(ctx context.Context, _ graph.Seen) (bool, error) { return g.findServicePrincipal(ctx) }}
	return g.conn.WaitOut(ctx, func() error {
		created := &servicePrincipalObject{}
		err := g.conn.Do(ctx, create, created)
		switch {
		case errors.Is(err, graph.ErrExists):
			return g.waitForServicePrincipal(ctx, err)
		case (errors.Is(err, graph.ErrNotReplicated) || errors.Is(err, graph.ErrNotFound)) && g.conn.JustWritten(appID):
			return graph.NotYet(err)
		case err == nil && g.ServicePrincipal == nil && created.ID == "":
			err = lookFor(ctx, create)
		case err == nil && g.ServicePrincipal == nil: // and not found by looking
			g.ServicePrincipal = created
		}
		if err == nil {
			g.conn.MarkWritten(g.ServicePrincipal.ID)
		}
		return err
	})
}

// findServicePrincipal looks for the application's service principal.
func (g *registrationRun) findServicePrincipal(ctx context.Context) (there bool, err error) {
	g.ServicePrincipal, err = g.readServicePrincipal(ctx, appIDKey(g.Application.AppID))
	return g.ServicePrincipal != nil, err
}

// waitForServicePrincipal waits until the one that another run just created is
// visible.
func (g *registrationRun) waitForServicePrincipal(ctx context.Context, conflict error) error {
	return g.conn.WaitOut(ctx, func() error {
		there, err := g.findServicePrincipal(ctx)
		if err == nil && !there {
			return graph.NotYet(conflict)
		}
		if err == nil {
			g.conn.MarkWritten(g.ServicePrincipal.ID)
		}
		return err
	})
}

// completeServicePrincipal sets what belongs on the service principal:
// appRoleAssignmentRequired, and the tag if there is no registration here.
// https://learn.microsoft.com/graph/api/serviceprincipal-update
func (g *registrationRun) completeServicePrincipal(ctx context.Context) error {
	principal, body := *g.ServicePrincipal, map[string]any{}
	if g.plan.registration.RequireAssignment && !principal.requiresAssignment() {
		principal.AppRoleAssignmentRequired = new(true)
		body["appRoleAssignmentRequired"] = true
	}
	if g.Application == nil && !slices.Contains(principal.Tags, IntegratedTag) {
		path := "/servicePrincipals/" + url.PathEscape(principal.ID) + "?$select=" + servicePrincipalFields
		if err := agree(ctx, g.Client, path, &g.ServicePrincipal, (*servicePrincipalObject).tags); err != nil {
			return err
		}
		principal.Tags = g.ServicePrincipal.Tags
		principal.Tags = append(slices.Clip(principal.Tags), IntegratedTag)
		body["tags"] = principal.Tags
	}
	if len(body) == 0 {
		return nil
	}
	update := graph.Request{Op: OpUpdateServicePrincipal, Method: http.MethodPatch,
		Path: "/servicePrincipals/" + url.PathEscape(principal.ID), Body: body, Idempotent: true}
	return g.conn.WaitOut(ctx, func() error {
		err := g.conn.Do(ctx, update, nil)
		if err != nil && g.mayPass(err, principal.ID) {
			return graph.NotYet(err)
		}
		if err == nil {
			g.ServicePrincipal = &principal
		}
		return err
	})
}

// waitForRoles waits until the service principal shows the roles, which Entra
// copies from the registration some seconds after they were written. A role that is
// seen on one replica may not be on every other one yet, and no role says when it was
// made: a run before this one may have been cut off a moment ago. So "not found" of a
// role that was seen is waited out.
func (g *registrationRun) waitForRoles(ctx context.Context) error {
	principal := *g.ServicePrincipal
	path := "/servicePrincipals/" + url.PathEscape(principal.ID) + "?$select=" + servicePrincipalFields
	g.conn.MarkWritten(roleIDs(g.roles)...)
	return g.conn.WaitOut(ctx, func() error {
		if g.ServicePrincipal.shows(g.roles) {
			return nil
		}
		g.conn.MarkWritten(principal.ID)
		seen := &servicePrincipalObject{}
		err := g.conn.Do(ctx, graph.Request{Op: OpFindApplication, Path: path}, seen)
		if err != nil && !errors.Is(err, graph.ErrNotFound) {
			return err
		}
		if !seen.shows(g.roles) {
			return graph.NotYet(fmt.Errorf("the service principal %s does not show the roles yet", principal.ID))
		}
		principal.AppRoles = seen.AppRoles
		g.ServicePrincipal = &principal
		return nil
	})
}

func (p *servicePrincipalObject) tags() string {
	return strings.Join(slices.Sorted(slices.Values(p.Tags)), "\n")
}

func (p *servicePrincipalObject) shows(roles []assign.AppRole) bool {
	return !slices.ContainsFunc(roles, func(r assign.AppRole) bool { return !hasRole(p.AppRoles, r.ID) })
}
