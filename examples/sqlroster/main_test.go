package main

import (
	"bytes"
	"database/sql"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/roster"
)

// open returns a database in memory, of one test alone.
func open(t *testing.T, script string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", ":memory:")
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1) // each connection has a memory of its own
	_, err = db.ExecContext(t.Context(), script)
	require.NoError(t, err)
	return db
}

func TestEveryAccountOfTheDatabaseIsARow(t *testing.T) {
	t.Parallel()
	accounts, err := query(t.Context(), open(t, corpdb1))
	require.NoError(t, err)
	var got [][]string
	for row, err := range accounts.Rows() {
		require.NoError(t, err)
		got = append(got, []string{row.Get("account"), row.Get("EMAIL"), row.Get("Role"), row.Get("LastLogin")})
	}
	assert.Equal(t, [][]string{
		{"1000001", "ada@contoso.example", "General", "2026-11-20"},
		{"1000002", "grace@contoso.example", "Administrator", "2026-11-26"},
		{"1000003", "alan@contoso.example", "General", ""},
		{"1000004", "", "", ""},
	}, got)
	assert.True(t, accounts.Header().Complete(4))
}

// What SQLite takes and a file can't hold.
func TestOddValues(t *testing.T) {
	t.Parallel()
	db := open(t, `
		CREATE TABLE roles (id, name);
		CREATE TABLE users (id, EMail, name, role_id, last_login);
		INSERT INTO users VALUES (1.5e6, 'a@contoso.example', 'a' || char(10) || 'b', NULL, NULL);
		INSERT INTO users VALUES (9007199254740993, x'ff00', 'b', NULL, NULL);`)
	accounts, err := query(t.Context(), db)
	require.NoError(t, err)
	var ids []string
	var bad *roster.RowError
	for row, err := range accounts.Rows() {
		ids = append(ids, row.Get("Account"))
		if err != nil {
			require.True(t, errors.As(err, &bad))
		}
	}
	assert.Equal(t, []string{"1500000", "9007199254740993"}, ids, "numbers are in full")
	require.NotNil(t, bad, "bytes that are no text are reported")
	assert.Equal(t, []int{2, 2}, []int{bad.Line, bad.Column})
}

func TestReport_NamesEveryRow(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t})
	fake.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	directory, err := entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: fake.Transport()})
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, report(t.Context(), open(t, corpdb1), directory, &out))
	for _, want := range []string{"row 1  Matched", "row 2  NotFound", "row 3  NotFound", "row 4  NoKey"} {
		assert.Contains(t, out.String(), want)
	}
}

func TestADatabaseWithoutTheTableIsNoEmptyList(t *testing.T) {
	t.Parallel()
	_, err := query(t.Context(), open(t, ""))
	require.ErrorContains(t, err, "no such table")
}
