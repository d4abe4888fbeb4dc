package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

var (
	dryRuns = flag.Int("dryrun.runs", 60, "how many random tenants and lists the dry run is compared with the run on")
	drySeed = flag.Uint64("dryrun.seed", 1, "seed of the first; a failure names its own")
)

// On random tenants and lists, the run does what the dry run said: it creates the
// same users, registers the same, assigns and removes the same, and leaves the same
// rows open. Repeat a failure with -dryrun.seed=N -dryrun.runs=1.
func TestDryRun_SaysWhatTheRunDoes(t *testing.T) {
	t.Parallel()
	t.Logf("seeds %d to %d", *drySeed, *drySeed+uint64(*dryRuns)-1)
	for i := range *dryRuns {
		seed := *drySeed + uint64(i)
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			t.Parallel()
			w := world{rand.New(rand.NewPCG(seed, 7))}
			c, args := w.company(t), w.commandLine(t)
			before := c.state()
			dry := c.govern(append(args, "-dry-run")...)
			require.True(t, before == c.state(), "a dry run wrote")
			made := c.govern(append(args, "-yes")...)
			require.Equal(t, toldBy(t, dry), toldBy(t, made), "%v", args)
		})
	}
}

// A telling is what a dry run and its run must agree on.
type telling struct {
	Status       exitStatus
	Error        string
	Counts       map[string]int
	Rows         []string
	Users        []string
	Registration []string
	Changes      []string
	Kept         map[string]int
}

func toldBy(t *testing.T, got result) telling {
	t.Helper()
	var d struct {
		Error  string
		Counts map[string]int
		Rows   []struct {
			Line    int
			Outcome string
			User    *struct{ UserPrincipalName string }
		}
		Users        []newUser
		Registration struct {
			Steps []struct {
				Kind string
				Role *struct{ DisplayName, Value, ID string }
			}
		}
		Plan struct {
			Changes []struct {
				Action, PrincipalName, AppRole, AppRoleID string
				Sources                                   []struct{ Line int }
			}
			Kept map[string]int
		}
	}
	require.NoError(t, json.Unmarshal([]byte(got.out), &d), got.out)
	told := telling{Status: got.status, Error: d.Error, Counts: d.Counts, Kept: d.Plan.Kept}
	for _, r := range d.Rows {
		told.Rows = append(told.Rows, fmt.Sprint(r.Line, r.Outcome, r.User))
		if r.User != nil {
			told.Rows[len(told.Rows)-1] = fmt.Sprint(r.Line, r.Outcome, r.User.UserPrincipalName)
		}
	}
	for _, u := range d.Users {
		if u.State == stateCreated {
			u.State = statePlanned
		}
		told.Users = append(told.Users, fmt.Sprint(u.Line, u.State, u.UserPrincipalName, u.Error))
	}
	for _, s := range d.Registration.Steps {
		told.Registration = append(told.Registration, fmt.Sprint(s.Kind, s.Role))
		if s.Role != nil {
			told.Registration[len(told.Registration)-1] = fmt.Sprint(s.Kind, *s.Role)
		}
	}
	for _, change := range d.Plan.Changes {
		told.Changes = append(told.Changes, fmt.Sprint(change))
	}
	slices.Sort(told.Changes) // they are sorted by ids, which a dry run can't know
	return told
}

// A world makes random tenants and lists.
type world struct{ *rand.Rand }

func (w world) oneIn(n int) bool { return w.IntN(n) == 0 }

func pick[T any](w world, of ...T) T { return of[w.IntN(len(of))] }

// nameAt is somebody who may be in the tenant, in the list, in both, or in neither.
func nameAt(i int) string { return fmt.Sprint("user", i) }

const worldSize = 12

func (w world) company(t *testing.T) company {
	c := companyOn(t, graphfake.New(&graphfake.Options{TB: t}))
	for i := range worldSize {
		if w.oneIn(3) {
			continue
		}
		upn := nameAt(i) + "@contoso.example"
		u := graphfake.User{UserPrincipalName: upn, DisplayName: nameAt(i), Disabled: w.oneIn(6)}
		if !w.oneIn(4) {
			u.EmployeeID = fmt.Sprint(i - w.IntN(8)/7)
		}
		if !w.oneIn(4) {
			u.Mail = pick(w, upn, fmt.Sprintf("%d@contoso.example", i))
		}
		c.AddUser(u)
		if w.oneIn(10) {
			c.DeleteUser(upn)
		}
	}
	if !w.oneIn(3) {
		w.addApplication(c)
	}
	return c
}

// addApplication registers the application, with roles that some users have.
func (w world) addApplication(c company) {
	roles := []graphfake.AppRole{{DisplayName: "General", Value: "General"}}
	if w.oneIn(2) {
		roles = append(roles, graphfake.AppRole{DisplayName: "Auditor", Value: "Auditor", Disabled: w.oneIn(4)})
	}
	api := map[string]any{}
	if w.oneIn(5) { // a delegated permission has the value of a role to come
		api["oauth2PermissionScopes"] = []any{map[string]any{"id": "22222222-2222-4222-8222-222222222222", "value": "Reader", "isEnabled": true}}
	}
	app := c.AddApplication(graphfake.Application{DisplayName: "CORPDB1", AppRoles: roles, More: map[string]any{"api": api}})
	principal := c.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	for _, user := range c.Users() {
		if w.oneIn(3) {
			c.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: user.ID, ResourceID: principal.ID,
				AppRoleID: pick(w, principal.AppRoles...).ID})
		}
	}
}

// commandLine is a run for a random list.
func (w world) commandLine(t *testing.T) []string {
	var lines []string
	for range 1 + w.IntN(10) {
		lines = append(lines, w.row())
	}
	args := []string{"run", "-roster", rows(t, lines...), "-app", "CORPDB1", "-json",
		"-create", mapping + pick(w, "", ",employeeId=ID", ",employeeId=ID,mail=Email")}
	args = append(args, pick(w, []string{"-match", "Email=userPrincipalName"}, []string{"-match", "ID=employeeId"},
		[]string{"-match", "ID=employeeId", "-match", "Email=userPrincipalName"}, []string{"-match", "Email=mail"})...)
	args = append(args, pick(w, []string{"-role", "General"}, []string{"-role-column", "Role"})...)
	if w.oneIn(3) {
		args = append(args, "-remove", "unlisted", "-max-removals", "9", "-max-removal-share", "100%", "-accept-unresolved", "9")
	}
	if w.oneIn(5) {
		args = append(args, "-strict")
	}
	return args
}

// row is an account of the list, with the mistakes that lists have.
func (w world) row() string {
	i := w.IntN(worldSize)
	name, email := nameAt(i), nameAt(i)+"@contoso.example"
	switch w.IntN(12) {
	case 0:
		email = strings.ToUpper(email)
	case 1:
		email = nameAt(w.IntN(worldSize)) + "@contoso.example"
	case 2:
		email = pick(w, "usér@contoso.example", "user@elsewhere.example", "user", "us er@contoso.example", "user.@contoso.example", "")
	case 3:
		name = pick(w, "Somebody", "")
	}
	alias := pick(w, name, name, name, name, "a b", "")
	number := pick(w, fmt.Sprint(i), fmt.Sprint(i), fmt.Sprint(i), "", fmt.Sprint(w.IntN(worldSize)))
	role := pick(w, "General", "General", "general", "Auditor", "Reader", "Rôle", "")
	return strings.Join([]string{name, email, alias, number, role}, ",")
}
