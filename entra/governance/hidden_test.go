package governance_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

const following = "Application.Read.All User.Read.All AccessReview.Read.All GroupMember.Read.All " +
	"LicenseAssignment.Read.All AppRoleAssignment.ReadWrite.All"

// as is a client whose token has these permissions.
func (x *scene) as(permissions string) *entra.Client {
	client, err := entra.Connect(graph.StaticToken(x.fake.AppToken(strings.Fields(permissions)...)),
		&graph.ConnectOptions{Transport: x.fake.Transport(), Options: graph.Options{Unpaced: true, InFlight: 1}})
	require.NoError(x.t, err)
	return client
}

// hiddenGroup adds a group with hidden membership.
func (x *scene) hiddenGroup(name string, members ...string) graphfake.Group {
	return x.fake.AddGroup(graphfake.Group{DisplayName: name, Members: members,
		More: map[string]any{"visibility": "HiddenMembership", "groupTypes": []any{"Unified"}}})
}

// Ada's own assignment is removed, and she still has the role through a group with
// hidden membership: her account is not closed because the token may not see that.
func TestLook_HiddenMembersAreNotNobody(t *testing.T) {
	t.Parallel()
	for _, permissions := range []string{following, following + " Member.Read.Hidden"} {
		synctest.Test(t, func(t *testing.T) {
			x := newScene(t, graphfake.New(&graphfake.Options{TB: t, Permissions: true}), nil)
			ada := x.user("ada", general)
			staff := x.hiddenGroup("Staff", ada.ID)
			x.assign(staff.ID, general)
			client := x.as(permissions)
			journal := x.begin(client)
			sees := strings.Contains(permissions, "Hidden")
			assert.Equal(t, sees, len(journal.State().Hidden) == 0, "the journal says what could not be seen")

			for _, a := range x.fake.Assignments(x.app.ID) {
				if a.PrincipalID == ada.ID {
					require.NoError(t, client.Conn().Do(t.Context(), graph.Request{Method: http.MethodDelete,
						Path: "/servicePrincipals/" + x.app.ID + "/appRoleAssignedTo/" + a.ID}, nil))
				}
			}
			x.governance = governance.New(client)
			list := x.revocations(journal)
			require.Len(t, list.Accounts, 1)
			assert.Equal(t, fulfill.LookInto, list.Accounts[0].Action(), permissions)
			cause := fulfill.MaybeThroughGroup
			if sees {
				cause = fulfill.StillThroughGroup
			}
			assert.Equal(t, cause, list.Accounts[0].Lost[0].Cause, permissions)
		})
	}
}

// Whether a group hides its members is known from what the service says of it;
// what it does not say is unknown.
func TestAccess_WhetherMembersMayBeHidden(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason, group, token string
		hidden               bool
	}{
		{"hidden", `"visibility":"HiddenMembership","groupTypes":["Unified"]`, following, true},
		{"in other letters", `"visibility":"hiddenmembership","groupTypes":["Unified"]`, following, true},
		{"public", `"visibility":"Public","groupTypes":["Unified"]`, following, false},
		{"a security group, which can't hide its members", `"visibility":null,"groupTypes":[]`, following, false},
		{"a Microsoft 365 group of which it is unknown", `"visibility":null,"groupTypes":["Unified"]`, following, true},
		{"everything is null", `"visibility":null,"groupTypes":null`, following, true},
		{"everything is absent", `"displayName":"Staff"`, following, true},
		{"the token has the permission", `"visibility":"HiddenMembership"`, following + " Member.Read.Hidden", false},
		{"the token can't be read", `"visibility":"HiddenMembership"`, "", true},
	} {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		group := x.fake.AddGroup(graphfake.Group{DisplayName: "Staff"})
		x.assign(group.ID, general)
		token := "SECRET-TOKEN"
		if tt.token != "" {
			token = x.fake.AppToken(strings.Fields(tt.token)...)
		}
		client, err := entra.Connect(graph.StaticToken(token), &graph.ConnectOptions{
			Transport: answering{x.fake.Transport(), "/groups/" + group.ID, `{"id":"` + group.ID + `",` + tt.group + `}`},
			Options:   graph.Options{Unpaced: true}})
		require.NoError(t, err)
		access, err := governance.New(client).Access(t.Context(), x.app.ID)
		require.NoError(t, err, tt.reason)
		want := []string(nil)
		if tt.hidden {
			want = []string{group.ID}
		}
		assert.Equal(t, want, access.Hidden, tt.reason)
	}
}

// An answer about another group says nothing about the one that was asked for.
func TestAccess_AnotherGroupsVisibilityIsRefused(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	group := x.fake.AddGroup(graphfake.Group{DisplayName: "Staff"})
	x.assign(group.ID, general)
	c := governance.New(x.connect(answering{x.fake.Transport(), "/groups/" + group.ID,
		`{"id":"` + anybody + `","visibility":"Public","groupTypes":[]}`}))
	_, err := c.Access(t.Context(), x.app.ID)
	require.ErrorIs(t, err, graph.ErrIncomplete)
}

// Where members may be hidden, an empty group of reviewers is not empty, and who
// has access through an assigned group is not known.
func TestPreflight_HiddenMembers(t *testing.T) {
	t.Parallel()
	for _, nested := range []bool{false, true} {
		for _, permissions := range []string{following, following + " Member.Read.Hidden"} {
			x := newScene(t, graphfake.New(&graphfake.Options{TB: t, Permissions: true}), nil)
			x.user("ada", general)
			group := x.hiddenGroup("Circle", x.owner.ID)
			x.assign(group.ID, general)
			if reviewers := group; nested {
				group = x.fake.AddGroup(graphfake.Group{DisplayName: "Reviewers", Members: []string{reviewers.ID}})
			}
			report, err := governance.New(x.as(permissions)).Preflight(t.Context(), governance.PreflightRequest{
				Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Steps: []governance.Step{governance.StepFollow},
				Stages: []governance.ReviewStage{{Days: 1, Reviewers: []governance.QueryScope{governance.GroupReviewers(group.ID)}}}})
			require.NoError(t, err)
			assert.False(t, report.Stops(), "%v", report.Findings)
			var hidden []string
			for _, f := range report.Findings {
				if strings.Contains(f.Found, "Member.Read.Hidden") {
					hidden = append(hidden, string(f.Level)+" "+string(f.Check))
					assert.Contains(t, f.Found, "Circle")
				}
			}
			if strings.Contains(permissions, "Hidden") {
				assert.Empty(t, hidden)
				assert.Len(t, find(report, governance.CheckReviewers, "olga@contoso.example"), 1)
			} else {
				assert.Equal(t, []string{"advice assignments", "advice reviewers"}, hidden, "nested: %v", nested)
			}
		}
	}
}
