package graphfake

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// servicePrincipal finds the service principal of the path by id or appId.
func (rq *request) servicePrincipal(v *state.View) (*object, *graphError) {
	return byKey(v, schema.ServicePrincipals, rq.param("servicePrincipal"), "appId")
}

// https://learn.microsoft.com/graph/api/serviceprincipal-post-serviceprincipals
func createServicePrincipal(rq *request, body map[string]any) (response, *graphError) {
	sp, err := rq.newServicePrincipal(body)
	if err != nil {
		return response{}, err
	}
	return rq.created("servicePrincipals", sp)
}

func (rq *request) newServicePrincipal(body map[string]any) (*object, *graphError) {
	appID := field.Text(body, "appId")
	if appID == "" {
		return nil, required("appId", "ServicePrincipal")
	}
	owners, err := rq.binds(body, schema.Owners)
	if err != nil {
		return nil, err
	}
	given, err := readValues(schema.ServicePrincipals, body)
	if err != nil {
		return nil, err
	}
	if err := keepPasswords(nil, given); err != nil {
		return nil, err
	}
	app := rq.read.Live(schema.Applications).First("appId", appID)
	if app == nil {
		return nil, rq.noBackingApplication(appID)
	}
	var sp *object
	err = rq.update(func(tx *state.Tx) *graphError {
		if other := nameInUse(tx.View, append(field.Texts(body, "servicePrincipalNames"), appID)); other != "" {
			return nameTaken(other)
		}
		if _, ok := body["appRoles"]; ok {
			return notFromApplication()
		}
		if newest := tx.Live(schema.Applications).First("appId", appID); newest != nil {
			app = newest
		}
		sp = rq.s.principalOf(tx.View, app, given)
		tx.Put(sp)
		bindOwners(tx, sp.ID, owners)
		return nil
	})
	return sp, err
}

// principalOf makes the service principal of an application of this tenant.
func (s *Server) principalOf(v *state.View, app *object, given []state.Value) *object {
	bare := state.New(schema.ServicePrincipals, s.newID(), state.Values(schema.ServicePrincipals,
		"accountEnabled", true,
		"appId", app.Str("appId"),
		"appOwnerOrganizationId", tenantID(v),
		"appRoleAssignmentRequired", false,
		"createdDateTime", schema.Stamp(time.Now()),
		"servicePrincipalType", "Application",
	))
	return bare.With(principalValues(nil, app, bare)...).With(merged(given, app)...)
}

// principalDefaults copies from the application, if it is in this tenant.
func (l *loader) principalDefaults(r record) []state.Value {
	appID, _ := r["appId"].(string)
	app := l.Live(schema.Applications).First("appId", appID)
	owner := tenantID(l.View)
	switch {
	case app == nil && appID == graphAppID:
		app, owner = graphApplication(), microsoft
	case app == nil:
		app = state.New(schema.Applications, "", state.Values(schema.Applications, "appId", appID, "displayName",
			r["displayName"]))
	}
	if name := nameInUse(l.View, []string{appID}); name != "" {
		l.fail("another service principal has the appId %q", name)
	}
	base := l.s.principalOf(l.View, app, state.Values(schema.ServicePrincipals, "appOwnerOrganizationId", owner))
	return slices.Collect(base.All())
}

// merged is what the caller gave, with tags in addition to the application's.
func merged(given []state.Value, app *object) []state.Value {
	out := slices.Clone(given)
	for i, v := range out {
		if tags, ok := v.Value.([]string); ok && v.Prop.Name == "tags" {
			out[i].Value = union(app.Strings("tags"), tags)
		}
	}
	return out
}

// principalValues are the properties that a service principal takes over from
// its application. Tags that only the principal has stay.
// https://learn.microsoft.com/graph/api/resources/serviceprincipal
func principalValues(old, app, sp *object) []state.Value {
	web, _ := app.Value("web").(map[string]any)
	tags := sp.Strings("tags")
	if old != nil {
		tags = slices.DeleteFunc(slices.Clone(tags), func(t string) bool { return slices.Contains(old.Strings("tags"), t) })
	}
	vs := state.Values(schema.ServicePrincipals,
		"appDisplayName", app.Value("displayName"),
		"displayName", app.Value("displayName"),
		"appDescription", app.Value("description"),
		"appRoles", list(app.List("appRoles")),
		"oauth2PermissionScopes", list(apiScopes(app)),
		"signInAudience", app.Value("signInAudience"),
		"info", app.Value("info"),
		"verifiedPublisher", app.Value("verifiedPublisher"),
		"homepage", web["homePageUrl"],
		"logoutUrl", web["logoutUrl"],
		"replyUrls", texts(field.Texts(web, "redirectUris")),
		"servicePrincipalNames",
		texts(union(app.Strings("identifierUris"), []string{app.Str("appId")})),
		"tags", texts(union(app.Strings("tags"), tags)),
	)
	return vs
}

// nameInUse returns the first of the names that a service principal has already.
func nameInUse(v *state.View, names []string) string {
	for _, n := range names {
		if v.Live(schema.ServicePrincipals).First("servicePrincipalNames", n) != nil {
			return n
		}
	}
	return ""
}

func nameTaken(name string) *graphError {
	return refuse(409, "Request_MultipleObjectsWithSameKeyValue", "The service principal cannot be created, updated, "+
		"or restored because the service principal name %s is already in use.", name)
}

func notFromApplication() *graphError {
	return badRequest("One or more properties on the service principal does not match the application object.")
}

// updateServicePrincipal also creates, when it is asked to by its alternate
// key and Prefer: create-if-missing.
// https://learn.microsoft.com/graph/api/serviceprincipal-update
// https://learn.microsoft.com/graph/api/serviceprincipal-upsert
func updateServicePrincipal(rq *request, body map[string]any) (response, *graphError) {
	k := rq.param("servicePrincipal")
	if rq.createsMissing((*request).servicePrincipal, k, "appId") {
		body["appId"] = k.Value
		return createServicePrincipal(rq, body)
	}
	return rq.change((*request).servicePrincipal, func(tx *state.Tx, sp *object) *graphError {
		return changePrincipal(tx, sp, body)
	})
}

func changePrincipal(tx *state.Tx, sp *object, body map[string]any) *graphError {
	values, err := readChange(sp, body)
	if err != nil {
		return err
	}
	if err := keepPasswords(sp.List(passwords), values); err != nil {
		return err
	}
	app := tx.Live(schema.Applications).First("appId", sp.Str("appId"))
	if app == nil { // an application of another tenant: nothing to disagree with
		tx.Put(sp.With(values...))
		return nil
	}
	for _, name := range []string{"appRoles", "oauth2PermissionScopes", "displayName", "appId"} {
		if v, ok := body[name]; ok && !sameJSON(declared(v), declared(sp.Value(name))) {
			return notFromApplication()
		}
	}
	tx.Put(sp.With(values...))
	return nil
}

// declared returns a list of roles or scopes in order of their ids and without their
// origin, which callers need not send. That lists are compared so is believed;
// anything else is returned as it is.
func declared(v any) any {
	list, _ := v.([]any)
	if list == nil {
		return v
	}
	out := make([]any, len(list))
	for i := range list {
		one, _ := list[i].(map[string]any)
		out[i] = maps.Clone(one)
		delete(out[i].(map[string]any), "origin")
	}
	slices.SortFunc(out, func(a, b any) int {
		return cmp.Compare(strings.ToLower(field.Text(a.(map[string]any), "id")),
			strings.ToLower(field.Text(b.(map[string]any), "id")))
	})
	return out
}

func sameJSON(a, b any) bool { return string(toJSON(a)) == string(toJSON(b)) }

// union appends to a what b has beyond it.
func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// texts and list turn an empty collection into the unset value.
func texts(s []string) any {
	if len(s) == 0 {
		return nil
	}
	return s
}

func list(l []any) any {
	if len(l) == 0 {
		return nil
	}
	return l
}
