package graphfake_test

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/rollcall-go/rollcall/graphfake"
)

// A reviewer denies one of two users. The statuses that only pass take no time
// here; in a testing/synctest bubble a review runs for its days.
func ExampleServer_Decide() {
	fake := graphfake.New(&graphfake.Options{Governance: &graphfake.Governance{Phase: -1}})
	sp := fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: "a0000000-0000-4000-8000-000000000000", DisplayName: "Orders",
		AppRoleAssignmentRequired: true, AppRoles: []graphfake.AppRole{{DisplayName: "Reader", Value: "read"}}})
	for _, name := range []string{"ada", "bob"} {
		u := fake.AddUser(graphfake.User{UserPrincipalName: name + "@contoso.example"})
		fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: u.ID, ResourceID: sp.ID, AppRoleID: sp.AppRoles[0].ID})
	}
	type m = map[string]any
	definition, _ := json.Marshal(m{
		"displayName": "Orders",
		"scope": m{"@odata.type": "#microsoft.graph.principalResourceMembershipsScope",
			"principalScopes": []any{m{"query": "/users", "queryType": "MicrosoftGraph"}},
			"resourceScopes":  []any{m{"query": "/servicePrincipals/" + sp.ID, "queryType": "MicrosoftGraph"}}},
		"settings": m{"instanceDurationInDays": 5, "autoApplyDecisionsEnabled": true},
	})
	review := fake.AddReview(string(definition))
	review, _ = fake.Review(review.ID)
	fmt.Println(review.Status)

	err := fake.Decide(graphfake.Decision{Review: review.ID, Principal: "bob@contoso.example", Decision: "Deny", Justification: "left the team"})
	if err != nil {
		fmt.Println(err)
		return
	}
	client := &http.Client{Transport: fake.Transport()}
	stop := "https://graph.microsoft.com/v1.0/identityGovernance/accessReviews/definitions/" + review.ID + "/instances/" + review.Instances[0].ID + "/stop"
	rsp, err := client.Post(stop, "application/json", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	rsp.Body.Close()
	review, _ = fake.Review(review.ID)
	fmt.Println(review.Status)
	for _, a := range fake.Assignments(sp.ID) {
		fmt.Println(a.PrincipalDisplayName, "has access")
	}
	// Output:
	// InProgress
	// Applied
	// ada has access
}
