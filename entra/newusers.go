package entra

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
)

// A CreationPlan says which accounts can be created. [Client.PlanUsers] makes it,
// and [Client.CreateUsers] carries it out.
//
// It is a [match.Directory] and [match.RecycleBin] too: the directory as it will
// be when Users are there, so that what follows from them can be shown before they
// are created. Their ids begin with "planned:". Filters do not find them.
type CreationPlan struct {
	// Users are the accounts to create, in order. Several rows that ask for the
	// same account have one.
	Users []NewUser
	// Existing are those that are there with all the values, and that the caller did
	// not find: an earlier run made them a moment ago, or they lack what they were
	// looked up by. They are in order.
	Existing []ExistingUser
	// Refused are those that cannot be created, in order.
	Refused []*NewUserError
	// DomainsUnread says why the tenant's domains could not be read; nil if they
	// were. Whether a domain is verified shows only at the creation then.
	DomainsUnread error

	client *Client
}

// An ExistingUser is an account that need not be created.
type ExistingUser struct {
	NewUser
	User match.User // who has the values
}

// A NewUserError says why an account cannot be created.
type NewUserError struct {
	User      NewUser
	Attribute string // whose value is the reason
	Reason    string
	// Holder is the user who has the value already; nil if that is not the reason.
	Holder *match.User
}

// Error names the row and the reason.
func (e *NewUserError) Error() string {
	return fmt.Sprintf("%s line %d: no account can be created: %s",
		cmp.Or(e.User.Row.File(), "roster"), e.User.Row.Line(), e.Reason)
}

// PlanUsers finds out which of the accounts can be created, and writes nothing. It
// checks the values by the documented rules, asks whether the domains are verified,
// and looks up what must be unique: userPrincipalName, mail (which becomes one of
// proxyAddresses) and onPremisesImmutableId. Two accounts with one such value are
// both refused, unless they are the same in everything. Groups that have an address are not looked at.
// Permission: User.Read.All; Organization.Read.All to know the domains, see
// DomainsUnread.
// https://learn.microsoft.com/graph/api/user-post-users
func (c *Client) PlanUsers(ctx context.Context, users []NewUser) (*CreationPlan, error) {
	p := &CreationPlan{client: c}
	if len(users) == 0 {
		return p, nil
	}
	domains, err := c.VerifiedDomains(ctx)
	if errors.Is(err, graph.ErrForbidden) {
		p.DomainsUnread, err = err, nil
	}
	if err != nil {
		return nil, err
	}
	refused := make([]*NewUserError, len(users))
	for i, u := range users {
		refused[i] = u.check(domains)
	}
	repeats := refuseClashes(users, refused)
	existing, err := c.refuseTaken(ctx, users, refused)
	if err != nil {
		return nil, err
	}
	for i, u := range users {
		switch {
		case refused[i] != nil:
			p.Refused = append(p.Refused, refused[i])
		case existing[i] != nil:
			p.Existing = append(p.Existing, ExistingUser{u, *existing[i]})
		case !repeats[i]:
			p.Users = append(p.Users, u)
		}
	}
	return p, nil
}

// A Tenant is the organization whose users a [Client] sees.
type Tenant struct {
	ID   string `json:"id"`
	Name string `json:"displayName"`
}

// Tenant returns the tenant. Permission: Organization.Read.All, or any other that lets
// the organization be read; without it the error is a [graph.ErrForbidden].
// https://learn.microsoft.com/graph/api/organization-list
func (c *Client) Tenant(ctx context.Context) (Tenant, error) {
	req := graph.Request{Op: OpReadOrganization, Path: "/organization?$select=id,displayName"}
	for t, err := range graph.Pages[Tenant](ctx, c.conn, req) {
		switch {
		case err != nil:
			return Tenant{}, err
		case t.ID == "":
			return Tenant{}, OpReadOrganization.Missing("the organization", "id")
		}
		return t, nil
	}
	return Tenant{}, OpReadOrganization.Missing("the tenant", "the organization")
}

// VerifiedDomains returns the tenant's verified domains in lower case.
// Permission: Organization.Read.All; without it the error is a [graph.ErrForbidden].
// https://learn.microsoft.com/graph/api/organization-list
func (c *Client) VerifiedDomains(ctx context.Context) (map[string]bool, error) {
	type organization struct {
		VerifiedDomains []struct{ Name string }
	}
	domains := map[string]bool{}
	req := graph.Request{Op: OpReadOrganization, Path: "/organization?$select=verifiedDomains"}
	for o, err := range graph.Pages[organization](ctx, c.conn, req) {
		if err != nil {
			return nil, err
		}
		for _, domain := range o.VerifiedDomains {
			domains[strings.ToLower(domain.Name)] = true
		}
	}
	if len(domains) == 0 { // every tenant has one
		return nil, OpReadOrganization.Missing("the organization", "verifiedDomains")
	}
	return domains, nil
}

// refuseClashes refuses accounts that ask for one unique value and differ. It
// returns those that are an earlier account in everything.
func refuseClashes(users []NewUser, refused []*NewUserError) (repeats map[int]bool) {
	firsts, others := map[match.Query]int{}, map[match.Query]int{} // others differ from the first
	for i, u := range users {
		for _, key := range u.uniqueValues() {
			if first, known := firsts[key]; !known {
				firsts[key] = i
			} else if _, known := others[key]; !known && !u.same(users[first]) {
				others[key] = i
			}
		}
	}
	repeats = make(map[int]bool)
	for i, u := range users {
		for _, key := range u.uniqueValues() {
			first := firsts[key]
			other, clash := others[key]
			if clash && i != first && !u.same(users[first]) {
				other = first
			}
			repeats[i] = repeats[i] || first != i
			if clash {
				refused[i] = cmp.Or(refused[i], u.refuse(key.Attribute, fmt.Sprintf("line %d asks for another account with %s %s",
					users[other].Row.Line(), key.Attribute, key.Value)))
			}
		}
	}
	return repeats
}

// refuseTaken refuses accounts with a value that somebody in the directory has. It
// returns those who have all the values.
func (c *Client) refuseTaken(
	ctx context.Context, users []NewUser, refused []*NewUserError) (existing map[int]*match.User, err error) {
	var queries []match.Query
	var of []int
	for i, u := range users {
		if refused[i] != nil {
			continue
		}
		for _, query := range u.uniqueValues() {
			query.Select = u.readable()
			queries, of = append(queries, query), append(of, i)
		}
	}
	trusting := func(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
		return c.findUsers(ctx, queries, true) // that nobody has such a value is what is hoped for
	}
	answers, err := match.Ask(ctx, trusting, queries)
	if err != nil {
		return nil, fmt.Errorf("looking for the values of new users: %w", err)
	}
	existing = make(map[int]*match.User)
	for n, answer := range answers {
		u := users[of[n]]
		if answer.Err != nil {
			return nil, fmt.Errorf("looking for %s %s: %w", queries[n].Attribute, queries[n].Value, answer.Err)
		}
		for _, holder := range answer.Users {
			switch i := of[n]; {
			case u.is(holder):
				existing[i] = &holder
			case refused[i] == nil:
				refused[i] = u.refuse(queries[n].Attribute, fmt.Sprintf("%s %s belongs to %s already (user %s)",
					queries[n].Attribute, queries[n].Value, cmp.Or(holder.DisplayName, holder.UserPrincipalName), holder.ID))
				refused[i].Holder = &holder
			}
		}
	}
	return existing, nil
}

// FindUsers implements [match.Directory] as [Client.FindUsers] does, and finds
// planned users too.
func (p *CreationPlan) FindUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return func(yield func(int, match.Answer) bool) {
		planned := p.lookup(queries)
		for i, answer := range p.client.FindUsers(ctx, queries) {
			if answer.Err == nil {
				answer.Users = append(slices.Clip(answer.Users), planned[i]...)
			}
			if !yield(i, answer) {
				return
			}
		}
	}
}

// FindDeletedUsers implements [match.RecycleBin]; it is [Client.FindDeletedUsers].
func (p *CreationPlan) FindDeletedUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return p.client.FindDeletedUsers(ctx, queries)
}

// lookup returns the planned users that each query finds.
func (p *CreationPlan) lookup(queries []match.Query) map[int][]match.User {
	found := make(map[int][]match.User)
	l, err := p.client.newLookup(users, queries, nil)
	if err != nil {
		return found // the client says so
	}
	for _, u := range p.Users {
		person := u.planned()
		for _, a := range l.attributes {
			for _, q := range l.answeredBy(person, a) {
				l.give(person, q)
			}
		}
	}
	for _, q := range l.questions {
		for _, i := range q.queries {
			found[i] = unique(q.users)
		}
	}
	return found
}

// planned is the user as the directory will show them.
func (u NewUser) planned() person {
	disabled, body := false, u.body()
	if mail, ok := u.Attributes["mail"]; ok {
		body["proxyAddresses"] = []string{"SMTP:" + mail}
	}
	raw, _ := json.Marshal(body) // strings only
	return person{raw: raw, AccountEnabled: &disabled, User: match.User{ID: "planned:" + u.UserPrincipalName,
		UserPrincipalName: u.UserPrincipalName, DisplayName: u.DisplayName, Mail: u.Attributes["mail"]}}
}
