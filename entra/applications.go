package entra

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/roster"
)

// An Application is an application as this tenant sees it: its registration, if
// that is in this tenant, and its service principal, which users are assigned to.
// https://learn.microsoft.com/entra/identity-platform/app-objects-and-service-principals
type Application struct {
	// ID is the registration's object id; "" if the application is registered
	// in another tenant.
	ID string `json:"id,omitempty"`
	// AppID is the application (client) id.
	AppID       string `json:"appId"`
	DisplayName string `json:"displayName"`
	// ServicePrincipalID is the object id that assignments are made to; "" if
	// the application has no service principal in this tenant yet.
	ServicePrincipalID string `json:"servicePrincipalId,omitempty"`
	// AppRoles are the roles that can be assigned: those of the service
	// principal, or of the registration if there is no service principal yet.
	AppRoles                  []assign.AppRole `json:"appRoles"`
	Tags                      []string         `json:"tags"`
	AppRoleAssignmentRequired bool             `json:"appRoleAssignmentRequired"`
}

// App returns the application in the form that [assign.NewPlan] takes.
func (a *Application) App() assign.App {
	return assign.App{ResourceID: a.ServicePrincipalID, DisplayName: a.DisplayName, Roles: a.AppRoles}
}

// An ApplicationRef names an application. Exactly one of its fields is set.
type ApplicationRef struct {
	// DisplayName is compared without letter case, as Graph does; if several
	// applications have the name, the one that is spelled exactly so is meant.
	// Names are not unique.
	DisplayName string
	// AppID is the application (client) id.
	AppID string
	// ObjectID is the object id of the registration or of the service principal.
	ObjectID string
}

// String returns the field that is set, as messages show it: the display name in
// quotes, or "with appId" or "with object id" and the id.
func (r ApplicationRef) String() string {
	switch {
	case r.AppID != "":
		return "with appId " + roster.Printable(r.AppID)
	case r.ObjectID != "":
		return "with object id " + roster.Printable(r.ObjectID)
	}
	return strconv.Quote(r.DisplayName)
}

// Name returns the field that is set, whichever it is.
func (r ApplicationRef) Name() string { return cmp.Or(r.DisplayName, r.AppID, r.ObjectID) }

// check trims the fields and returns an error unless exactly one of them is set.
func (r *ApplicationRef) check() error {
	set := 0
	for _, field := range []*string{&r.DisplayName, &r.AppID, &r.ObjectID} {
		if *field = strings.TrimSpace(*field); *field != "" {
			set++
		}
	}
	if set != 1 {
		return errors.New("an application is named by its display name, its appId or its object id: set exactly one of them")
	}
	return nil
}

// An AmbiguousError says that a name stands for more than one object.
type AmbiguousError struct {
	Kind string   // what has the name: "application", "access review", "access package" or "policy"
	Name string   // as it was asked for
	IDs  []string // the candidates: appIds of applications, ids of other objects
}

// Error offers the ids.
func (e *AmbiguousError) Error() string {
	ids := "ids"
	if e.Kind == "application" {
		ids = "appIds"
	}
	return fmt.Sprintf("the name %q stands for more than one %s: "+
		"give the id of the one that is meant, or rename the others (%s: %s)",
		e.Name, e.Kind, ids, strings.Join(e.IDs, ", "))
}

// FindApplication returns the application that ref names. It fails with
// [graph.ErrNotFound] if there is none, and with an [*AmbiguousError] if more
// than one application has the name. One that comes without its roles, its tags or
// another property that something is concluded from is [graph.ErrIncomplete].
// Managed identities are passed over, because nobody can be assigned to them.
// Permission: Application.Read.All.
// https://learn.microsoft.com/graph/api/application-list
func (c *Client) FindApplication(ctx context.Context, ref ApplicationRef) (*Application, error) {
	if err := ref.check(); err != nil {
		return nil, err
	}
	f, err := c.findApplication(ctx, ref)
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, fmt.Errorf("application %s: %w", ref, graph.ErrNotFound)
	}
	return f.application(), nil
}

// findApplication returns nil if there is no such application.
func (c *Client) findApplication(ctx context.Context, ref ApplicationRef) (*objects, error) {
	f, err := c.lookUpApplication(ctx, ref)
	if f == nil || err != nil {
		return nil, err
	}
	if err := c.readOther(ctx, f); err != nil {
		return nil, err
	}
	if !f.answer(ref) {
		return nil, &graph.Error{Op: OpFindApplication, Err: fmt.Errorf(
			"%w: another application came back than the one %s", graph.ErrIncomplete, ref)}
	}
	if f.Application != nil && graph.RecentlyCreated(f.Application.CreatedDateTime) {
		c.conn.MarkWritten(f.ids()...) // a run before this one created it a moment ago
	}
	return f, nil
}

// lookUpApplication reads at least one of the application's two objects; it
// returns nil if there is none.
func (c *Client) lookUpApplication(ctx context.Context, ref ApplicationRef) (f *objects, err error) {
	if ref.DisplayName != "" {
		return c.applicationNamed(ctx, ref.DisplayName)
	}
	key := "/" + url.PathEscape(ref.ObjectID)
	if ref.AppID != "" {
		key = appIDKey(ref.AppID)
	}
	f = new(objects)
	f.ServicePrincipal, err = c.readServicePrincipal(ctx, key)
	if err == nil && f.ServicePrincipal == nil {
		f.Application, err = c.readRegistration(ctx, key)
	}
	if err != nil || f.ServicePrincipal == nil && f.Application == nil {
		return nil, err
	}
	return f, nil
}

// applicationNamed returns nil if nothing has the name.
func (c *Client) applicationNamed(ctx context.Context, name string) (*objects, error) {
	apps, err := named(ctx, c, "/applications", applicationFields, name, func(a applicationObject) string { return a.ID })
	if err != nil {
		return nil, err
	}
	principals, err := named(ctx, c, "/servicePrincipals", servicePrincipalFields, name,
		func(p servicePrincipalObject) string { return p.ID })
	if err != nil {
		return nil, err
	}
	apps = spelledExactly(apps, name, func(a applicationObject) string { return a.DisplayName })
	isManaged := func(p servicePrincipalObject) bool { return p.ServicePrincipalType == "ManagedIdentity" }
	principals = slices.DeleteFunc(principals, isManaged)
	principals = spelledExactly(principals, name, func(p servicePrincipalObject) string { return p.DisplayName })
	return pair(name, apps, principals)
}

// ids returns the ids of everything that a request can refer to.
func (f *objects) ids() []string {
	var ids []string
	for _, role := range f.roles() {
		ids = append(ids, role.ID)
	}
	if f.Application != nil {
		ids = append(ids, f.Application.ID, f.Application.AppID)
	}
	if f.ServicePrincipal != nil {
		ids = append(ids, f.ServicePrincipal.ID)
	}
	return ids
}

// named lists the objects of a collection that have the display name.
func named[T whole](ctx context.Context, c *Client, collection, fields, name string, id func(T) string) ([]T, error) {
	list := graph.Request{Op: OpFindApplication, Path: filterPath(collection, "displayName", name, fields)}
	found, err := graph.Collect(OpFindApplication, graph.Pages[T](ctx, c.conn, list), id)
	for _, object := range found {
		if err := checkWhole(object); err != nil {
			return nil, err
		}
	}
	return found, err
}

// spelledExactly keeps the objects whose name is spelled as it was asked for, if
// there are any; otherwise it keeps all.
func spelledExactly[T any](objects []T, name string, nameOf func(T) string) []T {
	isExact := func(o T) bool { return nameOf(o) == name }
	if !slices.ContainsFunc(objects, isExact) {
		return objects
	}
	return slices.DeleteFunc(objects, func(o T) bool { return !isExact(o) })
}

// pair puts together the registration and the service principal of one
// application. It returns an error if there are objects of another one.
func pair(name string, apps []applicationObject, principals []servicePrincipalObject) (*objects, error) {
	var appIDs []string
	f := &objects{}
	for _, app := range apps {
		appIDs = append(appIDs, strings.ToLower(app.AppID))
		f.Application = &app
	}
	for _, principal := range principals {
		appIDs = append(appIDs, strings.ToLower(principal.AppID))
		f.ServicePrincipal = &principal
	}
	slices.Sort(appIDs)
	appIDs = slices.Compact(appIDs)
	switch {
	case len(appIDs) == 0:
		return nil, nil
	case len(appIDs) > 1 || len(apps) > 1 || len(principals) > 1:
		return nil, &AmbiguousError{Kind: "application", Name: name, IDs: appIDs}
	}
	return f, nil
}

// readOther reads the object of the application that was not found yet: it may
// have another name, or not exist in this tenant.
func (c *Client) readOther(ctx context.Context, f *objects) (err error) {
	switch {
	case f.ServicePrincipal == nil:
		f.ServicePrincipal, err = c.readServicePrincipal(ctx, appIDKey(f.Application.AppID))
	case f.Application == nil:
		f.Application, err = c.readRegistration(ctx, appIDKey(f.ServicePrincipal.AppID))
	}
	return err
}

func appIDKey(appID string) string { return "(appId='" + url.PathEscape(appID) + "')" }

func (c *Client) readServicePrincipal(ctx context.Context, key string) (*servicePrincipalObject, error) {
	return byKey[servicePrincipalObject](ctx, c, "/servicePrincipals"+key, servicePrincipalFields)
}

func (c *Client) readRegistration(ctx context.Context, key string) (*applicationObject, error) {
	return byKey[applicationObject](ctx, c, "/applications"+key, applicationFields)
}

// byKey reads the object at a path; nil if there is none.
func byKey[T whole](ctx context.Context, c *Client, path, fields string) (*T, error) {
	object := new(T)
	err := c.conn.Do(ctx, graph.Request{Op: OpFindApplication, Path: path + "?$select=" + fields}, object)
	if errors.Is(err, graph.ErrNotFound) {
		return nil, nil
	}
	if err == nil {
		err = checkWhole(*object)
	}
	if err != nil {
		return nil, err
	}
	return object, nil
}

func (f *objects) application() *Application {
	a := &Application{AppRoles: f.roles(), Tags: f.tags()}
	if app := f.Application; app != nil {
		a.ID, a.AppID, a.DisplayName = app.ID, app.AppID, app.DisplayName
	}
	if principal := f.ServicePrincipal; principal != nil {
		a.ServicePrincipalID, a.AppID, a.DisplayName = principal.ID, principal.AppID, principal.DisplayName
		a.AppRoleAssignmentRequired = principal.requiresAssignment()
		a.AppRoles = appRoles(principal.AppRoles)
	}
	return a
}

// declared returns the object that declares roles and tags: the registration, if
// it is in this tenant, because the service principal's are a copy that comes later.
func (f *objects) declared() applicationObject {
	switch {
	case f.Application != nil:
		return *f.Application
	case f.ServicePrincipal != nil:
		return f.ServicePrincipal.applicationObject
	}
	return applicationObject{}
}

func (f *objects) roles() []assign.AppRole { return appRoles(f.declared().AppRoles) }
func (f *objects) tags() []string          { return f.declared().Tags }

func appRoles(objects []roleObject) []assign.AppRole {
	roles := make([]assign.AppRole, len(objects))
	for i, object := range objects {
		roles[i] = object.AppRole
	}
	return roles
}
