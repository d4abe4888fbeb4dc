package chaos_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

// A judge knows how a scene must end, and what must not happen on the way.
type judge struct {
	scene  scene
	fake   *graphfake.Server
	before []graphfake.AppRoleAssignment
	roles  map[string]bool // of applications
}

func newJudge(s scene, fake *graphfake.Server) *judge {
	j := &judge{scene: s, fake: fake, before: fake.Assignments(""), roles: map[string]bool{}}
	for _, a := range fake.Applications() {
		for _, r := range a.AppRoles {
			j.roles[r.ID] = true
		}
	}
	return j
}

// after judges a run that ended with err. A run that fails may leave work
// undone; it may not do harm, nor say of a row what isn't so.
func (j *judge) after(f *flow, err error) []string {
	complaints := slices.Concat(j.duplicates(), j.losses(), untrue(f), j.denied(f))
	if err == nil {
		complaints = append(complaints, j.unfinished()...)
	}
	return complaints
}

// unfinished compares the tenant with how it must stand at the end.
func (j *judge) unfinished() []string {
	want, err := j.scene.end()
	if err != nil {
		return []string{err.Error()}
	}
	return difference(want, state(j.fake))
}

// duplicates finds what was made twice.
func (j *judge) duplicates() (complaints []string) {
	seen := map[string]bool{}
	once := func(kind string, keys ...string) {
		key := kind + " " + strings.ToLower(strings.Join(keys, " "))
		if seen[key] && keys[0] != "" {
			complaints = append(complaints, "made twice: "+key)
		}
		seen[key] = true
	}
	for _, u := range j.fake.Users() {
		once("user with the mail address", u.Mail)
	}
	for _, a := range j.fake.Applications() {
		once("application", a.DisplayName)
	}
	for _, p := range j.fake.ServicePrincipals() {
		once("service principal", p.DisplayName)
	}
	for _, a := range j.fake.Assignments("") {
		once("assignment", a.PrincipalID, a.AppRoleID, a.ResourceID)
	}
	return complaints
}

// losses finds what was taken away and may not be, were it given back later.
func (j *judge) losses() (complaints []string) {
	there := map[string]bool{}
	for _, a := range j.fake.Assignments("") {
		there[a.ID] = true
	}
	names := namesOf(j.fake)
	for _, a := range j.before {
		if held := names.Replace(a.PrincipalID + " " + a.AppRoleID); !there[a.ID] && !removable[held] {
			complaints = append(complaints, "taken away: "+held)
		}
	}
	left := map[string]bool{}
	for _, a := range j.fake.Applications() {
		for _, r := range a.AppRoles {
			left[r.ID] = true
		}
	}
	for id := range j.roles {
		if !left[id] {
			complaints = append(complaints, "a role that the application had is gone")
		}
	}
	return complaints
}

// denied finds what is said to have failed, and was done. Where the outcome
// could not be learnt, an error says so.
func (j *judge) denied(f *flow) (complaints []string) {
	for account, created := range f.created {
		if _, there := j.fake.User(created.upn); there && created.Err != nil && !errors.Is(created.Err, graph.ErrUnclear) && !errors.Is(created.Err, graph.ErrExists) {
			complaints = append(complaints, fmt.Sprintf("account %s is said to have failed, and %s is there: %v", account, created.upn, created.Err))
		}
	}
	if f.applied == nil {
		return complaints
	}
	held, before := map[string]bool{}, map[string]bool{}
	for _, a := range j.fake.Assignments("") {
		held[a.PrincipalID+a.AppRoleID] = true
	}
	for _, a := range j.before {
		before[a.PrincipalID+a.AppRoleID] = true
	}
	for _, r := range f.applied.Results {
		key := r.Change.PrincipalID + r.Change.AppRoleID
		done := held[key] == (r.Change.Action == assign.Add) && held[key] != before[key] // and not so all along
		if done && r.State == assign.Failed && !errors.Is(r.Err, graph.ErrUnclear) {
			complaints = append(complaints, fmt.Sprintf("to %s for %s is said to have failed, and was done: %v", r.Change.Action, r.Change.PrincipalName, r.Err))
		}
	}
	return complaints
}

// untrue finds rows of which the run says what isn't so. That a lookup failed
// may always be said.
func untrue(f *flow) (complaints []string) {
	for _, r := range f.reports {
		for _, o := range r.Outcomes {
			if expected := o.Row.Get("Expect"); o.Kind != match.Failed && !agrees(o, expected) {
				complaints = append(complaints, fmt.Sprintf("line %d is called %s (%s), and should be %s", o.Line(), o.Kind, userOf(o), expected))
			}
		}
	}
	slices.Sort(complaints)
	return slices.Compact(complaints) // a flow may look many times
}

// agrees reports whether an outcome is what the roster's last column says.
func agrees(o match.Outcome, expected string) bool {
	kind, user, _ := strings.Cut(expected, " ")
	switch kind {
	case "Created": // nobody, as long as the new user is not to be seen
		return o.Kind == match.NotFound || o.Kind == match.Matched && userOf(o) == user
	case "SameUser": // or the first of two, if the lookup of the other failed
		return (o.Kind == match.SameUser || o.Kind == match.Matched) && userOf(o) == user
	case "Duplicate":
		return o.Kind == match.Duplicate && (o.User == nil || userOf(o) == user)
	}
	return o.Kind.String() == kind && userOf(o) == user
}

func userOf(o match.Outcome) string {
	_, name := o.Principal()
	return name
}
