package graphfake_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const unified = "/identityGovernance/accessReviews/unified"

// catalogReview adds a catalog with a custom data provided resource, and a
// review of it that begins at once and takes five days.
func (x *scenery) catalogReview() (resource, review string) {
	x.t.Helper()
	c := id(x.do("POST", entitlements+"/catalogs", object{"displayName": "Disconnected"}))
	a := x.do("POST", entitlements+"/resourceRequests", object{"requestType": "adminAdd", "catalog": object{"id": c},
		"resource": object{"originSystem": "CustomDataProvidedResource", "displayName": "CORPDB1", "description": "The database"}})
	require.Equal(x.t, 201, a.status, a.text)
	time.Sleep(time.Minute)
	r := x.get(entitlements + "/catalogs/" + c + "/resources").values()[0]
	a = x.do("POST", unified+"/definitions", x.definition(func(body, settings object) {
		delete(body["scope"].(object)["principalScopes"].([]any)[0].(object), "query")
		body["scope"] = object{"@odata.type": "#microsoft.graph.principalResourceMembershipsScope",
			"principalScopes": []any{object{"@odata.type": "#microsoft.graph.accessReviewPrincipalScope", "scopeType": "allUsers"}},
			"resourceScopes":  []any{object{"@odata.type": "#microsoft.graph.accessReviewResourceScope", "resourceId": c, "scopeType": "catalog"}}}
		body["reviewers"] = []any{object{"@odata.type": "#microsoft.graph.accessReviewReviewerScope", "scopeType": "manager"}}
		settings["instanceDurationInDays"] = 5
	}))
	require.Equal(x.t, 201, a.status, a.text)
	return entitlements + "/catalogs/" + c + "/resources/" + r["id"].(string), id(a)
}

// session opens an upload session for the latest instance of a review.
func (x *scenery) session(resource, review string) answer {
	x.t.Helper()
	path := x.instance(review)
	return x.do("POST", resource+"/uploadSessions", object{"@odata.type": "#microsoft.graph.customDataProvidedResourceAccessReviewUploadSession",
		"data": object{"@odata.type": "#microsoft.graph.customDataProvidedResourcePayloads.accessReviewContextData",
			"reviewDefinitionId": review, "reviewInstanceId": path[strings.LastIndex(path, "/")+1:]}})
}

// upload sends a file as a form does.
func (x *scenery) upload(session, content string) int {
	x.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "access.csv")
	require.NoError(x.t, err)
	fmt.Fprint(part, content)
	require.NoError(x.t, form.Close())
	req, err := http.NewRequestWithContext(x.t.Context(), "POST", root+session+"/uploadFile", &body)
	require.NoError(x.t, err)
	req.Header.Set("Content-Type", form.FormDataContentType())
	rsp, err := x.client.http.Do(req)
	require.NoError(x.t, err)
	require.NoError(x.t, rsp.Body.Close())
	return rsp.StatusCode
}

const uploadHeader = "PrincipalId,PrincipalType,PermissionId,PermissionName,PermissionDescription,PermissionType\n"

// The road for applications without any connection, from the upload to the
// proof that access was removed.
func TestCustomDataReview(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		boss, ada, bob := x.user("boss"), x.user("ada", []int{}...), x.user("bob", []int{}...)
		for _, u := range []graphfake.User{ada, bob} {
			require.Equal(t, 204, x.do("PUT", "/users/"+u.ID+"/manager/$ref", ref(boss.ID)).status)
		}
		resource, review := x.catalogReview()
		require.Equal(t, "Initializing", x.status(review))
		opened := x.session(resource, review)
		require.Equal(t, 201, opened.status, opened.text)
		require.Equal(t, []any{"active", false, []any{}}, []any{opened.json["status"], opened.json["isUploadDone"], opened.json["files"]})
		require.Equal(t, 400, x.session(resource, review).status, "one session for an instance")
		session := resource + "/uploadSessions/" + id(opened)
		require.Equal(t, 204, x.do("DELETE", session, nil).status)
		session = resource + "/uploadSessions/" + id(x.session(resource, review))
		for content, reason := range map[string]string{
			"":                          "an empty file",
			"PrincipalId,PrincipalType": "columns that are missing",
			uploadHeader + ada.ID + ",user,,General,,role\n": "values that are missing",
			uploadHeader + ada.ID + ",user\n":                "a short row",
		} {
			assert.Equal(t, 400, x.upload(session, content), reason)
		}
		row := func(principal, role string) string {
			return principal + ",EntraIdUser," + role + "," + strings.ToUpper(role) + ",What it is,role\n"
		}
		require.Equal(t, 200, x.upload(session, uploadHeader+row(ada.ID, "r1")+row(ada.ID, "r2")))
		require.Equal(t, 200, x.upload(session, strings.ToLower(uploadHeader)+row(bob.ID, "r1")+row("00000000-dead-4000-8000-000000000000", "r1")))
		require.Equal(t, 2.0, x.get(session).json["stats"].(object)["filesUploaded"])
		require.NotContains(t, x.get(session).json, "files")
		require.Len(t, x.get(session + "?$expand=files").json["files"], 2)
		require.Equal(t, 400, x.do("PATCH", session, object{"isUploadDone": false}).status)
		done := x.do("PATCH", session, object{"isUploadDone": true})
		require.Equal(t, []any{200, "complete", true}, []any{done.status, done.json["status"], done.json["isUploadDone"]})
		require.Equal(t, 400, x.upload(session, uploadHeader), "it is complete")
		require.Equal(t, 400, x.do("DELETE", session, nil).status, "it is complete")

		time.Sleep(2*time.Hour - time.Minute)
		require.Equal(t, "Initializing", x.status(review))
		time.Sleep(2 * time.Minute)
		require.Equal(t, "Active", x.status(review))
		at := x.instance(review)
		decisions := x.get(at + "/decisions").values()
		require.Len(t, decisions, 3, "one for each permission of those who are in the directory")
		require.Equal(t, "CustomDataProvidedResource", decisions[0]["resource"].(object)["type"])
		require.Equal(t, "R1", decisions[0]["permission"].(object)["displayName"])
		x.decide(review, ada, "Deny")
		x.decide(review, bob, "Approve")
		require.Equal(t, 400, x.do("PATCH", at+"/decisions/"+decisions[0]["id"].(string), object{"applyResult": "AppliedSuccessfully"}).status, "too early")

		time.Sleep(5 * day)
		require.Equal(t, "Applying", x.status(review))
		time.Sleep(10 * day)
		require.Equal(t, "Applying", x.status(review), "somebody has to say that it was done")
		resourceID := resource[strings.LastIndex(resource, "/")+1:]
		denied := x.get(at + "/decisions?$filter=(decision eq 'Deny' and resourceId eq '" + resourceID + "')").values()
		require.Len(t, denied, 2)
		mark := object{"applyResult": "AppliedSuccessfully", "applyDescription": "ticket 1"}
		require.Equal(t, 204, x.do("PATCH", at+"/decisions/"+denied[0]["id"].(string), mark).status)
		require.Equal(t, 400, x.do("PATCH", at+"/decisions/"+denied[1]["id"].(string), object{"applyResult": "Done"}).status)
		time.Sleep(time.Hour)
		require.Equal(t, "Applying", x.status(review), "one is left")
		batch := unified + "/instances/" + at[strings.LastIndex(at, "/")+1:] + "/batchApplyCustomDataProvidedResourceDecisions"
		require.Equal(t, 404, x.do("POST", batch, object{"applyResult": "appliedSuccessfully", "customDataProvidedResourceId": "x"}).status)
		require.Equal(t, 202, x.do("POST", batch, object{"applyResult": "appliedSuccessfully", "customDataProvidedResourceId": resourceID}).status)
		time.Sleep(time.Hour)
		require.Equal(t, "Applied", x.status(review))
		require.Equal(t, 400, x.do("POST", batch, object{"applyResult": "appliedSuccessfully", "customDataProvidedResourceId": resourceID}).status)
		require.Equal(t, []string{"boss"}, x.holders(), "no role was touched")
	})
}

// Data that comes late, or whose session was not completed, is not reviewed.
func TestUploadsThatComeTooLate(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		ada := x.user("ada")
		resource, review := x.catalogReview()
		session := resource + "/uploadSessions/" + id(x.session(resource, review))
		require.Equal(t, 200, x.upload(session, uploadHeader+ada.ID+",user,r1,R1,x,role\n"))
		for range 9 {
			require.Equal(t, 200, x.upload(session, uploadHeader))
		}
		require.Equal(t, 400, x.upload(session, uploadHeader), "ten files at most")
		time.Sleep(3 * time.Hour)
		require.Equal(t, "expired", x.get(session).json["status"])
		require.Equal(t, 400, x.do("PATCH", session, object{"isUploadDone": true}).status)
		require.Equal(t, 400, x.session(resource, review).status)
		require.Empty(t, x.get(x.instance(review)+"/decisions").values())
		time.Sleep(6 * day)
		require.Equal(t, "Applied", x.status(review), "there is nothing to mark")
	})
}

// Typed scopes are documented for catalogs only.
func TestTypedScopesAreForCatalogs(t *testing.T) {
	t.Parallel()
	s := graphfake.New(nil)
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: "a0000000-0000-4000-8000-000000000000", DisplayName: "Orders", AppRoleAssignmentRequired: true})
	x := &scenery{newClient(t, s), t, s, sp}
	typed := func(body, _ object) {
		body["scope"].(object)["resourceScopes"] = []any{object{"@odata.type": "#microsoft.graph.accessReviewResourceScope", "resourceId": sp.ID, "scopeType": "servicePrincipal"}}
	}
	require.Equal(t, 501, x.do("POST", reviews, x.definition(typed)).status)
	require.Equal(t, 501, x.do("POST", reviews, x.definition(func(body, _ object) { body["reviewers"] = []any{object{"scopeType": "manager"}} })).status)
	require.Equal(t, 400, x.do("POST", unified+"/definitions", x.definition(typed)).status)
	require.Equal(t, 400, x.do("POST", unified+"/definitions", x.definition()).status)
}
