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

// createApplication creates the registration with its roles and its tag in one
// request. Names are not unique, so that a lost answer could make a second
// application: the unique name makes a repeated request fail instead. Where the
// service does not take one, only looking guards against a second application.
// https://learn.microsoft.com/graph/api/application-post-applications
func (g *registering) createApplication(ctx context.Context) error {
	if g.Application != nil || g.ServicePrincipal != nil {
		return nil
	}
	created, body := &applicationObject{}, g.registration.body(g.roles)
	create := request{op: opCreateApplication, method: http.MethodPost, path: "/applications", body: body,
		settle: func(ctx context.Context) (bool, error) {
			now, err := g.findApplication(ctx, g.registration.name())
			if err != nil || now == nil || now.Application == nil {
				return false, err
			}
			*created = *now.Application
			return true, nil
		}}
	err := g.do(ctx, create, created)
	if refuses(err, "uniqueName") {
		delete(body, "uniqueName")
		err = g.do(ctx, create, created)
	}
	if conflictsOn(err, "uniqueName") {
		created, err = g.adoptApplication(ctx, err)
	}
	if err != nil {
		return err
	}
	g.Application = created
	g.wrote.add(append(roleIDs(g.roles), created.ID, created.AppID)...)
	return nil
}

// body is the application as it is to be created.
func (r Registration) body(roles []assign.AppRole) map[string]any {
	body := map[string]any{"displayName": r.name(), "uniqueName": r.uniqueName(), "tags": []string{IntegratedTag}}
	if len(roles) > 0 {
		body["appRoles"] = roles
	}
	return body
}

// adoptApplication finds the application that holds the unique name: one that
// an earlier run created and that is not visible everywhere yet.
func (g *registering) adoptApplication(ctx context.Context, conflict error) (app *applicationObject, err error) {
	r := g.registration
	list := request{op: opFindApplication, path: filterPath("/applications", "uniqueName", r.uniqueName(), applicationFields)}
	err = g.waitOut(ctx, func() error {
		for found, err := range pages[applicationObject](ctx, g.Client, list) {
			app = &found
			return err
		}
		return notYet{conflict}
	})
	switch {
	case errors.Is(err, ErrNotReplicated):
		return nil, &RegistrationError{DisplayName: r.DisplayName, Reason: "its unique name " + r.uniqueName() +
			" belongs to an application that cannot be seen, probably a deleted one: restore that one, or register under another unique name"}
	case err == nil && !strings.EqualFold(app.DisplayName, r.name()):
		return nil, &RegistrationError{DisplayName: r.DisplayName, Reason: fmt.Sprintf(
			"it was created before and is called %q now (object id %s): use that name, or register under another unique name", app.DisplayName, app.ID)}
	}
	return app, err
}

// completeApplication adds roles and the tag to a registration, keeping what it
// has. appRoles can only be written as a whole, so that what was read is sent
// back with the additions; if the write meets a change, it is read again.
// https://learn.microsoft.com/graph/api/application-update
func (g *registering) completeApplication(ctx context.Context) error {
	if g.Application == nil {
		return nil // of another tenant
	}
	path := "/applications/" + url.PathEscape(g.Application.ID)
	return g.waitOut(ctx, func() error {
		plan, err := g.registration.plan(&g.found)
		if err != nil {
			return err
		}
		g.roles = plan.Roles
		app := *g.Application
		body := app.complete(g.roles)
		if len(body) == 0 {
			return nil
		}
		err = g.do(ctx, request{op: opUpdateApplication, method: http.MethodPatch, path: path, body: body}, nil)
		if err != nil && g.changing(err, app.ID) {
			return g.rereadApplication(ctx, path, err)
		}
		if err == nil {
			g.Application = &app
			g.wrote.add(roleIDs(g.roles)...)
		}
		return err
	})
}

// rereadApplication reads the registration after a write that may succeed the
// next time, and returns why that failed.
func (g *registering) rereadApplication(ctx context.Context, path string, cause error) error {
	app := &applicationObject{}
	err := g.do(ctx, request{op: opFindApplication, path: path + "?$select=" + applicationFields}, app)
	switch {
	case err == nil:
		g.Application = app
	case !errors.Is(err, ErrNotFound):
		return err
	}
	return notYet{cause}
}

// changing reports whether a failed update may succeed when it is made again
// upon a fresh read: its outcome is unclear, what was read was stale (roles
// seem to be left out), or the object is not visible yet.
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
