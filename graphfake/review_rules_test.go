package graphfake_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Who is asked decides whether anybody answers: a manager-only review of users
// without managers is one that nobody sees.
func TestReviewers(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		boss := x.s.AddUser(graphfake.User{UserPrincipalName: "boss@contoso.example"})
		fall := x.s.AddUser(graphfake.User{UserPrincipalName: "fall@contoso.example"})
		ada, lone := x.user("ada"), x.user("lone")
		team := x.s.AddGroup(graphfake.Group{DisplayName: "Team", Members: []string{boss.ID}, Owners: []string{fall.ID}})
		outer := x.s.AddGroup(graphfake.Group{DisplayName: "Outer", Members: []string{team.ID}})
		require.Equal(t, 204, x.do("PUT", "/users/"+ada.ID+"/manager/$ref", ref(boss.ID)).status)
		require.Equal(t, 204, x.do("POST", "/servicePrincipals/"+x.sp.ID+"/owners/$ref", ref(fall.ID)).status)
		for _, tc := range []struct {
			name                string
			reviewers, fallback []any
			ada, lone           []string
		}{
			{"self", nil, nil, []string{ada.ID}, []string{lone.ID}},
			{"named", asking("/users/" + boss.ID), nil, []string{boss.ID}, []string{boss.ID}},
			{"managers", asking("./manager"), nil, []string{boss.ID}, nil},
			{"managers, else", asking("./manager"), asking("/v1.0/users/" + fall.ID), []string{boss.ID}, []string{fall.ID}},
			{"members", asking("/groups/" + outer.ID + "/transitiveMembers"), nil, []string{boss.ID}, []string{boss.ID}},
			{"direct members", asking("/groups/" + outer.ID + "/members"), nil, nil, nil},
			{"group owners", asking("/groups/" + team.ID + "/owners"), nil, []string{fall.ID}, []string{fall.ID}},
			{"application owners", asking("/servicePrincipals/" + x.sp.ID + "/owners"), nil, []string{fall.ID}, []string{fall.ID}},
		} {
			id := x.review(func(body, _ object) {
				body["displayName"], body["reviewers"], body["fallbackReviewers"] = tc.name, tc.reviewers, tc.fallback
			})
			time.Sleep(time.Hour)
			r, _ := x.s.Review(id)
			got := map[string][]string{}
			for _, d := range r.Instances[0].Decisions {
				got[d.PrincipalID] = d.Reviewers
			}
			assert.Equal(t, map[string][]string{ada.ID: tc.ada, lone.ID: tc.lone}, got, tc.name)
		}
	})
}

// What the documentation rules out must not pass here, and what Microsoft's
// own examples send must.
func TestDefinitionsAreChecked(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		x.user("ada")
		open := x.s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: "b0000000-0000-4000-8000-000000000000", DisplayName: "Open"})
		stage := func(n int, more object) object {
			o := object{"stageId": fmt.Sprint(n), "durationInDays": 1}
			if n > 1 {
				o["dependsOn"] = []any{fmt.Sprint(n - 1)}
			}
			for k, v := range more {
				o[k] = v
			}
			return o
		}
		scope := func(body object) object { return body["scope"].(object) }
		nobody := "00000000-dead-4000-8000-000000000000"
		for _, tc := range []struct {
			status int
			reason string
			change func(body, settings object)
		}{
			{201, "the usual one", func(_, _ object) {}},
			{201, "without a description for reviewers, as in an example", func(b, _ object) { delete(b, "descriptionForReviewers") }},
			{201, "with a version before queries", func(b, _ object) {
				scope(b)["resourceScopes"] = []any{queryScope("/v1.0/servicePrincipals/" + x.sp.ID)}
			}},
			{201, "both names of fallback reviewers", func(b, _ object) { b["backupReviewers"], b["fallbackReviewers"] = []any{}, []any{} }},
			{400, "no name", func(b, _ object) { delete(b, "displayName") }},
			{400, "no scope", func(b, _ object) { delete(b, "scope") }},
			{400, "no settings", func(b, _ object) { delete(b, "settings") }},
			{400, "a scope without its type", func(b, _ object) { delete(scope(b), "@odata.type") }},
			{400, "no principals", func(b, _ object) { delete(scope(b), "principalScopes") }},
			{400, "an application that is not there", func(b, _ object) {
				scope(b)["resourceScopes"] = []any{queryScope("/servicePrincipals/" + nobody)}
			}},
			{400, "the appId instead of the object id", func(b, _ object) {
				scope(b)["resourceScopes"] = []any{queryScope("/servicePrincipals/" + x.sp.AppID)}
			}},
			{400, "an application that does not require assignment", func(b, _ object) {
				scope(b)["resourceScopes"] = []any{queryScope("/servicePrincipals/" + open.ID)}
			}},
			{400, "a property of nothing", func(b, _ object) { b["name"] = "x" }},
			{400, "a setting of nothing", func(_, s object) { s["autoApply"] = true }},
			{400, "no duration", func(_, s object) { delete(s, "instanceDurationInDays") }},
			{400, "a default that is none", func(_, s object) { s["defaultDecisionEnabled"] = true }},
			{400, "a default that does not exist", func(_, s object) { s["defaultDecision"] = "Revoke" }},
			{400, "managers without a root", func(b, _ object) {
				b["reviewers"] = []any{object{"query": "./manager", "queryType": "MicrosoftGraph"}}
			}},
			{400, "a reviewer who is not there", func(b, _ object) { b["reviewers"] = asking("/users/" + nobody) }},
			{400, "reviewers that are no users", func(b, _ object) { b["reviewers"] = asking("/users") }},
			{400, "deletion of members", func(_, s object) {
				s["applyActions"] = []any{object{"@odata.type": "#microsoft.graph.disableAndDeleteUserApplyAction"}}
			}},
			{201, "deletion of guests", func(b, s object) {
				s["applyActions"] = []any{object{"@odata.type": "#microsoft.graph.disableAndDeleteUserApplyAction"}}
				scope(b)["principalScopes"] = []any{queryScope("/users?$filter=(userType eq 'Guest')")}
			}},
			{400, "a daily review", func(_, s object) {
				s["recurrence"] = object{"pattern": object{"type": "daily"}, "range": object{"type": "noEnd", "startDate": "2000-01-01"}}
			}},
			{400, "instances that overlap", func(_, s object) {
				s["recurrence"] = object{"pattern": object{"type": "weekly", "interval": 1}, "range": object{"type": "noEnd", "startDate": "2000-01-01"}}
			}},
			{400, "a day that no month has", func(_, s object) {
				s["recurrence"] = object{"pattern": object{"type": "absoluteMonthly", "dayOfMonth": 32}, "range": object{"type": "noEnd", "startDate": "2000-01-01"}}
			}},
			{400, "a duration of ages", func(_, s object) { s["instanceDurationInDays"] = 1e9 }},
			{400, "a date that is none", func(_, s object) {
				s["recurrence"] = object{"range": object{"type": "numbered", "startDate": "tomorrow"}}
			}},
			{201, "three stages", func(b, _ object) { b["stageSettings"] = []any{stage(1, nil), stage(2, nil), stage(3, nil)} }},
			{400, "four stages", func(b, _ object) {
				b["stageSettings"] = []any{stage(1, nil), stage(2, nil), stage(3, nil), stage(4, nil)}
			}},
			{400, "a first stage that depends", func(b, _ object) { b["stageSettings"] = []any{stage(1, object{"dependsOn": []any{"1"}})} }},
			{400, "a second stage that does not", func(b, _ object) {
				b["stageSettings"] = []any{stage(1, nil), stage(2, object{"dependsOn": []any{}})}
			}},
			{400, "a stage without an end", func(b, _ object) { b["stageSettings"] = []any{stage(1, object{"durationInDays": 0})} }},
			{400, "a decision that does not exist", func(b, _ object) {
				b["stageSettings"] = []any{stage(1, object{"decisionsThatWillMoveToNextStage": []any{"Maybe"}})}
			}},
		} {
			a := x.do("POST", reviews, x.definition(tc.change))
			assert.Equal(t, tc.status, a.status, "%s: %s", tc.reason, a.text)
		}
		lenient := graphfake.New(&graphfake.Options{TB: t, Governance: &graphfake.Governance{AnyApplication: true}})
		sp := lenient.AddServicePrincipal(graphfake.ServicePrincipal{AppID: "b0000000-0000-4000-8000-000000000000", DisplayName: "Open"})
		y := &scenery{newClient(t, lenient), t, lenient, sp}
		y.review()
	})
}

// Reviews of groups and packages are refused loudly, not half-way done.
func TestOtherReviewsAreNotModelled(t *testing.T) {
	t.Parallel()
	s := graphfake.New(nil)
	a := newClient(t, s).do("POST", reviews, object{"displayName": "x", "settings": object{}, "scope": queryScope("/groups/x/transitiveMembers")})
	require.Equal(t, 501, a.status, a.text)
}

// A change of the series must leave alone what runs.
func TestReplaceDefinition(t *testing.T) {
	reviewBubble(t, graphfake.Options{Governance: &graphfake.Governance{Phase: -1}}, func(x *scenery) {
		x.user("ada")
		boss := x.s.AddUser(graphfake.User{UserPrincipalName: "boss@contoso.example"})
		weekly := func(b, s object) {
			b["reviewers"] = asking("/users/" + boss.ID)
			s["instanceDurationInDays"] = 3
			s["recurrence"] = object{"pattern": object{"type": "weekly", "interval": 1}, "range": object{"type": "noEnd", "startDate": "2000-01-01"}}
		}
		id := x.review(weekly)
		require.Equal(t, 204, x.do("PUT", reviews+"/"+id, x.definition(weekly, func(b, s object) {
			b["displayName"] = "New name"
			s["instanceDurationInDays"] = 5
		})).status)
		require.Equal(t, "New name", x.get(reviews + "/" + id).json["displayName"])
		ends := func() []string { return x.get(reviews + "/" + id + "/instances").column("endDateTime") }
		require.Equal(t, []string{"2000-01-04T00:00:00Z"}, ends(), "what runs stays as it was")
		time.Sleep(8 * day)
		require.Equal(t, []string{"2000-01-04T00:00:00Z", "2000-01-13T00:00:00Z"}, ends())
		require.Equal(t, 400, x.do("PUT", reviews+"/"+id, x.definition(weekly, func(b, _ object) { b["reviewers"] = asking("./manager") })).status)
		require.Equal(t, 404, x.do("PUT", reviews+"/x", x.definition()).status)
	})
}

// Permissions of the directory are good for no review.
func TestReviewPermissions(t *testing.T) {
	reviewBubble(t, graphfake.Options{Permissions: true}, func(x *scenery) {
		for permission, want := range map[string][2]int{
			"AccessReview.ReadWrite.All": {200, 201}, "AccessReview.Read.All": {200, 403}, "Directory.ReadWrite.All": {403, 403}, "Application.ReadWrite.All": {403, 403},
		} {
			c := x.bearer(x.s.AppToken(permission))
			assert.Equal(t, want, [2]int{c.get(reviews).status, c.do("POST", reviews, x.definition()).status}, permission)
		}
	})
}
