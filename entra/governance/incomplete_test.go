package governance_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

// withheld are the forms in which a property comes that the token may not read.
var withheld = []graphfake.Effect{graphfake.NullProperty, graphfake.DropProperty}

// Whoever comes without accountEnabled is not disabled: nobody's account is closed
// because of it, whether the user is found in a list or read alone.
// https://github.com/microsoftgraph/microsoft-graph-docs/issues/16054
func TestLook_WithoutAccountEnabledIsUnfinished(t *testing.T) {
	t.Parallel()
	for _, effect := range withheld {
		for _, alone := range []bool{false, true} {
			x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
			x.user("ada", general)
			state := x.begin(x.client).State()
			path := "/users"
			if alone {
				x.fake.Inject(graphfake.Fault{Path: "/users", Effect: graphfake.HideObjects, Times: -1})
				path = "/users/{id}"
			}
			x.fake.Inject(graphfake.Fault{Path: path, Effect: effect, Property: "accountEnabled", Times: -1})
			look, err := x.governance.Look(t.Context(), state, nil)
			require.ErrorIs(t, err, graph.ErrIncomplete, "%s, read alone: %v", effect, alone)
			assert.ErrorContains(t, err, "accountEnabled")
			assert.ErrorContains(t, err, "User.Read.All")
			assert.Equal(t, fulfill.Look{}, look)
		}
	}
}

// An answer about somebody else says nothing about whom it was asked of.
func TestUserStatuses_OfAStrangerAreUnknown(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"accountEnabled":true}`, `{"id":"99999999-9999-4999-8999-999999999999","accountEnabled":false}`} {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		ada := x.user("ada")
		f := &faulttest.Transport{Next: x.fake.Transport()}
		f.Inject("GET /users", faulttest.Answer(`{"value":[]}`))
		f.Inject("GET /users/{id}", faulttest.Answer(body))
		_, err := governance.New(x.connect(f)).UserStatuses(t.Context(), []string{ada.ID})
		require.ErrorIs(t, err, graph.ErrIncomplete, body)
	}
}

const anybody = "99999999-9999-4999-8999-999999999999"

const definitions = "/identityGovernance/accessReviews/definitions"

// A 201 without a review is not a review: it is looked for, and an outcome that
// stays unclear is said to be.
func TestCreateReview_AnAnswerWithoutAReviewIsLookedInto(t *testing.T) {
	t.Parallel()
	for _, lands := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
			f := &faulttest.Transport{Next: x.fake.Transport()}
			f.Inject("POST "+definitions, faulttest.Fault{Status: 201, Body: `{}`, Lands: lands})
			review, existed, err := governance.New(x.connect(f)).CreateReview(t.Context(), x.review())
			if !lands {
				require.ErrorIs(t, err, graph.ErrUnclear)
				assert.Nil(t, review)
				return
			}
			require.NoError(t, err)
			assert.False(t, existed)
			assert.NotEmpty(t, review.ID, "it was found")
		})
	}
}

// What a list of reviews, rounds or decisions lacks makes it unfinished.
func TestDecidedReviews_ThatLackSomethingAreUnfinished(t *testing.T) {
	t.Parallel()
	for _, fault := range []graphfake.Fault{
		{Path: definitions, Effect: graphfake.NullObject},
		{Path: definitions, Effect: graphfake.DropProperty, Property: "id"},
		{Path: rounds, Effect: graphfake.NullObject},
		{Path: rounds, Effect: graphfake.DropProperty, Property: "id"},
		{Path: rounds, Effect: graphfake.NullProperty, Property: "status"},
		{Path: decisions, Effect: graphfake.NullObject},
		{Path: decisions, Effect: graphfake.DropProperty, Property: "id"},
		{Path: decisions, Effect: graphfake.DropProperty, Property: "decision"},
	} {
		synctest.Test(t, func(t *testing.T) {
			x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
			x.user("ada", general)
			x.user("bob", general)
			_, _, err := x.governance.CreateReview(t.Context(), x.review())
			require.NoError(t, err)
			time.Sleep(time.Hour)
			_, err = x.governance.DecidedReviews(t.Context(), x.app.ID, time.Time{})
			require.NoError(t, err, "the counter-case")
			fault.Times = -1
			x.fake.Inject(fault)
			_, err = x.governance.DecidedReviews(t.Context(), x.app.ID, time.Time{})
			require.ErrorIs(t, err, graph.ErrIncomplete, "%s", fault)
		})
	}
}

// A principal that was deleted may stand in the link only; a decision about
// nobody is about somebody who is not known.
func TestReviewDecisions_AboutNobodyAreUnfinished(t *testing.T) {
	t.Parallel()
	for principal, complete := range map[string]bool{``: false, `,"principal":null`: false, `,"principal":{}`: false,
		`,"principal":{"id":"00000000-0000-0000-0000-000000000000"}`:                false,
		`,"principalLink":"https://graph.microsoft.com/v1.0/users/` + anybody + `"`: true} {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		body := `{"value":[{"id":"d","decision":"Deny"` + principal + `}]}`
		c := governance.New(x.connect(answering{x.fake.Transport(), "/decisions", body}))
		_, err := graph.Collect(graph.Operation{}, c.ReviewDecisions(t.Context(), anybody, anybody), func(d governance.ReviewDecision) string { return d.ID })
		if complete {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, graph.ErrIncomplete, principal)
		}
	}
}

// A time that can't be read is none, and fails no list.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstancedecisionitem
func TestReviewDecisions_WithoutATime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Time{`"00000000-0000-0000-0000-000000000000"`: {}, `""`: {}, `null`: {},
		`"2026-01-02T03:04:05Z"`: at} {
		synctest.Test(t, func(t *testing.T) {
			x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
			body := `{"value":[{"id":"d","decision":"Deny","principal":{"id":"p"},"appliedDateTime":` + value + `}]}`
			c := governance.New(x.connect(answering{x.fake.Transport(), "/decisions", body}))
			for d, err := range c.ReviewDecisions(t.Context(), anybody, anybody) {
				require.NoError(t, err, value)
				assert.Equal(t, want, d.AppliedDateTime.Time)
				assert.Equal(t, "p", d.PrincipalID())
			}
		})
	}
}
