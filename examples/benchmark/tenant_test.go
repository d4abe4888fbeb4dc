package benchmark_test

import (
	"bytes"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/roster"
)

// latency is what every request takes, batch or not.
const latency = 150 * time.Millisecond

// newTenant is a published one: it has so many users, a latency, the published limits and three
// replicas, of which the slowest is ten seconds behind.
func newTenant(tb testing.TB, users int) *graphfake.Server { return published.tenant(tb, users) }

func staff(n int) iter.Seq[graphfake.User] {
	return func(yield func(graphfake.User) bool) {
		for i := range n {
			user := graphfake.User{ID: fmt.Sprintf("5e1f0000-0000-4000-8000-%012d", i), UserPrincipalName: principalName(i),
				CreatedDateTime: "1999-12-01T00:00:00Z"} // not a moment ago: a bubble's clock begins in 2000
			if !yield(user) {
				return
			}
		}
	}
}

func principalName(i int) string { return fmt.Sprintf("somebody.%07d@contoso.example", i) }

// roleID is the one role of every application.
const roleID = "11111111-2222-4333-8444-555555555555"

// newApplication registers an application and returns its service principal.
func newApplication(fake *graphfake.Server, name string) graphfake.ServicePrincipal {
	app := fake.AddApplication(graphfake.Application{DisplayName: name, AppRoles: []graphfake.AppRole{{ID: roleID, DisplayName: "General"}}})
	return fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
}

// A list is an application's list of accounts as a file: one for each
// (users/rows)th user of the tenant.
type list []byte

func newList(rows, users int) list {
	var b bytes.Buffer
	b.WriteString("Login,EMail,Department\n")
	for i := range rows {
		fmt.Fprintf(&b, "login%d,%s,Sales\n", i, principalName(i*(users/rows)))
	}
	return b.Bytes()
}

const column, attribute = "EMail", "userPrincipalName"

func (l list) rows(tb testing.TB) iter.Seq2[roster.Row, error] {
	r, err := roster.NewReader(bytes.NewReader(l), nil)
	require.NoError(tb, err)
	return r.Rows()
}
