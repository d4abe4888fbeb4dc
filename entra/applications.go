package entra

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra/graph"
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
	// AppRoles are the roles that can be assigned: the service principal's, or
	// the registration's as long as there is no service principal.
	AppRoles                  []assign.AppRole `json:"appRoles"`
	Tags                      []string         `json:"tags"`
	AppRoleAssignmentRequired bool             `json:"appRoleAssignmentRequired"`
}

// App returns the application as assign.NewPlan takes it.
func (a *Application) App() assign.App {
	return assign.App{ResourceID: a.ServicePrincipalID, DisplayName: a.DisplayName, Roles: a.AppRoles}
}

// An ApplicationRef names an application. Exactly one of its fields is set.
type ApplicationRef struct {
	// DisplayName is compared as Graph does, without letter case; if several
	// applications differ in letter case only, the one that is written exactly
	// so is meant. Names are not unique.
	DisplayName string
	// AppID is the application (client) id.
	AppID string
	// ObjectID is the object id of the registration or of the service principal.
	ObjectID string
}

// String returns the field that is set, as messages show it.
func (r ApplicationRef) String() string {
	switch {
	case r.AppID != "":
		return "with appId " + r.AppID
	case r.ObjectID != "":
		return "with object id " + r.ObjectID
	}
	return strconv.Quote(r.DisplayName)
}

// Name returns the field that is set, whichever it is.
func (r ApplicationRef) Name() string { return cmp.Or(r.DisplayName, r.AppID, r.ObjectID) }

// check trims the fields and refuses a reference that names nothing or too much.
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
	IDs  []string // appIds of applications, and ids of other objects, one of which is meant
}

// Error offers the ids.
func (e *AmbiguousError) Error() string {
	ids := "ids"
	if e.Kind == "application" {
		ids = "appIds"
	}
	return fmt.Sprintf("the name %q stands for more than one %s: give the id of the one that is meant, or rename the others (%s: %s)",
		e.Name, e.Kind, ids, strings.Join(e.IDs, ", "))
}

// FindApplication returns the application that ref names. It fails with
// [graph.ErrNotFound] if there is none and with an [*AmbiguousError] if
// registrations or service principals of more than one application have the
// name. Managed identities, which nobody can be assigned to, are passed over.
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

// objects are an application as read: either one may be missing, not both.
type objects struct {
	Application      *applicationObject
	ServicePrincipal *servicePrincipalObject
}

type applicationObject struct {
	ID          string       `json:"id"`
	AppID       string       `json:"appId"`
	DisplayName string       `json:"displayName"`
	AppRoles    []roleObject `json:"appRoles"`
	Tags        []string     `json:"tags"`
	// CreatedDateTime is read of registrations only.
	CreatedDateTime time.Time `json:"createdDateTime"`
}

type servicePrincipalObject struct {
	applicationObject
	AppRoleAssignmentRequired bool   `json:"appRoleAssignmentRequired"`
	ServicePrincipalType      string `json:"servicePrincipalType"`
}

const (
	applicationFields      = "id,appId,displayName,appRoles,tags,createdDateTime"
	servicePrincipalFields = "id,appId,displayName,appRoles,tags,appRoleAssignmentRequired,servicePrincipalType"
)

// A roleObject is an app role as Graph sent it. It is sent back unchanged,
// also in what this package does not know.
type roleObject struct {
	assign.AppRole
	raw map[string]json.RawMessage
}

func (r *roleObject) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &r.AppRole); err != nil {
		return err
	}
	return json.Unmarshal(b, &r.raw)
}

func (r roleObject) MarshalJSON() ([]byte, error) {
	if r.raw == nil {
		return json.Marshal(r.AppRole)
	}
	raw := make(map[string]json.RawMessage, len(r.raw))
	for name, value := range r.raw {
		if name != "origin" { // read-only, must not be in a request: https://learn.microsoft.com/graph/api/resources/approle
			raw[name] = value
		}
	}
	return json.Marshal(raw)
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
	if f.Application != nil && graph.RecentlyCreated(f.Application.CreatedDateTime) {
		c.conn.MarkWritten(f.ids()...) // a run before this one created it a moment ago
	}
	return f, nil
}

// lookUpApplication reads at least one of the application's two objects; it
// returns nil if there is none.
func (c *Client) lookUpApplication(ctx context.Context, ref ApplicationRef) (f *objects, err error) {
	switch f = new(objects); {
	case ref.DisplayName != "":
		return c.applicationNamed(ctx, ref.DisplayName)
	case ref.AppID != "":
		f.ServicePrincipal, err = byKey[servicePrincipalObject](ctx, c, "/servicePrincipals"+appIDKey(ref.AppID), servicePrincipalFields)
		if err == nil && f.ServicePrincipal == nil {
			f.Application, err = byKey[applicationObject](ctx, c, "/applications"+appIDKey(ref.AppID), applicationFields)
		}
	default:
		f.ServicePrincipal, err = byKey[servicePrincipalObject](ctx, c, "/servicePrincipals/"+url.PathEscape(ref.ObjectID), servicePrincipalFields)
		if err == nil && f.ServicePrincipal == nil {
			f.Application, err = byKey[applicationObject](ctx, c, "/applications/"+url.PathEscape(ref.ObjectID), applicationFields)
		}
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
	principals, err := named(ctx, c, "/servicePrincipals", servicePrincipalFields, name, func(p servicePrincipalObject) string { return p.ID })
	if err != nil {
		return nil, err
	}
	apps = meant(apps, name, func(a applicationObject) string { return a.DisplayName })
	principals = slices.DeleteFunc(principals, func(p servicePrincipalObject) bool { return p.ServicePrincipalType == "ManagedIdentity" })
	principals = meant(principals, name, func(p servicePrincipalObject) string { return p.DisplayName })
	return pair(name, apps, principals)
}

// ids are those of all that a request can refer to.
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
func named[T any](ctx context.Context, c *Client, collection, fields, name string, id func(T) string) ([]T, error) {
	list := graph.Request{Op: OpFindApplication, Path: filterPath(collection, "displayName", name, fields)}
	return graph.Collect(graph.Pages[T](ctx, c.conn, list), id)
}

// meant keeps the objects whose name is exactly the one asked for, if there are any.
func meant[T any](objects []T, name string, nameOf func(T) string) []T {
	isExact := func(o T) bool { return nameOf(o) == name }
	if !slices.ContainsFunc(objects, isExact) {
		return objects
	}
	return slices.DeleteFunc(objects, func(o T) bool { return !isExact(o) })
}

// pair puts the registration and the service principal of one application
// together and refuses anything that is more than one application.
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

// readOther reads the half of the application that the name did not find: it
// may be called otherwise, or not exist in this tenant.
func (c *Client) readOther(ctx context.Context, f *objects) (err error) {
	switch {
	case f.ServicePrincipal == nil:
		f.ServicePrincipal, err = byKey[servicePrincipalObject](ctx, c, "/servicePrincipals"+appIDKey(f.Application.AppID), servicePrincipalFields)
	case f.Application == nil:
		f.Application, err = byKey[applicationObject](ctx, c, "/applications"+appIDKey(f.ServicePrincipal.AppID), applicationFields)
	}
	return err
}

func appIDKey(appID string) string { return "(appId='" + url.PathEscape(appID) + "')" }

// byKey reads the object at a path; nil if there is none.
func byKey[T any](ctx context.Context, c *Client, path, fields string) (*T, error) {
	object := new(T)
	err := c.conn.Do(ctx, graph.Request{Op: OpFindApplication, Path: path + "?$select=" + fields}, object)
	if errors.Is(err, graph.ErrNotFound) {
		return nil, nil
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
		a.AppRoleAssignmentRequired = principal.AppRoleAssignmentRequired
		a.AppRoles = appRoles(principal.AppRoles)
	}
	return a
}

// roles are the roles that are declared: by the registration where it is in
// this tenant, as the service principal's are a copy that comes later.
func (f *objects) roles() []assign.AppRole {
	if f.Application != nil {
		return appRoles(f.Application.AppRoles)
	}
	if f.ServicePrincipal != nil {
		return appRoles(f.ServicePrincipal.AppRoles)
	}
	return nil
}

// tags are those of the object that carries them first, as with roles.
func (f *objects) tags() []string {
	if f.Application != nil {
		return f.Application.Tags
	}
	if f.ServicePrincipal != nil {
		return f.ServicePrincipal.Tags
	}
	return nil
}

func appRoles(objects []roleObject) []assign.AppRole {
	roles := make([]assign.AppRole, len(objects))
	for i, object := range objects {
		roles[i] = object.AppRole
	}
	return roles
}
