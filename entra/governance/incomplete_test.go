package governance_test

import (
	"testing"

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
func TestPresent_WithoutAccountEnabledIsUnfinished(t *testing.T) {
	t.Parallel()
	for _, effect := range withheld {
		for _, alone := range []bool{false, true} {
			x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
			x.user("ada", general)
			snapshot, err := x.snapshot(t.Context(), x.client)
			require.NoError(t, err)
			path := "/users"
			if alone {
				x.fake.Inject(graphfake.Fault{Path: "/users", Effect: graphfake.HideObjects, Times: -1})
				path = "/users/{id}"
			}
			x.fake.Inject(graphfake.Fault{Path: path, Effect: effect, Property: "accountEnabled", Times: -1})
			present, err := x.governance.Present(t.Context(), snapshot, nil)
			require.ErrorIs(t, err, graph.ErrIncomplete, "%s, read alone: %v", effect, alone)
			assert.ErrorContains(t, err, "accountEnabled")
			assert.ErrorContains(t, err, "User.Read.All")
			assert.Equal(t, fulfill.Present{}, present)
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
