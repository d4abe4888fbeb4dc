package fulfill_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// A smallApp is an application whose people and accounts a test sets.
type smallApp struct {
	testing.TB
	path    string
	journal *fulfill.Journal
	now     time.Time
	has     map[string][]string // roles by person
	login   map[string][]string // people by login
	reviews []fulfill.Review
	status  map[string]fulfill.UserStatus
	opened  []string
	refuses string // a login
}

func newSmallApp(t testing.TB) *smallApp {
	a := &smallApp{TB: t, path: filepath.Join(t.TempDir(), "journal"), now: time.Now().UTC().Truncate(time.Second),
		has:    map[string][]string{"ada": {"r-1"}, "bob": {"r-1"}, "eve": {"r-1"}},
		login:  map[string][]string{"ADA1": {"ada"}, "BOB1": {"bob"}, "EVE1": {"eve"}},
		status: map[string]fulfill.UserStatus{"ada": "enabled", "bob": "enabled", "eve": "enabled"}}
	a.reopen()
	return a
}

func (a *smallApp) reopen() {
	var err error
	if a.journal != nil {
		require.NoError(a, a.journal.Close())
	}
	a.journal, err = fulfill.OpenJournal(a.path, exampleApp, nil)
	require.NoError(a, err)
	a.Cleanup(func() { a.journal.Close() })
}

// look records what there is, a day later.
func (a *smallApp) look() {
	a.now = a.now.Add(24 * time.Hour)
	look := fulfill.Look{Time: a.now, Roles: exampleApp.Roles, Users: a.status, Reviews: a.reviews,
		Access: fulfill.Access{Complete: true, ResourceID: exampleApp.ResourceID}}
	for person, roles := range a.has {
		for _, role := range roles {
			look.Access.Assignments = append(look.Access.Assignments, assign.Assignment{ID: person + role, PrincipalID: person,
				PrincipalType: "User", ResourceID: exampleApp.ResourceID, AppRoleID: role})
		}
	}
	l := listing{column: "Login", columns: []string{"Login"}}
	for login, people := range a.login {
		for _, person := range people {
			l.rows = append(l.rows, listingRow{names: map[string]string{"Login": login}, person: person})
		}
	}
	var err error
	look.List, err = new(world).list(l)
	require.NoError(a, err)
	news, err := a.journal.State().Compare(look, nil)
	require.NoError(a, err)
	require.NoError(a, a.journal.Record(news))
}

func (a *smallApp) Open(_ context.Context, t fulfill.Ticket) error {
	if t.Account.Key == a.refuses {
		return fmt.Errorf("%w: no such queue", fulfill.ErrRefused)
	}
	a.opened = append(a.opened, fmt.Sprint(t.Action, " ", t.Account.Key))
	return nil
}

// deliver opens what is due, and returns what was opened.
func (a *smallApp) deliver() []string {
	a.opened = nil
	due, err := a.journal.State().Due(nil)
	require.NoError(a, err)
	if _, err = a.journal.Deliver(a.Context(), a, due); err != nil {
		require.ErrorIs(a, err, fulfill.ErrUndelivered)
	}
	return a.opened
}

func TestWhoGotAccessLaterIsMissedWhenTheyLoseIt(t *testing.T) {
	t.Parallel()
	a := newSmallApp(t)
	a.look()
	a.has["zoe"], a.login["ZOE1"], a.status["zoe"] = []string{"r-1"}, []string{"zoe"}, "enabled"
	a.look()
	delete(a.has, "zoe")
	a.look()
	assert.Equal(t, []string{"closeAccount ZOE1"}, a.deliver())
}

func TestASecondLossHasATicketOfItsOwn(t *testing.T) {
	t.Parallel()
	a := newSmallApp(t)
	a.look()
	for range 2 {
		delete(a.has, "ada")
		a.look()
		assert.Equal(t, []string{"closeAccount ADA1"}, a.deliver())
		a.reopen()
		a.has["ada"] = []string{"r-1"}
		a.look()
		assert.Empty(t, a.deliver())
	}
	for _, ticket := range a.journal.State().Tickets {
		assert.True(t, ticket.Untrue, "access is back: the open ticket should be withdrawn")
	}
}

func TestTheActionGrowsFromARoleToTheAccount(t *testing.T) {
	t.Parallel()
	a := newSmallApp(t)
	a.has["ada"] = []string{"r-1", "r-2"}
	a.look()
	a.has["ada"] = []string{"r-2"}
	a.look()
	assert.Equal(t, []string{"removeRoles ADA1"}, a.deliver())
	a.has["ada"] = nil
	a.look()
	assert.Equal(t, []string{"closeAccount ADA1"}, a.deliver())
}

func TestATicketThatWaitsIsNotOpenedWhenAccessIsBack(t *testing.T) {
	t.Parallel()
	a := newSmallApp(t)
	a.look()
	delete(a.has, "ada")
	a.look()
	old, err := a.journal.State().Due(nil)
	require.NoError(t, err)
	a.has["ada"] = []string{"r-1"}
	a.look()
	_, err = a.journal.Deliver(t.Context(), a, old)
	require.NoError(t, err, "a run with nothing to open is not refused")
	assert.Empty(t, a.opened)
}

func TestATicketToCloseIsReplacedWhenItsPersonHasAnotherRole(t *testing.T) {
	t.Parallel()
	a := newSmallApp(t)
	a.look()
	delete(a.has, "ada")
	a.look()
	assert.Equal(t, []string{"closeAccount ADA1"}, a.deliver())
	a.has["ada"] = []string{"r-2"}
	a.look()
	assert.Equal(t, []string{"removeRoles ADA1"}, a.deliver(), "or the desk closes the account of somebody with access")
}

func TestASharedAccountIsClosedOnceAllOfItsPeopleLostAccess(t *testing.T) {
	t.Parallel()
	a := newSmallApp(t)
	a.login["ADA1"] = []string{"ada", "eve"}
	a.look()
	delete(a.has, "ada")
	a.look()
	assert.Empty(t, a.deliver())
	delete(a.has, "eve")
	a.look()
	assert.Equal(t, []string{"closeAccount ADA1", "closeAccount EVE1"}, a.deliver())
}

func TestATicketThatIsAlwaysRefusedBlocksNoOther(t *testing.T) {
	t.Parallel()
	a := newSmallApp(t)
	a.look()
	delete(a.has, "ada")
	delete(a.has, "bob")
	a.look()
	a.refuses = "ADA1"
	assert.Equal(t, []string{"closeAccount BOB1"}, a.deliver())
	assert.Empty(t, a.deliver())
	a.refuses = ""
	assert.Equal(t, []string{"closeAccount ADA1"}, a.deliver())
}

func TestTwoDeliveriesAtOnceOpenEachTicketOnce(t *testing.T) {
	t.Parallel()
	a := newSmallApp(t)
	a.look()
	delete(a.has, "ada")
	a.look()
	_, err := fulfill.OpenJournal(a.path, exampleApp, nil)
	require.ErrorIs(t, err, fulfill.ErrLocked)
	assert.Len(t, a.deliver(), 1)
	a.reopen() // the second program, which waited
	due, err := a.journal.State().Due(nil)
	require.NoError(t, err)
	assert.Empty(t, due)
}

func TestADisabledUserWithANewerRoleLosesTheAccount(t *testing.T) {
	t.Parallel()
	a := newSmallApp(t)
	a.look()
	a.has["ada"] = []string{"r-1", "r-2"}
	a.look()
	a.status["ada"] = fulfill.UserIsDisabled
	a.look()
	assert.Equal(t, []string{"closeAccount ADA1"}, a.deliver())
}

func TestOfTwoDecisionsOfOneInstantTheDenialCounts(t *testing.T) {
	t.Parallel()
	for _, order := range [][]string{{"Deny", "Approve"}, {"Approve", "Deny"}} {
		a := newSmallApp(t)
		a.look()
		review := fulfill.Review{Complete: true, Applied: true, Name: "review"}
		for _, decision := range order {
			review.Decisions = append(review.Decisions, fulfill.Decision{PrincipalID: "ada", Decision: decision,
				Reviewed: a.now.Add(time.Hour)})
		}
		a.reviews = []fulfill.Review{review}
		delete(a.has, "ada")
		a.look()
		for _, loss := range a.journal.State().Losses {
			assert.Equal(t, fulfill.Denied, loss.Cause)
			assert.True(t, loss.Tied)
		}
		assert.Len(t, a.journal.State().Losses, 1)
	}
}

// What is no longer to be looked into is so for the next program, too.
func TestAFindingThatHasGoneStaysGoneInTheFile(t *testing.T) {
	t.Parallel()
	a := newSmallApp(t)
	a.look()
	a.reviews = []fulfill.Review{{Complete: true, Applied: true, Name: "review", Decisions: []fulfill.Decision{
		{PrincipalID: "ada", Decision: "Deny", Reviewed: a.now.Add(time.Hour)}}}}
	a.look()
	require.Len(t, a.journal.State().Findings, 1, "denied, and not applied")
	a.reviews = nil
	a.look()
	a.reopen()
	assert.Empty(t, a.journal.State().Findings)
}

func TestNothingIsOpenedBeforeSomebodyLooked(t *testing.T) {
	t.Parallel()
	a := newSmallApp(t)
	a.look()
	delete(a.has, "ada")
	a.look()
	a.reopen()
	due, err := a.journal.State().Due(nil)
	require.NoError(t, err)
	_, err = a.journal.Deliver(t.Context(), a, due)
	assert.True(t, errors.Is(err, fulfill.ErrNoLook))
	assert.Empty(t, a.opened)
}
