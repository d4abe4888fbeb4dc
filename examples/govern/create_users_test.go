package main

import (
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
