package graphfake

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// application finds the application of the path by id, appId or uniqueName.
func (rq *request) application(v *state.View) (*object, *graphError) {
	return byKey(v, schema.Applications, rq.param("application"), "appId", "uniqueName")
}

// createsMissing reports whether the object of the path is not there, is named
// by its alternate key, and the caller wants it to be created then.
func (rq *request) createsMissing(find finder, k odata.Key, property string) bool {
	_, err := find(rq, rq.read)
	return err != nil && err.status == http.StatusNotFound &&
		strings.EqualFold(k.Property, property) && rq.prefers("create-if-missing")
}

// byKey finds an object by id or by one of its alternate keys.
func byKey(v *state.View, t *state.Type, k odata.Key, alternates ...string) (*object, *graphError) {
	for _, name := range alternates {
		if strings.EqualFold(k.Property, name) {
			if o := v.Live(t).First(name, k.Value); o != nil {
				return o, nil
			}
			return nil, notFound(k.Value)
		}
	}
	if k.Property != "" {
		return nil, malformed("Resource not found for the segment '%s'.", t.Set).denies(t.Name, k.Property) // believed
	}
	if !schema.IsGUID(k.Value) {
		return nil, badID(k.Value)
	}
	if o := v.Get(t, strings.ToLower(k.Value)); o != nil {
		return o, nil
	}
	return nil, notFound(k.Value)
}

// https://learn.microsoft.com/graph/api/application-post-applications
func createApplication(rq *request, body map[string]any) (response, *graphError) {
	if name, _ := body["displayName"].(string); name == "" {
		return response{}, required("displayName", "Application")
	}
	if body["uniqueName"] != nil {
		return response{}, rq.notModelled("uniqueName in POST /applications, which no page shows; " +
			"PATCH /applications(uniqueName='…') creates with Prefer: create-if-missing")
	}
	return rq.insertApplication(body)
}

// insertApplication creates an application. Without a signInAudience it is for all
// accounts, as in the answers of the examples; no page says so in words.
// https://learn.microsoft.com/graph/api/application-post-applications#response-1
// https://learn.microsoft.com/graph/api/application-upsert
func (rq *request) insertApplication(body map[string]any) (response, *graphError) {
	owners, err := rq.binds(body, schema.Owners)
	if err != nil {
		return response{}, err
	}
	values, err := readValues(schema.Applications, body)
	if err != nil {
		return response{}, err
	}
	shown, err := rq.makePasswords(values)
	if err != nil {
		return response{}, err
	}
	defaults := append(rq.s.applicationDefaults(),
		state.Set(schema.Applications, "signInAudience", "AzureADandPersonalMicrosoftAccount"))
	a := state.New(schema.Applications, rq.s.newID(), append(defaults, values...))
	a = a.With(state.Set(schema.Applications, "createdDateTime", schema.Stamp(time.Now())),
		state.Set(schema.Applications, "appRoles", withOrigins(a.List("appRoles"))))
	if _, err := rq.insert("applications", a, func(tx *state.Tx) *graphError {
		rq.ownCreated(tx, a.ID)
		bindOwners(tx, a.ID, owners)
		return checkApplication(tx.View, nil, a)
	}); err != nil {
		return response{}, err
	}
	return rq.created("applications", a.With(shown...))
}

// bindOwners ties a new object to the owners that its body named. One of them
// may be the caller, who owns it anyway.
func bindOwners(tx *state.Tx, id string, owners []state.Link) {
	for _, l := range owners {
		l.From = id
		tx.Tie(l)
	}
}

// applicationDefaults are what a new application has without being asked.
func (s *Server) applicationDefaults() []state.Value {
	object := func(kv ...any) map[string]any {
		m := map[string]any{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i].(string)] = kv[i+1]
		}
		return m
	}
	empty := []any{}
	return state.Values(schema.Applications,
		"appId", s.newID(),
		"publisherDomain", s.opts.Domains[0],
		"signInAudience", "AzureADMyOrg",
		"api", object("acceptMappedClaims", nil, "knownClientApplications", empty,
			"requestedAccessTokenVersion", nil, "oauth2PermissionScopes", empty, "preAuthorizedApplications", empty),
		"info", object("termsOfServiceUrl", nil, "supportUrl", nil, "privacyStatementUrl",
			nil, "marketingUrl", nil, "logoUrl", nil),
		"parentalControlSettings",
		object("countriesBlockedForMinors", empty, "legalAgeGroupRule", "Allow"),
		"publicClient", object("redirectUris", empty),
		"verifiedPublisher",
		object("displayName", nil, "verifiedPublisherId", nil, "addedDateTime", nil),
		"web", object("redirectUris", empty, "homePageUrl", nil, "logoutUrl", nil,
			"implicitGrantSettings", object("enableIdTokenIssuance", false, "enableAccessTokenIssuance", false)),
		"spa", object("redirectUris", empty),
	)
}

// updateApplication also creates, when it is asked to by its alternate key and
// Prefer: create-if-missing.
// https://learn.microsoft.com/graph/api/application-update
// https://learn.microsoft.com/graph/api/application-upsert
func updateApplication(rq *request, body map[string]any) (response, *graphError) {
	k := rq.param("application")
	if rq.createsMissing((*request).application, k, "uniqueName") {
		if name, _ := body["displayName"].(string); name == "" {
			return response{}, required("displayName", "Application")
		}
		body["uniqueName"] = k.Value
		return rq.insertApplication(body)
	}
	return rq.change((*request).application, func(tx *state.Tx, old *object) *graphError {
		// An object that has none gets one so, once:
		// https://learn.microsoft.com/graph/templates/bicep/how-to-reference-existing-resources
		if name, ok := body["uniqueName"]; ok && old.Value("uniqueName") != nil && name != old.Value("uniqueName") {
			return badRequest("Property 'uniqueName' is read-only and cannot be set.") // wording believed
		}
		values, err := readChange(old, body)
		if err != nil {
			return err
		}
		if v, ok := body["displayName"]; ok && v == nil {
			return invalidValue("displayName", "Application")
		}
		if err := keepPasswords(old.List(passwords), values); err != nil {
			return err
		}
		a := old.With(values...)
		a = a.With(state.Set(schema.Applications, "appRoles", withOrigins(a.List("appRoles"))))
		if err := checkApplication(tx.View, old, a); err != nil {
			return err
		}
		tx.Put(a)
		copyToPrincipal(tx, old, a)
		return nil
	})
}

// buryApplication moves an application to the recycle bin, and its service
// principal with it.
func buryApplication(tx *state.Tx, a *object) {
	if sp := tx.Live(schema.ServicePrincipals).First("appId", a.Str("appId")); sp != nil {
		bury(tx, sp)
	}
	bury(tx, a)
}

// bury moves an object to the recycle bin, and with it what it was assigned to and
// linked with, so that restore can bring all of it back.
func bury(tx *state.Tx, o *object) {
	for _, a := range assignmentsOf(tx.Live(schema.Assignments), o.ID) {
		tx.Bury(a.With())
	}
	for _, l := range linksOf(tx.View, "", o.ID) {
		tx.Untie(l)
		l.Rel = deletedLink + l.Rel
		tx.Tie(l)
	}
	tx.Bury(o.With(state.Set(o.Type, "deletedDateTime", schema.Stamp(time.Now()))))
}

// maxManifest is the number of entries that all collections of an application
// may hold together. https://learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions
const maxManifest = 1200

// checkApplication applies the rules for what an application looks like after
// a write; old is nil for a new one.
func checkApplication(v *state.View, old, a *object) *graphError {
	for _, uri := range a.Strings("identifierUris") {
		if o := v.Live(schema.Applications).First("identifierUris", uri); o != nil && o.ID != a.ID {
			return taken("identifierUris")
		}
	}
	if err := checkUniqueName(v, a); err != nil {
		return err
	}
	if audience := a.Str("signInAudience"); !slices.Contains([]string{"AzureADMyOrg", "AzureADMultipleOrgs",
		"AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"}, audience) {
		return invalidValue("signInAudience", "Application")
	}
	scopes := apiScopes(a)
	if err := checkRoles(a.List("appRoles"), scopes); err != nil {
		return err
	}
	if manifestSize(a, scopes) > maxManifest {
		// wording believed
		return refuse(400, "Request_BadRequest", "The size of the manifest has exceeded its limit. Please reduce the "+
			"number of values and retry your request.")
	}
	if old == nil {
		return nil
	}
	if err := onlyDisabledRemoved(old.List("appRoles"), a.List("appRoles")); err != nil {
		return err
	}
	return onlyDisabledRemoved(apiScopes(old), scopes)
}

func apiScopes(a *object) []any {
	api, _ := a.Value("api").(map[string]any)
	list, _ := api["oauth2PermissionScopes"].([]any)
	return list
}

func manifestSize(a *object, scopes []any) int {
	n := len(scopes)
	for _, name := range []string{"appRoles", "keyCredentials", "passwordCredentials", "requiredResourceAccess",
		"addIns"} {
		n += len(a.List(name))
	}
	return n + len(a.Strings("identifierUris")) + len(a.Strings("tags"))
}

// checkUniqueName refuses a unique name that another application has, or had
// and may be restored with: https://github.com/microsoftgraph/msgraph-bicep-types/issues/137.
// That the answer is that of other taken properties is believed, not verified.
func checkUniqueName(v *state.View, a *object) *graphError {
	name := a.Str("uniqueName")
	if name == "" {
		return nil
	}
	for _, t := range []*state.Table{v.Live(schema.Applications), v.Bin(schema.Applications)} {
		if o := t.First("uniqueName", name); o != nil && o.ID != a.ID {
			return taken("uniqueName")
		}
	}
	return nil
}

// checkRoles checks the roles of an application among themselves and against
// its delegated scopes, with which they share ids and values.
func checkRoles(roles, scopes []any) *graphError {
	ids, exactValues, foldedValues := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range roles {
		role := r.(map[string]any)
		if err := checkRole(role); err != nil {
			return err
		}
		id, value := strings.ToLower(field.Text(role, "id")), field.Text(role, "value")
		switch {
		case ids[id] || value != "" && exactValues[value]:
			return duplicate("DuplicateValue", "Request contains a property with duplicate values.")
		case value != "" && foldedValues[strings.ToLower(value)]:
			// wording believed
			return duplicate("DuplicateValueInDifferentCase",
				"Request contains a property with duplicate values in different case.")
		}
		ids[id], exactValues[value], foldedValues[strings.ToLower(value)] = true, true, true
		if err := checkRoleAgainstScopes(id, value, scopes); err != nil {
			return err
		}
	}
	return nil
}

// checkRoleAgainstScopes refuses a role that shares its id or its value, but not
// both, with a delegated scope: https://github.com/hashicorp/terraform-provider-azuread/issues/269.
// The code for a value in another letter case is believed, not verified.
func checkRoleAgainstScopes(id, value string, scopes []any) *graphError {
	for _, s := range scopes {
		scope, _ := s.(map[string]any)
		sameID, scopeValue := strings.EqualFold(field.Text(scope, "id"), id), field.Text(scope, "value")
		switch {
		case sameID && scopeValue != value:
			return badRequest("The following values must match for the 'oauth2Permissions' and 'appRoles' properties with "+
				"identifier '%s': value.", id)
		case !sameID && value != "" && scopeValue == value:
			return duplicate("DuplicateValue", "Request contains a property with duplicate values.")
		case !sameID && value != "" && strings.EqualFold(scopeValue, value):
			return duplicate("DuplicateValueInDifferentCase",
				"Request contains a property with duplicate values in different case.")
		}
	}
	return nil
}

func duplicate(code, message string) *graphError {
	return refuse(400, code, "%s", message).withDetail(code, "appRoles")
}

// notInRoleValue reports whether a role's value can't have the character. That it
// can't begin with a full stop either is believed, not verified.
// https://learn.microsoft.com/graph/api/resources/approle
func notInRoleValue(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' }

func checkRole(role map[string]any) *graphError {
	id, value := field.Text(role, "id"), field.Text(role, "value")
	switch {
	case !schema.IsGUID(id):
		return badRequest("Invalid value specified for property 'id' of resource 'AppRole'.") // believed, not verified
	case field.Text(role, "displayName") == "":
		return required("displayName", "AppRole")
	case utf8.RuneCountInString(value) > 120 || strings.ContainsFunc(value, notInRoleValue) ||
		strings.HasPrefix(value, "."):
		return invalidValue("value", "AppRole")
	}
	types, _ := role["allowedMemberTypes"].([]any)
	if len(types) == 0 {
		return badRequest("App role with identifier '%s' must have at least one value specified for 'allowedMemberTypes'.",
			id)
	}
	for _, t := range types {
		if t != "User" && t != "Application" {
			return invalidValue("allowedMemberTypes", "AppRole")
		}
	}
	return nil
}

// withOrigins completes roles with what the service adds.
func withOrigins(roles []any) any {
	if len(roles) == 0 {
		return nil
	}
	out := make([]any, len(roles))
	for i, r := range roles {
		role := map[string]any{"description": nil, "displayName": nil, "value": nil, "isEnabled": true}
		for k, v := range r.(map[string]any) {
			role[k] = v
		}
		role["origin"] = "Application"
		out[i] = role
	}
	return out
}

// onlyDisabledRemoved refuses to remove a role or scope that is still enabled.
// Changing one that is enabled is let through: sources disagree on it.
// https://learn.microsoft.com/graph/api/resources/approle
func onlyDisabledRemoved(old, now []any) *graphError {
	for _, o := range old {
		was, _ := o.(map[string]any)
		kept := slices.ContainsFunc(now, func(n any) bool {
			is, _ := n.(map[string]any)
			return strings.EqualFold(field.Text(is, "id"), field.Text(was, "id"))
		})
		if enabled, _ := was["isEnabled"].(bool); !kept && enabled {
			return refuse(400, "CannotDeleteOrUpdateEnabledEntitlement",
				"Permission (scope or role) cannot be deleted or updated unless disabled first.").
				withDetail("CannotDeleteOrUpdateEnabledEntitlement", "appRoles")
		}
	}
	return nil
}

// copyToPrincipal carries changes of an application over to its service
// principal in this tenant. The service does so a few seconds later, hence
// a mutation of its own.
func copyToPrincipal(tx *state.Tx, old, a *object) {
	sp := tx.Live(schema.ServicePrincipals).First("appId", a.Str("appId"))
	if sp == nil {
		return
	}
	changed := slices.DeleteFunc(principalValues(old, a, sp), func(v state.Value) bool {
		return reflect.DeepEqual(v.Value, sp.Get(v.Prop))
	})
	if len(changed) > 0 {
		tx.PutLater(sp, changed)
	}
}
