package graphfake

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A User is a user for seeding and for reading state. "" is an unset property.
// https://learn.microsoft.com/graph/api/resources/user
type User struct {
	ID                string // "" = made by the server
	UserPrincipalName string // required; its domain must be one of Options.Domains
	DisplayName       string // "" = the part of UserPrincipalName before the @
	MailNickname      string // "" = the part of UserPrincipalName before the @
	Disabled          bool   // accountEnabled is false
	Mail              string // also becomes the primary proxy address
	ProxyAddresses    []string
	OtherMails        []string

	GivenName, Surname, JobTitle, Department      string
	CompanyName, OfficeLocation, EmployeeID       string
	City, Country, State, UsageLocation, UserType string // UserType "" = Member
	OnPremisesImmutableID                         string
	CreatedDateTime                               string // RFC 3339, "" = now

	// More holds any other property by its Graph name, valued as encoding/json
	// would decode it, numbers as json.Number.
	More map[string]any
}

// An Application is an app registration.
// https://learn.microsoft.com/graph/api/resources/application
type Application struct {
	ID, AppID      string // "" = made by the server
	DisplayName    string // required
	SignInAudience string // "" = AzureADMyOrg
	AppRoles       []AppRole
	Tags           []string
	IdentifierURIs []string

	// Secrets are client secrets that the application may sign in with, for two
	// years. It needs a service principal. They are not kept, and not read back.
	Secrets []string

	More map[string]any
}

// A ServicePrincipal is an application's presence in the tenant.
// https://learn.microsoft.com/graph/api/resources/serviceprincipal
type ServicePrincipal struct {
	ID                        string // "" = made by the server
	AppID                     string // required; copies name, roles and tags of an application with this AppID
	DisplayName               string
	Disabled                  bool // accountEnabled is false
	AppRoleAssignmentRequired bool
	AppRoles                  []AppRole
	Tags                      []string

	// Permissions are application permissions of Microsoft Graph, such as
	// User.Read.All, which the token has when the application signs in. Each
	// becomes an assignment of a role of Graph's own service principal, which is
	// added if it is not there. They are read back as such.
	Permissions []string

	More map[string]any
}

// An AppRole is a role that an application declares.
// https://learn.microsoft.com/graph/api/resources/approle
type AppRole struct {
	ID                 string // "" = made by the server
	DisplayName        string // required
	Description, Value string
	AllowedMemberTypes []string // nil = User
	Disabled           bool     // isEnabled is false
}

// A Group is a group with its direct members.
// https://learn.microsoft.com/graph/api/resources/group
type Group struct {
	ID          string // "" = made by the server
	DisplayName string // required
	Description string
	Members     []string // ids of users, groups and service principals
	Owners      []string
	More        map[string]any
}

// An AppRoleAssignment gives a principal a role on a resource.
// https://learn.microsoft.com/graph/api/resources/approleassignment
type AppRoleAssignment struct {
	ID          string // "" = made by the server
	PrincipalID string // of a user, group or service principal
	ResourceID  string // of a service principal
	AppRoleID   string // "" = the zero role, for resources without roles for users

	// Written by the server.
	PrincipalType, PrincipalDisplayName, ResourceDisplayName, CreatedDateTime string
}

// userTexts pairs the properties of users with the fields that stand for them.
var userTexts = []struct {
	name  string
	field func(*User) *string
}{
	{"userPrincipalName", func(u *User) *string { return &u.UserPrincipalName }},
	{"displayName", func(u *User) *string { return &u.DisplayName }},
	{"mailNickname", func(u *User) *string { return &u.MailNickname }},
	{"mail", func(u *User) *string { return &u.Mail }},
	{"givenName", func(u *User) *string { return &u.GivenName }},
	{"surname", func(u *User) *string { return &u.Surname }},
	{"jobTitle", func(u *User) *string { return &u.JobTitle }},
	{"department", func(u *User) *string { return &u.Department }},
	{"companyName", func(u *User) *string { return &u.CompanyName }},
	{"officeLocation", func(u *User) *string { return &u.OfficeLocation }},
	{"employeeId", func(u *User) *string { return &u.EmployeeID }},
	{"city", func(u *User) *string { return &u.City }},
	{"country", func(u *User) *string { return &u.Country }},
	{"state", func(u *User) *string { return &u.State }},
	{"usageLocation", func(u *User) *string { return &u.UsageLocation }},
	{"userType", func(u *User) *string { return &u.UserType }},
	{"onPremisesImmutableId", func(u *User) *string { return &u.OnPremisesImmutableID }},
	{"createdDateTime", func(u *User) *string { return &u.CreatedDateTime }},
}

// values returns the user's properties without those of More, defaults included.
func (u User) values(now string) []state.Value {
	local, _, _ := strings.Cut(u.UserPrincipalName, "@")
	u.DisplayName, u.MailNickname = cmp.Or(u.DisplayName, local), cmp.Or(u.MailNickname, local)
	u.UserType, u.CreatedDateTime = cmp.Or(u.UserType, "Member"), cmp.Or(u.CreatedDateTime, now)
	list := make([]state.Value, 0, 24)
	list = append(list, state.Set(schema.Users, "accountEnabled", !u.Disabled),
		state.Set(schema.Users, "proxyAddresses", texts(addresses(u.Mail, u.ProxyAddresses))),
		state.Set(schema.Users, "otherMails", texts(slices.Clone(u.OtherMails))))
	for _, t := range userTexts {
		if s := *t.field(&u); s != "" {
			list = append(list, state.Set(schema.Users, t.name, s))
		}
	}
	return list
}

func userOf(o *object) User {
	u := User{ID: o.ID}
	fields := map[string]*string{"id": &u.ID}
	for _, t := range userTexts {
		fields[t.name] = t.field(&u)
	}
	u.More = fill(o, fields, "accountEnabled", "proxyAddresses", "otherMails")
	u.Disabled = !o.True("accountEnabled")
	u.ProxyAddresses, u.OtherMails = slices.Clone(o.Strings("proxyAddresses")), slices.Clone(o.Strings("otherMails"))
	return u
}

func (a *Application) textFields() map[string]*string {
	return map[string]*string{"id": &a.ID, "appId": &a.AppID, "displayName": &a.DisplayName,
		"signInAudience": &a.SignInAudience}
}

func (a Application) record(s *Server) record {
	r := recordOf(a.More, a.textFields())
	r.texts("tags", a.Tags)
	r.texts("identifierUris", a.IdentifierURIs)
	r.roles(s, a.AppRoles)
	if len(a.Secrets) > 0 {
		var list []any
		for _, secret := range a.Secrets {
			list = append(list, map[string]any{"secretText": secret})
		}
		r["passwordCredentials"] = list
	}
	return r
}

func applicationOf(o *object) Application {
	var a Application
	a.More = fill(o, a.textFields(), "tags", "identifierUris", "appRoles")
	a.AppRoles, a.Tags, a.IdentifierURIs = rolesOf(o), slices.Clone(o.Strings("tags")),
		slices.Clone(o.Strings("identifierUris"))
	return a
}

func (p *ServicePrincipal) textFields() map[string]*string {
	return map[string]*string{"id": &p.ID, "appId": &p.AppID, "displayName": &p.DisplayName}
}

func (p ServicePrincipal) record(s *Server) record {
	r := recordOf(p.More, p.textFields())
	r["accountEnabled"], r["appRoleAssignmentRequired"] = !p.Disabled, p.AppRoleAssignmentRequired
	r.texts("tags", p.Tags)
	r.texts("permissions", p.Permissions)
	r.roles(s, p.AppRoles)
	return r
}

func servicePrincipalOf(o *object) ServicePrincipal {
	var p ServicePrincipal
	p.More = fill(o, p.textFields(), "accountEnabled", "appRoleAssignmentRequired", "tags", "appRoles")
	p.Disabled, p.AppRoleAssignmentRequired = !o.True("accountEnabled"), o.True("appRoleAssignmentRequired")
	p.AppRoles, p.Tags = rolesOf(o), slices.Clone(o.Strings("tags"))
	return p
}

func (g *Group) textFields() map[string]*string {
	return map[string]*string{"id": &g.ID, "displayName": &g.DisplayName, "description": &g.Description}
}

func (g Group) record() record {
	r := recordOf(g.More, g.textFields())
	r.texts("members", g.Members)
	r.texts("owners", g.Owners)
	return r
}

func groupOf(v *state.View, o *object) Group {
	var g Group
	g.More = fill(o, g.textFields())
	g.Members, g.Owners = slices.Collect(v.Targets(schema.Members, o.ID, "")),
		slices.Collect(v.Targets(schema.Owners, o.ID, ""))
	return g
}

func (a *AppRoleAssignment) textFields() map[string]*string {
	return map[string]*string{"id": &a.ID, "principalId": &a.PrincipalID, "resourceId": &a.ResourceID,
		"appRoleId":     &a.AppRoleID,
		"principalType": &a.PrincipalType, "principalDisplayName": &a.PrincipalDisplayName,
		"resourceDisplayName": &a.ResourceDisplayName, "createdDateTime": &a.CreatedDateTime}
}

func assignmentOf(o *object) AppRoleAssignment {
	var a AppRoleAssignment
	fill(o, a.textFields())
	return a
}

// fill sets the fields of a Go value from an object, and returns the set
// properties that it has no field for.
func fill(o *object, fields map[string]*string, others ...string) map[string]any {
	if id := fields["id"]; id != nil {
		*id = o.ID
	}
	var more map[string]any
	for v := range o.All() {
		switch f := fields[v.Prop.Name]; {
		case f != nil:
			*f, _ = v.Value.(string)
		case !slices.Contains(others, v.Prop.Name):
			if more == nil {
				more = map[string]any{}
			}
			more[v.Prop.Name] = copyOf(v.Value)
		}
	}
	return more
}

// copyOf copies a JSON value, so that callers cannot change the state.
func copyOf(v any) any {
	switch v := v.(type) {
	case []string:
		return slices.Clone(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = copyOf(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = copyOf(v[k])
		}
		return out
	}
	return v
}

// A record is an object as Graph's JSON has it.
type record map[string]any

func recordOf(more map[string]any, fields map[string]*string) record {
	r := record{}
	maps.Copy(r, more)
	for name, f := range fields {
		if *f != "" {
			r[name] = *f
		}
	}
	return r
}

func (r record) texts(name string, values []string) {
	if len(values) == 0 {
		return
	}
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
	}
	r[name] = list
}

func (r record) roles(s *Server, roles []AppRole) {
	if len(roles) == 0 {
		return
	}
	list := make([]any, len(roles))
	for i, role := range roles {
		list[i] = role.json(s)
	}
	r["appRoles"] = list
}

func (r AppRole) json(s *Server) map[string]any {
	if r.ID == "" {
		r.ID = s.newID()
	}
	if r.AllowedMemberTypes == nil {
		r.AllowedMemberTypes = []string{"User"}
	}
	m := record{"id": r.ID, "displayName": r.DisplayName, "isEnabled": !r.Disabled, "description": nil, "value": nil,
		"origin": "Application"}
	m.texts("allowedMemberTypes", r.AllowedMemberTypes)
	if r.Description != "" {
		m["description"] = r.Description
	}
	if r.Value != "" {
		m["value"] = r.Value
	}
	return m
}

func rolesOf(o *object) []AppRole {
	var list []AppRole
	for _, v := range o.List("appRoles") {
		m, _ := v.(map[string]any)
		enabled, _ := m["isEnabled"].(bool)
		list = append(list, AppRole{ID: field.Text(m, "id"), DisplayName: field.Text(m, "displayName"),
			Description: field.Text(m, "description"),
			Value:       field.Text(m, "value"), AllowedMemberTypes: field.Texts(m, "allowedMemberTypes"), Disabled: !enabled})
	}
	return list
}
