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

// A rewriting transport changes the text of answers.
type rewriting struct {
	next   http.RoundTripper
	change func(path string, body []byte) []byte
}

func (r rewriting) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	body = r.change(req.URL.Path, body)
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return res, err
}

// withoutLinks are answers as Graph's pages about reviews show them.
func withoutLinks(_ string, body []byte) []byte {
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil || answer["@odata.nextLink"] == nil {
		return body
	}
	delete(answer, "@odata.nextLink")
	body, _ = json.Marshal(answer)
	return body
}

// A hundred objects without a link are a page, not all that there is: whose denial
// is on the second page would keep the account.
func TestReviews_ListsAreReadBeyondAFullPageWithoutALink(t *testing.T) {
	t.Parallel()
	for _, n := range []int{99, 100, 101, 200, 250} {
		synctest.Test(t, func(t *testing.T) {
			x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
			for i := range n {
				x.user(fmt.Sprint("user", i), general)
			}
			d, round := x.running(x.review())
			for i := range n - 1 {
				other := x.review()
				other.DisplayName = fmt.Sprint("other ", i)
				definition, err := other.Definition()
				require.NoError(t, err)
				body, _ := json.Marshal(definition)
				x.fake.AddReview(string(body))
			}
			c := governance.New(x.connect(rewriting{x.fake.Transport(), withoutLinks}))
			reviews, err := c.ReviewsOf(t.Context(), x.app.ID)
			require.NoError(t, err)
			assert.Len(t, reviews, n)
			x.fake.ForgetRequests()
			id := func(d governance.ReviewDecision) string { return d.ID }
			decisions, err := graph.Collect(graph.Operation{}, c.ReviewDecisions(t.Context(), d.ID, round.ID), id)
			require.NoError(t, err)
			assert.Len(t, decisions, n)
			assert.Len(t, x.fake.Requests(), n/100+1, "one request a page, and one that finds nothing after a full page")
		})
	}
}

// A service that ignored $skip would otherwise be asked for ever.
func TestReviews_AListThatIgnoresSkipEnds(t *testing.T) {
	t.Parallel()
	var items []string
	for i := range 100 {
		items = append(items, fmt.Sprintf(`{"id":"d-%d","decision":"Deny","principal":{"id":"u-%d"}}`, i, i))
	}
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	body := `{"value":[` + strings.Join(items, ",") + `]}`
	c := governance.New(x.connect(answering{x.fake.Transport(), "/decisions", body}))
	id := func(d governance.ReviewDecision) string { return d.ID }
	decisions, err := graph.Collect(graph.Operation{}, c.ReviewDecisions(t.Context(), anybody, anybody), id)
	require.NoError(t, err)
	assert.Len(t, decisions, 100)
}

// Applied is in no list of statuses. A review that ends as Completed must not be
// waited for after the last denial was carried out, nor left before that.
func TestWaitReview_KnowsTheEndByTheDecisions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := graphfake.New(&graphfake.Options{TB: t, Governance: &graphfake.Governance{Removal: 4 * time.Minute}})
		x := newScene(t, fake, rewriting{fake.Transport(), func(_ string, body []byte) []byte {
			return bytes.ReplaceAll(bytes.ReplaceAll(body, []byte(`"status":"Applying"`), []byte(`"status":"Completed"`)),
				[]byte(`"status":"Applied"`), []byte(`"status":"Completed"`))
		}})
		x.user("ada", general)
		x.user("bob", general)
		d, _ := x.running(x.review())
		x.decide(d.ID, "ada", "Deny")
		x.decide(d.ID, "bob", "Approve")
		got, err := x.governance.WaitReview(t.Context(), d, nil)
		require.NoError(t, err)
		assert.Equal(t, governance.ReviewCompleted, got.Status)
		time.Sleep(4 * time.Minute) // the access goes some minutes after the decision was applied
		assert.Len(t, fake.Assignments(x.app.ID), 1, "ada's role is gone by then")
	})
}

// Which stage decided what stands in the stages.
func TestDecidedReviews_OfAReviewWithStages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		x.user("ada", general)
		x.user("bob", general)
		review := x.review()
		review.AutoApply = false
		review.Stages = []governance.ReviewStage{
			{Reviewers: []governance.QueryScope{governance.UserReviewer(x.owner.ID)}, Days: 5, ToNextStage: []string{"Deny"}},
			{Reviewers: []governance.QueryScope{governance.UserReviewer(x.owner.ID)}, Days: 5},
		}
		d, round := x.running(review)
		x.decide(d.ID, "ada", "Deny")
		x.decide(d.ID, "bob", "Approve")
		time.Sleep(6 * 24 * time.Hour)
		stages, err := x.governance.ReviewStages(t.Context(), d.ID, round.ID)
		require.NoError(t, err)
		require.Len(t, stages, 2)
		x.decide(d.ID, "ada", "Approve")

		// The round's own list may not have the last word.
		stale := `{"value":[{"id":"d-1","decision":"Deny","reviewedDateTime":"2000-01-01T01:00:00Z","applyResult":"New",` +
			`"principal":{"id":"` + x.users["ada"].ID + `"},"resource":{"id":"` + x.app.ID + `"}}]}`
		c := governance.New(x.connect(answering{x.fake.Transport(), round.ID + "/decisions", stale}))
		reviews, err := c.DecidedReviews(t.Context(), x.app.ID, time.Time{})
		require.NoError(t, err)
		latest := map[string]string{}
		at := map[string]time.Time{}
		for _, r := range reviews {
			for _, decision := range r.Decisions {
				if decision.Decision != "NotReviewed" && !decision.Reviewed.Before(at[decision.PrincipalID]) {
					latest[decision.PrincipalID], at[decision.PrincipalID] = decision.Decision, decision.Reviewed
				}
			}
		}
		assert.Equal(t, map[string]string{x.users["ada"].ID: "Approve", x.users["bob"].ID: "Approve"}, latest)
	})
}

// What a decision without a resource is about stands in its round. If that says
// nothing, a denial in another application's review would close accounts here.
func TestDecidedReviews_ADecisionWithoutAResourceIsAboutItsRound(t *testing.T) {
	t.Parallel()
	for scope, want := range map[string]string{
		``: "one decision", `null`: "unknown",
		`{"resourceScopes":[{"query":"/v1.0/servicePrincipals/` + anybody + `"}]}`: "no decision",
	} {
		synctest.Test(t, func(t *testing.T) {
			x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
			x.user("ada", general)
			d, round := x.running(x.review())
			x.decide(d.ID, "ada", "Deny")
			change := func(path string, body []byte) []byte {
				var answer struct{ Value []map[string]any }
				if json.Unmarshal(body, &answer) != nil {
					return body
				}
				for _, object := range answer.Value {
					if strings.HasSuffix(path, "/decisions") {
						object["resource"] = nil
					} else if object["id"] == round.ID && scope != "" {
						object["scope"] = json.RawMessage(scope)
					}
				}
				body, _ = json.Marshal(map[string]any{"value": answer.Value})
				return body
			}
			c := governance.New(x.connect(rewriting{x.fake.Transport(), change}))
			reviews, err := c.DecidedReviews(t.Context(), x.app.ID, time.Time{})
			if want == "unknown" {
				require.ErrorIs(t, err, graph.ErrIncomplete)
				return
			}
			require.NoError(t, err)
			n := 0
			for _, r := range reviews {
				n += len(r.Decisions)
			}
			assert.Equal(t, want == "one decision", n == 1, want)
		})
	}
}
