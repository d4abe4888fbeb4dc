package entra

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
)

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
	// CreatedDateTime and API are read of registrations only.
	CreatedDateTime time.Time `json:"createdDateTime"`
	API             struct {
		Scopes []scopeObject `json:"oauth2PermissionScopes"`
	} `json:"api"`
}

// A scopeObject is a delegated permission that an application offers.
type scopeObject struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

type servicePrincipalObject struct {
	applicationObject
	AppRoleAssignmentRequired *bool  `json:"appRoleAssignmentRequired"` // nil: it did not come
	ServicePrincipalType      string `json:"servicePrincipalType"`
}

// missing names the property without which nothing may be concluded from the
// object, or returns "". Lists are written back as a whole: one that did not come
// would be emptied.
func (a applicationObject) missing() string {
	switch {
	case a.ID == "":
		return "id"
	case a.AppID == "":
		return "appId"
	case a.AppRoles == nil:
		return "appRoles"
	case a.Tags == nil:
		return "tags"
	}
	for _, role := range a.AppRoles {
		switch enabled := string(role.raw["isEnabled"]); {
		case role.ID == "":
			return "appRoles/id"
		case role.AllowedMemberTypes == nil:
			return "appRoles/allowedMemberTypes"
		case enabled == "" || enabled == "null":
			return "appRoles/isEnabled"
		}
	}
	return ""
}

func (p servicePrincipalObject) missing() string {
	if p.AppRoleAssignmentRequired == nil {
		return cmp.Or(p.applicationObject.missing(), "appRoleAssignmentRequired")
	}
	return p.applicationObject.missing()
}

// whole is what every object of an application is checked by when it is read.
type whole interface{ missing() string }

// checkWhole returns an error for an object that lacks something.
func checkWhole(object whole) error {
	if property := object.missing(); property != "" {
		return OpFindApplication.Missing("the application", property)
	}
	return nil
}

// requiresAssignment reports whether assignment is required.
func (p *servicePrincipalObject) requiresAssignment() bool {
	return p != nil && p.AppRoleAssignmentRequired != nil && *p.AppRoleAssignmentRequired
}

const (
	applicationFields      = "id,appId,displayName,appRoles,tags,createdDateTime,api"
	servicePrincipalFields = "id,appId,displayName,appRoles,tags,appRoleAssignmentRequired,servicePrincipalType"
)

// A roleObject is an app role as Graph sent it. It is sent back unchanged, with
// the properties that this package does not know.
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

// answer reports whether the objects are one application, and the one that ref
// names. Names are the directory's to compare.
func (f *objects) answer(ref ApplicationRef) bool {
	appID, ids := f.declared().AppID, []string{}
	if f.Application != nil {
		ids = append(ids, f.Application.ID)
	}
	if f.ServicePrincipal != nil {
		ids = append(ids, f.ServicePrincipal.ID)
	}
	same := func(id string) bool { return strings.EqualFold(id, ref.ObjectID) }
	switch {
	case f.ServicePrincipal != nil && !strings.EqualFold(f.ServicePrincipal.AppID, appID):
		return false
	case ref.AppID != "":
		return strings.EqualFold(ref.AppID, appID)
	case ref.ObjectID != "":
		return slices.ContainsFunc(ids, same)
	}
	return true
}
