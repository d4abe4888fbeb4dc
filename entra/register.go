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
)

// PlanRegistration says what [Client.Register] would write, and writes nothing.
// It fails as [Client.FindApplication] does for an ambiguous name, and with a
// [*RegistrationError] if the registration cannot be brought about.
func (c *Client) PlanRegistration(ctx context.Context, r Registration) (*RegistrationPlan, error) {
	now, err := c.findApplication(ctx, strings.TrimSpace(r.DisplayName))
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
	now := found{}
	if plan.found != nil {
		now = *plan.found
	}
	if plan.found == nil {
		now.Application, err = c.createApplication(ctx, r, plan.Roles)
	}
	if err == nil && now.Application != nil {
		now.Application, err = c.completeApplication(ctx, now.Application, plan.Roles)
	}
	if err == nil && now.ServicePrincipal == nil {
		now.ServicePrincipal, err = c.createServicePrincipal(ctx, now.Application.AppID, r.RequireAssignment)
	}
	if err == nil {
		err = c.completeServicePrincipal(ctx, &now, r.RequireAssignment)
	}
	if err == nil {
		err = c.waitForRoles(ctx, &now, plan.Roles)
	}
	if err != nil {
		return nil, fmt.Errorf("registering application %q: %w", r.DisplayName, err)
	}
	return now.application(), nil
}

// createApplication creates the registration with its roles and its tag in one
// request. Names are not unique, so that a lost answer could make a second
// application: the unique name makes a repeated request fail instead. Where the
// service does not take one, only looking guards against a second application.
// https://learn.microsoft.com/graph/api/application-post-applications
func (c *Client) createApplication(ctx context.Context, r Registration, roles []assign.AppRole) (*applicationObject, error) {
	name := strings.TrimSpace(r.DisplayName)
	body := map[string]any{"displayName": name, "uniqueName": r.uniqueName(), "appRoles": roles, "tags": []string{IntegratedTag}}
	created := &applicationObject{}
	create := request{op: opCreateApplication, method: http.MethodPost, path: "/applications", body: body,
		settle: func(ctx context.Context) (bool, error) {
			now, err := c.findApplication(ctx, name)
			if err != nil || now == nil || now.Application == nil {
				return false, err
			}
			*created = *now.Application
			return true, nil
		}}
	err := c.do(ctx, create, created)
	if refuses(err, "uniqueName") {
		delete(body, "uniqueName")
		err = c.do(ctx, create, created)
	}
	if conflictsOn(err, "uniqueName") {
		created, err = c.adoptApplication(ctx, r, err)
	}
	if err != nil {
		return nil, err
	}
	c.wrote.add(append(roleIDs(roles), created.ID, created.AppID)...)
	return created, nil
}

// adoptApplication finds the application that holds the unique name: one that
// an earlier run created and that is not visible everywhere yet.
func (c *Client) adoptApplication(ctx context.Context, r Registration, conflict error) (*applicationObject, error) {
	list := request{op: opFindApplication, path: filterPath("/applications", "uniqueName", r.uniqueName(), applicationFields)}
	var app *applicationObject
	err := c.waitOut(ctx, func() error {
		for found, err := range pages[applicationObject](ctx, c, list) {
			if err == nil {
				app = &found
			}
			return err
		}
		return notYet{conflict}
	})
	switch {
	case errors.Is(err, ErrNotReplicated):
		return nil, &RegistrationError{DisplayName: r.DisplayName, Reason: "its unique name " + r.uniqueName() +
			" belongs to an application that cannot be seen, probably a deleted one: restore that one, or register under another unique name"}
	case err != nil:
		return nil, err
	case !strings.EqualFold(app.DisplayName, strings.TrimSpace(r.DisplayName)):
		return nil, &RegistrationError{DisplayName: r.DisplayName, Reason: fmt.Sprintf(
			"it was created before and is called %q now (object id %s): use that name, or register under another unique name", app.DisplayName, app.ID)}
	}
	return app, nil
}

// completeApplication adds roles and the tag to a registration, keeping what it
// has. appRoles can only be written as a whole, so that what was read is sent
// back with the additions; if the write meets a change, it is read again.
// https://learn.microsoft.com/graph/api/application-update
func (c *Client) completeApplication(ctx context.Context, app *applicationObject, roles []assign.AppRole) (*applicationObject, error) {
	path := "/applications/" + url.PathEscape(app.ID)
	err := c.waitOut(ctx, func() error {
		body := app.complete(roles)
		if len(body) == 0 {
			return nil
		}
		c.wrote.add(roleIDs(roles)...)
		err := c.do(ctx, request{op: opUpdateApplication, method: http.MethodPatch, path: path, body: body}, nil)
		if err == nil || !c.changing(err, app.ID) {
			return err
		}
		if reread, readErr := c.readApplication(ctx, path); readErr == nil {
			app = reread
		} else if !errors.Is(readErr, ErrNotFound) {
			return readErr
		}
		return notYet{err}
	})
	return app, err
}

// changing reports whether a failed update may succeed when it is made again
// upon a fresh read: its outcome is unclear, others are writing, what was read
// was stale (roles seem to be left out), or the object is not visible yet.
func (c *Client) changing(err error, id string) bool {
	return errors.Is(err, ErrUnclear) || hasCode(err, "CannotDeleteOrUpdateEnabledEntitlement") ||
		errors.Is(err, ErrNotFound) && c.wrote.fresh(id)
}

// complete adds what is missing to app and returns what of it has to be written.
func (app *applicationObject) complete(roles []assign.AppRole) map[string]any {
	body := map[string]any{}
	for _, role := range roles {
		if !hasRole(app.AppRoles, role.ID) {
			app.AppRoles = append(slices.Clip(app.AppRoles), roleObject{AppRole: role})
			body["appRoles"] = app.AppRoles
		}
	}
	if !slices.Contains(app.Tags, IntegratedTag) {
		app.Tags = append(slices.Clip(app.Tags), IntegratedTag)
		body["tags"] = app.Tags
	}
	return body
}

func (c *Client) readApplication(ctx context.Context, path string) (*applicationObject, error) {
	app := &applicationObject{}
	return app, c.do(ctx, request{op: opFindApplication, path: path + "?$select=" + applicationFields}, app)
}

// createServicePrincipal creates the application's service principal, or finds
// the one that is there. A registration made a moment ago is waited for.
// https://learn.microsoft.com/graph/api/serviceprincipal-post-serviceprincipals
func (c *Client) createServicePrincipal(ctx context.Context, appID string, required bool) (principal *servicePrincipalObject, err error) {
	find := func(ctx context.Context) (bool, error) {
		there, err := byAppID[servicePrincipalObject](ctx, c, "/servicePrincipals", servicePrincipalFields, appID)
		if there != nil {
			principal = there
		}
		return there != nil, err
	}
	body := map[string]any{"appId": appID}
	if required {
		body["appRoleAssignmentRequired"] = true
	}
	err = c.waitOut(ctx, func() error {
		principal = &servicePrincipalObject{}
		err := c.do(ctx, request{op: opCreateServicePrincipal, method: http.MethodPost, path: "/servicePrincipals", body: body, settle: find}, principal)
		switch {
		case errors.Is(err, ErrExists):
			return c.waitOut(ctx, func() error { return orNotYet(find(ctx))(err) })
		case errors.Is(err, ErrNotReplicated) && c.wrote.fresh(appID):
			return notYet{err}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	c.wrote.add(principal.ID)
	return principal, nil
}

// completeServicePrincipal sets what belongs on the service principal:
// appRoleAssignmentRequired, and the tag if there is no registration here.
// https://learn.microsoft.com/graph/api/serviceprincipal-update
func (c *Client) completeServicePrincipal(ctx context.Context, now *found, required bool) error {
	principal, body := now.ServicePrincipal, map[string]any{}
	if required && !principal.AppRoleAssignmentRequired {
		principal.AppRoleAssignmentRequired = true
		body["appRoleAssignmentRequired"] = true
	}
	if now.Application == nil && !slices.Contains(principal.Tags, IntegratedTag) {
		principal.Tags = append(slices.Clip(principal.Tags), IntegratedTag)
		body["tags"] = principal.Tags
	}
	if len(body) == 0 {
		return nil
	}
	path := "/servicePrincipals/" + url.PathEscape(principal.ID)
	return c.waitOut(ctx, func() error {
		err := c.do(ctx, request{op: opUpdateServicePrincipal, method: http.MethodPatch, path: path, body: body, idempotent: true}, nil)
		if err != nil && c.changing(err, principal.ID) {
			return notYet{err}
		}
		return err
	})
}

// waitForRoles looks at the service principal until it shows the roles: Entra
// copies them from the registration some seconds after they were written.
func (c *Client) waitForRoles(ctx context.Context, now *found, roles []assign.AppRole) error {
	path := "/servicePrincipals/" + url.PathEscape(now.ServicePrincipal.ID) + "?$select=" + servicePrincipalFields
	return c.waitOut(ctx, func() error {
		if now.ServicePrincipal.shows(roles) {
			return nil
		}
		// A role that is on its way may not be on every replica when it is seen on one.
		c.wrote.add(append(roleIDs(roles), now.ServicePrincipal.ID)...)
		seen := &servicePrincipalObject{}
		err := c.do(ctx, request{op: opFindApplication, path: path}, seen)
		if err != nil && !(errors.Is(err, ErrNotFound) && c.wrote.fresh(now.ServicePrincipal.ID)) {
			return err
		}
		if !seen.shows(roles) {
			return notYet{fmt.Errorf("the service principal %s does not show the roles yet", now.ServicePrincipal.ID)}
		}
		now.ServicePrincipal.AppRoles = seen.AppRoles
		return nil
	})
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
