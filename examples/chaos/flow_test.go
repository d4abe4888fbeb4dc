// Package chaos_test breaks the whole procedure, from a roster to verified role
// assignments, in every way that a network, a service and an impatient operator
// can break it, and holds that it ends the same all the same. More is tried with
//
//	go test ./examples/chaos -v -chaos.runs=2000
package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// A phase is a step of the flow.
type phase int32

const (
	matching phase = iota
	creating
	rematching
	registering
	planning
	applying
	verifying
)

var phases = [...]string{"match", "create", "match again", "register", "plan", "apply", "verify"}

func (p phase) String() string { return phases[p] }

// A flow is the documented procedure as a team's own tool runs it, once.
type flow struct {
	rows   []roster.Row
	client *entra.Client
	remove bool // take away what no row asks for

	// For planted defects.
	hasty    bool // believes the first look after a write
	careless bool // takes away what no row is known to ask for, whatever isn't known

	phase   atomic.Int32
	report  *match.Report
	reports []*match.Report     // all there were
	created map[string]creation // by the row's Account
	app     *entra.Application
	plan    assign.Plan
	applied *assign.Report
	open    []error // what did not stop the run, and must not be called done
}

// A creation is what became of an account to create.
type creation struct {
	entra.CreatedUser
	upn string
}

var rule = match.FirstOf(match.Column("EMail", "mail"), match.Column("Login", "onPremisesSamAccountName"))

var columns = entra.UserColumns{"displayName": "Name", "userPrincipalName": "UPN", "mailNickname": "Alias", "mail": "EMail"}

var registration = entra.Registration{Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"General", "Reader"}, RequireAssignment: true}

var excluded = []match.Exclusion{{Value: "payroll@contoso.example", Owner: "ops", Reason: "a job, not a person"}}

// unresolvable rows are looked at and found to be nobody who holds a role.
const unresolvable = 3

// run goes through all steps. It returns nil only if everything was done.
func (f *flow) run(ctx context.Context) error {
	for i, step := range []func(context.Context) error{f.match, f.create, f.matchAgain, f.register, f.decide, f.apply, f.verify} {
		f.phase.Store(int32(i))
		if err := step(ctx); err != nil {
			return fmt.Errorf("%s: %w", phase(i), err)
		}
	}
	return errors.Join(f.open...)
}

func (f *flow) at() phase { return phase(f.phase.Load()) }

func (f *flow) match(ctx context.Context) (err error) {
	f.report, err = match.Run(ctx, f.client, stream(f.rows), rule, &match.Options{Exclusions: excluded})
	if err == nil {
		f.reports = append(f.reports, f.report)
	}
	return err
}

// create makes an account for each row that nobody was found for.
func (f *flow) create(ctx context.Context) error {
	f.created = map[string]creation{}
	users, missing := columns.NewUsers(rowsOf(f.report.Of(match.NotFound)))
	for _, m := range missing {
		f.open = append(f.open, m)
	}
	for i, created := range f.client.CreateUsers(ctx, users) {
		f.created[users[i].Row.Get("Account")] = creation{created, users[i].UserPrincipalName}
		if created.Err != nil {
			f.open = append(f.open, fmt.Errorf("line %d: %w", users[i].Row.Line(), created.Err))
		}
	}
	return ctx.Err()
}

// matchAgain looks until the new users are found, and then takes that report.
func (f *flow) matchAgain(ctx context.Context) error {
	if len(f.created) == 0 {
		return nil
	}
	for end := time.Now().Add(3 * time.Minute); ; {
		if err := f.match(ctx); err != nil {
			return err
		}
		unseen := 0
		for o := range f.report.Of(match.NotFound) {
			if f.created[o.Row.Get("Account")].User.ID != "" {
				unseen++
			}
		}
		if unseen == 0 || f.hasty {
			return nil
		}
		if time.Now().After(end) {
			f.open = append(f.open, fmt.Errorf("%d new users can't be found", unseen))
			return nil
		}
		if err := pause(ctx, 2*time.Second); err != nil {
			return err
		}
	}
}

func (f *flow) register(ctx context.Context) (err error) {
	f.app, err = f.client.Register(ctx, registration)
	return err
}

// decide compares what should be with what is there.
func (f *flow) decide(ctx context.Context) error {
	for o := range f.report.Of(match.Failed) {
		f.open = append(f.open, fmt.Errorf("line %d: %w", o.Line(), o.Err))
	}
	for o := range f.report.Of(match.NotFound) {
		if _, tried := f.created[o.Row.Get("Account")]; !tried {
			f.open = append(f.open, fmt.Errorf("line %d: nobody was found, once the lookup no longer failed", o.Line()))
		}
	}
	role := assign.RoleColumn("Role", f.app.AppRoles, nil)
	wants, roleless := assign.Wants(f.report.Found(&match.FoundOptions{All: true}), role)
	for _, w := range roleless {
		f.open = append(f.open, w)
	}
	current, err := f.client.Assignments(ctx, f.app.ServicePrincipalID)
	if err != nil {
		return err
	}
	f.plan, err = assign.NewPlan(f.app.App(), wants, current, f.policy(roleless))
	return err
}

func (f *flow) policy(roleless []*assign.WantError) *assign.Policy {
	if !f.remove {
		return nil
	}
	if f.careless {
		return &assign.Policy{Remove: assign.RemoveUnlisted, Override: "planted", Roll: assign.NewRoll(unseen{}, nil)}
	}
	roll := assign.NewRoll(f.report, roleless)
	return &assign.Policy{Remove: assign.RemoveUnlisted, MaxRemovals: 3, MaxRemovalShare: 0.5, Roll: roll, AcceptUnresolved: unresolvable}
}

// unseen is evidence that claims to be whole, of a roster in which somebody else
// is the only one.
type unseen struct{}

func (unseen) All() iter.Seq[match.Outcome] {
	return slices.Values([]match.Outcome{{Kind: match.Matched, User: &match.User{ID: "somebody else"}}})
}
func (unseen) Unresolved() iter.Seq[match.Outcome] { return func(func(match.Outcome) bool) {} }
func (unseen) Complete() bool                      { return true }

// apply makes the plan's changes. What fails is left for the next run.
func (f *flow) apply(ctx context.Context) (err error) {
	f.applied, err = assign.Apply(ctx, f.client, f.plan, nil)
	if err != nil && ctx.Err() == nil {
		f.open = append(f.open, err)
		return nil
	}
	return err
}

// verify looks until what was made is to be seen.
func (f *flow) verify(ctx context.Context) error {
	_, err := assign.Verify(ctx, f.client, f.applied.Done(), &assign.VerifyOptions{Wait: 30 * time.Minute, Interval: 15 * time.Second})
	return err
}

func stream(rows []roster.Row) iter.Seq2[roster.Row, error] {
	return func(yield func(roster.Row, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

func rowsOf(outcomes iter.Seq[match.Outcome]) iter.Seq[roster.Row] {
	return func(yield func(roster.Row) bool) {
		for o := range outcomes {
			if !yield(o.Row) {
				return
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
