package entra

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// IntegratedTag marks an application as integrated with Microsoft Entra ID, so
// that it is listed among the enterprise applications and its assignments can
// be reviewed. https://learn.microsoft.com/entra/id-governance/identity-governance-applications-not-provisioned-users
const IntegratedTag = "WindowsAzureActiveDirectoryIntegratedApp"

// A Registration is what an application should have in the directory.
type Registration struct {
	// Application names it. If no application has the display name, one is
	// created; an application that is named by an id must be there.
	Application ApplicationRef
	// Roles are display names of roles that users can be given. Those that the
	// application lacks are added; its other roles stay as they are.
	Roles []string
	// RequireAssignment makes Entra refuse the sign-in of users without an
	// assignment. False leaves the setting as it is.
	RequireAssignment bool
	// Owners are the user principal names of users who are to own the application:
	// its registration and its service principal, whose owners a review asks where
	// one of its stages is of owners. Those that are there stay. A user who is blocked
	// from sign-in is not added: the error is a [*RegistrationError].
	Owners []string
	// UniqueName is the key of an application that is created, so that it cannot
	// be created twice; "" means one derived from the display name. It is immutable,
	// and a deleted application keeps its key, so another one may be needed after a
	// deletion.
	// https://learn.microsoft.com/graph/api/application-upsert
	UniqueName string
}

// A StepKind says what a registration step does.
type StepKind string

// The steps of a registration, in the order in which they are made.
const (
	StepCreateApplication      StepKind = "createApplication"
	StepAddRole                StepKind = "addRole"
	StepAddTag                 StepKind = "addTag"
	StepCreateServicePrincipal StepKind = "createServicePrincipal"
	StepRequireAssignment      StepKind = "requireAssignment"
	StepAddOwner               StepKind = "addOwner"
)

// stepNames are the kinds as people read them.
var stepNames = map[StepKind]string{
	StepCreateApplication: "create application", StepAddRole: "add role", StepAddTag: "add tag",
	StepCreateServicePrincipal: "create service principal", StepRequireAssignment: "require assignment",
	StepAddOwner: "add owner",
}

// String returns the kind as people read it, such as "add role".
func (k StepKind) String() string { return cmp.Or(stepNames[k], string(k)) }

// A RegistrationStep is one thing that registering would write, and why.
type RegistrationStep struct {
	Kind   StepKind        `json:"kind"`
	Role   *assign.AppRole `json:"role,omitempty"`  // of a StepAddRole
	Owner  string          `json:"owner,omitempty"` // of a StepAddOwner: the user principal name
	Reason string          `json:"reason"`
}

// String returns the step as one line.
func (s RegistrationStep) String() string {
	return fmt.Sprintf("%s: %s", s.What(), s.Reason)
}

// What returns the step without its reason, such as "add role General".
func (s RegistrationStep) What() string {
	switch {
	case s.Role != nil:
		return s.Kind.String() + " " + roster.Printable(s.Role.DisplayName)
	case s.Owner != "":
		return s.Kind.String() + " " + roster.Printable(s.Owner)
	}
	return s.Kind.String()
}

// A RegistrationPlan is what registering an application would write.
type RegistrationPlan struct {
	// DisplayName is the application's, as found or as asked for.
	DisplayName string `json:"displayName"`
	// Application is the application as found; nil if there is none yet.
	Application *Application `json:"application,omitempty"`
	// Steps are what would be written; none means that nothing is left to do.
	Steps []RegistrationStep `json:"steps"`
	// Roles are the roles that the registration names, as they are or will be.
	// The ids of roles to be added are known beforehand, so that assignments can
	// be planned before the application exists.
	Roles []assign.AppRole `json:"roles"`

	registration Registration
	found        *objects
	owners       []match.User               // whom the registration names
	owned        map[string]map[string]bool // by the path of what was found: the ids of its owners
}

// NewRoles returns the display names of the roles that would be added. Where the
// names come from a list, somebody should say yes to them: a cell that was cut
// short, a typing error or a heading would become a role.
func (p *RegistrationPlan) NewRoles() (names []string) {
	for _, step := range p.Steps {
		if step.Kind == StepAddRole {
			names = append(names, step.Role.DisplayName)
		}
	}
	return names
}

// WriteText writes the steps, one a line.
func (p *RegistrationPlan) WriteText(w io.Writer) error {
	if len(p.Steps) == 0 {
		_, err := fmt.Fprintf(w, "%s is registered as it should be: nothing to do\n", roster.Printable(p.DisplayName))
		return err
	}
	for _, step := range p.Steps {
		if _, err := fmt.Fprintln(w, step); err != nil {
			return err
		}
	}
	return nil
}

// A RegistrationError says why a registration is not possible, or not possible
// without changing what the application already has.
type RegistrationError struct {
	DisplayName string // the application's
	Role        string // the role that is in the way, or ""
	Reason      string // what is wrong and what to do
}

// Error says which application, which role, what is wrong and what to do.
func (e *RegistrationError) Error() string {
	if e.Role == "" {
		return fmt.Sprintf("application %q: %s", e.DisplayName, e.Reason)
	}
	return fmt.Sprintf("application %q, role %q: %s", e.DisplayName, e.Role, e.Reason)
}

// plan compares the registration with what was found; now is nil if nothing was.
func (r Registration) plan(now *objects) (*RegistrationPlan, error) {
	p := &RegistrationPlan{DisplayName: r.Application.DisplayName,
		Steps: []RegistrationStep{}, Roles: []assign.AppRole{}, registration: r, found: now}
	if now == nil {
		now = &objects{}
		p.add(StepCreateApplication, nil, "no application has that name")
	} else {
		p.Application = now.application()
		p.DisplayName = cmp.Or(p.Application.DisplayName, p.DisplayName)
	}
	for _, name := range distinct(r.Roles) {
		if err := p.planRole(name, now); err != nil {
			return nil, err
		}
	}
	if err := p.checkSize(now); err != nil {
		return nil, err
	}
	if !slices.Contains(now.tags(), IntegratedTag) {
		p.add(StepAddTag, nil, IntegratedTag+" makes it an enterprise application whose assignments can be reviewed")
	}
	if now.ServicePrincipal == nil {
		p.add(StepCreateServicePrincipal, nil, "users are assigned to the application's service principal in this tenant")
	}
	if r.RequireAssignment && !now.ServicePrincipal.requiresAssignment() {
		p.add(StepRequireAssignment, nil, "only assigned users may sign in, and only then can the application be reviewed")
	}
	return p, nil
}

func (p *RegistrationPlan) add(kind StepKind, role *assign.AppRole, reason string) {
	p.Steps = append(p.Steps, RegistrationStep{Kind: kind, Role: role, Reason: reason})
}

func (p *RegistrationPlan) planRole(name string, now *objects) error {
	roles := append(now.roles(), p.Roles...)
	var unusable error
	for _, role := range roles {
		if !strings.EqualFold(role.DisplayName, name) {
			continue
		}
		if err := p.checkRole(role); err != nil {
			unusable = err
			continue
		}
		p.Roles = append(p.Roles, role)
		return nil
	}
	if unusable != nil {
		return unusable
	}
	if now.Application == nil && now.ServicePrincipal != nil {
		return &RegistrationError{p.DisplayName, name,
			"the application is registered in another tenant, which alone can add roles; " +
				"choose one of its own roles: " + roleNames(roles)}
	}
	role := newRole(p.uniqueName(), name, roles)
	for _, other := range roles {
		if strings.EqualFold(other.Value, role.Value) {
			return &RegistrationError{p.DisplayName, name, fmt.Sprintf(
				"its value %s is taken by the role %q; name that one or choose another name", role.Value, other.DisplayName)}
		}
	}
	for _, scope := range now.declared().API.Scopes {
		if strings.EqualFold(scope.Value, role.Value) {
			return &RegistrationError{p.DisplayName, name, fmt.Sprintf(
				"its value %s is that of a delegated permission of the application (oauth2PermissionScopes), "+
					"and one value can't be both; choose another name", scope.Value)}
		}
	}
	p.Roles = append(p.Roles, role)
	p.add(StepAddRole, &role, "no role has that name; those there stay as they are")
	return nil
}

// checkSize refuses more roles than an application has room for.
// https://learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions
func (p *RegistrationPlan) checkSize(now *objects) error {
	const maxEntries = 1200
	added := len(p.NewRoles())
	entries := added + len(now.declared().AppRoles) + len(now.declared().API.Scopes)
	if added > 0 && entries >= maxEntries { // its tag is one more
		return &RegistrationError{DisplayName: p.DisplayName, Reason: fmt.Sprintf(
			"it would have %d roles and delegated permissions, and has room for fewer than %d", entries, maxEntries)}
	}
	return nil
}

// checkRole returns an error for a role that is there but cannot be given to
// users, because only those who set it up may change it.
func (p *RegistrationPlan) checkRole(role assign.AppRole) error {
	switch {
	case !role.IsEnabled:
		return &RegistrationError{p.DisplayName, role.DisplayName,
			"it is there but disabled; enable it or choose another role"}
	case !slices.Contains(role.AllowedMemberTypes, "User"):
		return &RegistrationError{p.DisplayName, role.DisplayName,
			"it is there but not for users (allowedMemberTypes lacks User); choose another role"}
	}
	return nil
}

// uniqueName returns the key of the application to create.
func (p *RegistrationPlan) uniqueName() string { return p.registration.uniqueName(p.DisplayName) }

func (r Registration) uniqueName(displayName string) string {
	return cmp.Or(r.UniqueName, "rollcall-"+nameUUID("application", displayName))
}

// newRole makes a role for users. Its id follows from the application and the
// name, so that a repeated write is the same write.
func newRole(application, name string, taken []assign.AppRole) assign.AppRole {
	id := nameUUID("role", application, name)
	for slices.ContainsFunc(taken, func(r assign.AppRole) bool { return strings.EqualFold(r.ID, id) }) {
		id = nameUUID("role", id) // taken by a role of ours that was renamed
	}
	return assign.AppRole{ID: id, DisplayName: name, Description: name + " role", Value: roleValue(name),
		AllowedMemberTypes: []string{"User"}, IsEnabled: true}
}

// roleValue turns a role's display name into a value as it appears in tokens:
// without spaces, at most 120 characters of ASCII. A name that has others gets
// a value made from its hash. https://learn.microsoft.com/graph/api/resources/approle
func roleValue(name string) string {
	value := strings.Join(strings.Fields(name), "")
	ok := utf8.RuneCountInString(value) <= 120 && !strings.HasPrefix(value, ".")
	for _, r := range value {
		ok = ok && r > ' ' && r < 0x7f && r != '"' && r != '\\'
	}
	if ok {
		return value
	}
	return "role-" + nameUUID("value", name)[:8]
}

// rollcallNamespace is the namespace of this package's name-based UUIDs.
var rollcallNamespace = uuid.MustParse("3d5a0c1e-8f47-4b62-9d10-6e72c3951ba8")

// nameUUID returns the version 5 UUID (RFC 9562) of names, without letter case.
func nameUUID(names ...string) string {
	var data strings.Builder
	for _, name := range names {
		data.WriteString(strings.ToLower(name) + "\x00")
	}
	return uuid.NewSHA1(rollcallNamespace, []byte(data.String())).String()
}

// distinct drops empty names and those that repeat an earlier one.
func distinct(names []string) []string {
	var kept []string
	for _, name := range names {
		name = strings.TrimSpace(name)
		if name != "" && !slices.ContainsFunc(kept, func(k string) bool { return strings.EqualFold(k, name) }) {
			kept = append(kept, name)
		}
	}
	return kept
}

func roleNames(roles []assign.AppRole) string {
	var names []string
	for _, role := range roles {
		names = append(names, role.DisplayName)
	}
	return cmp.Or(strings.Join(names, ", "), "it has none")
}
