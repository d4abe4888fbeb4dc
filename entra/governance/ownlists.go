package governance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/roster"
)

// AccessOf is [Client.Access] for a snapshot of those people, by object id. Whoever
// of them holds nothing in the application's list is read by themself, because
// listings lag: until five looks in a row show nobody new, which takes 12 seconds, or
// for [graph.Options.ReplicationWait]. Permissions: those of Access and User.Read.All,
// and Directory.Read.All or AppRoleAssignment.ReadWrite.All for the users' own lists.
func (c *Client) AccessOf(ctx context.Context, servicePrincipalID string, people []string,
	packages ...*AccessPackage) (fulfill.Access, error) {
	access, err := c.Access(ctx, servicePrincipalID, packages...)
	if err != nil {
		return fulfill.Access{}, err
	}
	people = withoutRole(access, people)
	fruitless := 0
	err = c.conn.WaitOut(ctx, func() error {
		if len(people) == 0 {
			return nil
		}
		read, _, err := c.addOwnLists(ctx, &access, people)
		if err != nil {
			return err
		}
		if people = withoutRole(access, read); len(people) < len(read) {
			fruitless = 0
		}
		if fruitless++; len(people) > 0 && fruitless < enoughLooks {
			return graph.NotYet(errNotSeen)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errNotSeen) {
		return fulfill.Access{}, err
	}
	return access, nil
}

// enoughLooks is how many looks at people's own lists, a second to five apart, show
// what is there, if nothing is known to have been written lately.
const enoughLooks = 5

var errNotSeen = errors.New("a role that is looked for was not seen")

// withoutRole returns those of the people to whom access gives no role.
func withoutRole(access fulfill.Access, people []string) []string {
	holds := make(map[string]bool)
	for _, a := range access.Assignments {
		holds[strings.ToLower(a.PrincipalID)] = true
		for _, member := range access.Members[a.PrincipalID] {
			holds[strings.ToLower(member)] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(people), func(id string) bool { return holds[strings.ToLower(id)] })
}

// assignedLately reports whether replicas may still have to learn of an assignment.
func assignedLately(access fulfill.Access) bool {
	return slices.ContainsFunc(access.Assignments, func(a assign.Assignment) bool {
		return graph.RecentlyCreated(a.CreatedDateTime)
	})
}

// addOwnLists adds to access what each user's own list shows of the application. It
// returns whose list was read, and who was deleted meanwhile. A user who is neither
// is not visible yet, and the error is a [graph.NotYet].
func (c *Client) addOwnLists(ctx context.Context, access *fulfill.Access,
	users []string) (read, deleted []string, err error) {
	lists, err := c.client.UserAssignments(ctx, access.ResourceID, users)
	if err != nil {
		return nil, nil, err
	}
	known := make(map[string]bool)
	for _, a := range access.Assignments {
		known[a.ID] = true
	}
	var missing []string
	for i, list := range lists {
		if list == nil {
			missing = append(missing, users[i])
			continue
		}
		read = append(read, users[i])
		for _, a := range list {
			if !known[a.ID] {
				known[a.ID] = true
				access.Assignments = append(access.Assignments, a)
			}
			if err := c.addMember(ctx, access, a, users[i]); err != nil {
				return nil, nil, err
			}
		}
	}
	statuses, err := c.UserStatuses(ctx, missing)
	for _, id := range missing {
		if err == nil && statuses[id] != fulfill.UserIsDeleted {
			err = graph.NotYet(fmt.Errorf("user %s is there, but the roles that they hold were not found", id))
		}
	}
	return read, missing, err
}

// addMember makes a user a member of the group that gives them a role, whatever the
// list of its members shows.
func (c *Client) addMember(ctx context.Context, access *fulfill.Access, a assign.Assignment, user string) error {
	if !strings.EqualFold(a.PrincipalType, "Group") {
		return nil
	}
	if _, read := access.Members[a.PrincipalID]; !read {
		if err := c.readMembers(ctx, access, a.PrincipalID); err != nil {
			return fmt.Errorf("members of the assigned group %s: %w", roster.Printable(a.PrincipalDisplayName), err)
		}
	}
	members := access.Members[a.PrincipalID]
	if !slices.ContainsFunc(members, func(id string) bool { return strings.EqualFold(id, user) }) {
		access.Members[a.PrincipalID] = append(members, user)
	}
	return nil
}

// confirmLosses looks again at everybody who seems to have lost a role, in their
// own lists: five times, and for [graph.Options.ReplicationWait] if the snapshot
// or an assignment is younger than 15 minutes, because then a replica may not have
// learned of it. For a role that a review took away, one look is enough.
func (c *Client) confirmLosses(ctx context.Context, snapshot fulfill.Snapshot, present *fulfill.Present) error {
	looks := 0
	err := c.conn.WaitOut(ctx, func() error {
		lost, err := losers(snapshot, *present, looks == 0)
		if err != nil || len(lost) == 0 {
			return err
		}
		_, deleted, err := c.addOwnLists(ctx, &present.Access, lost)
		if err != nil {
			return err
		}
		for _, id := range deleted {
			present.Users[id] = fulfill.UserIsDeleted
		}
		looks++
		if lost, err = losers(snapshot, *present, false); err != nil || len(lost) == 0 {
			return err
		}
		if looks < enoughLooks || graph.RecentlyCreated(snapshot.Taken) || assignedLately(present.Access) {
			return graph.NotYet(errNotSeen)
		}
		return nil
	})
	if errors.Is(err, errNotSeen) {
		return nil // it was looked for as long as it could be
	}
	return err
}

// losers returns the ids of those who lost a role between the snapshot and the
// present, though their user is still there; those whom a review took it from only
// if reviewed is set.
func losers(snapshot fulfill.Snapshot, present fulfill.Present, reviewed bool) ([]string, error) {
	list, err := fulfill.NewRevocations(snapshot, present,
		&fulfill.RevocationOptions{Override: "only to know whom to look at again"})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, r := range slices.Concat(list.Accounts, list.NoAccount) {
		again := func(l fulfill.Loss) bool {
			return isAbsence(l.Cause) && (reviewed || !takenAway(r.PrincipalID, l.AppRoleID, present.Reviews))
		}
		if slices.ContainsFunc(r.Lost, again) && !slices.Contains(ids, r.PrincipalID) {
			ids = append(ids, r.PrincipalID)
		}
	}
	return ids, nil
}

// isAbsence reports whether a cause rests on an assignment that was not seen.
func isAbsence(cause fulfill.Cause) bool {
	return cause == fulfill.Denied || cause == fulfill.RemovedOtherwise || cause == fulfill.StillThroughGroup
}

// takenAway reports whether a review says that it took a role from a user.
func takenAway(user, role string, reviews []fulfill.Review) bool {
	return slices.ContainsFunc(reviews, func(r fulfill.Review) bool {
		return slices.ContainsFunc(r.Decisions, func(d fulfill.Decision) bool {
			return strings.EqualFold(d.PrincipalID, user) && (d.AppRoleID == "" || strings.EqualFold(d.AppRoleID, role)) &&
				strings.EqualFold(d.Decision, "Deny") && wasApplied(d.ApplyResult)
		})
	})
}
