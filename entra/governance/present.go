package governance

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// Access reads who holds which roles of the service principal with that object
// id: its assignments once two looks agree, the members of each assigned group, and
// what packages deliver. It may lag all the same; [Client.Look] looks at people
// too. An error means that the answer is unfinished. Groups whose members may be
// hidden are in Access.Hidden, unless the token is known to have
// Member.Read.Hidden; a token that the request adapter keeps to itself, or that
// can't be read, is not. Permissions: Application.Read.All, GroupMember.ReadBasic.All
// if groups are assigned, Member.Read.Hidden if one of them has hidden membership,
// and EntitlementManagement.Read.All if packages are given.
// https://learn.microsoft.com/graph/api/group-list-members
func (c *Client) Access(ctx context.Context, servicePrincipalID string,
	packages ...*AccessPackage) (fulfill.Access, error) {
	access := fulfill.Access{ResourceID: servicePrincipalID, Members: map[string][]string{}}
	var err error
	if access.Assignments, err = c.client.SettledAssignments(ctx, servicePrincipalID); err != nil {
		return fulfill.Access{}, err
	}
	if err := c.readMembers(ctx, &access, access.Assignments...); err != nil {
		return fulfill.Access{}, err
	}
	for _, p := range packages {
		delivered, err := c.packageAccess(ctx, p, servicePrincipalID)
		if err != nil {
			return fulfill.Access{}, err
		}
		access.Packages = append(access.Packages, delivered...)
	}
	access.Complete = true
	return access, nil
}

// UserStatuses returns, by object id, whether users can sign in. A user who is
// neither in the directory nor in its recycle bin was deleted long ago. An error
// means that the answer is unfinished. Permission: User.Read.All.
func (c *Client) UserStatuses(ctx context.Context, ids []string) (map[string]fulfill.UserStatus, error) {
	found, missing, err := findByID(ctx, c.client.FindUsers, ids)
	if err != nil {
		return nil, err
	}
	binned, _, err := findByID(ctx, c.client.FindDeletedUsers, missing)
	if err != nil {
		return nil, err
	}
	statuses := make(map[string]fulfill.UserStatus, len(ids))
	for id, user := range found {
		statuses[id] = statusOf(user)
	}
	if err := c.confirmDeleted(ctx, missing, binned, statuses); err != nil {
		return nil, err
	}
	return statuses, nil
}

func statusOf(user match.User) fulfill.UserStatus {
	if user.AccountEnabled {
		return fulfill.UserIsEnabled
	}
	return fulfill.UserIsDisabled
}

// findByID returns the users that find finds, by id, and the ids of the others.
func findByID(ctx context.Context, find match.Finder,
	ids []string) (found map[string]match.User, missing []string, err error) {
	queries := make([]match.Query, len(ids))
	for i, id := range ids {
		queries[i] = match.Equal("id", id)
	}
	answers, err := match.Ask(ctx, find, queries)
	found = map[string]match.User{}
	for i, answer := range answers {
		switch {
		case answer.Err != nil:
			return nil, nil, answer.Err
		case len(answer.Users) == 0:
			missing = append(missing, ids[i])
		default:
			found[ids[i]] = answer.Users[0]
		}
	}
	return found, missing, err
}

// confirmDeleted reads each user by itself: listings lag behind, and the answer may
// close the user's account. Those in the recycle bin are not waited for.
func (c *Client) confirmDeleted(ctx context.Context, ids []string, binned map[string]match.User,
	statuses map[string]fulfill.UserStatus) error {
	path := func(i int) string { return userPath(ids[i]) + "?$select=id,accountEnabled" }
	return c.conn.WaitOut(ctx, func() error {
		var failed error
		err := readEach(ctx, c, entra.OpReadUser, len(ids), path, func(i int, user soleUser, err error) {
			if err == nil {
				statuses[ids[i]], err = user.status(ids[i])
			}
			switch {
			case err == nil:
			case errors.Is(err, graph.ErrNotFound) && c.conn.JustWritten(ids[i]) && binned[ids[i]].ID == "":
				failed = errors.Join(failed, graph.NotYet(err))
			case errors.Is(err, graph.ErrNotFound):
				statuses[ids[i]] = fulfill.UserIsDeleted
			default:
				failed = errors.Join(failed, fmt.Errorf("user %s: %w", ids[i], err))
			}
		})
		return cmp.Or(err, failed)
	})
}

// A soleUser is a user who is read by itself. AccountEnabled is nil if it is unknown.
type soleUser struct {
	ID             string
	AccountEnabled *bool
}

func (u soleUser) status(id string) (fulfill.UserStatus, error) {
	switch {
	case !strings.EqualFold(u.ID, id):
		return "", entra.OpReadUser.Missing("user "+id, "its id")
	case u.AccountEnabled == nil:
		return "", entra.OpReadUser.Missing("user "+id, "accountEnabled")
	}
	return statusOf(match.User{AccountEnabled: *u.AccountEnabled}), nil
}

// applyDelay is how long access may still be visible after a decision was
// applied. Microsoft speaks of a few minutes.
// https://learn.microsoft.com/entra/id-governance/complete-access-review
const applyDelay = 15 * time.Minute

// DecidedReviews reads the decisions in all rounds of all reviews of the service
// principal with that object id, except those that were carried out before since.
// An error means that the answer is unfinished. Permission: AccessReview.Read.All.
func (c *Client) DecidedReviews(ctx context.Context, servicePrincipalID string,
	since time.Time) ([]fulfill.Review, error) {
	definitions, err := c.ReviewsOf(ctx, servicePrincipalID)
	if err != nil {
		return nil, err
	}
	var reviews []fulfill.Review
	for _, definition := range definitions {
		instances, err := c.ReviewInstances(ctx, definition.ID)
		if err != nil {
			return nil, err
		}
		for _, instance := range instances {
			decisions, err := c.roundDecisions(ctx, definition, instance)
			if err != nil {
				return nil, err
			}
			reviews = append(reviews, splitRound(definition.DisplayName, instance, decisions, servicePrincipalID, since)...)
		}
	}
	return reviews, nil
}

// roundDecisions returns the decisions of a round. Those of a round with stages are
// read for each stage, too: whether the round's own list has the last word is
// documented nowhere. What came of them stands in the round's list.
// https://learn.microsoft.com/entra/id-governance/complete-access-review
func (c *Client) roundDecisions(ctx context.Context, review *ReviewDefinition,
	round ReviewInstance) ([]ReviewDecision, error) {
	decisions, err := graph.Collect(opReadReview, c.ReviewDecisions(ctx, review.ID, round.ID), ReviewDecision.id)
	if err != nil {
		return nil, err
	}
	nameless := func(d ReviewDecision) bool { return !d.namesResource() }
	if len(round.Scope.ResourceScopes) == 0 && slices.ContainsFunc(decisions, nameless) {
		return nil, opReadReview.Missing("the round "+round.ID+", whose decisions name no resource", "scope")
	}
	if len(review.StageSettings) < 2 {
		return decisions, nil
	}
	stages, err := c.ReviewStages(ctx, review.ID, round.ID)
	if err != nil {
		return nil, err
	}
	results := map[string]ReviewDecision{}
	for _, d := range decisions {
		results[d.about()] = d
	}
	for _, stage := range stages {
		for d, err := range c.StageDecisions(ctx, review.ID, round.ID, stage.ID) {
			if err != nil {
				return nil, err
			}
			if strings.EqualFold(d.Decision, "NotReviewed") {
				continue // what an earlier stage decided stands
			}
			result := results[d.about()]
			d.ApplyResult, d.AppliedDateTime = result.ApplyResult, result.AppliedDateTime
			decisions = append(decisions, d)
		}
	}
	return decisions, nil
}

// about is the same for all decisions about one principal and role.
func (d ReviewDecision) about() string {
	role := ""
	if d.Resource != nil {
		role = d.Resource.AppRoleID
	}
	return strings.ToLower(d.PrincipalID() + " " + role)
}

// splitRound returns a round's decisions about the service principal in two parts:
// those whose outcome can be seen, and those that were applied so recently that
// the access may still be visible, which count as not applied. Decisions that
// were carried out before since are left out, as far as the service's times tell,
// which may have no fractions of a second.
func splitRound(name string, round ReviewInstance, decisions []ReviewDecision, servicePrincipalID string,
	since time.Time) []fulfill.Review {
	since = since.Truncate(time.Second)
	settled := fulfill.Review{Complete: true, Name: name, Applied: round.Status.Is(ReviewApplied)}
	recent := fulfill.Review{Complete: true, Name: name}
	for _, d := range decisions {
		switch {
		case !d.concerns(servicePrincipalID, round.Scope), d.applied() && !d.changed().IsZero() && d.changed().Before(since):
		case d.applied() && time.Since(d.changed()) < applyDelay:
			recent.Decisions = append(recent.Decisions, d.forFulfill())
		default:
			settled.Decisions = append(settled.Decisions, d.forFulfill())
		}
	}
	return []fulfill.Review{settled, recent}
}

// forFulfill returns the decision as package fulfill keeps it.
func (d ReviewDecision) forFulfill() fulfill.Decision {
	decision := fulfill.Decision{PrincipalID: d.PrincipalID(), Decision: d.Decision, ReviewedBy: d.ReviewedBy.Name(),
		Reviewed: d.ReviewedDateTime.Time, Applied: d.AppliedDateTime.Time, Justification: d.Justification,
		ApplyResult: d.ApplyResult}
	if d.Resource != nil {
		decision.AppRoleID = d.Resource.AppRoleID
	}
	return decision
}

// A groupObject has the properties that decide whether a group's members may be hidden.
// https://learn.microsoft.com/graph/api/resources/group#group-visibility-options
type groupObject struct {
	ID, DisplayName string
	Visibility      *string
	GroupTypes      []string // nil if they are unknown
}

const visibilityFields = "visibility,groupTypes"

// hiding returns why members of the group may be missing in an answer, to a token
// that may not see hidden members; nil if none are. Only Microsoft 365 groups can
// hide their members, and others often come with a null visibility.
func (g groupObject) hiding() error {
	name := "the group " + cmp.Or(g.DisplayName, g.ID)
	switch {
	case g.Visibility != nil && !strings.EqualFold(*g.Visibility, "HiddenMembership"):
		return nil
	case g.Visibility != nil:
		return opSeeHiddenMembers.Missing(name, "its hidden members")
	case g.GroupTypes != nil && !slices.Contains(g.GroupTypes, "Unified"):
		return nil
	}
	return opReadGroup.Missing(name, "visibility")
}

// hiding returns why members of a group may be missing in an answer; nil if none are.
func (c *Client) hiding(ctx context.Context, groupID string) (hiding, err error) {
	hidden, err := c.hidden(ctx, []string{groupID})
	return hidden[groupID], err
}

// hidden returns, by group, why members of groups may be missing in an answer.
// https://learn.microsoft.com/graph/api/group-get
func (c *Client) hidden(ctx context.Context, groups []string) (map[string]error, error) {
	sees, err := c.seesHidden(ctx)
	if err != nil || sees {
		return nil, err
	}
	hidden := make(map[string]error)
	var failed error
	path := func(i int) string { return groupPath(groups[i]) + "?$select=id,displayName," + visibilityFields }
	err = readEach(ctx, c, opReadGroup, len(groups), path, func(i int, group groupObject, err error) {
		if err == nil && !strings.EqualFold(group.ID, groups[i]) {
			err = opReadGroup.Missing("the group "+groups[i], "its id")
		}
		failed = cmp.Or(failed, err)
		hidden[groups[i]] = group.hiding()
	})
	return hidden, cmp.Or(failed, err)
}

// seesHidden reports whether the token is known to show hidden members. Where the
// token can't be read, that is not known.
func (c *Client) seesHidden(ctx context.Context) (bool, error) {
	token, err := c.conn.Token(ctx)
	if errors.Is(err, graph.ErrNoCredential) {
		return false, nil
	}
	return parseClaims(token).grants(opSeeHiddenMembers.Least()[0]), err
}

type member struct{ ID string }

// readMembers adds to access the direct members of those assigned groups that were not
// read yet, and whether some may be hidden from the token.
// https://learn.microsoft.com/graph/api/group-list-members
func (c *Client) readMembers(ctx context.Context, access *fulfill.Access, assigned ...assign.Assignment) error {
	var groups []assign.Assignment
	var ids []string
	for _, a := range assigned {
		_, read := access.Members[a.PrincipalID]
		if !read && !slices.Contains(ids, a.PrincipalID) && strings.EqualFold(a.PrincipalType, "Group") {
			groups, ids = append(groups, a), append(ids, a.PrincipalID)
		}
	}
	read := func(i int) graph.Request {
		return graph.Request{Op: opListMembers, Path: groupPath(ids[i]) + "/members?$select=id&$top=999"}
	}
	var failed error
	err := c.conn.Batch(ctx, graph.Requests{Len: len(ids), At: read}, func(i int, body json.RawMessage, err error) bool {
		if err == nil {
			access.Members[ids[i]], err = c.memberIDs(ctx, read(i), body)
		}
		if err != nil {
			failed = fmt.Errorf("members of the assigned group %s: %w", roster.Printable(groups[i].PrincipalDisplayName), err)
		}
		return failed == nil
	})
	if err = cmp.Or(failed, err); err != nil {
		return err
	}
	hidden, err := c.hidden(ctx, ids)
	for _, id := range ids {
		if hidden[id] != nil {
			access.Hidden = append(access.Hidden, id)
		}
	}
	return err
}

// memberIDs returns the ids of the members of which body is the first page; not nil,
// because an empty group was read, too.
func (c *Client) memberIDs(ctx context.Context, req graph.Request, body json.RawMessage) ([]string, error) {
	listing := graph.AllPages[member](ctx, c.conn, req, body)
	members, err := graph.Collect(opListMembers, listing, func(m member) string { return m.ID })
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	return ids, err
}

func groupPath(id string) string { return "/groups/" + url.PathEscape(id) }
