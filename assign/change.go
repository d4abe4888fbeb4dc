package assign

import "strconv"

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

// person names the change's user for people.
func (c Change) person() string {
	if c.PrincipalName == "" {
		return c.PrincipalID
	}
	return c.PrincipalName
}

// role names the change's role, by its id if the application declares it no more.
func (c Change) role() string {
	if c.AppRole == "" {
		return c.AppRoleID
	}
	return c.AppRole
}

// additionOf is the change that the wants for one pair ask for, merged: all their
// rows are its sources, which it appends to room.
func additionOf(wants []Want, role string, room []Source) (Change, []Source) {
	first := wants[0]
	change := Change{Action: Add, PrincipalID: first.PrincipalID, AppRoleID: first.AppRoleID, AppRole: role}
	start := len(room)
	for _, want := range wants {
		if change.PrincipalName == "" {
			change.PrincipalName = want.PrincipalName
		}
		if len(room) == start || room[len(room)-1] != want.Source {
			room = append(room, want.Source)
		}
	}
	change.Sources = room[start:len(room):len(room)]
	verb := " has the role "
	if more := len(change.Sources) - 1; more > 0 {
		verb = " and " + strconv.Itoa(more) + " more have the role "
	}
	change.Reason = first.Source.String() + verb + change.role()
	return change, room
}

// removalOf is the change that takes away an assignment which no want covers.
// asked is what is wanted for the same user, roster the name of the roster.
func removalOf(a Assignment, asked []Want, roles map[string]string, roster string) Change {
	change := Change{Action: Remove, PrincipalID: a.PrincipalID, PrincipalName: a.PrincipalDisplayName,
		AppRoleID: a.AppRoleID, AppRole: roles[a.AppRoleID], AssignmentID: a.ID}
	if len(asked) == 0 {
		change.Reason = "no row of " + roster + " names this user"
		return change
	}
	if asked[0].PrincipalName != "" {
		change.PrincipalName = asked[0].PrincipalName
	}
	change.Reason = "no row of " + roster + " gives this user the role " + change.role() + "; " +
		asked[0].Source.String() + " has the role " + roles[asked[0].AppRoleID]
	return change
}
