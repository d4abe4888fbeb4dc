package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
)

// noLimit lifts a limit, by name.
const noLimit = "no-limit"

// limit is a greatest number; 0 if none was given.
type limit int

func (l limit) String() string { return strconv.Itoa(int(l)) }

// Set reads a limit, for package flag. 0 would mean the default, which is not what
// somebody means who writes it.
func (l *limit) Set(value string) error {
	n, err := strconv.Atoi(value)
	switch {
	case value == noLimit:
		n = assign.NoLimit
	case err != nil || n < 1:
		return errors.New("want a number from 1, or " + noLimit)
	}
	*l = limit(n)
	return nil
}

// share is a fraction that is written as "10%" or "0.1"; 0 if none was given.
type share float64

func (s share) String() string { return strconv.FormatFloat(float64(s)*100, 'f', -1, 64) + "%" }

// Set reads a share, for package flag.
func (s *share) Set(value string) error {
	f, err := parseShare(value)
	if err != nil || f > 1 {
		return errors.New("want a share that is more than 0, such as 5% or 0.05; 100% is no limit")
	}
	*s = share(f)
	return nil
}

// growth is a share that may be more than 100%.
type growth float64

func (g growth) String() string { return share(g).String() }

// Set reads a growth, for package flag.
func (g *growth) Set(value string) error {
	f, err := parseShare(value)
	switch {
	case value == noLimit:
		f = assign.NoLimit
	case err != nil:
		return errors.New("want a share that is more than 0, such as 50% or 200%, or " + noLimit)
	}
	*g = growth(f)
	return nil
}

func parseShare(value string) (float64, error) {
	number, percent := strings.CutSuffix(value, "%")
	f, err := strconv.ParseFloat(number, 64)
	if percent {
		f /= 100
	}
	if err == nil && !(f > 0 && f < math.MaxInt32) { // NaN too
		err = errors.New("no share")
	}
	return f, err
}

// policy is what the flags allow to be changed, with the evidence for removals.
func (s *session) policy(ctx context.Context, report *match.Report, without []*assign.WantError,
	app *entra.Application) (*assign.Policy, error) {
	policy := s.limits()
	policy.Roll, policy.AcceptUnresolved = assign.NewRoll(report, without), s.opts.acceptUnresolved
	if !s.opts.removes() {
		return policy, nil
	}
	policy.Remove = s.opts.remove
	if policy.Remove == assign.RemoveOurs {
		policy.Ours = slices.Collect(maps.Keys(s.state().Ours))
	}
	return policy, s.protect(ctx, policy, app)
}

// limits is a policy with the limits of the flags.
func (s *session) limits() *assign.Policy {
	return &assign.Policy{MaxAdditions: int(s.opts.maxAdditions), MaxAdditionShare: float64(s.opts.maxAdditionShare),
		MaxRemovals: int(s.opts.maxRemovals), MaxRemovalShare: float64(s.opts.maxRemovalShare), Override: s.opts.override}
}

// protect adds to a policy what a plan must not take away.
func (s *session) protect(ctx context.Context, policy *assign.Policy, app *entra.Application) (err error) {
	if s.opts.minHolders > 0 {
		policy.MinHolders = map[string]int{assign.DefaultAccess: s.opts.minHolders}
		for _, role := range app.AppRoles {
			policy.MinHolders[role.ID] = s.opts.minHolders
		}
	}
	if policy.Protected, err = s.userIDs(ctx, "-protect", s.opts.protect); err != nil {
		return err
	}
	if strings.HasPrefix(app.ServicePrincipalID, plannedID("")) {
		policy.Packages = new(assign.Packages) // what is not there yet is in no package
		return nil
	}
	policy.Packages, err = s.tenant.governance.PackageGrants(ctx, app.ServicePrincipalID)
	if errors.Is(err, graph.ErrForbidden) {
		return nil // the plan says that they were not read
	}
	return err
}

// userIDs returns the object ids of the users with these user principal names.
func (s *session) userIDs(ctx context.Context, flag string, names []string) ([]string, error) {
	var queries []match.Query
	for _, name := range names {
		queries = append(queries, match.Equal("userPrincipalName", name))
	}
	if queries == nil {
		return nil, nil
	}
	answers, err := match.Ask(ctx, s.tenant.client.FindUsers, queries)
	if err != nil {
		return nil, err
	}
	var ids []string
	for i, answer := range answers {
		switch {
		case answer.Err != nil:
			return nil, answer.Err
		case len(answer.Users) == 0:
			return nil, fmt.Errorf("%s %s: there is no such user in %s", flag, names[i], s.tenant.name)
		}
		ids = append(ids, answer.Users[0].ID)
	}
	return ids, nil
}

func (s *session) creationLimits() *entra.CreationLimits {
	return &entra.CreationLimits{MaxUsers: int(s.opts.maxCreations), MaxShare: float64(s.opts.maxCreationShare),
		Override: s.opts.override}
}

func (s *session) accountLimits() *fulfill.RevocationOptions {
	return &fulfill.RevocationOptions{MaxAccounts: int(s.opts.maxAccounts),
		MaxAccountShare: float64(s.opts.maxAccountShare), Override: s.opts.override}
}

// ticketLimits are those of accounts, unless flags say otherwise.
func (s *session) ticketLimits() *fulfill.DeliveryOptions {
	return &fulfill.DeliveryOptions{MaxTickets: int(cmp.Or(s.opts.maxTickets, s.opts.maxAccounts)),
		MaxTicketShare: float64(cmp.Or(s.opts.maxTicketShare, s.opts.maxAccountShare)), Override: s.opts.override}
}
