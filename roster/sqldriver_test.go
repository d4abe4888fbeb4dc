package roster_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// A table is a database that answers every query with its rows.
type table struct {
	columns []string
	rows    [][]driver.Value
	err     error // after the last row; nil means the end
	fetched int
	closed  bool
}

// query asks the table through database/sql.
func (t *table) query(tb testing.TB) *sql.Rows {
	db := sql.OpenDB(connector{t})
	tb.Cleanup(func() { _ = db.Close() })
	rows, err := db.Query("SELECT * FROM accounts")
	require.NoError(tb, err)
	require.NoError(tb, rows.Err())
	return rows
}

type connector struct{ t *table }

func (c connector) Connect(context.Context) (driver.Conn, error) { return conn(c), nil }
func (c connector) Driver() driver.Driver                        { return nil }

type conn struct{ t *table }

func (c conn) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not needed") }
func (c conn) Begin() (driver.Tx, error)           { return nil, errors.New("not needed") }
func (c conn) Close() error                        { return nil }

func (c conn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return &answer{t: c.t}, nil
}

type answer struct{ t *table }

func (a *answer) Columns() []string { return a.t.columns }
func (a *answer) Close() error      { a.t.closed = true; return nil }

func (a *answer) Next(dest []driver.Value) error {
	if a.t.fetched == len(a.t.rows) {
		if a.t.err != nil {
			return a.t.err
		}
		return io.EOF
	}
	copy(dest, a.t.rows[a.t.fetched])
	a.t.fetched++
	return nil
}

// accounts asks a table of two accounts.
func accounts() *sql.Rows {
	t := &table{columns: []string{"account", "mail"}, rows: [][]driver.Value{
		{"kari", []byte("kari@contoso.example")}, {"backup", nil}}}
	rows, err := sql.OpenDB(connector{t}).Query("SELECT login AS account, mail FROM accounts")
	if err != nil {
		panic(err)
	}
	return rows
}
