package fulfill

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/roster"
)

// Access is what gives people an application's roles at one time. Nothing can be
// concluded from the zero Access.
type Access struct {
	// Complete says that every list below was read to its end. Whoever reads the
	// lists sets it, as governance.Client does.
	Complete   bool
	ResourceID string // object id of the application's service principal
	// Assignments are all of the application's, as [assign.Reader] returns them.
	Assignments []assign.Assignment
	// Members holds, by the object id of each group that has an assignment, the
	// object ids of its direct members; members of members don't get the group's
	// role. A group that is missing here was not read.
	// https://learn.microsoft.com/graph/api/resources/approleassignment
	Members map[string][]string
	// Hidden are the object ids of groups whose members may be hidden from whoever
	// read them: Members may lack some, or all.
	// https://learn.microsoft.com/graph/api/resources/group#group-visibility-options
	Hidden []string
	// Packages are the roles that access packages deliver. Such a role is also
	// among the Assignments, as if it were given directly.
	Packages []PackageAccess
}

// PackageAccess is a role that an access package delivers to a user.
// https://learn.microsoft.com/graph/api/resources/accesspackageassignment
type PackageAccess struct {
	PrincipalID string
	AppRoleID   string
	Package     string // its name
}

// A PathKind is a way in which a user gets a role.
type PathKind string

// The ways to a role.
const (
	Directly       PathKind = "direct"
	ThroughGroup   PathKind = "group"
	ThroughPackage PathKind = "package"
)

// A Path is one way in which a user holds a role.
type Path struct {
	Kind         PathKind `json:"kind"`
	Name         string   `json:"name,omitempty"`         // of the group or the package
	AssignmentID string   `json:"assignmentId,omitempty"` // the user's own, or the group's
}

// A HeldRole is a role that a user holds, and how.
type HeldRole struct {
	AppRoleID string    `json:"appRoleId"`
	Paths     []Path    `json:"paths"`          // direct first, then groups, then packages
	Since     time.Time `json:"since,omitzero"` // of the look that showed it first
	// NotBefore is when the last look was made that didn't show it, or zero.
	NotBefore time.Time `json:"notBefore,omitzero"`
	// WasDirect says that the user had an assignment of their own since then.
	WasDirect bool `json:"wasDirect,omitempty"`

	created time.Time // of the youngest assignment of the user's own
}

func (h HeldRole) equal(other HeldRole) bool {
	return h.AppRoleID == other.AppRoleID && slices.Equal(h.Paths, other.Paths) && h.Since.Equal(other.Since) &&
		h.NotBefore.Equal(other.NotBefore) && h.WasDirect == other.WasDirect
}

// names returns the names of the paths of one kind.
func (h HeldRole) names(kind PathKind) (names []string) {
	for _, path := range h.Paths {
		if path.Kind == kind {
			names = append(names, path.Name)
		}
	}
	return names
}

// gives reports whether the user really has the role. A package delivers a role
// through an assignment; without that the user doesn't have it.
func (h HeldRole) gives() bool {
	return len(h.names(Directly))+len(h.names(ThroughGroup)) > 0
}

// The questions that need everything to be read.
const (
	whoHolds      = "who holds what"
	whoLost       = "who lost access"
	whichAccounts = "which accounts there are"
	isClosed      = "whether accounts are closed"
)

// unfinished returns the error for a question that can't be answered because
// something is missing. err is why it is missing, or nil.
func unfinished(question, missing string, err error) error {
	text := fmt.Sprintf("%s can't be told: %s", question, missing)
	if err != nil {
		return fmt.Errorf("%w: %s: %w; read it again", assign.ErrUnfinished, text, err)
	}
	return fmt.Errorf("%w: %s; read it again", assign.ErrUnfinished, text)
}

// holders maps the lower-case ids of users to the roles that they hold, in the order
// of the roles' ids.
type holders map[string][]HeldRole

// holders returns who holds what of that application. canonical gives the ids under
// which roles are kept.
func (a Access) holders(resourceID string, canonical func(string) string) (holders, error) {
	if !strings.EqualFold(a.ResourceID, resourceID) {
		return nil, fmt.Errorf("the assignments are of service principal %q and not of %s: %w",
			a.ResourceID, resourceID, assign.ErrOtherApplication)
	}
	if !a.Complete {
		return nil, unfinished(whoHolds, "the application's assignments were not read to their end", nil)
	}
	members := make(map[string][]string, len(a.Members))
	for group, ids := range a.Members {
		members[strings.ToLower(group)] = ids
	}
	held := make(holders)
	for _, assignment := range a.Assignments {
		if !strings.EqualFold(assignment.ResourceID, resourceID) {
			return nil, fmt.Errorf("assignment %s is of service principal %s and not of %s: %w",
				roster.Printable(assignment.ID), roster.Printable(assignment.ResourceID), resourceID, assign.ErrOtherApplication)
		}
		assignment.AppRoleID = canonical(assignment.AppRoleID)
		if err := held.addAssignment(assignment, members); err != nil {
			return nil, err
		}
	}
	for _, p := range a.Packages {
		held.add(p.PrincipalID, canonical(p.AppRoleID), Path{Kind: ThroughPackage, Name: p.Package}, time.Time{})
	}
	held.sort()
	return held, nil
}

// addAssignment adds the roles that an assignment gives to a user, or to the
// members of a group.
func (h holders) addAssignment(a assign.Assignment, members map[string][]string) error {
	switch {
	case strings.EqualFold(a.PrincipalType, "User"):
		h.add(a.PrincipalID, a.AppRoleID, Path{Kind: Directly, AssignmentID: a.ID}, a.CreatedDateTime)
	case strings.EqualFold(a.PrincipalType, "Group"):
		group := cmp.Or(a.PrincipalDisplayName, a.PrincipalID)
		ids, read := members[strings.ToLower(a.PrincipalID)]
		if !read {
			return unfinished(whoHolds, "the members of the group "+group+", which holds a role, were not read", nil)
		}
		for _, id := range ids {
			h.add(id, a.AppRoleID, Path{Kind: ThroughGroup, Name: group, AssignmentID: a.ID}, time.Time{})
		}
	}
	return nil
}

func (h holders) add(principal, role string, path Path, created time.Time) {
	principal = strings.ToLower(principal)
	roles := h[principal]
	i := slices.IndexFunc(roles, func(r HeldRole) bool { return r.AppRoleID == role })
	if i < 0 {
		i = len(roles)
		roles = append(roles, HeldRole{AppRoleID: role})
		h[principal] = roles
	}
	if !slices.Contains(roles[i].Paths, path) {
		roles[i].Paths = append(roles[i].Paths, path)
	}
	if created.After(roles[i].created) {
		roles[i].created = created
	}
}

func (h holders) sort() {
	for _, roles := range h {
		for _, role := range roles {
			slices.SortFunc(role.Paths, func(p, q Path) int { // the kinds happen to be in the order of their names
				return cmp.Or(strings.Compare(string(p.Kind), string(q.Kind)), strings.Compare(p.Name, q.Name),
					strings.Compare(p.AssignmentID, q.AssignmentID))
			})
		}
		slices.SortFunc(roles, func(a, b HeldRole) int { return strings.Compare(a.AppRoleID, b.AppRoleID) })
	}
}
