package governance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

const (
	oneReview = definitions + "/{id}"
	rounds    = oneReview + "/instances"
	oneRound  = rounds + "/{id}"
	decisions = oneRound + "/decisions"
	contacted = oneRound + "/contactedReviewers"

	entitlement   = "/identityGovernance/entitlementManagement"
	packages      = entitlement + "/accessPackages"
	onePackage    = packages + "/{id}"
	deliveries    = entitlement + "/assignments"
	requests      = entitlement + "/assignmentRequests"
	readsReviews  = "AccessReview.Read.All"
	readsPackages = "EntitlementManagement.Read.All"
)

// A governed scene has a review that runs and a package that somebody has.
type governed struct {
	*scene
	review *governance.ReviewDefinition
	round  string
	pack   *governance.AccessPackage
}

func newGoverned(t *testing.T) governed {
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	x.user("ada", general)
	x.user("bob", general)
	g := governed{scene: x, pack: x.withPackage()}
	_, err := x.governance.AssignPackage(t.Context(), g.pack, x.ids("ada"), nil)
	require.NoError(t, err)
	g.review, _, err = x.governance.CreateReview(t.Context(), x.review())
	require.NoError(t, err)
	time.Sleep(time.Hour)
	instances, err := x.governance.ReviewInstances(t.Context(), g.review.ID)
	require.NoError(t, err)
	g.round = instances[0].ID
	return g
}

// The steps, each of which concludes something from what it reads.
var (
	findReviews = func(g governed) error { return second(g.governance.ReviewsOf(g.t.Context(), g.app.ID)) }
	// create would make a second review if it took the first one for another.
	create = func(g governed) error {
		_, _, err := g.governance.CreateReview(g.t.Context(), g.scene.review())
		return err
	}
	findOne    = func(g governed) error { return second(g.governance.FindReview(g.t.Context(), g.app.ID, "CORPDB1 Q4")) }
	readReview = func(g governed) error { return second(g.governance.ReadReview(g.t.Context(), g.review.ID)) }
	decided    = func(g governed) error {
		return second(g.governance.DecidedReviews(g.t.Context(), g.app.ID, time.Time{}))
	}
	readRound = func(g governed) error {
		return second(g.governance.ReviewInstance(g.t.Context(), g.review.ID, g.round))
	}
	asked = func(g governed) error {
		return second(g.governance.ContactedReviewers(g.t.Context(), g.review.ID, g.round))
	}
	stop  = func(g governed) error { return g.governance.StopReview(g.t.Context(), g.review.ID, g.round) }
	apply = func(g governed) error {
		time.Sleep(11 * 24 * time.Hour)
		return g.governance.ApplyDecisions(g.t.Context(), g.review.ID, g.round)
	}
	wait = func(g governed) error {
		review, err := g.governance.ReadReview(g.t.Context(), g.review.ID)
		require.NoError(g.t, err)
		return second(g.governance.WaitReview(g.t.Context(), review, &governance.WaitReviewOptions{Interval: 6 * time.Hour}))
	}
	findPackage = func(g governed) error {
		return second(g.governance.FindAccessPackage(g.t.Context(), g.pack.DisplayName))
	}
	grants = func(g governed) error { return second(g.governance.PackageGrants(g.t.Context(), g.app.ID)) }
	access = func(g governed) error { return second(g.governance.Access(g.t.Context(), g.app.ID, g.pack)) }
	give   = func(g governed) error {
		return second(g.governance.AssignPackage(g.t.Context(), g.pack, g.ids("ada", "bob"), nil))
	}
)

func second[T any](_ T, err error) error { return err }

// Every value that this package concludes something from, the step that does, and
// what its user sees when the value is null and when it is absent: an error that
// names the property and the permission, and no write.
func TestUnknownValuesAreNoConclusion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path, property, permission string
		steps                      []func(governed) error
	}{
		{definitions, "id", readsReviews, []func(governed) error{findReviews, findOne, create, decided}},
		{definitions, "scope", readsReviews, []func(governed) error{findReviews, findOne, create, decided}},
		{definitions, "scope/resourceScopes", readsReviews, []func(governed) error{findReviews, findOne, create, decided}},
		{definitions, "scope/resourceScopes/query", readsReviews, []func(governed) error{findReviews, findOne, create, decided}},
		{definitions, "displayName", readsReviews, []func(governed) error{findOne, create}},
		{oneReview, "id", readsReviews, []func(governed) error{readReview}},
		{oneReview, "scope", readsReviews, []func(governed) error{readReview}},
		{oneReview, "settings", readsReviews, []func(governed) error{wait}},
		{oneReview, "settings/autoApplyDecisionsEnabled", readsReviews, []func(governed) error{wait}},
		{rounds, "id", readsReviews, []func(governed) error{decided, wait}},
		{rounds, "status", readsReviews, []func(governed) error{decided, wait}},
		{rounds, "startDateTime", readsReviews, []func(governed) error{wait}},
		{oneRound, "id", readsReviews, []func(governed) error{readRound, stop, apply, wait}},
		{oneRound, "status", readsReviews, []func(governed) error{readRound, stop, apply, wait}},
		{decisions, "id", readsReviews, []func(governed) error{decided}},
		{decisions, "decision", readsReviews, []func(governed) error{decided}},
		{contacted, "id", readsReviews, []func(governed) error{asked}},
		{packages, "id", readsPackages, []func(governed) error{findPackage, grants}},
		{packages, "displayName", readsPackages, []func(governed) error{findPackage}},
		{packages, "assignmentPolicies", readsPackages, []func(governed) error{findPackage}},
		{onePackage, "id", readsPackages, []func(governed) error{grants}},
		{onePackage, "resourceRoleScopes", readsPackages, []func(governed) error{findPackage, grants}},
		{onePackage, "resourceRoleScopes/role", readsPackages, []func(governed) error{findPackage, grants}},
		{onePackage, "resourceRoleScopes/role/originSystem", readsPackages, []func(governed) error{findPackage, grants}},
		{onePackage, "resourceRoleScopes/role/originId", readsPackages, []func(governed) error{findPackage, grants}},
		{onePackage, "resourceRoleScopes/scope/originId", readsPackages, []func(governed) error{findPackage, grants}},
		{deliveries, "id", readsPackages, []func(governed) error{access, give, grants}},
		{deliveries, "state", readsPackages, []func(governed) error{access, give, grants}},
		{deliveries, "target", readsPackages, []func(governed) error{access, give, grants}},
		{deliveries, "target/objectId", readsPackages, []func(governed) error{access, give, grants}},
		{requests, "id", readsPackages, []func(governed) error{give}},
		{requests, "state", readsPackages, []func(governed) error{give}},
		{requests, "requestType", readsPackages, []func(governed) error{give}},
	} {
		for _, effect := range withheld {
			for i, step := range tt.steps {
				what := fmt.Sprintf("%s %s %s, step %d", effect, tt.path, tt.property, i)
				synctest.Test(t, func(t *testing.T) {
					g := newGoverned(t)
					g.fake.Inject(graphfake.Fault{Method: http.MethodGet, Path: tt.path, Effect: effect,
						Property: tt.property, Times: -1})
					g.fake.ForgetRequests()
					err := step(g)
					require.ErrorIs(t, err, graph.ErrIncomplete, what)
					assert.ErrorContains(t, err, tt.property[strings.LastIndex(tt.property, "/")+1:], what)
					assert.ErrorContains(t, err, tt.permission, what)
					for _, r := range g.fake.Requests() {
						assert.True(t, r.Method == http.MethodGet || r.Path == "/$batch", "%s: %s %s", what, r.Method, r.Path)
					}
				})
			}
		}
	}
}

// The counter-case: where everything comes, every step succeeds.
func TestKnownValuesAreConclusions(t *testing.T) {
	t.Parallel()
	for i, step := range []func(governed) error{findReviews, create, findOne, readReview, decided, readRound, asked, stop,
		apply, wait, findPackage, grants, access, give} {
		synctest.Test(t, func(t *testing.T) {
			g := newGoverned(t)
			require.NoError(t, step(g), "step %d", i)
		})
	}
}

// A spoiling transport changes the answers whose path ends so.
type spoiling struct {
	next   http.RoundTripper
	suffix string
	change func(answer map[string]any)
}

func (s spoiling) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := s.next.RoundTrip(r)
	if err != nil || r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, s.suffix) {
		return response, err
	}
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, err
	}
	s.change(answer)
	changed, err := json.Marshal(answer)
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(changed)), int64(len(changed))
	response.Header.Del("Content-Length")
	return response, err
}

// A list that can't be whole is none: one with a null in it, with two objects of
// one id, with an error beside its objects.
func TestListsThatCanNotBeWholeAreNone(t *testing.T) {
	t.Parallel()
	lists := map[string]struct {
		suffix string
		step   func(governed) error
	}{
		"reviews":     {"/definitions", findReviews},
		"rounds":      {"/instances", decided},
		"decisions":   {"/decisions", decided},
		"reviewers":   {"/contactedReviewers", asked},
		"packages":    {"/accessPackages", findPackage},
		"assignments": {"/assignments", access},
		"requests":    {"/assignmentRequests", give},
	}
	changes := map[string]func(answer map[string]any){
		"a null":   func(a map[string]any) { a["value"] = append(a["value"].([]any), nil) },
		"an error": func(a map[string]any) { a["error"] = map[string]any{"code": "generalException", "message": "half"} },
		"one id": func(a map[string]any) {
			first := a["value"].([]any)[0].(map[string]any)
			twin := map[string]any{}
			for name, value := range first {
				twin[name] = value
			}
			for _, name := range []string{"displayName", "status", "state", "decision"} {
				if twin[name] != nil {
					twin[name] = "another"
				}
			}
			a["value"] = append(a["value"].([]any), twin)
		},
	}
	for name, l := range lists {
		for how, change := range changes {
			synctest.Test(t, func(t *testing.T) {
				g := newGoverned(t)
				g.governance = governance.New(g.connect(spoiling{g.fake.Transport(), l.suffix, change}))
				require.ErrorIs(t, l.step(g), graph.ErrIncomplete, "%s with %s", name, how)
			})
		}
	}
}

// An answer about another review or round says nothing about the one that was asked for.
func TestAnotherReviewOrRoundIsRefused(t *testing.T) {
	t.Parallel()
	for suffix, steps := range map[string][]func(governed) error{"review": {readReview}, "round": {readRound, stop, apply}} {
		for _, step := range steps {
			synctest.Test(t, func(t *testing.T) {
				g := newGoverned(t)
				id := map[string]string{"review": g.review.ID, "round": g.round}[suffix]
				other := func(answer map[string]any) { answer["id"], answer["status"] = anybody, "Completed" }
				g.governance = governance.New(g.connect(spoiling{g.fake.Transport(), "/" + id, other}))
				require.ErrorIs(t, step(g), graph.ErrIncomplete, suffix)
			})
		}
	}
}

// Reviews of groups have scopes of another form; they are whole, and about no
// application. https://learn.microsoft.com/graph/api/accessreviewset-post-definitions
func TestReviewsOfGroupsAreNotIncomplete(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	const group = `"query":"/groups/` + anybody + `/transitiveMembers","queryType":"MicrosoftGraph"}`
	for _, scope := range []string{`{"@odata.type":"#microsoft.graph.accessReviewQueryScope",` + group,
		`{"@odata.type":"#microsoft.graph.accessReviewInactiveUsersQueryScope","inactiveDuration":"P30D",` + group,
		`{"@odata.type":"#microsoft.graph.principalResourceMembershipsScope","principalScopes":[],"resourceScopes":[]}`,
		`{"@odata.type":"#microsoft.graph.principalResourceMembershipsScope","principalScopes":[],"resourceScopes":[` +
			`{"@odata.type":"#microsoft.graph.accessReviewResourceScope","resourceId":"` + anybody + `","scopeType":"group"}]}`} {
		c := governance.New(x.connect(answering{x.fake.Transport(), "/definitions",
			`{"value":[{"id":"d","displayName":"Guests","status":"InProgress","settings":{},"scope":` + scope + `}]}`}))
		found, err := c.ReviewsOf(t.Context(), x.app.ID)
		require.NoError(t, err, scope)
		assert.Empty(t, found)
	}
}
