package entra

import (
	"cmp"
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

// PlanRegistration returns what [Client.Register] would write, and writes
// nothing. It fails with an [*AmbiguousError] if the name stands for more than
// one application, with [graph.ErrNotFound] if no application has the id, and
// with a [*RegistrationError] if the registration is not possible.
// Permission: Application.Read.All, and User.Read.All if there are owners.
func (c *Client) PlanRegistration(ctx context.Context, r Registration) (*RegistrationPlan, error) {
	if err := r.Application.check(); err != nil {
		return nil, &RegistrationError{Reason: err.Error()}
	}
	now, err := c.findApplication(ctx, r.Application)
	if err == nil && now == nil {
		now, err = c.findByUniqueName(ctx, r)
	}
	if err != nil {
		return nil, err
	}
	plan, err := r.plan(now)
	if err != nil {
		return nil, err
	}
	return plan, c.planOwners(ctx, plan)
}

// findByUniqueName finds an application that an earlier run created and that its
// display name does not find: it was renamed, or is not visible everywhere yet. It
// returns nil if there is none.
func (c *Client) findByUniqueName(ctx context.Context, r Registration) (*objects, error) {
	name := r.Application.DisplayName
	if name == "" {
		return nil, fmt.Errorf("application %s: %w", r.Application, graph.ErrNotFound)
	}
	app, err := c.readRegistration(ctx, uniqueNameKey(r.uniqueName(name)))
	if app == nil || err != nil {
		return nil, err
	}
	if err := checkName(app, name); err != nil {
		return nil, err
	}
	f := &objects{Application: app}
	if err := c.readOther(ctx, f); err != nil {
		return nil, err
	}
	c.conn.MarkWritten(f.ids()...)
	return f, nil
}

// checkName returns an error if an application that was created by this package
// was renamed since: renaming it back would be somebody's surprise.
func checkName(app *applicationObject, name string) error {
	if strings.EqualFold(app.DisplayName, name) {
		return nil
	}
	return &RegistrationError{DisplayName: name, Reason: fmt.Sprintf(
		"it was created before and is called %q now (object id %s): use that name, or register under another unique name",
		app.DisplayName, app.ID)}
}

func uniqueNameKey(name string) string {
	return "(uniqueName='" + url.PathEscape(strings.ReplaceAll(name, "'", "''")) + "')"
}

// Register brings the application in line with r: it calls
// [Client.PlanRegistration] and then [Client.ApplyRegistration].
func (c *Client) Register(ctx context.Context, r Registration) (*Application, error) {
	plan, err := c.PlanRegistration(ctx, r)
	if err != nil {
		return nil, err
	}
	return c.register(ctx, plan)
}

// ApplyRegistration carries out a plan that [Client.PlanRegistration] made: it
// creates registration and service principal, adds roles and the
// [IntegratedTag] to those that are there, requires assignment if asked, waits
// until the service principal shows the roles, and adds owners. It is safe to repeat,
// wherever it was cut off. Where the plan found no application it looks again
// first, and completes one that has appeared instead of making a twin. A new
// application is for accounts of this tenant only (signInAudience AzureADMyOrg).
// Permission: Application.ReadWrite.OwnedBy for what the calling application owns,
// as what it creates; otherwise Application.ReadWrite.All. To add owners takes
// Application.ReadWrite.All and Directory.Read.All in any case.
// https://learn.microsoft.com/entra/id-governance/identity-governance-applications-not-provisioned-users#register-the-application
func (c *Client) ApplyRegistration(ctx context.Context, plan *RegistrationPlan) (*Application, error) {
	if plan.registration.Application == (ApplicationRef{}) {
		return nil, &RegistrationError{DisplayName: plan.DisplayName, Reason: "the plan was not made by PlanRegistration"}
	}
	if plan.found != nil {
		return c.register(ctx, plan)
	}
	now, err := c.PlanRegistration(ctx, plan.registration)
	if err != nil {
		return nil, err
	}
	return c.register(ctx, now)
}

func (c *Client) register(ctx context.Context, plan *RegistrationPlan) (*Application, error) {
	g := &registrationRun{Client: c, plan: plan, roles: plan.Roles}
	if plan.found != nil {
		g.objects = *plan.found
	}
	for _, step := range []func(context.Context) error{
		g.createApplication, g.completeApplication, g.createServicePrincipal, g.completeServicePrincipal, g.waitForRoles,
		g.addOwners,
	} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("registering application %q: %w", plan.DisplayName, err)
		}
	}
	return g.application(), nil
}

// A registrationRun is one call of ApplyRegistration: the plan, and what is there
// so far. Each step finds its work done or does it.
type registrationRun struct {
	*Client
	objects
	plan  *RegistrationPlan
	roles []assign.AppRole // the registration's, as they will stand
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

// createApplication creates the registration by its unique name. Display names are
// not unique, so that a POST that is sent again after a lost answer could make a
// second application; the upsert cannot. But it also updates an application that
// has the key already. So the plan looked for the key, and what is sent holds
// neither roles nor tags: [registrationRun.completeApplication] adds those to what
// is there.
// https://learn.microsoft.com/graph/api/application-upsert
func (g *registrationRun) createApplication(ctx context.Context) error {
	if g.Application != nil || g.ServicePrincipal != nil {
		return nil
	}
	app, err := g.upsertApplication(ctx, uniqueNameKey(g.plan.uniqueName()))
	if err == nil {
		err = checkName(app, g.plan.DisplayName)
	}
	if err != nil {
		return err
	}
	g.Application = app
	g.conn.MarkWritten(app.ID, app.AppID)
	return nil
}

// lookFor looks for an object that was created by a request whose answer has none
// in it.
func lookFor(ctx context.Context, create graph.Request) error {
	there, err := create.Settle(ctx, graph.Seen{})
	if err == nil && !there {
		err = &graph.Error{Op: create.Op, Err: fmt.Errorf("%w: the answer has no object in it", graph.ErrUnclear)}
	}
	return err
}

// upsertApplication creates the application that has the key, for accounts of this
// tenant only, or waits for the one that another run just created.
func (g *registrationRun) upsertApplication(ctx context.Context, key string) (app *applicationObject, err error) {
	look := func(ctx context.Context) (there bool, err error) {
		app, err = g.readRegistration(ctx, key)
		return app != nil, err
	}
	created := &applicationObject{}
	upsert := graph.Request{Op: OpCreateApplication, Method: http.MethodPatch, Path: "/applications" + key,
		Header: map[string]string{"Prefer": "create-if-missing"},
		Settle: func(ctx context.Context, _ graph.Seen) (bool, error) { return look(ctx) },
		Body:   map[string]any{"displayName": g.plan.DisplayName, "signInAudience": "AzureADMyOrg"}}
	err = g.conn.Do(ctx, upsert, created)
	taken := graph.ConflictsOn(err, "uniqueName")
	switch {
	case err == nil && created.ID != "" && created.AppID != "":
		return created, nil
	case err == nil && app != nil:
		return app, nil
	case err != nil && !taken:
		return nil, err
	}
	cause := cmp.Or(err, fmt.Errorf("%w: the application that was written cannot be seen yet", graph.ErrUnclear))
	err = g.conn.WaitOut(ctx, func() error {
		there, err := look(ctx)
		if err == nil && !there {
			return graph.NotYet(cause)
		}
		return err
	})
	if taken && errors.Is(err, graph.ErrNotReplicated) {
		return nil, &RegistrationError{DisplayName: g.plan.DisplayName, Reason: "its unique name " + g.plan.uniqueName() +
			" belongs to an application that cannot be seen, probably a deleted one: " +
			"restore that one, or register under another unique name"}
	}
	return app, err
}

// completeApplication adds roles and the tag to a registration, keeping what it
// has. Both can only be written as a whole, so what was read is sent back with the
// additions, once two looks in a row agree on it: a role that is disabled and that
// one lagging look doesn't show would be lost. If somebody else changed the
// registration meanwhile, it is read again; what was written is read back.
// https://learn.microsoft.com/graph/api/application-update
func (g *registrationRun) completeApplication(ctx context.Context) error {
	if g.Application == nil || g.isComplete() {
		return nil // of another tenant, or nothing to do
	}
	path := "/applications/" + url.PathEscape(g.Application.ID) + "?$select=" + applicationFields
	if err := agree(ctx, g.Client, path, &g.Application, (*applicationObject).content); err != nil {
		return err
	}
	err := g.conn.WaitOut(ctx, func() error {
		if err := g.updateApplication(ctx); err == nil || !g.mayPass(err, g.Application.ID) {
			return err
		} else {
			return g.rereadApplication(ctx, path, err)
		}
	})
	if err != nil {
		return err
	}
	written := *g.Application
	return g.conn.WaitOut(ctx, func() error {
		err := g.rereadApplication(ctx, path, errors.New("the registration does not show all that was written"))
		if g.Application.has(&written) {
			return nil
		}
		return err
	})
}

// isComplete reports whether the registration has the roles and the tag.
func (g *registrationRun) isComplete() bool {
	app := *g.Application
	return len(app.complete(g.roles)) == 0
}

// updateApplication writes what the registration lacks.
func (g *registrationRun) updateApplication(ctx context.Context) error {
	plan, err := g.plan.registration.plan(&g.objects)
	if err != nil {
		return err
	}
	g.roles = plan.Roles
	app := *g.Application
	body := app.complete(g.roles)
	if len(body) == 0 {
		return nil
	}
	err = g.conn.Do(ctx, graph.Request{Op: OpUpdateApplication, Method: http.MethodPatch,
		Path: "/applications/" + url.PathEscape(app.ID), Body: body}, nil)
	if err == nil {
		g.Application = &app
		g.conn.MarkWritten(roleIDs(g.roles)...)
	}
	return err
}

// rereadApplication reads the registration again and returns a [graph.NotYet] of cause.
func (g *registrationRun) rereadApplication(ctx context.Context, path string, cause error) error {
	app := &applicationObject{}
	err := g.conn.Do(ctx, graph.Request{Op: OpFindApplication, Path: path}, app)
	if err == nil {
		err = checkWhole(*app)
	}
	switch {
	case err == nil:
		g.Application = app
	case !errors.Is(err, graph.ErrNotFound):
		return err
	}
	return graph.NotYet(cause)
}

// agree reads an object until two looks in a row show the same content; *seen is
// the first look, and then the last.
func agree[T any](ctx context.Context, c *Client, path string, seen **T, content func(*T) string) error {
	return c.conn.WaitOut(ctx, func() error {
		now := new(T)
		err := c.conn.Do(ctx, graph.Request{Op: OpFindApplication, Path: path}, now)
		switch {
		case errors.Is(err, graph.ErrNotFound):
			return graph.NotYet(err)
		case err != nil:
			return err
		}
		before := *seen
		if *seen = now; content(before) != content(now) {
			return graph.NotYet(errors.New("two looks at the application differ"))
		}
		return nil
	})
}

// content is what would be written whole.
func (app *applicationObject) content() string {
	var parts []string
	for _, role := range app.AppRoles {
		parts = append(parts, strings.ToLower(role.ID))
	}
	slices.Sort(parts)
	return strings.Join(append(parts, slices.Sorted(slices.Values(app.Tags))...), "\n")
}

// has reports whether app has all roles and tags of another look.
func (app *applicationObject) has(other *applicationObject) bool {
	lacks := func(role roleObject) bool { return !hasRole(app.AppRoles, role.ID) }
	return !slices.ContainsFunc(other.AppRoles, lacks) &&
		!slices.ContainsFunc(other.Tags, func(tag string) bool { return !slices.Contains(app.Tags, tag) })
}

// mayPass reports whether a failed update may succeed after a fresh read: its
// outcome is unclear, what was read was stale (roles seem to be left out), or the
// object is not visible yet.
func (c *Client) mayPass(err error, id string) bool {
	return errors.Is(err, graph.ErrUnclear) || graph.HasCode(err, "CannotDeleteOrUpdateEnabledEntitlement") ||
		errors.Is(err, graph.ErrNotFound) && c.conn.JustWritten(id)
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
