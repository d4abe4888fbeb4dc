package main

import (
	"context"
	"fmt"

	"github.com/rollcall-go/rollcall/entra"
)

// A newUser is what became of one row that nobody was found for.
type newUser struct {
	Line              int    `json:"line"`
	UserPrincipalName string `json:"userPrincipalName,omitempty"`
	ID                string `json:"id,omitempty"`
	State             string `json:"state"`
	Error             string `json:"error,omitempty"`
}

// The states of a new user.
const (
	stateCreated  = "created"
	stateExisted  = "existed"  // somebody has that userPrincipalName already
	stateFailed   = "failed"   // Error says why
	stateNotTried = "notTried" // the program ended before
	statePlanned  = "planned"  // -dry-run
	stateLacking  = "lacking"  // the row has no value for a required attribute
)

// writeUsers creates users and records what became of each.
func (s *session) writeUsers(ctx context.Context, users []entra.NewUser) error {
	for i := range users {
		s.doc.Users[i].State = stateNotTried
	}
	show, wipe := s.progress("creating users")
	settled := 0
	for i, created := range s.tenant.client.CreateUsers(ctx, users) {
		s.doc.Users[i].settle(ctx, created)
		settled++
		show(settled, len(users))
	}
	wipe()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.printCreated(users)
	return s.someCreated(users)
}

// someCreated stops the program if nobody at all could be created: what is wrong
// then is not a matter of single rows.
func (s *session) someCreated(users []entra.NewUser) error {
	if s.doc.count(stateFailed) < len(users) {
		return nil
	}
	return withStatus(exitFailed, "nobody could be created: %s", s.doc.Users[0].Error)
}

func (u *newUser) settle(ctx context.Context, created entra.CreatedUser) {
	switch {
	case created.Err != nil && ctx.Err() != nil:
	case created.Err != nil:
		u.State, u.Error = stateFailed, created.Err.Error()
	case created.Existed:
		u.State, u.ID = stateExisted, created.User.ID
	default:
		u.State, u.ID = stateCreated, created.User.ID
	}
}

func (s *session) printCreated(users []entra.NewUser) {
	s.note("%s created.", plural(s.doc.count(stateCreated), "user"))
	if n := s.doc.count(stateExisted); n > 0 {
		s.note("%s by that userPrincipalName there already, and left alone.", haveOrHasBeen(n))
	}
	t := table{heads: []string{"line", "not created", "why"}, right: []bool{true}, keep: []bool{true}}
	for _, u := range s.doc.Users {
		if u.State == stateFailed {
			t.add(fmt.Sprint(u.Line), u.UserPrincipalName, u.Error)
		}
	}
	if n := len(t.rows); n > 0 {
		s.out.block()
		t.print(s.out, rowsShown)
		s.fell("%d of %s could not be created", n, plural(len(users), "user"))
	}
}

func haveOrHasBeen(n int) string {
	if n == 1 {
		return "1 user was"
	}
	return thousands(n) + " users were"
}
