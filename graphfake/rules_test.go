package graphfake_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

// body returns a copy of a JSON object with some members changed; nil removes one.
func body(base, changes map[string]any) map[string]any {
	m := maps.Clone(base)
	for k, v := range changes {
		if m[k] = v; v == nil {
			delete(m, k)
		}
	}
	return m
}

// Tools create users from files: what the service refuses must be refused here,
// in the words that they show to people.
func TestCreateUserRules(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	s.AddUser(graphfake.User{UserPrincipalName: "taken@contoso.example", Mail: "mail@contoso.example"})
	c := newClient(t, s)
	good := map[string]any{"accountEnabled": true, "displayName": "Ada", "mailNickname": "ada", "userPrincipalName": "ada@contoso.example",
		"passwordProfile": map[string]any{"password": "xWwvJ]6NMw+bWH-d"}}
	password := func(p string) map[string]any {
		return map[string]any{"passwordProfile": map[string]any{"password": p}}
	}
	type changes = map[string]any
	const (
		invalidUPN = "Property userPrincipalName is invalid."
		weak       = "The specified password does not comply with password complexity requirements. Please provide a different password."
	)
	for _, tc := range []struct {
		reason  string
		change  changes
		message string
		detail  string // code and target of the first detail
	}{
		{"no name", changes{"displayName": nil}, "A value is required for property 'displayName' of resource 'User'.", ""},
		{"enabled or not", changes{"accountEnabled": nil}, "A value is required for property 'accountEnabled' of resource 'User'.", ""},
		{"no alias", changes{"mailNickname": nil}, "A value is required for property 'mailNickname' of resource 'User'.", ""},
		{"no UPN", changes{"userPrincipalName": nil}, "A value is required for property 'userPrincipalName' of resource 'User'.", ""},
		{"no password", changes{"passwordProfile": nil}, "A password must be specified to create a new user.", ""},
		{"UPN in use, in other letters", changes{"userPrincipalName": "TAKEN@contoso.example"}, "Another object with the same value for property userPrincipalName already exists.", "ObjectConflict userPrincipalName"},
		{"mail in use", changes{"mail": "MAIL@contoso.example"}, "Another object with the same value for property proxyAddresses already exists.", "ObjectConflict proxyAddresses"},
		{"foreign domain", changes{"userPrincipalName": "ada@elsewhere.example"}, "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.", ""},
		{"accent in UPN", changes{"userPrincipalName": "adé@contoso.example"}, invalidUPN, "InvalidValue userPrincipalName"},
		{"space in UPN", changes{"userPrincipalName": "a da@contoso.example"}, invalidUPN, "InvalidValue userPrincipalName"},
		{"dot before @", changes{"userPrincipalName": "ada.@contoso.example"}, invalidUPN, "InvalidValue userPrincipalName"},
		{"65 before @", changes{"userPrincipalName": strings.Repeat("a", 65) + "@contoso.example"}, invalidUPN, "InvalidValue userPrincipalName"},
		{"no @", changes{"userPrincipalName": "ada"}, invalidUPN, "InvalidValue userPrincipalName"},
		{"alias with @", changes{"mailNickname": "a@b"}, "Invalid value specified for property 'mailNickname' of resource 'User'.", "InvalidValue mailNickname"},
		{"long alias", changes{"mailNickname": strings.Repeat("a", 65)}, "Invalid value specified for property 'mailNickname' of resource 'User'.", "InvalidValue mailNickname"},
		{"long name", changes{"displayName": strings.Repeat("a", 257)}, "Invalid value specified for property 'displayName' of resource 'User'.", "InvalidValue displayName"},
		{"country instead of code", changes{"usageLocation": "Germany"}, "Invalid value specified for property 'usageLocation' of resource 'User'.", "InvalidValue usageLocation"},
		{"seven characters", password("aB3$efg"), weak, ""},
		{"two classes", password("abcdefgh1"), weak, ""},
		{"not ASCII", password("pässWord1$"), weak, ""},
		{"257 characters", password("aB3$" + strings.Repeat("x", 253)), weak, ""},
		{"name in the password", changes{"userPrincipalName": "adalace@contoso.example", "passwordProfile": map[string]any{"password": "xX1$AdaLace"}}, "Password cannot contain username", ""},
	} {
		a := c.do("POST", "/users", body(good, tc.change))
		code, message := a.fault()
		require.Equal(t, []any{400, "Request_BadRequest", tc.message}, []any{a.status, code, message}, tc.reason)
		if tc.detail != "" {
			d := a.json["error"].(map[string]any)["details"].([]any)[0].(map[string]any)
			require.Equal(t, tc.detail, d["code"].(string)+" "+d["target"].(string), tc.reason)
		}
	}
	for reason, text := range map[string]string{"broken": "{", "not an object": "[]", "wrong type": `{"accountEnabled":"yes","displayName":"a","mailNickname":"a","userPrincipalName":"a@contoso.example","passwordProfile":{"password":"xWwvJ]6NMw+bWH-d"}}`} {
		code, message := c.do("POST", "/users", text).fault()
		require.Equal(t, "BadRequest", code, reason)
		require.Equal(t, "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.", message, reason)
	}
	code, _ := c.do("POST", "/users", body(good, changes{"depart": "x"})).fault()
	require.Equal(t, "BadRequest", code, "unknown property")
	require.Len(t, s.Users(), 1, "nothing was half-written")

	for reason, change := range map[string]changes{
		"as it is": {}, "signs in UPN": {"userPrincipalName": "a'b.c-d_e!f#g^h~i@contoso.example"},
		"64 before @":        {"userPrincipalName": strings.Repeat("a", 64) + "@contoso.example"},
		"weak on purpose":    {"userPrincipalName": "w@contoso.example", "passwordPolicies": "DisableStrongPassword, DisablePasswordExpiration", "passwordProfile": map[string]any{"password": "aaaaaaaa"}},
		"disabled, no names": {"userPrincipalName": "d@contoso.example", "accountEnabled": false},
	} {
		a := c.do("POST", "/users", body(good, change))
		require.Equal(t, 201, a.status, "%s: %s", reason, a.text)
		require.NotContains(t, a.text, "assword", "passwords are never answered")
	}
	require.NotContains(t, dump(t, s), "xWwvJ", "passwords are not kept")
}

func dump(t *testing.T, s *graphfake.Server) string {
	t.Helper()
	var sb strings.Builder
	require.NoError(t, s.Dump(&sb))
	return sb.String()
}

func TestUpdateUserRules(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada#ext#@contoso.example", Mail: "a@contoso.example"})
	s.AddUser(graphfake.User{UserPrincipalName: "bob@contoso.example"})
	c := newClient(t, s)
	path := "/users/ada%23ext%23@contoso.example"
	require.Equal(t, 204, c.do("PATCH", path, map[string]any{"jobTitle": "Engineer", "mail": "b@contoso.example"}).status)
	u, _ := s.User(ada.ID)
	require.Equal(t, "Engineer", u.JobTitle)
	require.Equal(t, []string{"SMTP:b@contoso.example", "smtp:a@contoso.example"}, u.ProxyAddresses, "the old primary address stays as an alias")
	for reason, tc := range map[string]struct {
		body    map[string]any
		message string
	}{
		"UPN in use":     {map[string]any{"userPrincipalName": "bob@contoso.example"}, "Another object with the same value for property userPrincipalName already exists."},
		"name removed":   {map[string]any{"displayName": nil}, "Invalid value specified for property 'displayName' of resource 'User'."},
		"read-only":      {map[string]any{"proxyAddresses": []string{"smtp:x@contoso.example"}}, "Property 'proxyAddresses' is read-only and cannot be set."},
		"foreign domain": {map[string]any{"userPrincipalName": "ada@elsewhere.example"}, "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization."},
	} {
		_, message := c.do("PATCH", path, tc.body).fault()
		require.Equal(t, tc.message, message, reason)
	}
	require.Equal(t, 404, c.do("PATCH", "/users/nobody@contoso.example", map[string]any{}).status)
	require.Equal(t, 200, c.get("/users('"+ada.ID+"')").status, "keys in parentheses")
}

var reader = map[string]any{"id": "11111111-2222-4333-8444-555555555555", "displayName": "Reader", "description": "d", "value": "Read", "isEnabled": true, "allowedMemberTypes": []string{"User"}}

func TestApplicationRules(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	c := newClient(t, s)
	s.AddApplication(graphfake.Application{DisplayName: "Other", IdentifierURIs: []string{"api://taken"}})
	app := c.do("POST", "/applications", map[string]any{"displayName": "Orders", "appRoles": []any{reader}})
	sp := c.do("POST", "/servicePrincipals", map[string]any{"appId": app.json["appId"], "tags": []string{"own"}, "appRoleAssignmentRequired": true})
	path := "/applications/" + app.json["id"].(string)
	other := body(reader, map[string]any{"id": "99999999-2222-4333-8444-555555555555", "value": "Write"})
	type patch = map[string]any
	roles := func(r ...any) patch { return patch{"appRoles": r} }
	for _, tc := range []struct {
		reason  string
		patch   patch
		code    string
		message string
	}{
		{"an enabled role left out", roles(other), "CannotDeleteOrUpdateEnabledEntitlement", "Permission (scope or role) cannot be deleted or updated unless disabled first."},
		{"same id twice", roles(reader, reader), "DuplicateValue", "Request contains a property with duplicate values."},
		{"same value twice", roles(reader, body(other, patch{"value": "Read"})), "DuplicateValue", "Request contains a property with duplicate values."},
		{"same value in other letters", roles(reader, body(other, patch{"value": "READ"})), "DuplicateValueInDifferentCase", "Request contains a property with duplicate values in different case."},
		{"for nobody", roles(reader, body(other, patch{"allowedMemberTypes": []string{}})), "Request_BadRequest", "App role with identifier '99999999-2222-4333-8444-555555555555' must have at least one value specified for 'allowedMemberTypes'."},
		{"space in value", roles(reader, body(other, patch{"value": "a b"})), "Request_BadRequest", "Invalid value specified for property 'value' of resource 'AppRole'."},
		{"scope with the same id", patch{"api": map[string]any{"oauth2PermissionScopes": []any{map[string]any{"id": reader["id"], "value": "other", "isEnabled": true}}}}, "Request_BadRequest", "The following values must match for the 'oauth2Permissions' and 'appRoles' properties with identifier '11111111-2222-4333-8444-555555555555': value."},
		{"scope with the same value", patch{"api": map[string]any{"oauth2PermissionScopes": []any{map[string]any{"id": "99999999-2222-4333-8444-555555555555", "value": "Read", "isEnabled": true}}}}, "DuplicateValue", "Request contains a property with duplicate values."},
		{"quote in value", roles(reader, body(other, patch{"value": `a"b`})), "Request_BadRequest", "Invalid value specified for property 'value' of resource 'AppRole'."},
		{"letter that is not ASCII in value", roles(reader, body(other, patch{"value": "Général"})), "Request_BadRequest", "Invalid value specified for property 'value' of resource 'AppRole'."},
		{"URI in use", patch{"identifierUris": []string{"api://taken"}}, "Request_BadRequest", "Another object with the same value for property identifierUris already exists."},
		{"own appId", patch{"appId": "x"}, "Request_BadRequest", "Property 'appId' is read-only and cannot be set."},
	} {
		code, message := c.do("PATCH", path, tc.patch).fault()
		require.Equal(t, []string{tc.code, tc.message}, []string{code, message}, tc.reason)
	}
	disabled := body(reader, patch{"isEnabled": false})
	for _, step := range []patch{roles(reader, other), roles(disabled, other), roles(other), {"tags": []string{"a"}}} {
		a := c.do("PATCH", path, step)
		require.Equal(t, 204, a.status, a.text)
	}
	principal := c.get("/servicePrincipals(appId='" + app.json["appId"].(string) + "')")
	require.Equal(t, sp.json["id"], principal.json["id"])
	require.Equal(t, []any{"a", "own"}, principal.json["tags"], "tags come from both")
	require.Equal(t, "Write", principal.json["appRoles"].([]any)[0].(map[string]any)["value"], "roles follow the application")
	require.Equal(t, true, principal.json["appRoleAssignmentRequired"])

	again := c.do("POST", "/servicePrincipals", map[string]any{"appId": app.json["appId"]})
	code, message := again.fault()
	require.Equal(t, []any{409, "Request_MultipleObjectsWithSameKeyValue"}, []any{again.status, code})
	require.Equal(t, "The service principal cannot be created, updated, or restored because the service principal name "+app.json["appId"].(string)+" is already in use.", message)
	unknown := c.do("POST", "/servicePrincipals", map[string]any{"appId": "33333333-2222-4333-8444-555555555555"})
	code, message = unknown.fault()
	require.Equal(t, "Request_BadRequest The appId '33333333-2222-4333-8444-555555555555' of the service principal does not reference a valid application object.", code+" "+message)
	_, message = c.do("PATCH", "/servicePrincipals/"+sp.json["id"].(string), roles(reader)).fault()
	require.Equal(t, "One or more properties on the service principal does not match the application object.", message)

	require.Equal(t, 204, c.do("DELETE", path, nil).status)
	require.Equal(t, 404, c.get("/servicePrincipals/"+sp.json["id"].(string)).status, "the principal goes with its application")
}

func TestServicePrincipalUpsert(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	app := s.AddApplication(graphfake.Application{DisplayName: "Orders"})
	c := newClient(t, s)
	path := "/servicePrincipals(appId='" + app.AppID + "')"
	require.Equal(t, 404, c.do("PATCH", path, map[string]any{"notes": "n"}).status, "not without being asked to")
	upsert := c.with("Prefer", "create-if-missing")
	require.Equal(t, 201, upsert.do("PATCH", path, map[string]any{"notes": "n"}).status)
	require.Equal(t, 204, upsert.do("PATCH", path, map[string]any{"notes": "m"}).status)
	require.Equal(t, "m", c.get(path).json["notes"])
	require.Equal(t, 204, c.do("DELETE", path, nil).status)
}

func TestAssignmentRules(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	app := s.AddApplication(graphfake.Application{DisplayName: "Orders", AppRoles: []graphfake.AppRole{
		{DisplayName: "Reader", Value: "r"}, {DisplayName: "Daemon", Value: "d", AllowedMemberTypes: []string{"Application"}}, {DisplayName: "Old", Value: "o", Disabled: true}}})
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	daemons := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: "d0000000-0000-4000-8000-000000000000", DisplayName: "Daemon",
		AppRoles: []graphfake.AppRole{{DisplayName: "Daemon", Value: "d", AllowedMemberTypes: []string{"Application"}}}})
	c := newClient(t, s)
	const nobody = "11111111-1111-4111-8111-111111111111"
	zero := "00000000-0000-0000-0000-000000000000"
	notFound := "Permission being assigned was not found on application '" + app.AppID + "'."
	for _, tc := range []struct {
		reason, path, principal, resource, role string
		status                                  int
		code, message                           string
	}{
		{"principal unknown", sp.ID, nobody, sp.ID, sp.AppRoles[0].ID, 400, "Request_BadRequest", "Not a valid reference update."},
		{"resource is no service principal", sp.ID, ada.ID, ada.ID, sp.AppRoles[0].ID, 400, "Request_BadRequest", "Not a valid reference update."},
		{"role of something else", sp.ID, ada.ID, sp.ID, nobody, 400, "Request_BadRequest", notFound},
		{"role of applications", sp.ID, ada.ID, sp.ID, sp.AppRoles[1].ID, 400, "Request_BadRequest", notFound},
		{"disabled role", sp.ID, ada.ID, sp.ID, sp.AppRoles[2].ID, 400, "Request_BadRequest", notFound},
		{"zero role beside one for users", sp.ID, ada.ID, sp.ID, zero, 400, "Request_BadRequest", notFound},
		{"path unknown", nobody, ada.ID, sp.ID, sp.AppRoles[0].ID, 404, "Request_ResourceNotFound", "Resource '" + nobody + "' does not exist or one of its queried reference-property objects are not present."},
		{"first", sp.ID, ada.ID, sp.ID, sp.AppRoles[0].ID, 201, "", ""},
		{"again", sp.ID, ada.ID, sp.ID, sp.AppRoles[0].ID, 400, "Request_BadRequest", "Permission being assigned already exists on the object"},
		{"zero role where none is for users", daemons.ID, ada.ID, daemons.ID, zero, 201, "", ""},
		{"zero role again", daemons.ID, ada.ID, daemons.ID, zero, 400, "Request_MultipleObjectsWithSameKeyValue", "EntitlementGrant entry already exists."},
		{"the body decides where it lands", daemons.ID, daemons.ID, sp.ID, sp.AppRoles[1].ID, 201, "", ""},
	} {
		a := c.do("POST", "/servicePrincipals/"+tc.path+"/appRoleAssignedTo", map[string]any{"principalId": tc.principal, "resourceId": tc.resource, "appRoleId": tc.role})
		code, message := a.fault()
		require.Equal(t, []any{tc.status, tc.code, tc.message}, []any{a.status, code, message}, "%s: %s", tc.reason, a.text)
	}
	list := "/servicePrincipals/" + sp.ID + "/appRoleAssignedTo"
	require.ElementsMatch(t, []string{"ada", "Daemon"}, c.get(list).column("principalDisplayName"))
	require.Equal(t, []string{"ada"}, c.get(list+"?$filter=startswith(principalDisplayName,'a')").column("principalDisplayName"))
	require.Len(t, c.get(list+`?$search="principalDisplayName:nobody"`).values(), 2, "$search is ignored")
	for filter, want := range map[string]string{"appRoleId eq " + nobody: "Invalid filter clause appRoleId: System.Guid", "principalType eq 'User'": "Invalid filter clause principalType: System.String",
		"principalId eq " + nobody: "Invalid filter clause principalId: System.Guid"} {
		_, message := c.get(list + "?$filter=" + filter).fault()
		require.Equal(t, want, message)
	}
	require.Equal(t, "2", c.advanced().get(list+"/$count").text)
	id := c.get(list).values()[0]["id"].(string)
	require.Regexp(t, `^[\w-]{43}$`, id)
	require.Regexp(t, `\.\d{7}Z$`, c.get(list + "/" + id).json["createdDateTime"])
	require.Equal(t, 404, c.do("DELETE", list+"/"+strings.Repeat("x", 43), nil).status)
	require.Equal(t, 204, c.do("DELETE", "/users/"+ada.ID, nil).status)
	require.Equal(t, []string{"Daemon"}, c.get(list).column("principalDisplayName"), "assignments go with the user")
}
