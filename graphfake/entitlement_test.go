package graphfake_test

import (
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const entitlements = "/identityGovernance/entitlementManagement"

func id(a answer) string { s, _ := a.json["id"].(string); return s }

// The whole way from an application's role to a user who has it, as
// https://learn.microsoft.com/entra/id-governance/entitlement-management-access-package-create-app
// goes.
func TestFromRoleToPackageToUser(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		ada := x.user("ada", []int{}...)
		post := func(path string, body object) answer {
			t.Helper()
			a := x.do("POST", entitlements+path, body)
			require.Equal(t, 201, a.status, a.text)
			return a
		}
		c := id(post("/catalogs", object{"displayName": "Orders"}))
		require.Equal(t, []string{c}, x.get(entitlements+"/catalogs?$filter=displayName eq 'Orders'&$expand=resources,accessPackages").column("id"))
		request := object{"requestType": "adminAdd", "resource": object{"originId": x.sp.ID, "originSystem": "AadApplication"}, "catalog": object{"id": c}}
		require.Equal(t, "delivered", post("/resourceRequests", request).json["state"])
		require.Empty(t, x.get(entitlements+"/catalogs/"+c+"/resources").values(), "it takes a while to show")
		require.Equal(t, 400, x.do("POST", entitlements+"/resourceRequests", request).status, "it is there all the same")
		time.Sleep(5 * time.Second)
		r := x.get(entitlements + "/catalogs/" + c + "/resources?$expand=scopes").values()[0]
		require.Equal(t, x.sp.ID, r["originId"])
		scope := r["scopes"].([]any)[0].(object)
		roles := x.get(entitlements + "/catalogs/" + c + "/resourceRoles?$filter=(originSystem eq 'AadApplication' and resource/id eq '" + r["id"].(string) + "')&$expand=resource").values()
		require.Len(t, roles, 2)
		require.Equal(t, r["id"], roles[0]["resource"].(object)["id"])
		require.Equal(t, x.sp.AppRoles[0].ID, roles[0]["originId"])

		p := id(post("/accessPackages", object{"displayName": "Order readers", "catalog": object{"id": c}}))
		rs := id(post("/accessPackages/"+p+"/resourceRoleScopes", object{"role": roles[0], "scope": scope}))
		require.Equal(t, roles[0]["id"].(string)+"_"+scope["id"].(string), rs)
		require.Equal(t, 400, x.do("POST", entitlements+"/accessPackages/"+p+"/resourceRoleScopes", object{"role": roles[0], "scope": scope}).status, "once is enough")
		policy := id(post("/assignmentPolicies", object{"displayName": "Direct", "allowedTargetScope": "notSpecified", "specificAllowedTargets": []any{},
			"expiration": object{"type": "noExpiration"}, "requestApprovalSettings": object{"isApprovalRequiredForAdd": false}, "accessPackage": object{"id": p}}))
		got := x.get(entitlements + "/accessPackages/" + p + "?$expand=resourceRoleScopes($expand=role,scope),assignmentPolicies($select=id)").json
		require.Equal(t, "Reader", got["resourceRoleScopes"].([]any)[0].(object)["role"].(object)["displayName"])
		require.Equal(t, []any{object{"id": policy}}, got["assignmentPolicies"])
		require.NotContains(t, got, "catalog", "only what is expanded")

		add := object{"requestType": "adminAdd", "assignment": object{"targetId": ada.ID, "assignmentPolicyId": policy, "accessPackageId": p}}
		a := post("/assignmentRequests", add)
		require.Equal(t, []any{"submitted", "Accepted"}, []any{a.json["state"], a.json["status"]})
		assignments := func() []map[string]any {
			return x.get(entitlements + "/assignments?$expand=target&$filter=accessPackage/id eq '" + p + "' and target/objectid eq '" + ada.ID + "'").values()
		}
		delivered := func() int {
			return len(x.get(entitlements + "/assignments?$filter=accessPackage/id eq '" + p + "' and state eq 'Delivered'").values())
		}
		request1 := entitlements + "/assignmentRequests/" + id(a)
		for _, step := range []struct {
			after       time.Duration
			state       string
			assignments int
			delivered   int
			holders     []string
		}{
			{0, "submitted", 0, 0, []string{}},
			{5 * time.Second, "delivering", 1, 0, []string{}},
			{5*time.Second - 1, "delivering", 1, 0, []string{}},
			{1, "delivered", 1, 1, []string{"ada"}},
		} {
			time.Sleep(step.after)
			assert.Equal(t, step.state, x.get(request1).json["state"])
			assert.Len(t, assignments(), step.assignments, step.state)
			assert.Equal(t, step.delivered, delivered(), step.state)
			assert.Equal(t, step.holders, x.holders(), step.state)
			if step.state != "delivered" {
				assert.Equal(t, 400, x.do("POST", entitlements+"/assignmentRequests", add).status, "a second request")
			}
		}
		held := assignments()[0]
		require.Equal(t, "delivered", held["state"])
		require.Equal(t, "ada@contoso.example", held["target"].(object)["principalName"])
		require.Equal(t, 400, x.do("POST", entitlements+"/assignmentRequests", add).status, "has it")
		require.Equal(t, 400, x.do("DELETE", entitlements+"/accessPackages/"+p, nil).status, "somebody has it")

		post("/assignmentRequests", object{"requestType": "adminRemove", "assignment": object{"id": held["id"]}})
		time.Sleep(10 * time.Second)
		require.Equal(t, "expired", x.get(entitlements + "/assignments/" + held["id"].(string)).json["state"])
		require.Empty(t, x.holders())
		require.Equal(t, 400, x.do("POST", entitlements+"/assignmentRequests", object{"requestType": "adminRemove", "assignment": object{"id": held["id"]}}).status, "is gone")

		for _, path := range []string{"/assignmentPolicies/" + policy, "/accessPackages/" + p + "/resourceRoleScopes/" + rs, "/accessPackages/" + p, "/catalogs/" + c} {
			require.Equal(t, 204, x.do("DELETE", entitlements+path, nil).status, path)
		}
	})
}

// A package is taken away with its role, whoever gave the role: what the
// library has to warn of.
func TestRemovingAPackageTakesRolesThatWereHeldBefore(t *testing.T) {
	reviewBubble(t, graphfake.Options{Governance: &graphfake.Governance{Delivery: -1}}, func(x *scenery) {
		ada, bob := x.user("ada", 0, 1), x.user("bob", 0)
		p := x.s.AddAccessPackage(graphfake.AccessPackage{DisplayName: "Readers", ResourceID: x.sp.ID, AppRoleIDs: []string{x.sp.AppRoles[0].ID}})
		other := x.s.AddAccessPackage(graphfake.AccessPackage{DisplayName: "All", ResourceID: x.sp.ID, CatalogID: p.CatalogID, AppRoleIDs: []string{x.sp.AppRoles[0].ID}})
		for _, pair := range []struct {
			p graphfake.AccessPackage
			u graphfake.User
		}{{p, ada}, {p, bob}, {other, bob}} {
			require.Equal(t, 201, x.assignPackage(pair.p, pair.u).status)
		}
		require.Equal(t, []string{"ada", "ada", "bob"}, x.holders(), "what they had counts as delivered")
		for _, a := range x.s.PackageAssignments() {
			require.Equal(t, "delivered", a.State)
			if a.PackageID == p.ID {
				require.Equal(t, 201, x.do("POST", entitlements+"/assignmentRequests", object{"requestType": "adminRemove", "assignment": object{"id": a.ID}}).status)
			}
		}
		require.Equal(t, []string{"ada", "bob"}, x.holders(), "ada keeps the role that no package has, bob what another package gives")
	})
}

func (x *scenery) assignPackage(p graphfake.AccessPackage, u graphfake.User) answer {
	return x.do("POST", entitlements+"/assignmentRequests", object{"requestType": "adminAdd",
		"assignment": object{"targetId": u.ID, "assignmentPolicyId": p.PolicyID, "accessPackageId": p.ID}})
}

// Deliveries fail and hang; a client that waits for ever must be found out.
func TestDeliveriesThatGoWrong(t *testing.T) {
	fates := map[string]graphfake.Delivery{}
	opts := graphfake.Options{Governance: &graphfake.Governance{Deliver: func(r graphfake.AccessRequest) graphfake.Delivery {
		if r.Attempt > 0 {
			return graphfake.Delivered
		}
		return fates[r.UserID]
	}}}
	reviewBubble(t, opts, func(x *scenery) {
		p := x.s.AddAccessPackage(graphfake.AccessPackage{DisplayName: "Readers", ResourceID: x.sp.ID, AppRoleIDs: []string{x.sp.AppRoles[0].ID}})
		add := func(name string, fate graphfake.Delivery) string {
			u := x.s.AddUser(graphfake.User{UserPrincipalName: name + "@contoso.example", Mail: name + "@contoso.example"})
			fates[u.ID] = fate
			return entitlements + "/assignmentRequests/" + id(x.assignPackage(p, u))
		}
		failed, stuck, fine := add("failed", graphfake.DeliveryFailed), add("stuck", graphfake.DeliveryInLimbo), add("fine", graphfake.Delivered)
		left := x.s.AddUser(graphfake.User{UserPrincipalName: "left@contoso.example"})
		gone := entitlements + "/assignmentRequests/" + id(x.assignPackage(p, left))
		x.s.DeleteUser(left.ID)
		time.Sleep(time.Hour)
		states := func() []any {
			var list []any
			for _, r := range []string{failed, stuck, fine, gone} {
				list = append(list, x.get(r).json["state"])
			}
			return list
		}
		require.Equal(t, []any{"deliveryFailed", "delivering", "delivered", "deliveryFailed"}, states())
		require.Equal(t, []string{"fine"}, x.holders())
		limbo := x.get(stuck + "?$expand=assignment($expand=target)").json["assignment"].(object)
		require.Equal(t, "delivering", limbo["state"])
		require.Equal(t, []any{"", "stuck@contoso.example"}, []any{limbo["target"].(object)["objectId"], limbo["target"].(object)["email"]})

		require.Equal(t, 202, x.do("POST", failed+"/reprocess", nil).status)
		require.Equal(t, 202, x.do("POST", entitlements+"/assignments/"+limbo["id"].(string)+"/reprocess", nil).status)
		require.Equal(t, "delivering", x.get(failed).json["state"])
		time.Sleep(time.Hour)
		require.Equal(t, []any{"delivered", "delivered", "delivered", "deliveryFailed"}, states())
		require.Equal(t, []string{"failed", "fine", "stuck"}, x.holders())
		require.Equal(t, 404, x.do("POST", entitlements+"/assignments/x/reprocess", nil).status)
	})
}

func TestApproval(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		p := x.s.AddAccessPackage(graphfake.AccessPackage{DisplayName: "Readers", ResourceID: x.sp.ID, AppRoleIDs: []string{x.sp.AppRoles[0].ID}})
		a := x.do("POST", entitlements+"/assignmentPolicies", object{"displayName": "Asked", "accessPackage": object{"id": p.ID}, "requestApprovalSettings": object{"isApprovalRequiredForAdd": true}})
		p.PolicyID = id(a)
		var requests []string
		for _, name := range []string{"ada", "bob", "eve"} {
			requests = append(requests, id(x.assignPackage(p, x.user(name, []int{}...))))
		}
		time.Sleep(time.Hour)
		require.Equal(t, "pendingApproval", x.s.AccessRequests()[0].State)
		require.NoError(t, x.s.ApproveRequest(requests[0], true))
		require.NoError(t, x.s.ApproveRequest(requests[1], false))
		require.Error(t, x.s.ApproveRequest(requests[1], true), "is denied")
		require.Equal(t, 200, x.do("POST", entitlements+"/assignmentRequests/"+requests[2]+"/cancel", nil).status)
		require.Equal(t, 400, x.do("POST", entitlements+"/assignmentRequests/"+requests[2]+"/cancel", nil).status)
		time.Sleep(time.Hour)
		var states []string
		for _, r := range x.s.AccessRequests() {
			states = append(states, r.State)
		}
		require.Equal(t, []string{"delivered", "denied", "canceled"}, states)
		require.Equal(t, []string{"ada"}, x.holders())
	})
}

func TestEntitlementRefusals(t *testing.T) {
	reviewBubble(t, graphfake.Options{Governance: &graphfake.Governance{OldNames: true}}, func(x *scenery) {
		ada := x.user("ada", []int{}...)
		p := x.s.AddAccessPackage(graphfake.AccessPackage{DisplayName: "Readers", ResourceID: x.sp.ID, AppRoleIDs: []string{x.sp.AppRoles[0].ID}})
		other := x.s.AddAccessPackage(graphfake.AccessPackage{DisplayName: "Others", ResourceID: x.sp.ID})
		for _, tc := range []struct {
			status             int
			policy, pack, user string
		}{
			{404, "x", p.ID, ada.ID}, {404, p.PolicyID, "x", ada.ID}, {404, p.PolicyID, p.ID, "x"}, {404, p.PolicyID, p.ID, "ada@contoso.example"}, {400, p.PolicyID, other.ID, ada.ID}, {201, p.PolicyID, p.ID, ada.ID},
		} {
			a := x.assignPackage(graphfake.AccessPackage{ID: tc.pack, PolicyID: tc.policy}, graphfake.User{ID: tc.user})
			assert.Equal(t, tc.status, a.status, "%v: %s", tc, a.text)
			if a.status == 201 {
				assert.Equal(t, []any{"Submitted", "Accepted"}, []any{a.json["requestState"], a.json["requestStatus"]}, "the names of older examples")
				assert.NotContains(t, a.json, "state")
			}
		}
		for _, path := range []string{"/catalogs/x", "/catalogs/x/resources", "/catalogs/x/resourceRoles", "/accessPackages/x", "/assignmentPolicies/x", "/assignmentRequests/x", "/assignments/x"} {
			assert.Equal(t, 404, x.get(entitlements+path).status, path)
		}
		for _, path := range []string{"/assignments?$filter=target/email eq 'x'", "/assignments?$expand=nothing", "/accessPackages/" + p.ID + "?$expand=nothing"} {
			assert.Equal(t, 400, x.get(entitlements+path).status, path)
		}
		assert.Equal(t, 400, x.do("POST", entitlements+"/catalogs", object{}).status)
		assert.Equal(t, 400, x.do("POST", entitlements+"/accessPackages/"+p.ID+"/resourceRoleScopes", object{"role": object{"originId": "x"}, "scope": object{}}).status)
		assert.Equal(t, 404, x.do("POST", entitlements+"/resourceRequests", object{"requestType": "adminAdd", "catalog": object{"id": p.CatalogID},
			"resource": object{"originId": "00000000-dead-4000-8000-000000000000", "originSystem": "AadApplication"}}).status)
		assert.Panics(t, func() { x.s.AddAccessPackage(graphfake.AccessPackage{DisplayName: "x", ResourceID: "x"}) })
	})
}

func TestEntitlementPermissions(t *testing.T) {
	reviewBubble(t, graphfake.Options{Permissions: true}, func(x *scenery) {
		for permission, want := range map[string][2]int{
			"EntitlementManagement.ReadWrite.All": {200, 201}, "EntitlementManagement.Read.All": {200, 403}, "AccessReview.ReadWrite.All": {403, 403},
		} {
			c := x.bearer(x.s.AppToken(permission))
			assert.Equal(t, want, [2]int{c.get(entitlements + "/catalogs").status, c.do("POST", entitlements+"/catalogs", object{"displayName": "x"}).status}, permission)
		}
	})
}

// Whoever is not in the directory is invited by the delivery, and is a guest from then
// on: asking for them again, by address or as that guest, is refused.
func TestAPackageForSomebodyWhoIsNotInTheDirectory(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		pack := x.s.AddAccessPackage(graphfake.AccessPackage{DisplayName: "Readers", ResourceID: x.sp.ID, AppRoleIDs: []string{x.sp.AppRoles[0].ID}})
		outside := id(x.do("POST", entitlements+"/assignmentPolicies", object{"displayName": "Outside", "allowedTargetScope": "allExternalUsers",
			"accessPackage": object{"id": pack.ID}}))
		ask := func(policy, email string) answer {
			return x.do("POST", entitlements+"/assignmentRequests", object{"requestType": "adminAdd", "assignment": object{
				"target": object{"email": email}, "assignmentPolicyId": policy, "accessPackageId": pack.ID}})
		}
		assert.Equal(t, 400, ask(pack.PolicyID, "zoe@northwind.example").status, "the policy is for users of the directory")
		assert.Equal(t, 400, ask(outside, "").status)
		require.Equal(t, 201, ask(outside, "Zoe@northwind.example").status)
		assert.Equal(t, 400, ask(outside, "zoe@northwind.example").status, "it was asked for")
		expand := "?$expand=requestor,assignment($expand=target)"
		subject := x.get(entitlements + "/assignmentRequests" + expand).values()[0]["requestor"].(object)
		assert.Equal(t, []any{nil, "zoe@northwind.example"}, []any{subject["objectId"], subject["email"]})
		_, there := x.s.User("zoe_northwind.example#EXT#@contoso.onmicrosoft.com")
		assert.False(t, there)

		time.Sleep(time.Minute)
		zoe, there := x.s.User("zoe_northwind.example#EXT#@contoso.onmicrosoft.com")
		require.True(t, there)
		assert.Equal(t, []any{"Guest", "zoe@northwind.example", "PendingAcceptance"}, []any{zoe.UserType, zoe.Mail, zoe.More["externalUserState"]})
		target := x.get(entitlements + "/assignments?$expand=target").values()[0]["target"].(object)
		assert.Equal(t, []any{zoe.ID, "zoe@northwind.example"}, []any{target["objectId"], target["email"]})
		require.Len(t, x.s.Assignments(x.sp.ID), 1)
		assert.Equal(t, zoe.ID, x.s.Assignments(x.sp.ID)[0].PrincipalID)
		assert.Equal(t, 400, ask(outside, "zoe@northwind.example").status, "and has it")
	})
}
