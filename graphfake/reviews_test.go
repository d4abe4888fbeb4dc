package graphfake_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A client that follows a review must meet every status, in order and in time.
func TestReviewTakesItsCourse(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		ada, bob := x.user("ada", 0, 1), x.user("bob")
		x.user("eve")
		id := x.review(func(_, settings object) {
			settings["recurrence"] = object{"range": object{"type": "numbered", "startDate": "2000-01-02T15:00:00Z"}}
		})
		began := time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC)
		for _, step := range []struct {
			at     time.Duration // after midnight of the start date
			status string
		}{
			{-time.Nanosecond, "NotStarted"}, {0, "Starting"}, {time.Minute, "InProgress"}, {10*day - 1, "InProgress"},
			{10 * day, "Completing"}, {10*day + time.Minute, "Completed"}, {10*day + 2*time.Minute, "Applying"}, {10*day + 3*time.Minute, "Applied"}, {99 * day, "Applied"},
		} {
			time.Sleep(time.Until(began.Add(step.at)))
			assert.Equal(t, step.status, x.status(id), step.at)
			assert.Equal(t, step.status, x.get(x.instance(id)).json["status"], step.at)
			want := []string{"ada", "ada", "bob", "eve"}
			if step.status == "Applied" {
				want = []string{"bob", "eve"}
			}
			assert.Equal(t, want, x.holders(), "who has access when the review is %s", step.status)
			if step.at == time.Minute {
				x.decide(id, ada, "Deny")
				x.decide(id, bob, "Approve")
			}
		}
		assert.Equal(t, map[string]any{"ada": "Deny", "bob": "Approve", "eve": "NotReviewed"}, x.by(x.instance(id)+"/decisions", "decision"))
		assert.Equal(t, map[string]any{"ada": "AppliedSuccessfully", "bob": "New", "eve": "New"}, x.by(x.instance(id)+"/decisions", "applyResult"))
		assert.Equal(t, "2000-01-12T00:03:00Z", x.by(x.instance(id)+"/decisions", "appliedDateTime")["ada"])
	})
}

// Reviews act on the directory though nobody asks for the review: every way to
// look at assignments must show it, and none too early.
func TestAppliedDecisionsShowWithoutAskingTheReview(t *testing.T) {
	for name, look := range map[string]func(x *scenery, ada graphfake.User) int{
		"list": func(x *scenery, _ graphfake.User) int { return len(x.holders()) },
		"user": func(x *scenery, ada graphfake.User) int {
			return len(x.get("/users/" + ada.ID + "/appRoleAssignments").values())
		},
		"batch": func(x *scenery, ada graphfake.User) int {
			items := x.items("/users/" + ada.ID + "/appRoleAssignments")
			for _, item := range items {
				return len(item["body"].(object)["value"].([]any))
			}
			return -1
		},
		"Assignments": func(x *scenery, _ graphfake.User) int { return len(x.s.Assignments(x.sp.ID)) },
		"Dump": func(x *scenery, _ graphfake.User) int {
			var b bytes.Buffer
			require.NoError(x.t, x.s.Dump(&b))
			return bytes.Count(b.Bytes(), []byte(`"principalId"`))
		},
		"Snapshot": func(x *scenery, _ graphfake.User) int {
			return bytes.Count([]byte(x.s.Snapshot().String()), []byte(`"principalId"`))
		},
		"write": func(x *scenery, ada graphfake.User) int {
			a := x.do("POST", "/users/"+ada.ID+"/appRoleAssignments", object{"principalId": ada.ID, "resourceId": x.sp.ID, "appRoleId": x.sp.AppRoles[0].ID})
			if a.status == 201 {
				return 0
			}
			return 1
		},
	} {
		t.Run(name, func(t *testing.T) {
			reviewBubble(t, graphfake.Options{}, func(x *scenery) {
				ada := x.user("ada")
				id := x.review()
				time.Sleep(time.Hour)
				x.decide(id, ada, "Deny")
				time.Sleep(10*day - time.Hour + 3*time.Minute - 1)
				require.Equal(t, 1, look(x, ada), "before the review is applied")
				time.Sleep(time.Nanosecond)
				require.Equal(t, 0, look(x, ada), "when it is applied")
			})
		})
	}
}

// Replicas learn of a removal by the clock of the review, not by that of the
// one who looks.
func TestReplicasLearnOfRemovalsLate(t *testing.T) {
	opts := graphfake.Options{Replication: &graphfake.Replication{Replicas: []graphfake.Lag{{Time: time.Minute}}}}
	reviewBubble(t, opts, func(x *scenery) {
		ada := x.user("ada")
		id := x.review()
		time.Sleep(time.Hour)
		x.decide(id, ada, "Deny")
		time.Sleep(10*day - time.Hour + 4*time.Minute - 1)
		require.Empty(t, x.s.Assignments(x.sp.ID), "the primary")
		require.Equal(t, []string{"ada"}, x.holders(), "a replica, a minute later")
		time.Sleep(time.Nanosecond)
		require.Empty(t, x.holders())
		require.Equal(t, "Applied", x.status(id))
	})
}

// Assignments may outlast the status Applied by minutes: who reads back must wait.
func TestRemovalAfterApplied(t *testing.T) {
	reviewBubble(t, graphfake.Options{Governance: &graphfake.Governance{Phase: -1, Removal: 5 * time.Minute}}, func(x *scenery) {
		ada := x.user("ada")
		id := x.review()
		x.decide(id, ada, "Deny")
		time.Sleep(10 * day)
		require.Equal(t, "Applied", x.status(id))
		require.Equal(t, []string{"ada"}, x.holders())
		time.Sleep(5 * time.Minute)
		require.Empty(t, x.holders())
	})
}

// A review cannot take away what comes through a group; a revocation list that
// believes the word Deny would close accounts that still work.
func TestAccessThroughGroupsStays(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		direct, both := x.user("direct"), x.user("both")
		member := x.s.AddUser(graphfake.User{UserPrincipalName: "member@contoso.example"})
		nested := x.s.AddUser(graphfake.User{UserPrincipalName: "nested@contoso.example"})
		inner := x.s.AddGroup(graphfake.Group{DisplayName: "Inner", Members: []string{nested.ID}})
		group := x.s.AddGroup(graphfake.Group{DisplayName: "Clerks", Members: []string{both.ID, member.ID, inner.ID}})
		x.assign(group.ID, 0)

		plain := x.review()
		wide := x.review(withMembers)
		time.Sleep(time.Hour)
		require.Len(t, x.by(x.instance(plain)+"/decisions", "id"), 2, "users only")
		require.Len(t, x.by(x.instance(wide)+"/decisions", "id"), 4, "members of assigned groups, too")
		for _, u := range []graphfake.User{direct, both, member, nested} {
			x.decide(wide, u, "Deny")
		}
		time.Sleep(11 * day)
		require.Equal(t, []string{"Clerks"}, x.holders(), "the assignment of the group stays")
		require.Equal(t, map[string]any{"direct": "AppliedSuccessfully", "both": "AppliedSuccessfully", "member": "ApplyNotSupported", "nested": "ApplyNotSupported"},
			x.by(x.instance(wide)+"/decisions", "applyResult"))
	})
}

// A review of guests asks about nobody else, and may block them instead of
// removing their roles.
func TestGuestsAreReviewed(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		x.user("ada")
		guest := x.s.AddUser(graphfake.User{UserPrincipalName: "guest_x#EXT#@contoso.onmicrosoft.com", DisplayName: "guest", UserType: "Guest"})
		x.assign(guest.ID, 0)
		id := x.review(func(body, s object) {
			body["scope"].(object)["principalScopes"] = []any{queryScope("/users?$filter=(userType eq 'Guest')")}
			s["applyActions"] = []any{object{"@odata.type": "#microsoft.graph.disableAndDeleteUserApplyAction"}}
		})
		time.Sleep(time.Hour)
		require.Equal(t, []string{"guest"}, keys(x.by(x.instance(id)+"/decisions", "id")))
		x.decide(id, guest, "Deny")
		time.Sleep(11 * day)
		u, _ := x.s.User(guest.ID)
		require.True(t, u.Disabled)
		require.Equal(t, []string{"ada"}, x.holders())
	})
}

// Somebody else may have removed a user or a role while the review ran.
func TestApplyMeetsWhatIsGone(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		deleted, taken, denied := x.user("deleted"), x.user("taken"), x.user("denied")
		member := x.user("member", []int{}...)
		x.assign(x.s.AddGroup(graphfake.Group{DisplayName: "Clerks", Members: []string{member.ID}}).ID, 0)
		id := x.review(withMembers)
		time.Sleep(time.Hour)
		for _, u := range []graphfake.User{deleted, taken, denied, member} {
			x.decide(id, u, "Deny")
		}
		x.s.DeleteUser(deleted.ID)
		x.s.DeleteUser(member.ID)
		for _, a := range x.s.Assignments(x.sp.ID) {
			if a.PrincipalID == taken.ID {
				require.Equal(t, 204, x.do("DELETE", "/servicePrincipals/"+x.sp.ID+"/appRoleAssignedTo/"+a.ID, nil).status)
			}
		}
		time.Sleep(11 * day)
		gone := "AppliedSuccessfullyButObjectNotFound"
		require.Equal(t, map[string]any{"deleted": gone, "taken": gone, "denied": "AppliedSuccessfully", "member": gone}, x.by(x.instance(id)+"/decisions", "applyResult"))
		require.Equal(t, []string{"Clerks"}, x.holders())
	})
}

// Who has not asked for automatic application must apply, or nothing happens.
func TestApplyByHand(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		ada := x.user("ada")
		id := x.review(func(_, s object) { s["autoApplyDecisionsEnabled"] = false })
		time.Sleep(time.Hour)
		apply := func() answer { return x.do("POST", x.instance(id)+"/applyDecisions", nil) }
		x.decide(id, ada, "Deny")
		require.Equal(t, 400, apply().status, "the review runs")
		time.Sleep(30 * day)
		require.Equal(t, "Completed", x.status(id))
		require.Equal(t, []string{"ada"}, x.holders())
		require.Equal(t, 204, apply().status)
		require.Equal(t, "Applying", x.status(id))
		require.Equal(t, 400, apply().status, "it is applied already")
		time.Sleep(time.Minute)
		require.Equal(t, "Applied", x.status(id))
		require.Empty(t, x.holders())
	})
}

// A review that is stopped is over for good, and applied.
func TestStop(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		ada := x.user("ada")
		id := x.review()
		stop := func() answer { return x.do("POST", x.instance(id)+"/stop", nil) }
		code, message := stop().fault()
		require.Empty(t, code)
		require.Contains(t, message, "Invalid Access Reviews input data exception")
		time.Sleep(time.Hour)
		x.decide(id, ada, "Deny")
		require.Equal(t, 204, stop().status)
		require.Equal(t, "Completed", x.status(id))
		require.Error(t, x.s.Decide(graphfake.Decision{Review: id, Principal: ada.ID, Decision: "Approve"}), "too late")
		require.Equal(t, 400, stop().status)
		time.Sleep(2 * time.Minute)
		require.Equal(t, "Applied", x.status(id))
		require.Empty(t, x.holders())
	})
}

// An application that nobody is assigned to is a review that is over at once.
func TestReviewOfNobodyCompletesAtOnce(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		id := x.review(func(_, s object) { s["autoApplyDecisionsEnabled"] = false })
		require.Equal(t, "Completed", x.status(id))
		require.Empty(t, x.get(x.instance(id)+"/decisions").values())
	})
}

// Silence must do what the settings say, and nothing else.
func TestDefaultDecisions(t *testing.T) {
	for _, tc := range []struct {
		decision         string
		enabled, advised bool
		left             []string
		want             string
		reason           string
	}{
		{"None", false, false, []string{"ada"}, "NotReviewed", "without a default nothing happens"},
		{"Deny", false, false, []string{"ada"}, "NotReviewed", "a default that is not enabled does not count"},
		{"Deny", true, false, []string{}, "Deny", "denied by silence"},
		{"Approve", true, false, []string{"ada"}, "Approve", "approved by silence"},
		{"Recommendation", true, false, []string{"ada"}, "NotReviewed", "there is nothing to recommend"},
		{"Recommendation", true, true, []string{}, "Deny", "nobody signs in to such applications, so all are recommended for removal"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			reviewBubble(t, graphfake.Options{}, func(x *scenery) {
				x.user("ada")
				id := x.review(func(_, s object) {
					s["defaultDecision"], s["defaultDecisionEnabled"], s["recommendationsEnabled"] = tc.decision, tc.enabled, tc.advised
				})
				met := map[string]bool{}
				time.Sleep(10*day + time.Second)
				for range 8 {
					met[x.status(id)] = true
					time.Sleep(time.Minute)
				}
				require.Equal(t, tc.left, x.holders())
				d := x.get(x.instance(id) + "/decisions").values()[0]
				require.Equal(t, tc.want, d["decision"])
				require.Equal(t, tc.enabled, met["AutoReviewing"] && met["AutoReviewed"])
				require.True(t, met["Applied"])
				if tc.want != "NotReviewed" {
					require.Equal(t, object{"id": zeroGUID, "displayName": "AAD Access Reviews", "userPrincipalName": "AAD Access Reviews"}, d["reviewedBy"])
				}
			})
		})
	}
}
