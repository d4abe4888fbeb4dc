package assign

import "time"

// An AppRole is a role that an application declares.
// https://learn.microsoft.com/graph/api/resources/approle
type AppRole struct {
	ID                 string   `json:"id"`
	DisplayName        string   `json:"displayName"`
	Description        string   `json:"description,omitempty"`
	Value              string   `json:"value,omitempty"`
	AllowedMemberTypes []string `json:"allowedMemberTypes"`
	IsEnabled          bool     `json:"isEnabled"`
}

// DefaultAccess is the app role id of an assignment to an application that
// declares no role for users.
// https://learn.microsoft.com/graph/api/resources/approleassignment
const DefaultAccess = "00000000-0000-0000-0000-000000000000"

// An Assignment is an app role assignment as it stands in the directory.
// https://learn.microsoft.com/graph/api/resources/approleassignment
type Assignment struct {
	ID                   string    `json:"id"`
	PrincipalID          string    `json:"principalId"`
	PrincipalType        string    `json:"principalType"` // User, Group or ServicePrincipal
	PrincipalDisplayName string    `json:"principalDisplayName,omitempty"`
	ResourceID           string    `json:"resourceId"`
	AppRoleID            string    `json:"appRoleId"`
	CreatedDateTime      time.Time `json:"createdDateTime"`
}

// A Source is the place in the roster that a want came from.
type Source struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line"`
	Key  string `json:"key"`
}

// A Want says that a user should hold a role, and which row says so.
type Want struct {
	PrincipalID   string // object id of the user
	PrincipalName string // for people; may be empty
	AppRoleID     string
	Source        Source
}

// An Action is what a change does.
type Action string

// The actions of a plan.
const (
	Add    Action = "add"
	Remove Action = "remove"
)

// A Change is one assignment to add or to remove, with its reason.
type Change struct {
	Action        Action   `json:"action"`
	PrincipalID   string   `json:"principalId"`
	PrincipalName string   `json:"principalName,omitempty"`
	AppRoleID     string   `json:"appRoleId"`
	AppRole       string   `json:"appRole,omitempty"`      // display name, for people
	AssignmentID  string   `json:"assignmentId,omitempty"` // of the assignment to remove
	Reason        string   `json:"reason"`
	Sources       []Source `json:"sources,omitempty"` // rows that ask for it
}
