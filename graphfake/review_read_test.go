package graphfake_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

// Filters, orders, pages and odd values as the service has them.
func TestReviewsAreRead(t *testing.T) {
	reviewBubble(t, graphfake.Options{Governance: &graphfake.Governance{Phase: -1}}, func(x *scenery) {
		for n := range 7 {
			x.user(fmt.Sprintf("u%d", n))
		}
		a := x.do("POST", reviews, x.definition())
		require.Equal(t, "NotStarted", a.json["status"])
		require.Equal(t, "0001-01-01T00:00:00Z", a.json["createdDateTime"], "means nothing in this answer")
		id := a.json["id"].(string)
		r := x.get(reviews + "/" + id).json
		require.Equal(t, "2000-01-01T00:00:00Z", r["createdDateTime"])
		require.NotContains(t, r, "instances")
		require.Equal(t, []any{}, r["backupReviewers"])
		span := r["settings"].(object)["recurrence"].(object)["range"].(object)
		require.Equal(t, "2000-01-01", span["startDate"])
		for _, name := range []string{"b", "a", "c"} {
			x.review(func(body, _ object) { body["displayName"] = name })
		}
		time.Sleep(time.Hour)
		at := x.instance(id)
		require.NotContains(t, at, id+"/instances/"+id, "an instance has an id of its own")
		require.Contains(t, x.get(at).text, `"/v1.0/servicePrincipals/`, "instances write the version before queries")

		require.Equal(t, []string{"Orders Q1", "b", "a", "c"}, x.all(reviews+"?$top=3&$select=displayName", "displayName"))
		require.Equal(t, []string{"a", "b"}, x.get(reviews+"?$orderby=displayName&$top=2&$filter=status eq 'InProgress'").column("displayName"))
		require.Equal(t, []string{"c", "b"}, x.get(reviews+"?$orderby=displayName desc&$skip=1&$top=2").column("displayName"))
		require.Empty(t, x.get(reviews+"?$filter=contains(scope/microsoft.graph.accessReviewQueryScope/query,'/groups')").values(), "no review of an application")
		for _, filter := range []string{
			"displayName eq 'a'", "contains(displayName,'a')", "status ne 'InProgress'",
			"contains(scope/microsoft.graph.principalResourceMembershipsScope/resourceScopes/query,'" + x.sp.ID + "')",
		} {
			require.Equal(t, 400, x.get(reviews+"?$filter="+url.QueryEscape(filter)).status, filter)
		}

		list := at + "/decisions"
		require.Len(t, x.all(list+"?$top=3", "id"), 7)
		require.Len(t, x.get(list+"?$top=3").values(), 3)
		require.Contains(t, x.get(list + "?$top=3&$filter=decision eq 'NotReviewed'").json["@odata.nextLink"], "$top=3&$filter=decision+eq+%27NotReviewed%27&$skip=3")
		require.Equal(t, []string{"u6", "u5"}, x.names(list+"?$orderby=principal/displayName desc&$top=2"))
		x.decide(id, graphfake.User{ID: "u3@contoso.example"}, "Deny")
		require.Equal(t, []string{"u3"}, x.names(list+"?$filter=decision eq 'Deny'"))
		require.Equal(t, []string{"u3"}, x.names(list+"?$filter=decision eq 'Deny' and applyResult eq 'New' and recommendation eq 'NoInfoAvailable'"))
		require.Empty(t, x.names(list+"?$filter=applyResult eq 'AppliedSuccessfully'"))
		require.Len(t, x.names(list+"?$expand=insights"), 7)
		for _, query := range []string{"$filter=justification eq 'x'", "$expand=stages", "$top=x", "$search=x"} {
			require.Equal(t, 400, x.get(list+"?"+query).status, query)
		}
		d := x.get(list + "?$filter=decision eq 'Deny'").values()[0]
		require.Equal(t, d, without(x.get(list+"/"+d["id"].(string)).json, "@odata.context"))
		require.Equal(t, "#microsoft.graph.userIdentity", d["principal"].(object)["@odata.type"])
		require.Equal(t, "ServicePrincipal", d["resource"].(object)["type"])
		require.Equal(t, "u3", d["reviewedBy"].(object)["displayName"])
		require.Equal(t, object{"id": zeroGUID, "displayName": "", "userPrincipalName": ""}, d["appliedBy"], "nobody is the zero GUID")
		require.Contains(t, d, "target", "decisions have properties that no documentation lists")

		for _, path := range []string{reviews + "/x", reviews + "/x/instances", reviews + "/" + id + "/instances/x", at + "/decisions/x", at + "/stages/x"} {
			require.Equal(t, 404, x.get(path).status, path)
		}
		require.Empty(t, x.get(at+"/stages").values(), "a review without stages has none")
		require.Equal(t, 204, x.do("DELETE", reviews+"/"+id, nil).status)
		require.Equal(t, 404, x.get(reviews+"/"+id).status)
		time.Sleep(20 * day)
		require.Len(t, x.holders(), 7, "what is deleted is not applied")
	})
}

// A hundred is what a page holds: code that reads one page loses decisions.
func TestPagesOfAHundred(t *testing.T) {
	reviewBubble(t, graphfake.Options{Governance: &graphfake.Governance{Phase: -1}}, func(x *scenery) {
		for n := range 101 {
			x.user(fmt.Sprintf("u%d", n))
			x.review()
		}
		time.Sleep(time.Minute)
		at := x.instance(x.s.Reviews()[100].ID)
		for _, path := range []string{at + "/decisions", at + "/contactedReviewers", reviews} {
			require.Len(t, x.get(path).values(), 100, path)
			require.Len(t, x.all(path, "id"), 101, path)
		}
	})
}

// A client must bear several decisions about one principal.
func TestDecisionsPerRole(t *testing.T) {
	reviewBubble(t, graphfake.Options{Governance: &graphfake.Governance{DecisionPerRole: true, Phase: -1}}, func(x *scenery) {
		ada := x.user("ada", 0, 1)
		id := x.review()
		list := x.get(x.instance(id) + "/decisions").values()
		require.Len(t, list, 2)
		names := []string{}
		for _, d := range list {
			names = append(names, d["resource"].(object)["appRoleDisplayName"].(string))
		}
		require.ElementsMatch(t, []string{"Reader", "Writer"}, names)
		require.NoError(t, x.s.Decide(graphfake.Decision{Review: id, Principal: ada.ID, AppRoleID: x.sp.AppRoles[1].ID, Decision: "Deny"}))
		time.Sleep(11 * day)
		left := x.s.Assignments(x.sp.ID)
		require.Len(t, left, 1)
		require.Equal(t, x.sp.AppRoles[0].ID, left[0].AppRoleID)
	})
}

// Some examples of the documentation have no resource.
func TestDecisionsWithoutResource(t *testing.T) {
	reviewBubble(t, graphfake.Options{Governance: &graphfake.Governance{NoResource: true, Phase: -1}}, func(x *scenery) {
		x.user("ada")
		d := x.get(x.instance(x.review()) + "/decisions").values()[0]
		require.Contains(t, d, "resource")
		require.Nil(t, d["resource"])
		require.Nil(t, d["resourceLink"])
	})
}

// Tests set up reviews and act as reviewers without HTTP.
func TestSeedReview(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		ada := x.user("ada")
		text, err := json.Marshal(x.definition())
		require.NoError(t, err)
		r := x.s.AddReview(string(text))
		require.Equal(t, "Orders Q1", x.get(reviews + "/" + r.ID).json["displayName"])
		require.Equal(t, x.sp.ID, r.ResourceID)
		time.Sleep(time.Hour)
		require.Panics(t, func() { x.s.AddReview(`{}`) })
		for _, d := range []graphfake.Decision{
			{Review: "x", Principal: ada.ID, Decision: "Deny"}, {Review: r.ID, Principal: "x", Decision: "Deny"},
			{Review: r.ID, Principal: ada.ID, Decision: "Fire"}, {Review: r.ID, Principal: ada.ID, Decision: "Deny", Reviewer: "x"},
		} {
			require.Error(t, x.s.Decide(d), d)
		}
		require.NoError(t, x.s.Decide(graphfake.Decision{Review: r.Instances[0].ID, Principal: "ada@contoso.example", Decision: "Deny", Justification: "left", Reviewer: "ada@contoso.example"}))
		got, ok := x.s.Review(r.Instances[0].ID)
		require.True(t, ok)
		d := got.Instances[0].Decisions[0]
		require.Equal(t, []string{"Deny", "left", ada.ID, "New"}, []string{d.Decision, d.Justification, d.ReviewerID, d.ApplyResult})
		_, ok = x.s.Review("x")
		require.False(t, ok)
	})
}
