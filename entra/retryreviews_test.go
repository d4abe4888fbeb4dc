package entra_test

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
)

// operationsOnReviews are those on an access review.
var operationsOnReviews = []operation{
	{name: "create access review", target: "POST /identityGovernance/accessReviews/definitions", state: reviewed,
		prepare: func(tn *tenant) func(*entra.Client) error { return creating(tn, reviewable(tn)) }},
	{name: "stop access review", target: "POST /identityGovernance/accessReviews/definitions/{id}/instances/{id}/stop", state: reviewed,
		prepare: func(tn *tenant) func(*entra.Client) error {
			id, round := begun(tn)
			return func(c *entra.Client) error { return governance.New(c).StopReview(tn.t.Context(), id, round) }
		}},
	{name: "apply decisions", target: "POST /identityGovernance/accessReviews/definitions/{id}/instances/{id}/applyDecisions", state: reviewed,
		prepare: func(tn *tenant) func(*entra.Client) error {
			id, round := begun(tn)
			require.NoError(tn.t, governance.New(tn.client).StopReview(tn.t.Context(), id, round))
			return func(c *entra.Client) error { return governance.New(c).ApplyDecisions(tn.t.Context(), id, round) }
		}},
}

// reviewable sets up an application of old with a user, and a review to create.
func reviewable(tn *tenant) governance.Review {
	owner, user := tn.addUser("olga"), tn.addUser("ada")
	_, app := tn.addApplication("CORPDB1")
	tn.ask("PATCH", "/servicePrincipals/"+app, map[string]any{"appRoleAssignmentRequired": true})
	tn.ask("POST", "/servicePrincipals/"+app+"/appRoleAssignedTo", map[string]any{"principalId": user, "resourceId": app, "appRoleId": generalID})
	time.Sleep(time.Hour)
	return governance.Review{DisplayName: "Q4", ServicePrincipalID: app, Stages: []governance.ReviewStage{{Reviewers: []governance.QueryScope{governance.UserReviewer(owner)}, Days: 5}}}
}

func creating(tn *tenant, review governance.Review) func(*entra.Client) error {
	return func(c *entra.Client) error {
		made, _, err := governance.New(c).CreateReview(tn.t.Context(), review)
		if err == nil && made.ID == "" {
			return fmt.Errorf("a review without id: %+v", made)
		}
		return err
	}
}

// begun returns the ids of a review whose reviewers decide, and of its round.
func begun(tn *tenant) (id, round string) {
	require.NoError(tn.t, creating(tn, reviewable(tn))(tn.client))
	time.Sleep(time.Hour)
	review := tn.fake.Reviews()[0]
	return review.ID, review.Instances[0].ID
}

// reviewed describes the tenant's access reviews.
func reviewed(tn *tenant) string {
	s := fmt.Sprint(len(tn.fake.Reviews()), " reviews")
	for _, review := range tn.fake.Reviews() {
		s += ", " + review.Status
	}
	return s
}
