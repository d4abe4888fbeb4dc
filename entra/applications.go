package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
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

// Resource returns the application as assign.NewPlan takes it.
func (a *Application) Resource() assign.App {
	return assign.App{ResourceID: a.ServicePrincipalID, DisplayName: a.DisplayName, Roles: a.AppRoles}
}

// An AmbiguousError says that a name stands for more than one application.
type AmbiguousError struct {
	Name              string
	Applications      []string // object ids of the registrations of that name
	ServicePrincipals []string // object ids of the service principals of that name
}

// Error names the objects and says what to do.
func (e *AmbiguousError) Error() string {
	var found []string
	if len(e.Applications) > 0 {
		found = append(found, "registrations "+strings.Join(e.Applications, ", "))
	}
	if len(e.ServicePrincipals) > 0 {
		found = append(found, "service principals "+strings.Join(e.ServicePrincipals, ", "))
	}
	return fmt.Sprintf("the name %q stands for more than one application (%s); rename those that are not meant",
		e.Name, strings.Join(found, "; "))
}

// ErrAmbiguous is what an [*AmbiguousError] is, for errors.Is.
var ErrAmbiguous = errors.New("the name is ambiguous")

// Is makes errors.Is(err, [ErrAmbiguous]) true.
func (e *AmbiguousError) Is(target error) bool { return target == ErrAmbiguous }

// FindApplication returns the application of that display name. Names are
// compared as Graph does, without letter case; if several differ in letter case
// only, the one that is written exactly so is meant. It fails with
// [ErrNotFound] if there is none and with an [*AmbiguousError] if registrations
// or service principals of more than one application have the name. Managed
// identities, which nobody can be assigned to, are passed over.
// https://learn.microsoft.com/graph/api/application-list
func (c *Client) FindApplication(ctx context.Context, displayName string) (*Application, error) {
	f, err := c.findApplication(ctx, displayName)
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, fmt.Errorf("application %q: %w", displayName, graph.ErrNotFound)
	}
	return f.application(), nil
}

// found is an application as read: either object may be missing, not both.
type found struct {
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

// findApplication returns nil if nothing has the name.
func (c *Client) findApplication(ctx context.Context, name string) (*found, error) {
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
	f, err := pair(name, apps, principals)
	if f == nil || err != nil {
		return nil, err
	}
	if err := c.readOther(ctx, f); err != nil {
		return nil, err
	}
	if f.Application != nil && graph.Young(f.Application.CreatedDateTime) {
		c.conn.MarkWritten(f.ids()...) // a run before this one did, a moment ago
	}
	return f, nil
}

// ids are those of all that a request can refer to.
func (f *found) ids() []string {
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
func pair(name string, apps []applicationObject, principals []servicePrincipalObject) (*found, error) {
	appIDs := map[string]bool{}
	ambiguous := &AmbiguousError{Name: name}
	f := &found{}
	for _, app := range apps {
		appIDs[strings.ToLower(app.AppID)] = true
		ambiguous.Applications = append(ambiguous.Applications, app.ID)
		f.Application = &app
	}
	for _, principal := range principals {
		appIDs[strings.ToLower(principal.AppID)] = true
		ambiguous.ServicePrincipals = append(ambiguous.ServicePrincipals, principal.ID)
		f.ServicePrincipal = &principal
	}
	switch {
	case len(appIDs) == 0:
		return nil, nil
	case len(appIDs) > 1 || len(apps) > 1 || len(principals) > 1:
		return nil, ambiguous
	}
	return f, nil
}

// readOther reads the half of the application that the name did not find: it
// may be called otherwise, or not exist in this tenant.
func (c *Client) readOther(ctx context.Context, f *found) (err error) {
	switch {
	case f.ServicePrincipal == nil:
		f.ServicePrincipal, err = byAppID[servicePrincipalObject](ctx, c, "/servicePrincipals", servicePrincipalFields, f.Application.AppID)
	case f.Application == nil:
		f.Application, err = byAppID[applicationObject](ctx, c, "/applications", applicationFields, f.ServicePrincipal.AppID)
	}
	return err
}

// byAppID reads an object by its alternate key; nil if there is none.
func byAppID[T any](ctx context.Context, c *Client, collection, fields, appID string) (*T, error) {
	object := new(T)
	path := collection + "(appId='" + url.PathEscape(appID) + "')?$select=" + fields
	err := c.conn.Do(ctx, graph.Request{Op: OpFindApplication, Path: path}, object)
	if errors.Is(err, graph.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return object, nil
}

func (f *found) application() *Application {
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
func (f *found) roles() []assign.AppRole {
	if f.Application != nil {
		return appRoles(f.Application.AppRoles)
	}
	if f.ServicePrincipal != nil {
		return appRoles(f.ServicePrincipal.AppRoles)
	}
	return nil
}

// tags are those of the object that carries them first, as with roles.
func (f *found) tags() []string {
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
