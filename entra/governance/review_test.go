package governance_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

const principalID = "11111111-aaaa-4aaa-8aaa-111111111111"

var (
	byOwner    = governance.ReviewStage{Reviewers: []governance.QueryScope{governance.UserReviewer("u-1")}, Days: 5}
	byManagers = governance.ReviewStage{Reviewers: []governance.QueryScope{governance.ManagerReviewers()},
		Fallback: []governance.QueryScope{governance.GroupReviewers("g-1")}, Days: 5,
		ToNextStage: []string{"NotReviewed", "Approve"}}
)

// What is sent must be the form that Microsoft documents, member by member.
func TestReviewDefinition_IsTheDocumentedForm(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 12, 1, 23, 0, 0, 0, time.FixedZone("", -5*3600)) // already the 2nd in UTC
	two, err := governance.Review{DisplayName: " CORPDB1 Q4 ", ServicePrincipalID: principalID,
		ApplicationName: "CORPDB1", Start: start,
		Stages: []governance.ReviewStage{byManagers, byOwner}, AutoApply: true}.Definition()
	require.NoError(t, err)
	sent, err := json.Marshal(two)
	require.NoError(t, err)
	assert.JSONEq(t, `{
	  "displayName": "CORPDB1 Q4",
	  "descriptionForAdmins": "Review of who is assigned to CORPDB1",
	  "descriptionForReviewers": "Who still needs access to CORPDB1? Please approve those who do and deny the others.",
	  "scope": {"@odata.type": "#microsoft.graph.principalResourceMembershipsScope",
	    "principalScopes": [{"@odata.type": "#microsoft.graph.accessReviewQueryScope", "query": "/users", "queryType": "MicrosoftGraph"}],
	    "resourceScopes": [{"@odata.type": "#microsoft.graph.accessReviewQueryScope", "query": "/servicePrincipals/`+principalID+`", "queryType": "MicrosoftGraph"}]},
	  "reviewers": [{"query": "./manager", "queryType": "MicrosoftGraph", "queryRoot": "decisions"}],
	  "fallbackReviewers": [{"query": "/groups/g-1/transitiveMembers", "queryType": "MicrosoftGraph"}],
	  "stageSettings": [
	    {"stageId": "1", "durationInDays": 5, "recommendationsEnabled": false, "decisionsThatWillMoveToNextStage": ["NotReviewed", "Approve"],
	      "reviewers": [{"query": "./manager", "queryType": "MicrosoftGraph", "queryRoot": "decisions"}],
	      "fallbackReviewers": [{"query": "/groups/g-1/transitiveMembers", "queryType": "MicrosoftGraph"}]},
	    {"stageId": "2", "dependsOn": ["1"], "durationInDays": 5, "recommendationsEnabled": false,
	      "reviewers": [{"query": "/users/u-1", "queryType": "MicrosoftGraph"}]}],
	  "settings": {"mailNotificationsEnabled": true, "reminderNotificationsEnabled": true, "justificationRequiredOnApproval": true,
	    "defaultDecisionEnabled": false, "defaultDecision": "None", "instanceDurationInDays": 10, "autoApplyDecisionsEnabled": true,
	    "recommendationsEnabled": false, "applyActions": [{"@odata.type": "#microsoft.graph.removeAccessApplyAction"}],
	    "recurrence": {"pattern": null, "range": {"type": "numbered", "numberOfOccurrences": 0, "startDate": "2026-12-02", "endDate": "2026-12-12"}}}
	}`, string(sent))
}

func TestReviewDefinition_Schedules(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		review governance.Review
		want   string
		reason string
	}{
		{governance.Review{Weeks: 2}, `{"pattern":{"type":"weekly","interval":2},"range":{"type":"noEnd","numberOfOccurrences":0,"startDate":"2026-12-01"}}`, "goes on"},
		{governance.Review{Months: 3, Rounds: 4}, `{"pattern":{"type":"absoluteMonthly","interval":3,"dayOfMonth":1},"range":{"type":"numbered","numberOfOccurrences":4,"startDate":"2026-12-01"}}`, "a year"},
		{governance.Review{Months: 1, Until: start.AddDate(1, 0, 0)},
			`{"pattern":{"type":"absoluteMonthly","interval":1,"dayOfMonth":1},"range":{"type":"endDate","numberOfOccurrences":0,"startDate":"2026-12-01","endDate":"2027-12-01"}}`, "until a day"},
	} {
		r := tt.review
		r.DisplayName, r.ServicePrincipalID, r.Start, r.Stages = "x", principalID, start, []governance.ReviewStage{byOwner}
		d, err := r.Definition()
		require.NoError(t, err, tt.reason)
		got, err := json.Marshal(d.Settings.Recurrence)
		require.NoError(t, err)
		assert.JSONEq(t, tt.want, string(got), tt.reason)
		assert.Empty(t, d.StageSettings, "a single stage is sent without stages")
	}
}

func TestReviewDefinition_RefusesWhatTheServiceWould(t *testing.T) {
	t.Parallel()
	good := governance.Review{DisplayName: "x", ServicePrincipalID: principalID,
		Stages: []governance.ReviewStage{byManagers, byOwner}}
	_, err := good.Definition()
	require.NoError(t, err, "the counter-case")
	for reason, spoil := range map[string]func(*governance.Review){
		"needs a name":                     func(r *governance.Review) { r.DisplayName = " " },
		"not the object id":                func(r *governance.Review) { r.ServicePrincipalID = "x/../../users" },
		"everybody would review their own": func(r *governance.Review) { r.Stages = nil },
		"has 4 stages and may have 3": func(r *governance.Review) {
			r.Stages = []governance.ReviewStage{byOwner,
				byOwner, byOwner, byOwner}
		},
		"stage 2: it needs reviewers":        func(r *governance.Review) { r.Stages[1].Reviewers = nil },
		"stage 1: it must take at least":     func(r *governance.Review) { r.Stages[0].Days = 0 },
		"no managers review":                 func(r *governance.Review) { r.Stages[1].Fallback = byManagers.Fallback },
		"must be a user or a group":          func(r *governance.Review) { r.Stages[0].Fallback = byManagers.Reviewers },
		`"Perhaps" is no decision`:           func(r *governance.Review) { r.Stages[0].ToNextStage = []string{"Perhaps"} },
		"takes 28 days and may take 27":      func(r *governance.Review) { r.Months, r.Stages[0].Days = 1, 23 },
		"takes 10 days and may take 7, so t": func(r *governance.Review) { r.Weeks = 1 },
		"weeks or every so many months":      func(r *governance.Review) { r.Weeks, r.Months = 4, 1 },
		"one round has no end":               func(r *governance.Review) { r.Rounds = 2 },
		"so many rounds or on a day": func(r *governance.Review) {
			r.Months, r.Rounds, r.Until = 1, 2,
				time.Now().AddDate(1, 0, 0)
		},
		"would end before it begins": func(r *governance.Review) {
			r.Months, r.Until = 1,
				time.Now().AddDate(-1, 0, 0)
		},
		"cannot be less than 0":              func(r *governance.Review) { r.Months = -1 },
		"stage 1: a reviewer without a quer": func(r *governance.Review) { r.Stages[0].Reviewers = []governance.QueryScope{{}} },
	} {
		r := good
		r.Stages = append([]governance.ReviewStage(nil), good.Stages...)
		spoil(&r)
		_, err := r.Definition()
		require.ErrorAs(t, err, new(*governance.ReviewError), reason)
		assert.Contains(t, err.Error(), reason)
	}
}

// A review that was created must be found again among hundreds of others, and
// never be created twice.
func TestCreateReview_TwiceIsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		other := x.fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: "a0000000-0000-4000-8000-000000000000",
			DisplayName: "Other", AppRoleAssignmentRequired: true})
		for i := range 250 {
			review := x.review()
			if review.DisplayName = fmt.Sprint("other ", i); i == 7 { // the same name for another application is another review
				review.DisplayName, review.ServicePrincipalID = x.review().DisplayName, other.ID
			}
			d, err := review.Definition()
			require.NoError(t, err)
			body, _ := json.Marshal(d)
			x.fake.AddReview(string(body))
		}
		first, existed, err := x.governance.CreateReview(t.Context(), x.review())
		require.NoError(t, err)
		assert.False(t, existed)
		assert.NotEmpty(t, first.ID)
		again := x.review()
		again.DisplayName = "corpdb1 Q4"
		second, existed, err := governance.New(x.connect(x.fake.Transport())).CreateReview(t.Context(), again)
		require.NoError(t, err)
		assert.True(t, existed)
		assert.Equal(t, first.ID, second.ID)
		assert.Len(t, x.fake.Reviews(), 251)

		_, err = x.governance.FindReview(t.Context(), x.app.ID, "no such")
		require.ErrorIs(t, err, graph.ErrNotFound)
		theirs, err := x.governance.FindReview(t.Context(), other.ID, "CORPDB1 Q4")
		require.NoError(t, err)
		assert.NotEqual(t, first.ID, theirs.ID)
	})
}

// The service writes queries with a version when it gives them back, and may
// use its newer form.
func TestFindReview_KnowsTheScopeInEveryForm(t *testing.T) {
	t.Parallel()
	for scope, covers := range map[string]bool{
		`{"query":"/servicePrincipals/` + principalID + `"}`:                             true,
		`{"query":"/v1.0/servicePrincipals/` + principalID + `","queryRoot":null}`:       true,
		`{"query":"/beta/serviceprincipals/` + strings.ToUpper(principalID) + `"}`:       true,
		`{"scopeType":"servicePrincipal","resourceId":"` + principalID + `"}`:            true,
		`{"query":"/groups/` + principalID + `"}`:                                        false,
		`{"scopeType":"group","resourceId":"` + principalID + `"}`:                       false,
		`{"query":"/v1.0/servicePrincipals/22222222-aaaa-4aaa-8aaa-111111111111"}`:       false,
		`{"query":"/v1.0/servicePrincipals/` + principalID + `/appRoleAssignedTo/else"}`: false,
	} {
		var d governance.ReviewDefinition
		require.NoError(t, json.Unmarshal([]byte(`{"scope":{"resourceScopes":[`+scope+`]},"createdDateTime":"0001-01-01T00:00:00Z","settings":null,"reviewers":null}`), &d))
		assert.Equal(t, covers, d.Covers(principalID), scope)
	}
	var ofGroup governance.ReviewDefinition
	require.NoError(t, json.Unmarshal([]byte(`{"scope":{"@odata.type":"#microsoft.graph.accessReviewQueryScope","query":"/groups/g/transitiveMembers"}}`), &ofGroup))
	assert.False(t, ofGroup.Covers(principalID), "a review of something else entirely")
}

func TestFindReview_RefusesTwoOfOneName(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	d, err := x.review().Definition()
	require.NoError(t, err)
	body, _ := json.Marshal(d)
	one, two := x.fake.AddReview(string(body)), x.fake.AddReview(string(body))
	_, _, err = x.governance.CreateReview(t.Context(), x.review())
	require.ErrorAs(t, err, new(*entra.AmbiguousError))
	assert.Contains(t, err.Error(), one.ID)
	assert.Contains(t, err.Error(), two.ID)
}

func TestCreateReview_SaysWhatTheServiceRefuses(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	x.send(http.MethodPatch, "/servicePrincipals/"+x.app.ID, `{"appRoleAssignmentRequired":false}`)
	_, _, err := x.governance.CreateReview(t.Context(), x.review())
	var e *graph.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, 400, e.Status)
	assert.Contains(t, err.Error(), "does not require user assignment",
		"the code is empty, so that the message is all there is")
}

func TestReview_WithoutThePermissionNamesIt(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
	c, err := entra.Connect(graph.StaticToken(fake.AppToken("User.Read.All")),
		&graph.ConnectOptions{Transport: faulttest.Record(fake.Transport())})
	require.NoError(t, err)
	_, err = governance.New(c).FindReview(t.Context(), principalID, "x")
	require.ErrorIs(t, err, graph.ErrForbidden)
	assert.Contains(t, err.Error(), "AccessReview.Read.All")
}

func TestReadOnlyClientCreatesNoReview(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	c, err := entra.Connect(graph.StaticToken("x"), &graph.ConnectOptions{Transport: faulttest.Record(x.fake.Transport()),
		Options: graph.Options{ReadOnly: true}})
	require.NoError(t, err)
	_, _, err = governance.New(c).CreateReview(t.Context(), x.review())
	require.ErrorIs(t, err, graph.ErrReadOnly)
	assert.Empty(t, x.fake.Reviews())
}
