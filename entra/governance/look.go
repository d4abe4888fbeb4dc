package governance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
)

// LookOptions are the options of [Client.Look].
type LookOptions struct {
	// Report is the application's list with its users, as [match.Run] returns it; nil
	// means that the list was not read.
	Report *match.Report
	// List says what the columns of the list mean.
	List *fulfill.ListOptions
	// Packages are access packages that may deliver the application's roles, as
	// [Client.FindAccessPackage] returns them.
	Packages []*AccessPackage
}

// Look reads everything that [fulfill.State.Compare] compares with what a journal says:
// the application's roles, who holds them, the decisions of reviews since the journal
// was begun, and whose user was deleted or disabled. Listings lag, so people are read by
// themselves, too: whoever the list names for the first time and seems to hold nothing,
// until five looks in a row show nobody new (12 seconds); and whoever seems to have lost
// a role, five times, and for [graph.Options.ReplicationWait] if the last look or an
// assignment is younger than 15 minutes; once if a review took the role.
//
// If any of it can't be read to its end, Look returns an error and nothing else.
// Permissions, as of StepFollow: AccessReview.Read.All and Directory.Read.All. Instead of
// Directory.Read.All, these will do together: Application.Read.All, User.Read.All,
// AppRoleAssignment.ReadWrite.All, and GroupMember.ReadBasic.All if groups are assigned.
// [Client.Access] says what hidden members and packages need besides.
func (c *Client) Look(ctx context.Context, state *fulfill.State, opts *LookOptions) (fulfill.Look, error) {
	opts = cmp.Or(opts, new(LookOptions))
	look := fulfill.Look{Time: time.Now().UTC(), Users: make(map[string]fulfill.UserStatus)}
	if err := c.look(ctx, state, opts, &look); err != nil {
		return fulfill.Look{}, err
	}
	return look, nil
}

func (c *Client) look(ctx context.Context, state *fulfill.State, opts *LookOptions, look *fulfill.Look) (err error) {
	if opts.Report != nil {
		if look.List, err = fulfill.NewList(opts.Report, opts.List); err != nil {
			return err
		}
	}
	if look.Roles, err = c.roles(ctx, state); err != nil {
		return err
	}
	// In this order, a decision that is applied between two reads counts as not
	// applied yet, and never as access that a review failed to remove.
	if look.Access, err = c.Access(ctx, state.ResourceID, opts.Packages...); err != nil {
		return err
	}
	if err := c.addHolders(ctx, &look.Access, listed(state, opts.Report, look.Users)); err != nil {
		return err
	}
	if look.Reviews, err = c.DecidedReviews(ctx, state.ResourceID, state.Begun); err != nil {
		return err
	}
	if err := c.addStatuses(ctx, state, look); err != nil {
		return err
	}
	return c.confirmLosses(ctx, state, look)
}

// roles returns the roles that the application declares.
// https://learn.microsoft.com/graph/api/serviceprincipal-get
func (c *Client) roles(ctx context.Context, state *fulfill.State) ([]assign.AppRole, error) {
	path := "/servicePrincipals/" + url.PathEscape(state.ResourceID) + "?$select=id,appRoles"
	object, err := read[struct {
		ID       string
		AppRoles []assign.AppRole
	}](ctx, c, entra.OpFindApplication, path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the application %s: %w", state.Application, err)
	case !strings.EqualFold(object.ID, state.ResourceID):
		return nil, entra.OpFindApplication.Missing("the application "+state.Application, "its id")
	case object.AppRoles == nil:
		return nil, entra.OpFindApplication.Missing("the application "+state.Application, "appRoles")
	case slices.ContainsFunc(object.AppRoles, func(r assign.AppRole) bool { return r.ID == "" }):
		return nil, entra.OpFindApplication.Missing("an app role of "+state.Application, "id")
	}
	return object.AppRoles, nil
}

// listed notes whether the users of a list can sign in, and returns those of them whom
// the journal doesn't know.
func listed(state *fulfill.State, report *match.Report, users map[string]fulfill.UserStatus) (unknown []string) {
	if report == nil {
		return nil
	}
	for outcome := range report.Found(&match.FoundOptions{All: true}) {
		id := strings.ToLower(outcome.User.ID)
		if _, seen := users[id]; seen {
			continue
		}
		users[id] = statusOf(*outcome.User)
		if _, known := state.People[id]; !known {
			unknown = append(unknown, id)
		}
	}
	return unknown
}

// addStatuses looks up whether those can sign in of whom the look doesn't say it yet.
func (c *Client) addStatuses(ctx context.Context, state *fulfill.State, look *fulfill.Look) error {
	statuses, err := c.UserStatuses(ctx, unknownUsers(state, *look))
	maps.Copy(look.Users, statuses)
	return err
}

// unknownUsers returns, sorted, everybody whose status Compare needs, and look hasn't.
func unknownUsers(state *fulfill.State, look fulfill.Look) []string {
	ids := make(map[string]bool)
	for id, person := range state.People {
		if len(person.Held) > 0 {
			ids[id] = true
		}
	}
	for _, loss := range state.Losses {
		ids[loss.PrincipalID] = true
	}
	for _, a := range look.Access.Assignments {
		if strings.EqualFold(a.PrincipalType, "User") {
			ids[strings.ToLower(a.PrincipalID)] = true
		}
	}
	for _, members := range look.Access.Members {
		for _, id := range members {
			ids[strings.ToLower(id)] = true
		}
	}
	for _, review := range look.Reviews {
		for _, decision := range review.Decisions {
			if strings.EqualFold(decision.Decision, "Deny") {
				ids[strings.ToLower(decision.PrincipalID)] = true
			}
		}
	}
	for id := range look.Users {
		delete(ids, id)
	}
	return slices.Sorted(maps.Keys(ids))
}

// addHolders adds to access the roles of those of the people who hold nothing in the
// application's list, because listings lag: they are read by themselves until five
// looks in a row show nobody new, which takes 12 seconds, or for
// [graph.Options.ReplicationWait].
func (c *Client) addHolders(ctx context.Context, access *fulfill.Access, people []string) error {
	people = withoutRole(*access, people)
	fruitless := 0
	err := c.conn.WaitOut(ctx, func() error {
		if len(people) == 0 {
			return nil
		}
		read, _, err := c.addOwnLists(ctx, access, people)
		if err != nil {
			return err
		}
		if people = withoutRole(*access, read); len(people) < len(read) {
			fruitless = 0
		}
		if fruitless++; len(people) > 0 && fruitless < enoughLooks {
			return graph.NotYet(errNotSeen)
		}
		return nil
	})
	if errors.Is(err, errNotSeen) {
		return nil // they were looked for as long as they could be
	}
	return err
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
	if err := c.readMembers(ctx, access, a); err != nil {
		return err
	}
	members := access.Members[a.PrincipalID]
	if !slices.ContainsFunc(members, func(id string) bool { return strings.EqualFold(id, user) }) {
		access.Members[a.PrincipalID] = append(members, user)
	}
	return nil
}

// confirmLosses looks again at everybody who seems to have lost a role, in their
// own lists: five times, and for [graph.Options.ReplicationWait] if the last look
// or an assignment is younger than 15 minutes, because then a replica may not have
// learned of it. For a role that a review took away, one look is enough.
func (c *Client) confirmLosses(ctx context.Context, state *fulfill.State, look *fulfill.Look) error {
	looks := 0
	err := c.conn.WaitOut(ctx, func() error {
		lost, err := losers(state, *look, looks == 0)
		if err != nil || len(lost) == 0 {
			return err
		}
		_, deleted, err := c.addOwnLists(ctx, &look.Access, lost)
		if err != nil {
			return err
		}
		for _, id := range deleted {
			look.Users[id] = fulfill.UserIsDeleted
		}
		if err := c.addStatuses(ctx, state, look); err != nil { // of the other members of a group that came to light
			return err
		}
		looks++
		if lost, err = losers(state, *look, false); err != nil || len(lost) == 0 {
			return err
		}
		if looks < enoughLooks || graph.RecentlyCreated(state.Looked) || assignedLately(look.Access) {
			return graph.NotYet(errNotSeen)
		}
		return nil
	})
	if errors.Is(err, errNotSeen) {
		return nil // it was looked for as long as it could be
	}
	return err
}

// losers returns the ids of those who lost a role since the last look, though their
// user is still there; those whom a review took it from only if reviewed is set.
func losers(state *fulfill.State, look fulfill.Look, reviewed bool) ([]string, error) {
	look.List = nil // it says nothing of roles
	news, err := state.Compare(look, &fulfill.RevocationOptions{Override: "only to know whom to look at again"})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, loss := range news.Absences() {
		if reviewed || !takenAway(loss.PrincipalID, loss.AppRoleID, look.Reviews) {
			ids = append(ids, loss.PrincipalID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
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
