package graphfake_test

import (
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

// Managers first, then a named owner for what they left open or approved.
func TestStages(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		boss, owner, stand := x.s.AddUser(graphfake.User{UserPrincipalName: "boss@contoso.example"}), x.s.AddUser(graphfake.User{UserPrincipalName: "owner@contoso.example"}),
			x.s.AddUser(graphfake.User{UserPrincipalName: "stand@contoso.example"})
		deputies := x.s.AddGroup(graphfake.Group{DisplayName: "Deputies", Members: []string{stand.ID}})
		ada, bob, eve, orphan := x.user("ada"), x.user("bob"), x.user("eve"), x.user("orphan")
		for _, u := range []graphfake.User{ada, bob, eve} {
			require.Equal(t, 204, x.do("PUT", "/users/"+u.ID+"/manager/$ref", ref(boss.ID)).status)
		}
		id := x.review(func(body, _ object) {
			body["stageSettings"] = []any{
				object{"stageId": "1", "durationInDays": 5, "recommendationsEnabled": false, "decisionsThatWillMoveToNextStage": []any{"NotReviewed", "Approve"},
					"reviewers": asking("./manager"), "fallbackReviewers": asking("/groups/" + deputies.ID + "/transitiveMembers")},
				object{"stageId": "2", "dependsOn": []any{"1"}, "durationInDays": 4, "recommendationsEnabled": false, "reviewers": asking("/users/" + owner.ID)},
			}
		})
		require.Equal(t, 9.0, x.get(reviews + "/" + id).json["settings"].(object)["instanceDurationInDays"], "the sum of the stages")
		time.Sleep(time.Hour)
		at := x.instance(id)
		require.Len(t, x.get(at+"/stages").values(), 1, "the second stage is not there yet")
		require.ElementsMatch(t, []string{"boss@contoso.example", "stand@contoso.example"}, x.get(at+"/contactedReviewers").column("userPrincipalName"))
		require.Error(t, x.s.Decide(graphfake.Decision{Review: id, Principal: ada.ID, Decision: "Deny", Reviewer: owner.ID}), "not in this stage")
		require.Error(t, x.s.Decide(graphfake.Decision{Review: id, Principal: orphan.ID, Decision: "Deny", Reviewer: boss.ID}), "somebody else's manager")
		x.decide(id, ada, "Approve")
		x.decide(id, bob, "Deny")

		time.Sleep(5 * day)
		stages := x.get(at + "/stages").values()
		require.Equal(t, []any{"Completed", "InProgress"}, []any{stages[0]["status"], stages[1]["status"]})
		require.Equal(t, "InProgress", x.status(id))
		first, second := at+"/stages/"+stages[0]["id"].(string)+"/decisions", at+"/stages/"+stages[1]["id"].(string)+"/decisions"
		require.ElementsMatch(t, []string{"ada", "eve", "orphan"}, keys(x.by(second, "id")), "bob was denied, which does not move on")
		require.Equal(t, "NotReviewed", x.by(second, "decision")["ada"], "each stage begins anew")
		require.Equal(t, "Approve", x.by(at+"/decisions", "decision")["ada"], "the instance shows the last decision of all stages")
		require.Error(t, x.s.Decide(graphfake.Decision{Review: id, Principal: bob.ID, Decision: "Approve", Reviewer: owner.ID}), "is out")
		x.decide(id, ada, "Deny")
		x.decide(id, orphan, "Approve")
		require.Equal(t, map[string]any{"ada": "Deny", "bob": "Deny", "eve": "NotReviewed", "orphan": "Approve"}, x.by(at+"/decisions", "decision"))
		require.Equal(t, "Approve", x.by(first, "decision")["ada"])

		time.Sleep(5 * day)
		require.Equal(t, "Applied", x.status(id))
		require.Equal(t, []string{"eve", "orphan"}, x.holders())
	})
}

// The next reviewers must not wait for a stage that was ended.
func TestStageIsStopped(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		ada := x.user("ada")
		id := x.review(func(body, _ object) {
			body["stageSettings"] = []any{
				object{"stageId": "1", "durationInDays": 5, "decisionsThatWillMoveToNextStage": []any{"Approve"}},
				object{"stageId": "2", "dependsOn": []any{"1"}, "durationInDays": 4},
			}
		})
		time.Sleep(time.Hour)
		at := x.instance(id)
		stop := at + "/stages/" + x.get(at + "/stages").column("id")[0] + "/stop"
		x.decide(id, ada, "Approve")
		require.Equal(t, 204, x.do("POST", stop, nil).status)
		require.Len(t, x.get(at+"/stages").values(), 2)
		require.Equal(t, 400, x.do("POST", stop, nil).status, "it has ended")
		require.Equal(t, "InProgress", x.status(id))
		x.decide(id, ada, "Deny")
		require.Equal(t, 204, x.do("POST", at+"/stages/"+x.get(at + "/stages").column("id")[1]+"/stop", nil).status)
		require.Equal(t, "2000-01-01T01:00:00Z", x.get(at).json["endDateTime"], "it ended early")
		time.Sleep(time.Hour)
		require.Equal(t, "Applied", x.status(id))
		require.Empty(t, x.holders())
	})
}

// Only reviewers decide one by one; administrators in batches.
func TestDecisionsByAPI(t *testing.T) {
	reviewBubble(t, graphfake.Options{Permissions: true}, func(x *scenery) {
		boss := x.s.AddUser(graphfake.User{UserPrincipalName: "boss@contoso.example"})
		other := x.s.AddUser(graphfake.User{UserPrincipalName: "other@contoso.example"})
		ada, bob, eve := x.user("ada"), x.user("bob"), x.user("eve")
		as := func(token string) *scenery { return &scenery{x.bearer(token), t, x.s, x.sp} }
		later := time.Now().Add(day)
		app := as(x.s.Token(graphfake.Grant{Roles: []string{"AccessReview.ReadWrite.All", "Directory.Read.All"}, Expires: later}))
		asBoss := as(x.s.Token(graphfake.Grant{User: boss.ID, Scopes: []string{"AccessReview.ReadWrite.All"}, Expires: later}))
		asOther := as(x.s.Token(graphfake.Grant{User: other.ID, Scopes: []string{"AccessReview.ReadWrite.All"}, Expires: later}))
		id := app.review(func(b, s object) {
			b["reviewers"] = asking("/users/" + boss.ID)
			s["justificationRequiredOnApproval"], s["recommendationsEnabled"] = true, true
		})
		r, _ := x.s.Review(id)
		require.NotEmpty(t, r.CreatedBy)
		time.Sleep(time.Hour)
		at := app.instance(id)
		path := at + "/decisions/" + app.by(at+"/decisions", "id")["ada"].(string)
		deny := object{"decision": "Deny", "justification": "left"}
		require.Equal(t, 403, app.do("PATCH", path, deny).status, "an application is no reviewer")
		require.Equal(t, 403, asOther.do("PATCH", path, deny).status, "nor is anybody else")
		require.Equal(t, 403, as(x.s.UserToken(boss.ID, "AccessReview.Read.All")).do("PATCH", path, deny).status)
		require.Equal(t, 400, asBoss.do("PATCH", path, object{"decision": "Deny"}).status, "justification is required")
		require.Equal(t, 400, asBoss.do("PATCH", path, object{"decision": "Fire", "justification": "x"}).status)
		require.Equal(t, 204, asBoss.do("PATCH", path, deny).status)
		d := app.get(path).json
		require.Equal(t, []any{"Deny", "left", "boss@contoso.example", "2000-01-01T01:00:00Z"},
			[]any{d["decision"], d["justification"], d["reviewedBy"].(object)["userPrincipalName"], d["reviewedDateTime"]})

		batch := at + "/batchRecordDecisions"
		require.Equal(t, 400, app.do("POST", batch, object{"decision": "Approve", "justification": "x", "principalId": boss.ID}).status, "is not reviewed")
		require.Equal(t, 204, app.do("POST", batch, object{"decision": "Approve", "justification": "x", "principalId": bob.ID}).status)
		require.Equal(t, map[string]any{"ada": "Deny", "bob": "Approve", "eve": "NotReviewed"}, app.by(at+"/decisions", "decision"))
		require.Equal(t, 403, app.do("POST", at+"/acceptRecommendations", nil).status, "for signed-in users only")
		require.Equal(t, 204, asOther.do("POST", at+"/acceptRecommendations", nil).status)
		require.Equal(t, "NotReviewed", app.by(at+"/decisions", "decision")["eve"], "others have nothing to accept")
		require.Equal(t, 204, asBoss.do("POST", at+"/acceptRecommendations", nil).status)
		require.Equal(t, map[string]any{"ada": "Deny", "bob": "Approve", "eve": "Deny"}, app.by(at+"/decisions", "decision"), "nobody signs in, so Deny is recommended")
		require.Equal(t, 204, app.do("POST", at+"/resetDecisions", nil).status)
		require.Equal(t, map[string]any{"ada": "NotReviewed", "bob": "NotReviewed", "eve": "NotReviewed"}, app.by(at+"/decisions", "decision"))
		require.Equal(t, 204, app.do("POST", batch, object{"decision": "Deny", "justification": "all", "resourceId": x.sp.ID}).status)
		require.Equal(t, map[string]any{"ada": "Deny", "bob": "Deny", "eve": "Deny"}, app.by(at+"/decisions", "decision"), "no principal means all of them")

		require.Equal(t, 204, app.do("PATCH", at, object{"reviewers": asking("/users/" + other.ID)}).status)
		require.Equal(t, 403, asBoss.do("PATCH", path, deny).status, "is no reviewer any more")
		require.Equal(t, 204, asOther.do("PATCH", path, object{"decision": "Approve", "justification": "stays"}).status, "the last decision counts")
		require.Equal(t, []string{"boss", "other"}, app.get(at+"/contactedReviewers").column("displayName"))
		require.Equal(t, 204, app.do("PATCH", at, object{"fallbackReviewers": asking("/users/" + eve.ID)}).status)
		require.Equal(t, 409, app.do("PATCH", at, object{"fallbackReviewers": asking("/users/" + ada.ID)}).status)

		require.Equal(t, 204, app.do("POST", at+"/stop", nil).status)
		require.Equal(t, 400, asOther.do("PATCH", path, deny).status, "it is over")
		for _, action := range []string{"batchRecordDecisions", "resetDecisions", "sendReminder", "stop"} {
			require.Equal(t, 400, app.do("POST", at+"/"+action, deny).status, action)
		}
		time.Sleep(time.Hour)
		require.Equal(t, []string{"ada"}, app.holders())
	})
}

// Reminders go to those who have not decided, half-way and on request.
func TestReminders(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		ada, bob := x.user("ada"), x.user("bob")
		id := x.review()
		silent := x.review(func(_, s object) { s["reminderNotificationsEnabled"] = false })
		time.Sleep(time.Hour)
		x.decide(id, ada, "Approve")
		at := x.instance(id)
		require.Equal(t, 204, x.do("POST", at+"/sendReminder", nil).status)
		time.Sleep(20 * day)
		instance := func(id string) string { r, _ := x.s.Review(id); return r.Instances[0].ID }
		require.NotEmpty(t, instance(silent))
		midnight := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		got := x.s.Reminders()
		for i := range got {
			got[i].Time = got[i].Time.UTC()
		}
		require.Equal(t, []graphfake.Reminder{
			{Time: midnight.Add(time.Hour), InstanceID: instance(id), Reviewers: []string{bob.ID}, Asked: true},
			{Time: midnight.Add(5 * day), InstanceID: instance(id), Reviewers: []string{bob.ID}},
		}, got, "who decided everything is left in peace")
	})
}
