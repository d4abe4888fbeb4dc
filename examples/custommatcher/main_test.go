package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// A rule of one's own needs no tenant for its test: here are the people, here
// is the file, and this is what must become of each row.
func TestByBadge(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t})
	fake.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example", EmployeeID: "417", Mail: "ada@contoso.example"})
	fake.AddUser(graphfake.User{UserPrincipalName: "grace@contoso.example", Mail: "grace@contoso.example"})
	fake.AddUser(graphfake.User{UserPrincipalName: "zero@contoso.example", EmployeeID: "0"})
	directory, err := entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: fake.Transport()})
	require.NoError(t, err)

	for _, c := range []struct {
		row, user string
		kind      match.Kind
		reason    string
	}{
		{"417,", "ada@contoso.example", match.Matched, "a badge as Entra has it"},
		{"000417,", "ada@contoso.example", match.Matched, "a badge as the gate writes it"},
		{"4170,", "", match.NotFound, "zeros at the end are part of the number"},
		{"000417,grace@contoso.example", "ada@contoso.example", match.Matched, "the badge goes before the mail"},
		{"000999,grace@contoso.example", "grace@contoso.example", match.Matched, "a badge nobody has: by mail"},
		{",grace@contoso.example", "grace@contoso.example", match.Matched, "no badge: by mail"},
		{"0000,", "", match.NoKey, "a visitor's badge is nobody's, and not employee 0's"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			rows, err := roster.NewReader(strings.NewReader("Badge,EMail\n"+c.row+"\n"), nil)
			require.NoError(t, err)
			found, err := match.Run(t.Context(), directory, rows.Rows(), byBadge, nil)
			require.NoError(t, err)
			outcome := found.Outcomes[0]
			_, name := outcome.Principal()
			assert.Equal(t, c.kind, outcome.Kind)
			assert.Equal(t, c.user, name)
		})
	}
}

func TestReport_NamesEveryRow(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t})
	fake.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example", EmployeeID: "417"})
	directory, err := entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: fake.Transport()})
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, report(t.Context(), directory, strings.NewReader(gate), &out))
	assert.Contains(t, out.String(), `line 2  Matched    employeeId equal to "417" found ada@contoso.example`)
	assert.Equal(t, strings.Count(gate, "\n")-1, strings.Count(out.String(), "line "), "a row that nobody mentions is a row that nobody closes")
}
