package governance

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra/graph"
)

// All of these forms are in examples of the documentation.
func TestReviewDecisions_ComeInManyForms(t *testing.T) {
	t.Parallel()
	zero := `{"id":"00000000-0000-0000-0000-000000000000","displayName":"","userPrincipalName":""}`
	page := `{"@odata.context":"x","@odata.count":5,"value":[
	  {"id":"1","decision":"Deny","reviewedDateTime":"2026-12-03T09:00:00Z","justification":"left","applyResult":"New","appliedDateTime":null,
	   "principal":{"@odata.type":"#microsoft.graph.userIdentity","id":"u-1","displayName":"Ada","userPrincipalName":"ada@x"},
	   "resource":{"@odata.type":"#microsoft.graph.accessreviewinstancedecisionitemserviceprincipalresource","id":"SP-1","type":"ServicePrincipal","appRoleId":"r-1","appRoleDisplayName":"General"},
	   "reviewedBy":{"id":"u-9","displayName":"Grace","userPrincipalName":"grace@x"},"appliedBy":` + zero + `},
	  {"id":"2","decision":"Deny","reviewedDateTime":"2026-12-03T09:00:00Z","principal":{"id":"u-1"},"resource":{"id":"sp-1","appRoleId":"r-2"},"reviewedBy":` + zero + `},
	  {"id":"3","decision":"NotReviewed","reviewedDateTime":null,"resource":null,"resourceLink":null,"reviewedBy":null,"principal":null,
	   "principalLink":"https://graph.microsoft.com/v1.0/users/u-3","target":{"userId":"u-3"},"somethingNew":{"a":[1]}},
	  {"id":"4","decision":"Approve","principal":{"odata.type":"x","id":"u-4"},"resource":{"id":"other"},"reviewedBy":{"id":"u-8","displayName":null}},
	  {"id":"5","decision":"DontKnow","principal":{"@odata.type":"#microsoft.graph.servicePrincipalIdentity","id":"sp-5"},"resource":{"id":""},"reviewedBy":` + zero + `}]}`
	c := client(t, func(sent) answer { return answer{status: http.StatusOK, body: page} })
	decisions, err := graph.Collect(graph.Operation{}, c.ReviewDecisions(t.Context(), "d", "i"),
		func(d ReviewDecision) string { return d.ID })
	require.NoError(t, err)
	require.Len(t, decisions, 5)
	assert.Equal(t, fulfill.Decision{PrincipalID: "u-1", AppRoleID: "r-1", Decision: "Deny", ReviewedBy: "Grace",
		Reviewed: time.Date(2026, 12, 3, 9, 0, 0, 0, time.UTC), Justification: "left", ApplyResult: "New"},
		decisions[0].forFulfill())
	assert.Equal(t, "r-2", decisions[1].forFulfill().AppRoleID, "several decisions about one principal, one for each role")
	assert.Empty(t, decisions[1].forFulfill().ReviewedBy, "nobody is not a name")
	assert.False(t, decisions[1].ReviewedBy.Known())
	assert.Equal(t, "u-3", decisions[2].PrincipalID(), "of somebody deleted there is only the link")
	round := applicationScope("sp-1")
	assert.True(t, decisions[2].concerns("sp-1", round), "without a resource it is about what its round is about")
	assert.False(t, decisions[2].concerns("sp-2", round), "whose scope names another application")
	assert.False(t, decisions[2].concerns("sp-1", ReviewScope{}), "whose scope names none")
	assert.True(t, decisions[0].concerns("sp-1", round))
	assert.False(t, decisions[3].concerns("sp-1", round), "a decision about another resource")
	assert.False(t, decisions[4].concerns("sp-1", round), "a program is no user, and would be looked for among them in vain")
	assert.Equal(t, "u-8", decisions[3].ReviewedBy.Name())
}

func TestReviewDecisions_ThatBreakOffAreAnError(t *testing.T) {
	t.Parallel()
	c := client(t, func(r sent) answer {
		if strings.Contains(r.URL.RawQuery, "skip") {
			return answer{status: http.StatusForbidden, body: odataError("", "no")}
		}
		return answer{status: http.StatusOK,
			body: `{"value":[{"id":"1","decision":"Deny","principal":{"id":"u-1"}}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/identityGovernance/x?$skip=1"}`}
	})
	_, err := graph.Collect(graph.Operation{}, c.ReviewDecisions(t.Context(), "d", "i"), func(d ReviewDecision) string { return d.ID })
	require.ErrorIs(t, err, graph.ErrForbidden)
}

func TestDecided_LeavesOutWhatIsOfOldAndHoldsBackWhatIsFresh(t *testing.T) {
	t.Parallel()
	now := time.Now()
	taken := now.AddDate(0, -1, 0)
	decision := func(id, result string, reviewed, applied time.Time) ReviewDecision {
		return ReviewDecision{ID: id, Decision: "Deny", Principal: ReviewIdentity{ID: id}, ApplyResult: result,
			ReviewedDateTime: Time{reviewed}, AppliedDateTime: Time{applied}}
	}
	ids := func(r fulfill.Review) (ids []string) {
		for _, d := range r.Decisions {
			ids = append(ids, d.PrincipalID)
		}
		return ids
	}
	long, before, after := taken.AddDate(-1, 0, 0), taken.Add(-time.Hour), taken.Add(time.Hour)
	got := splitRound("Q4", ReviewInstance{Status: "applied", Scope: applicationScope("sp-1")}, []ReviewDecision{
		decision("done before", "AppliedSuccessfully", long, before),
		decision("found gone before", "AppliedSuccessfullyButObjectNotFound", long, before),
		decision("never done", "ApplyNotSupported", long, before),
		decision("decided before, done since", "AppliedSuccessfully", before, after),
		decision("done at a time not told", "AppliedSuccessfully", time.Time{}, time.Time{}),
		decision("done a moment ago", "AppliedSuccessfully", after, now.Add(-time.Minute)),
		decision("open", "New", before, time.Time{}),
		decision("done in the second of the snapshot", "AppliedSuccessfully", taken, taken.Truncate(time.Second)),
	}, "sp-1", taken)
	require.Len(t, got, 2)
	assert.True(t, got[0].Complete && got[0].Applied)
	assert.Equal(t, []string{"never done", "decided before, done since", "done at a time not told", "open",
		"done in the second of the snapshot"}, ids(got[0]), "the service's times may have no fractions")
	assert.True(t, got[1].Complete && !got[1].Applied,
		"the access may still be seen, and that is no failure of the review")
	assert.Equal(t, []string{"done a moment ago"}, ids(got[1]))
}
