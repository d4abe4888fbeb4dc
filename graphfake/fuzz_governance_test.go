package graphfake_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
)

// reviewed returns a server with a review in progress of one user, and its id.
func reviewed() (*graphfake.Server, string, string) {
	s := graphfake.New(&graphfake.Options{Governance: &graphfake.Governance{Phase: -1}})
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: "a0000000-0000-4000-8000-000000000000", DisplayName: "Orders", AppRoleAssignmentRequired: true})
	u := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	s.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: u.ID, ResourceID: sp.ID})
	body := strings.ReplaceAll(`{"displayName": "Orders", "scope": {"@odata.type": "#microsoft.graph.principalResourceMembershipsScope",
		"principalScopes": [{"query": "/users"}], "resourceScopes": [{"query": "/servicePrincipals/SP"}]}, "settings": {"instanceDurationInDays": 5}}`, "SP", sp.ID)
	r := s.AddReview(body)
	s.AddAccessPackage(graphfake.AccessPackage{DisplayName: "Readers", ResourceID: sp.ID})
	return s, r.ID, body
}

func statusOf(s *graphfake.Server, method, target, query, body string) int {
	r := httptest.NewRequest(method, "https://graph.microsoft.com/v1.0"+target, strings.NewReader(body))
	r.URL.RawQuery = query
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code
}

// Whatever is asked for, the fake answers, and never with a server error.
func FuzzGovernanceQueries(f *testing.F) {
	for _, seed := range []string{
		"$filter=status eq 'InProgress'&$top=1", "$filter=decision eq 'Deny' and applyResult eq 'New'", "$expand=insights&$orderby=decision desc",
		"$expand=resources($expand=scopes,roles;$select=id),accessPackages", "$orderby=resource&$skip=99999999999", "$filter=((((", "$select=&$expand=*", "$expand=a(b", "%zz=1",
		"$filter=principal/id eq 'x'", "$orderby=settings/recurrence/range/startDate", "$top=0&$skip=-1", "$filter=accessPackage/id eq null",
	} {
		f.Add(seed)
	}
	s, review, _ := reviewed()
	instance := reviews + "/" + review + "/instances/" + s.Reviews()[0].Instances[0].ID
	targets := []string{reviews, instance, instance + "/decisions", instance + "/stages", entitlements + "/catalogs", entitlements + "/accessPackages", entitlements + "/assignmentPolicies", entitlements + "/assignments"}
	f.Fuzz(func(t *testing.T, query string) {
		for _, target := range targets {
			if code := statusOf(s, http.MethodGet, target, query, ""); !slices.Contains([]int{200, 400, 501}, code) {
				t.Errorf("GET %s?%s: %d", target, query, code)
			}
		}
	})
}

// A definition that makes no sense is refused, and one that is taken can be
// followed to its end.
func FuzzReviewDefinitions(f *testing.F) {
	s, _, body := reviewed()
	f.Add(body)
	for _, pair := range [][2]string{
		{`"instanceDurationInDays": 5`, `"instanceDurationInDays": 5, "recurrence": {"pattern": {"type": "weekly", "interval": 9999999999}, "range": {"type": "noEnd", "startDate": "0001-01-01"}}`},
		{`"instanceDurationInDays": 5`, `"instanceDurationInDays": 99999999999`}, {`"/users"`, `"?"`}, {`"/users"`, `"./members"`}, {`[{`, `[[{}],{`}, {`"settings": {`, `"stageSettings": [{"stageId": "1"}], "settings": {`},
		{`"displayName"`, `"reviewers": [{"query": "/users/"}, {"scopeType": "manager"}, 1, {}], "displayName"`},
		{`"instanceDurationInDays": 5`, `"instanceDurationInDays": 5, "recurrence": {"pattern": {"type": "absoluteMonthly", "dayOfMonth": -7, "interval": -1}, "range": {"type": "numbered", "numberOfOccurrences": -1, "startDate": "9999-12-31"}}`},
	} {
		f.Add(strings.ReplaceAll(body, pair[0], pair[1]))
	}
	f.Fuzz(func(t *testing.T, body string) {
		code := statusOf(s, http.MethodPost, reviews, "", body)
		if !slices.Contains([]int{201, 400, 501}, code) {
			t.Errorf("%d for %s", code, body)
		}
		if code != 201 {
			return
		}
		all := s.Reviews()
		id := all[len(all)-1].ID
		for _, target := range []string{reviews, reviews + "/" + id, reviews + "/" + id + "/instances"} {
			if code := statusOf(s, http.MethodGet, target, "", ""); code != 200 {
				t.Errorf("GET %s: %d for %s", target, code, body)
			}
		}
		statusOf(s, http.MethodDelete, reviews+"/"+id, "", "")
	})
}
