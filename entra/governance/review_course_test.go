package governance_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

// Managers first, with somebody who steps in for who has none, then the owner:
// a denial of the first stage is final, all else is looked at again.
func TestReview_InStages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t, Shuffle: true}), nil)
		max := x.user("max")
		for _, name := range []string{"ada", "bob", "cy"} {
			x.user(name, general)
		}
		x.manages("max", "ada")
		x.manages("max", "bob")
		owner := []governance.QueryScope{governance.UserReviewer(x.owner.ID)}
		review := x.review()
		review.Stages = []governance.ReviewStage{
			{Reviewers: []governance.QueryScope{governance.ManagerReviewers()}, Fallback: owner, Days: 5,
				ToNextStage: []string{"Approve", "NotReviewed", "DontKnow"}},
			{Reviewers: owner, Days: 5},
		}
		d, _ := x.running(review)
		decide := func(name, decision, by string) error {
			return x.fake.Decide(graphfake.Decision{Review: d.ID, Principal: x.users[name].ID, Decision: decision,
				Justification: "because", Reviewer: by})
		}
		require.NoError(t, decide("ada", "Deny", max.ID))
		require.NoError(t, decide("bob", "Approve", max.ID))
		require.NoError(t, decide("cy", "Approve", x.owner.ID), "cy has no manager")
		time.Sleep(6 * 24 * time.Hour)
		require.Error(t, decide("ada", "Approve", x.owner.ID), "a denial does not move on")
		require.NoError(t, decide("bob", "Deny", x.owner.ID))
		_, err := x.governance.WaitReview(t.Context(), d, &governance.WaitReviewOptions{Interval: time.Hour})
		require.NoError(t, err)
		reviews, err := x.governance.DecidedReviews(t.Context(), x.app.ID, time.Now().AddDate(-1, 0, 0))
		require.NoError(t, err)
		by, at := map[string]string{}, map[string]time.Time{}
		for _, r := range reviews {
			for _, decision := range r.Decisions { // stages come in any order
				if !decision.Reviewed.Before(at[decision.PrincipalID]) {
					by[decision.PrincipalID] = decision.Decision + " by " + decision.ReviewedBy
					at[decision.PrincipalID] = decision.Reviewed
				}
			}
		}
		assert.Equal(t, map[string]string{x.users["ada"].ID: "Deny by max", x.users["bob"].ID: "Deny by olga",
			x.users["cy"].ID: "Approve by olga"}, by)
		assert.Len(t, x.fake.Assignments(x.app.ID), 1)
	})
}

// In a series the rounds before and after count by the time of the journal's look.
func TestReview_InRounds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		x.user("ada", general)
		x.user("bob", general)
		review := x.review()
		review.Weeks, review.Rounds = 4, 3
		d, _ := x.running(review)
		x.decide(d.ID, "ada", "Deny")
		time.Sleep(20 * 24 * time.Hour) // the first round is over, and ada is given the role again by hand
		x.assign(x.users["ada"].ID, general)
		journal := x.begin(x.client)
		time.Sleep(10 * 24 * time.Hour) // the second one runs
		x.decide(d.ID, "bob", "Deny")
		time.Sleep(15 * 24 * time.Hour)
		for _, a := range x.fake.Assignments(x.app.ID) {
			x.send("DELETE", "/servicePrincipals/"+x.app.ID+"/appRoleAssignedTo/"+a.ID, "")
		}
		assert.Equal(t, map[string]fulfill.Cause{"ADA": fulfill.RemovedOtherwise, "BOB": fulfill.Denied}, causes(x.revocations(journal)),
			"a denial from before the journal is not why ada lost it now")
	})
}

// While a review runs, and for as long as what was applied may still be seen,
// denied people are waited for and not reported.
func TestLook_WhileTheReviewRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t,
			Governance: &graphfake.Governance{Removal: 5 * time.Minute}}), nil)
		x.user("ada", general)
		journal := x.begin(x.client)
		d, _ := x.running(x.review())
		x.decide(d.ID, "ada", "Deny")
		look := func() *fulfill.Revocations { return x.revocations(journal) }
		assert.Equal(t, 1, look().Waiting)
		_, err := x.governance.WaitReview(t.Context(), d, nil)
		require.NoError(t, err)
		list := look()
		assert.Empty(t, list.Accounts, "applied, and still to be seen: that is no failure")
		assert.Equal(t, 1, list.Waiting)
		time.Sleep(10 * time.Minute)
		list = look()
		require.Len(t, list.Accounts, 1)
		assert.Equal(t, fulfill.Denied, list.Accounts[0].Lost[0].Cause)
	})
}

// Whoever loses the role but keeps the package will get it back: the list says so.
func TestLook_NamesPackagesThatDeliverTheRole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		x.user("ada")
		x.logins = append(x.logins, "ada")
		p := x.withPackage()
		_, err := x.governance.AssignPackage(t.Context(), p, x.ids("ada"), nil)
		require.NoError(t, err)
		journal := x.begin(x.client)
		x.send("DELETE", "/servicePrincipals/"+x.app.ID+"/appRoleAssignedTo/"+x.fake.Assignments(x.app.ID)[0].ID, "")
		list := x.revocations(journal, p)
		require.Len(t, list.Accounts, 1)
		assert.Equal(t, []string{"CORPDB1 users"}, list.Accounts[0].Lost[0].Packages)
	})
}

// The governance services have a limit of their own, which the client keeps to
// by itself, also over hundreds of pages.
func TestReviews_KeepToTheLimitOfGovernance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := graphfake.New(&graphfake.Options{TB: t, Patience: graphfake.PatienceAll,
			Throttle: &graphfake.Throttle{Limits: []graphfake.Limit{graphfake.GovernanceLimit()}}})
		x := newScene(t, fake, nil)
		client, err := entra.Connect(graph.StaticToken("x"), &graph.ConnectOptions{Transport: faulttest.Record(fake.Transport())})
		require.NoError(t, err)
		x.user("ada", general)
		for _, name := range []string{"one", "two", "three"} {
			review := x.review()
			review.DisplayName = name
			for range 20 {
				_, _, err := governance.New(client).CreateReview(t.Context(), review)
				require.NoError(t, err)
			}
		}
		refused := func() (n int) {
			for _, request := range fake.Requests() {
				if request.Status == 429 {
					n++
				}
			}
			return n
		}
		assert.Zero(t, refused(), "the client ran into the limit")
		assert.Len(t, fake.Reviews(), 3)
		for range 30 {
			_, err := x.governance.FindReview(t.Context(), x.app.ID, "one")
			require.NoError(t, err)
		}
		assert.NotZero(t, refused(), "the counter-case: a client that does not pace itself")
	})
}
