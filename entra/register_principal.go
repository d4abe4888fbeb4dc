package entra

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// createServicePrincipal creates the application's service principal, or finds
// the one that is there. A registration made a moment ago is waited for.
// https://learn.microsoft.com/graph/api/serviceprincipal-post-serviceprincipals
func (g *registering) createServicePrincipal(ctx context.Context) error {
	if g.ServicePrincipal != nil {
		return nil
	}
	appID := g.Application.AppID
	body := map[string]any{"appId": appID}
	if g.registration.RequireAssignment {
		body["appRoleAssignmentRequired"] = true
	}
	create := request{op: opCreateServicePrincipal, method: http.MethodPost, path: "/servicePrincipals", body: body, settle: g.findServicePrincipal}
	return g.waitOut(ctx, func() error {
		created := &servicePrincipalObject{}
		err := g.do(ctx, create, created)
		switch {
		case errors.Is(err, ErrExists):
			return g.adoptServicePrincipal(ctx, err)
		case (errors.Is(err, ErrNotReplicated) || errors.Is(err, ErrNotFound)) && g.wrote.fresh(appID):
			return notYet{err}
		case err == nil && g.ServicePrincipal == nil: // and not found by looking
			g.ServicePrincipal = created
		}
		if err == nil {
			g.wrote.add(g.ServicePrincipal.ID)
		}
		return err
	})
}

// findServicePrincipal looks for the application's service principal.
func (g *registering) findServicePrincipal(ctx context.Context) (there bool, err error) {
	g.ServicePrincipal, err = byAppID[servicePrincipalObject](ctx, g.Client, "/servicePrincipals", servicePrincipalFields, g.Application.AppID)
	return g.ServicePrincipal != nil, err
}

// adoptServicePrincipal finds the one that is there, as another run made it a
// moment ago.
func (g *registering) adoptServicePrincipal(ctx context.Context, conflict error) error {
	return g.waitOut(ctx, func() error {
		there, err := g.findServicePrincipal(ctx)
		if err == nil && !there {
			return notYet{conflict}
		}
		if err == nil {
			g.wrote.add(g.ServicePrincipal.ID)
		}
		return err
	})
}

// completeServicePrincipal sets what belongs on the service principal:
// appRoleAssignmentRequired, and the tag if there is no registration here.
// https://learn.microsoft.com/graph/api/serviceprincipal-update
func (g *registering) completeServicePrincipal(ctx context.Context) error {
	principal, body := *g.ServicePrincipal, map[string]any{}
	if g.registration.RequireAssignment && !principal.AppRoleAssignmentRequired {
		principal.AppRoleAssignmentRequired = true
		body["appRoleAssignmentRequired"] = true
	}
	if g.Application == nil && !slices.Contains(principal.Tags, IntegratedTag) {
		principal.Tags = append(slices.Clip(principal.Tags), IntegratedTag)
		body["tags"] = principal.Tags
	}
	if len(body) == 0 {
		return nil
	}
	path := "/servicePrincipals/" + url.PathEscape(principal.ID)
	return g.waitOut(ctx, func() error {
		err := g.do(ctx, request{op: opUpdateServicePrincipal, method: http.MethodPatch, path: path, body: body, idempotent: true}, nil)
		if err != nil && g.changing(err, principal.ID) {
			return notYet{err}
		}
		if err == nil {
			g.ServicePrincipal = &principal
		}
		return err
	})
}

// waitForRoles looks at the service principal until it shows the roles: Entra
// copies them from the registration some seconds after they were written.
func (g *registering) waitForRoles(ctx context.Context) error {
	principal := *g.ServicePrincipal
	path := "/servicePrincipals/" + url.PathEscape(principal.ID) + "?$select=" + servicePrincipalFields
	return g.waitOut(ctx, func() error {
		if g.ServicePrincipal.shows(g.roles) {
			return nil
		}
		// A role that is on its way may not be on every replica when it is seen on one.
		g.wrote.add(append(roleIDs(g.roles), principal.ID)...)
		seen := &servicePrincipalObject{}
		err := g.do(ctx, request{op: opFindApplication, path: path}, seen)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if !seen.shows(g.roles) {
			return notYet{fmt.Errorf("the service principal %s does not show the roles yet", principal.ID)}
		}
		principal.AppRoles = seen.AppRoles
		g.ServicePrincipal = &principal
		return nil
	})
}
