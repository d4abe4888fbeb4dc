// The sqlroster example reads the accounts of an application from its SQL database
// and finds their users. query.go has the query; main_test.go shows what becomes of
// rows that a database has and a CSV file hasn't: NULL, numbers, bytes.
//
// The database is SQLite in pure Go, so that the example runs anywhere. With SQL
// Server, PostgreSQL, MySQL or Oracle only the import and the two names in sql.Open
// are others.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log"
	"os"

	_ "github.com/ncruces/go-sqlite3/driver" // registers "sqlite3"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

func main() {
	ctx := context.Background()
	db, err := sql.Open("sqlite3", ":memory:") // a file or a server: its address
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // in memory, each connection would have a database of its own
	if _, err := db.ExecContext(ctx, corpdb1); err != nil {
		log.Fatal(err)
	}
	// With a tenant: entra.Connect(credential, nil).
	fake := graphfake.New(nil)
	fake.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example", EmployeeID: "00417"})
	fake.AddUser(graphfake.User{UserPrincipalName: "grace@contoso.example"})
	directory, err := entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: fake.Transport()})
	if err != nil {
		log.Fatal(err)
	}
	if err := report(ctx, db, directory, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// report matches the accounts of CORPDB1 by their mail and prints what became of each.
func report(ctx context.Context, db *sql.DB, directory match.Directory, out io.Writer) error {
	accounts, err := query(ctx, db)
	if err != nil {
		return err
	}
	found, err := match.Run(ctx, directory, accounts.Rows(), match.Column("EMail", "userPrincipalName"), nil)
	if err != nil {
		return err
	}
	for _, outcome := range found.Outcomes {
		fmt.Fprintf(out, "row %d  %-9s  %s\n", outcome.Line(), outcome.Kind, outcome.Reason())
	}
	fmt.Fprintln(out)
	return found.WriteText(out)
}
