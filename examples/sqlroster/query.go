package main

import (
	"context"
	"database/sql"

	"github.com/rollcall-go/rollcall/roster"
)

// corpdb1 makes a database like the article's, of an application with a table of users
// and one of roles.
const corpdb1 = `
CREATE TABLE users (id INTEGER PRIMARY KEY, EMail TEXT, name TEXT NOT NULL, role_id INTEGER, last_login TEXT);
CREATE TABLE roles (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO roles VALUES (1, 'General'), (2, 'Administrator');
INSERT INTO users VALUES
	(1000001, 'ada@contoso.example', 'Ada Byron', 1, '2026-11-20'),
	(1000002, 'grace@contoso.example', 'Grace Hopper', 2, '2026-11-26'),
	(1000003, 'alan@contoso.example', 'Alan Turing', 1, NULL),
	(1000004, NULL, 'nightly import', NULL, NULL);
`

// query returns the accounts of CORPDB1, one row each. The columns are named, and are
// as many as reviewers need: not SELECT *. Every account is asked for, also those
// without a mail or a role: what the query leaves out looks like a closed account.
func query(ctx context.Context, db *sql.DB) (*roster.Reader, error) {
	rows, err := db.QueryContext(ctx, `
		SELECT u.id AS Account, u.EMail, u.name AS Name, r.name AS Role, u.last_login AS LastLogin
		FROM users u LEFT JOIN roles r ON r.id = u.role_id
		ORDER BY u.id`)
	if err != nil {
		return nil, err
	}
	accounts, err := roster.FromSQL("CORPDB1", rows)
	if err != nil {
		_ = rows.Close() // FromSQL's error says more
		return nil, err
	}
	return accounts, nil
}
