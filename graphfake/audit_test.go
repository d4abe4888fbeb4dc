package graphfake_test

import (
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Who made an assignment, who took it away and why one failed stands in the audit log,
// minutes later.
func TestAuditLogOfAssignments(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{TB: t, AuditDelay: 3 * time.Minute})
		c := newClient(t, s)
		ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
		app := s.AddApplication(graphfake.Application{DisplayName: "CORPDB1", AppRoles: []graphfake.AppRole{{DisplayName: "General", Value: "General"}}})
		sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
		other := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: s.AddApplication(graphfake.Application{DisplayName: "Other"}).AppID})
		at := "/servicePrincipals/" + sp.ID + "/appRoleAssignedTo"
		made := c.do("POST", at, object{"principalId": ada.ID, "resourceId": sp.ID, "appRoleId": sp.AppRoles[0].ID})
		require.Equal(t, 201, made.status, made.text)
		require.Equal(t, 204, c.do("DELETE", at+"/"+id(made), nil).status)
		s.AddAuditEntry(graphfake.AuditEntry{PrincipalID: ada.ID, ResourceID: other.ID, Result: "failure", Reason: "quota", By: ada.ID})
		since := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
		about := func(id string) []map[string]any {
			return c.get("/auditLogs/directoryAudits?$filter=" + url.QueryEscape("activityDateTime ge "+since+" and targetResources/any(t:t/id eq '"+id+"')")).values()
		}
		assert.Empty(t, about(sp.ID), "entries come late")
		time.Sleep(3 * time.Minute)
		entries := about(sp.ID)
		require.Len(t, entries, 2)
		assert.Equal(t, []any{"Remove app role assignment from user", "success", "Unassign"},
			[]any{entries[0]["activityDisplayName"], entries[0]["result"], entries[0]["operationType"]})
		target := entries[1]["targetResources"].([]any)[0].(object)
		assert.Equal(t, []any{sp.ID, "ServicePrincipal"}, []any{target["id"], target["type"]})
		assert.Equal(t, []any{object{"displayName": "AppRole.Id", "oldValue": nil, "newValue": `"` + sp.AppRoles[0].ID + `"`},
			object{"displayName": "User.ObjectID", "oldValue": nil, "newValue": `"` + ada.ID + `"`}}, target["modifiedProperties"])
		failed := about(ada.ID)[0]
		assert.Equal(t, []any{"failure", "quota", "ada@contoso.example"}, []any{failed["result"], failed["resultReason"],
			failed["initiatedBy"].(object)["user"].(object)["userPrincipalName"]})
		assert.Len(t, c.get("/auditLogs/directoryAudits?$filter=activityDisplayName eq 'Add app role assignment grant to user'").values(), 2)
		assert.Equal(t, 400, c.get("/auditLogs/directoryAudits?$filter=resultReason eq 'quota'").status)
	})
}
