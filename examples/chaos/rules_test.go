package chaos_test

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

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

const usersOf, heldOf = "/users", "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo"

// rules are those against concluding from what was not seen, each with what it holds
// off and a defect that breaks it. Without the defect nobody is harmed; with it
// somebody is, so that the check of the rule can fail.
var rules = []struct {
	rule     string
	list     string // the export; "" means one with everybody on it
	key      string // "Column=attribute"; "" means Email=userPrincipalName
	closing  bool   // it is about which accounts to close, not about who is given or loses the role
	happen   func(*company)
	careless func(*company) // the defect
}{
	{rule: "A value that the service did not send is unknown.", closing: true,
		happen:   always(usersOf, graphfake.Fault{Effect: graphfake.NullProperty, Property: "accountEnabled"}),
		careless: rewriting("/users", `"accountEnabled":null`, `"accountEnabled":false`)},
	{rule: "Absence in one listing is a suspicion.", closing: true,
		happen:   always(heldOf, graphfake.Fault{Effect: graphfake.HideObjects}),
		careless: withoutOwnLists},
	{rule: "An answer is checked against its question.", list: export("ada"),
		happen: func(c *company) {
			c.policy = removingNothing
			rewriting("/users", c.ids["ada"]+`|ada@contoso.example`, c.ids["zoe"])(c)
		},
		careless: rewriting("/users", `"userPrincipalName":"[^"]*"`, `"userPrincipalName":"ada@contoso.example"`)},
	{rule: "Lines are counted, not records.",
		list: "ID,Note,Email\n1,\"x,ada@contoso.example\n2,14\",bob@contoso.example\n3,z,cy@contoso.example\n",
		careless: func(c *company) { // passes over what could not be read
			c.list, c.policy = "ID,Note,Email\n3,z,cy@contoso.example\n", withoutLimits
		}},
	{rule: "Skipped is not absent.",
		happen: func(c *company) {
			c.matched = func(o *match.Options) { o.Exclusions = []match.Exclusion{{Value: "jon@contoso.example"}} }
		},
		careless: func(c *company) { c.list, c.matched = export(people[:len(people)-1]...), nil }},
	{rule: "The list is the wish, not the dictionary.", list: "EmpID,Name\n418,ada\nNULL,svc-backup\n", key: "EmpID=employeeId",
		happen: func(c *company) {
			c.policy = removingNothing
			c.fake.AddUser(graphfake.User{UserPrincipalName: "test@contoso.example", EmployeeID: "NULL"})
		},
		careless: func(c *company) { c.matched = func(o *match.Options) { o.Placeholders = []string{} } }},
	{rule: "Evidence comes from a whole and settled state.", closing: true,
		happen: always(heldOf, graphfake.Fault{Status: http.StatusGatewayTimeout}),
		careless: func(c *company) {
			next := c.transport
			c.transport = emptyOnFailure("")(next)
			withoutOwnLists(c)
		}},
	{rule: "Every mass conclusion has a limit.", list: export("ada", "bob", "cy"),
		careless: func(c *company) { c.policy = withoutLimits }},
}

func TestEachRuleCanFail(t *testing.T) {
	t.Parallel()
	for _, r := range rules {
		t.Run(r.rule, func(t *testing.T) {
			t.Parallel()
			for _, careless := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					c := newCompany(t, r.list, r.key)
					happen := func() {
						if r.happen != nil {
							r.happen(c)
						}
						if careless {
							r.careless(c)
						}
					}
					answer := ""
					if r.closing {
						answer = c.close(t.Context(), happen)
					} else {
						happen()
						answer = c.reconcile(t.Context())
					}
					assert.Equal(t, careless, c.harmed(), "careless %v: %s", careless, answer)
				})
			}
		})
	}
}

// Waits, answers and pages are bounded: a header holds a client as long as its caller
// allows and no longer.
func TestTheRuleOfBoundsCanFail(t *testing.T) {
	t.Parallel()
	for _, boundless := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := newCompany(t, "", "")
			c.fake.Inject(graphfake.Fault{Method: http.MethodGet, Path: usersOf, Status: 429, RetryAfter: "1000000"})
			if boundless {
				c.options.RetryFor = 365 * 24 * time.Hour
			}
			started := time.Now()
			answer := c.reconcile(t.Context())
			assert.Equal(t, boundless, time.Since(started) > time.Hour, answer)
		})
	}
}

// Outputs never replace inputs, nor anything that is not a plain file.
func TestTheRuleOfOutputsCanFail(t *testing.T) {
	t.Parallel()
	for _, careless := range []bool{false, true} {
		write := func(path string) error {
			return roster.WriteFile(path, func(w io.Writer) error { _, err := fmt.Fprint(w, "the plan"); return err })
		}
		if careless {
			write = func(path string) error { return os.WriteFile(path, []byte("the plan"), 0o600) }
		}
		folder := t.TempDir()
		snapshot, out := filepath.Join(folder, "snapshot.json"), filepath.Join(folder, "out.json")
		require.NoError(t, os.WriteFile(snapshot, []byte("the evidence"), 0o600))
		require.NoError(t, os.Symlink(snapshot, out))
		err := write(out)
		kept, readErr := os.ReadFile(snapshot)
		require.NoError(t, readErr)
		assert.Equal(t, careless, string(kept) != "the evidence", "%v", err)
	}
}

// always makes a fault happen to one kind of read, for ever.
func always(path string, f graphfake.Fault) func(*company) {
	f.Path, f.Method, f.Times = path, http.MethodGet, -1
	return func(c *company) { c.fake.Inject(f) }
}

// rewriting changes answers to paths that end so.
func rewriting(path, old, with string) func(*company) {
	change := regexp.MustCompile(old)
	return func(c *company) {
		c.transport = answers(func(r *http.Request, res *http.Response) *http.Response {
			if !strings.HasSuffix(r.URL.Path, path) {
				return res
			}
			return edited(res, func(body string) string { return change.ReplaceAllString(body, with) })
		})(c.transport)
	}
}

// withoutOwnLists believes the application's list, whatever those of the people say.
func withoutOwnLists(c *company) {
	rewriting("/appRoleAssignments", `"value":\[\{[^\]]*\]`, `"value":[]`)(c)
}
