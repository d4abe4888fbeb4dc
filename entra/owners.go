package entra

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// planOwners adds to a plan the owners whom the application lacks: the registration,
// which the portal shows, or the service principal, whose owners a review asks.
func (c *Client) planOwners(ctx context.Context, p *RegistrationPlan) (err error) {
	if p.owners, err = c.ownersNamed(ctx, p); err != nil || p.owners == nil {
		return err
	}
	var now objects
	if p.found != nil {
		now = *p.found
	}
	p.owned = make(map[string]map[string]bool)
	for _, object := range now.owned() {
		if p.owned[object], err = c.readOwners(ctx, object); err != nil {
			return err
		}
	}
	isNew := now.ServicePrincipal == nil
	for _, user := range p.owners {
		lacks := isNew
		for _, owners := range p.owned {
			lacks = lacks || !owners[strings.ToLower(user.ID)]
		}
		if lacks && !user.AccountEnabled {
			return &RegistrationError{DisplayName: p.DisplayName, Reason: roster.Printable(user.UserPrincipalName) +
				" is blocked from sign-in and can't review what they own: name another owner, or enable the account"}
		}
		if lacks {
			p.Steps = append(p.Steps, RegistrationStep{Kind: StepAddOwner, Owner: user.UserPrincipalName,
				Reason: "owners review where a stage of owners says so; those there stay"})
		}
	}
	return nil
}

// ownersNamed finds the users whom the registration names as owners.
func (c *Client) ownersNamed(ctx context.Context, p *RegistrationPlan) ([]match.User, error) {
	var queries []match.Query
	for _, name := range distinct(p.registration.Owners) {
		queries = append(queries, match.Equal("userPrincipalName", name))
	}
	answers, err := match.Ask(ctx, c.FindUsers, queries)
	if err != nil {
		return nil, err
	}
	var owners []match.User
	for i, answer := range answers {
		switch {
		case answer.Err != nil:
			return nil, answer.Err
		case len(answer.Users) != 1:
			return nil, &RegistrationError{DisplayName: p.DisplayName, Reason: fmt.Sprintf(
				"there is no user %s to own it: correct the user principal name", roster.Printable(queries[i].Value))}
		}
		owners = append(owners, answer.Users[0])
	}
	return owners, nil
}

// owned returns the paths of the objects that have owners in this tenant.
func (f *objects) owned() (paths []string) {
	if f.Application != nil {
		paths = append(paths, "/applications/"+url.PathEscape(f.Application.ID))
	}
	if f.ServicePrincipal != nil {
		paths = append(paths, "/servicePrincipals/"+url.PathEscape(f.ServicePrincipal.ID))
	}
	return paths
}

// readOwners returns the lower-case ids of an object's owners.
// https://learn.microsoft.com/graph/api/application-list-owners
func (c *Client) readOwners(ctx context.Context, object string) (map[string]bool, error) {
	type owner struct{ ID string }
	request := graph.Request{Op: OpListOwners, Path: object + "/owners?$select=id"}
	listed, err := graph.Collect(OpListOwners, graph.Pages[owner](ctx, c.conn, request), func(o owner) string { return o.ID })
	owners := make(map[string]bool)
	for _, o := range listed {
		owners[strings.ToLower(o.ID)] = true
	}
	return owners, err
}

// addOwners adds the plan's owners to both objects. An owner who is added twice is
// refused, so that a write can be sent again.
func (g *registrationRun) addOwners(ctx context.Context) error {
	for _, object := range g.owned() {
		for _, user := range g.plan.owners {
			if g.plan.owned[object][strings.ToLower(user.ID)] {
				continue
			}
			if err := g.addOwner(ctx, object, user.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// addOwner waits for an object that was just created, and for a user.
// https://learn.microsoft.com/graph/api/application-post-owners
// https://learn.microsoft.com/graph/api/serviceprincipal-post-owners
func (g *registrationRun) addOwner(ctx context.Context, object, userID string) error {
	add := graph.Request{Op: OpAddOwner, Method: http.MethodPost, Path: object + "/owners/$ref",
		Body: g.conn.Reference(userID), Idempotent: true}
	return g.conn.WaitOut(ctx, func() error {
		err := g.conn.Do(ctx, add, nil)
		fresh := g.conn.JustWritten(append(g.ids(), userID)...)
		switch {
		case errors.Is(err, graph.ErrExists):
			return nil
		case fresh && (errors.Is(err, graph.ErrNotFound) || errors.Is(err, graph.ErrNotReplicated)):
			return graph.NotYet(err)
		}
		return err
	})
}
