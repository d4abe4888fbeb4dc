package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

const byNumber = "ID=employeeId"

func TestCreate_ANameThatBelongsToSomebodyElse(t *testing.T) {
	t.Parallel()
	for _, more := range [][]string{{"-dry-run"}, {"-yes"}} {
		c := newCompany(t, "ada", "bob")
		roster := rows(t, "Ada,ada@contoso.example,ada,1,General", "Dee,bob@contoso.example,dee,7,General")
		got := c.govern(append([]string{"run", "-roster", roster, "-match", byNumber, "-app", "CORPDB1", "-role", "General",
			"-create", mapping + ",employeeId=ID"}, more...)...)
		assert.Equal(t, exitFailed, got.status, "%v: a row that stays open must not end with 0", more)
		assert.Equal(t, "govern: 1 of 1 user could not be created\n", got.err, more)
		assert.Regexp(t, `   3  bob@contoso\.example +userPrincipalName bob@contoso\.example belongs`, got.out, more)
		assert.Contains(t, got.out, "1  to add: General", "%v: the assignment of line 3 was promised", more)
		assert.Len(t, c.Users(), 2)
	}
}

func TestCreate_TwoRowsOfOneNewPersonAreOne(t *testing.T) {
	t.Parallel()
	lines := []string{row("dee", "General"), "dee,DEE@contoso.example,dee,,Auditor", row("eve", "General")}
	for _, more := range [][]string{{"-dry-run"}, {"-yes"}} {
		c := newCompany(t, "ada")
		got := c.govern(append(with("run", flow(rows(t, lines...), "-role-column", "Role", "-create", mapping), "-json"), more...)...)
		require.Equal(t, exitDone, got.status, got.err)
		d := got.document(t)
		assert.Len(t, d["users"], 2, more)
		assert.Len(t, d["plan"].(map[string]any)["changes"], 3, "%v: the role of the second row is wanted too", more)
	}
}

func TestCreate_WhoMayBeThereAlreadyIsNamed(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	c.AddUser(graphfake.User{UserPrincipalName: "hermengild.quast@contoso.example", GivenName: "Hermengild", Surname: "Quast"})
	roster := rows(t, "Hermengild Quast,h.quast@contoso.example,hq,,General")
	path := filepath.Join(t.TempDir(), "open.csv")
	got := c.govern(with("create-users", flow(roster, "-create", mapping), "-dry-run")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, strings.Join(strings.Fields(got.out), " "), "Look first: line 2 is perhaps hermengild.quast@contoso.example (",
		"a second user for one person")
	got = c.govern(with("match", flow(roster), "-unresolved", path)...)
	require.Equal(t, exitDone, got.status, got.err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(text), "perhaps hermengild.quast@contoso.example (", "whoever works through the file must look them up")
}

func TestCreate_UsersWhomNoRowFindsAreNotPromised(t *testing.T) {
	t.Parallel()
	for _, more := range [][]string{{"-dry-run"}, {"-yes"}} {
		c := newCompany(t, "ada")
		roster := rows(t, "Dee,dee@contoso.example,dee,7,General")
		got := c.govern(append([]string{"run", "-roster", roster, "-match", byNumber, "-app", "CORPDB1", "-role", "General", "-create", mapping}, more...)...)
		assert.Equal(t, exitFailed, got.status, more)
		assert.Contains(t, got.err, "1 new user cannot be found by -match: let -create set an attribute that -match looks at", more)
		assert.Contains(t, got.out, "Nothing to add and nothing to remove", "%v: they are not found, so they get nothing", more)
	}
}

func TestCreate_SaysThatDomainsCouldNotBeRead(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	c.Inject(graphfake.Fault{Method: "GET", Path: "/organization", Status: 403, Code: "Authorization_RequestDenied"})
	got := c.govern(with("create-users", flow(rows(t, row("dee", "")), "-create", mapping), "-dry-run")...)
	assert.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "Organization.Read.All")
}

// Nobody comes with an employeeId: the token may not read it. Creating the rows'
// users would make a twin of everybody.
func TestCreate_NobodyWhenTheAttributeCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, effect := range []graphfake.Effect{graphfake.NullProperty, graphfake.DropProperty} {
		var names, lines []string
		for i := range 12 {
			names = append(names, fmt.Sprint("u", i))
			lines = append(lines, fmt.Sprintf("U%d,new%d@contoso.example,new%d,E%d,General", i, i, i, i))
		}
		c := newCompany(t, names...)
		c.Inject(graphfake.Fault{Path: "/users", Effect: effect, Property: "employeeId", Times: -1})
		got := c.govern("run", "-roster", rows(t, lines...), "-match", byNumber, "-app", "CORPDB1", "-role", "General", "-create", mapping+",employeeId=ID", "-yes")
		assert.Equal(t, exitStopped, got.status, got.err)
		assert.Contains(t, got.err, "no row could be looked up: ")
		assert.Contains(t, got.err, "comes without employeeId, so it is unknown; it needs the Graph permission User.Read.All")
		assert.Empty(t, c.writes())
	}
}
