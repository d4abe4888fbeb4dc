package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// The rules of the library against concluding from what was not seen, each with an
// accident that it holds off and a defect that breaks it. Without the defect nobody is
// harmed; with it somebody is, so that the check of the rule can fail.
var rules = []struct {
	rule     string
	accident string // by name, or a world of its own
	own      accident
	careless func(*accident) // what a program does beforehand
	defect   func(*world)
}{
	{rule: "A value that the service did not send is unknown.", accident: "Everybody is disabled",
		defect: rewrite("/users", `"accountEnabled":null`, `"accountEnabled":false`)},
	{rule: "Absence in one listing is a suspicion.", accident: "A listing that is empty for a moment",
		defect: withoutOwnLists},
	{rule: "An answer is checked against its question.",
		own: accident{list: export("ada"), happen: func(w *world) {
			w.rightful = []string{"ada"}
			rewrite("/users", w.ids["ada"]+`|ada@contoso.example`, w.ids["bob"])(w)
		}},
		defect: rewrite("/users", `"userPrincipalName":"[^"]*"`, `"userPrincipalName":"ada@contoso.example"`)},
	{rule: "Lines are counted, not records.", accident: "A quote swallows rows",
		careless: func(a *accident) {
			a.list = strings.Join(strings.Split(a.list, "\n")[0:1], "") + "\n3,z,cy@contoso.example\n"
		},
		defect: func(w *world) { w.policy = withoutLimits }},
	{rule: "Skipped is not absent.", accident: "A super-admin on both lists",
		careless: func(a *accident) { a.list, a.exclusions = export(people[:len(people)-1]...), nil }},
	{rule: "The list is the wish, not the dictionary.",
		own: accident{list: "EmpID,Name\n418,ada\nNULL,svc-backup\n", key: "EmpID=employeeId", happen: func(w *world) {
			w.rightful = []string{"ada"}
			w.fake.AddUser(graphfake.User{UserPrincipalName: "test@contoso.example", EmployeeID: "NULL"})
		}},
		defect: func(w *world) { w.matched = func(o *match.Options) { o.Placeholders = []string{} } }},
	{rule: "Evidence comes from a whole and settled state.", accident: "A time-out read as nothing",
		defect: func(w *world) { emptyOnFailure(w); withoutOwnLists(w) }},
	{rule: "Every mass conclusion has a limit.", accident: "An export cut in the middle",
		defect: func(w *world) { w.policy = withoutLimits }},
}

func TestEachRuleCanFail(t *testing.T) {
	t.Parallel()
	byName := map[string]accident{}
	for _, a := range accidents() {
		byName[a.name] = a
	}
	for _, r := range rules {
		t.Run(r.rule, func(t *testing.T) {
			t.Parallel()
			a := r.own
			if r.accident != "" {
				require.Contains(t, byName, r.accident)
				a = byName[r.accident]
			}
			synctest.Test(t, func(t *testing.T) {
				sound, answer := a.replay(t.Context(), true)
				assert.Equal(t, harm{}, sound, answer)
				happen := a.happen
				if r.careless != nil {
					r.careless(&a)
				}
				a.happen = func(w *world) {
					if happen != nil {
						happen(w)
					}
					if r.defect != nil {
						r.defect(w)
					}
				}
				defective, answer := a.replay(t.Context(), true)
				assert.NotEqual(t, harm{}, defective, "the defect is not noticed: %s", answer)
			})
		})
	}
}

// Waits, answers and pages are bounded: a header can hold a client as long as its
// caller allows and no longer.
func TestTheRuleOfBoundsCanFail(t *testing.T) {
	t.Parallel()
	for _, boundless := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			a := accident{}
			w := newWorld(a)
			w.fake.Inject(graphfake.Fault{Method: http.MethodGet, Path: usersPath, Status: 429, RetryAfter: "1000000"})
			if boundless {
				w.options = func(o *graph.Options) { o.RetryFor = 365 * 24 * time.Hour }
			}
			started := time.Now()
			answer := w.reconcile(t.Context(), a)
			assert.Equal(t, boundless, time.Since(started) > time.Hour, answer)
		})
	}
}

// Outputs never replace inputs, nor anything that is not a plain file.
func TestTheRuleOfOutputsCanFail(t *testing.T) {
	t.Parallel()
	careful := func(path string) error {
		return roster.WriteFile(path, func(w io.Writer) error { _, err := fmt.Fprint(w, "the plan"); return err })
	}
	careless := func(path string) error { return os.WriteFile(path, []byte("the plan"), 0o600) }
	for name, write := range map[string]func(string) error{"careful": careful, "careless": careless} {
		folder := t.TempDir()
		snapshot, out := filepath.Join(folder, "snapshot.json"), filepath.Join(folder, "out.json")
		require.NoError(t, os.WriteFile(snapshot, []byte("the evidence"), 0o600))
		require.NoError(t, os.Symlink(snapshot, out))
		err := write(out)
		kept, readErr := os.ReadFile(snapshot)
		require.NoError(t, readErr)
		assert.Equal(t, name == "careful", string(kept) == "the evidence", "%s: %v", name, err)
	}
}

// rewrite changes answers to paths that end so.
func rewrite(path, old, with string) func(*world) {
	return func(w *world) { w.transport = rewriting{w.transport, path, regexp.MustCompile(old), with} }
}

// withoutOwnLists believes the application's list, whatever those of the people say.
func withoutOwnLists(w *world) {
	rewrite("/appRoleAssignments", `"value":\[\{[^\]]*\]`, `"value":[]`)(w)
}

func withoutLimits(p *assign.Policy) { p.MaxRemovals, p.MaxRemovalShare = assign.NoLimit, 1 }

// emptyOnFailure takes a list that could not be read for an empty one.
func emptyOnFailure(w *world) {
	next := w.transport
	w.transport = tripper(func(r *http.Request) (*http.Response, error) {
		res, err := next.RoundTrip(r)
		if err == nil && res.StatusCode >= 500 {
			res.Body.Close()
			res.StatusCode, res.Body, res.ContentLength = http.StatusOK, io.NopCloser(strings.NewReader(`{"value":[]}`)), -1
		}
		return res, err
	})
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
