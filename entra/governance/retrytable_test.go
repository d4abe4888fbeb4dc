package governance_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
)

var operations = []faulttest.Operation{
	{Name: "create access review", Target: "POST /identityGovernance/accessReviews/definitions", State: reviewed,
		Keyless: true,
		Prepare: func(tn *faulttest.Tenant) func(*entra.Client) error { return creating(tn, reviewable(tn)) }},
	{Name: "stop access review", Target: "POST /identityGovernance/accessReviews/definitions/{id}/instances/{id}/stop",
		State: reviewed,
		Prepare: func(tn *faulttest.Tenant) func(*entra.Client) error {
			id, round := begun(tn)
			return func(c *entra.Client) error { return governance.New(c).StopReview(tn.T.Context(), id, round) }
		}},
	{Name: "apply decisions", Target: "POST /identityGovernance/accessReviews/definitions/{id}/instances/{id}/applyDecisions",
		State: reviewed,
		Prepare: func(tn *faulttest.Tenant) func(*entra.Client) error {
			id, round := begun(tn)
			require.NoError(tn.T, governance.New(tn.Client).StopReview(tn.T.Context(), id, round))
			return func(c *entra.Client) error { return governance.New(c).ApplyDecisions(tn.T.Context(), id, round) }
		}},
}

// reviewable sets up an application of old with a user, and a review to create.
func reviewable(tn *faulttest.Tenant) governance.Review {
	owner, user := tn.AddUser("olga"), tn.AddUser("ada")
	_, app := tn.AddApplication("CORPDB1")
	tn.Ask("PATCH", "/servicePrincipals/"+app, map[string]any{"appRoleAssignmentRequired": true})
	tn.Ask("POST", "/servicePrincipals/"+app+"/appRoleAssignedTo",
		map[string]any{"principalId": user, "resourceId": app, "appRoleId": faulttest.RoleID})
	time.Sleep(time.Hour)
	return governance.Review{DisplayName: "Q4", ServicePrincipalID: app,
		Stages: []governance.ReviewStage{{Reviewers: []governance.QueryScope{governance.UserReviewer(owner)}, Days: 5}}}
}

func creating(tn *faulttest.Tenant, review governance.Review) func(*entra.Client) error {
	return func(c *entra.Client) error {
		made, _, err := governance.New(c).CreateReview(tn.T.Context(), review)
		if err == nil && made.ID == "" {
			return fmt.Errorf("a review without id: %+v", made)
		}
		return err
	}
}

// begun returns the ids of a review whose reviewers decide, and of its round.
func begun(tn *faulttest.Tenant) (id, round string) {
	require.NoError(tn.T, creating(tn, reviewable(tn))(tn.Client))
	time.Sleep(time.Hour)
	review := tn.Fake.Reviews()[0]
	return review.ID, review.Instances[0].ID
}

func TestReadReview_IsTheReviewAsItIsNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		id, _ := begun(tn)
		review, err := governance.New(tn.Client).ReadReview(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, "Q4", review.DisplayName)
	})
}

// reviewed describes the tenant's access reviews.
func reviewed(tn *faulttest.Tenant) string {
	s := fmt.Sprint(len(tn.Fake.Reviews()), " reviews")
	for _, review := range tn.Fake.Reviews() {
		s += ", " + review.Status
	}
	return s
}

func TestRetryTable(t *testing.T) { faulttest.RunTable(t, operations, "testdata/retrytable.txt") }
