package graphfake

import (
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// https://learn.microsoft.com/graph/api/application-list
func listApplications(rq *request) (response, *graphError) { return rq.list(rq.table(applications)) }

func countApplications(rq *request) (response, *graphError) { return rq.count(rq.table(applications)) }

// https://learn.microsoft.com/graph/api/application-get
func getApplication(rq *request) (response, *graphError) {
	a, err := rq.application(rq.read)
	if err != nil {
		return response{}, err
	}
	return rq.one(200, "applications", a)
}

// application finds the application of the path by id, appId or uniqueName.
func (rq *request) application(v *state.View) (*object, *graphError) {
	return byKey(v, applications, rq.param("application"), "appId", "uniqueName")
}

// byKey finds an object by id or by one of its alternate keys.
func byKey(v *state.View, t *state.Type, k key, alternates ...string) (*object, *graphError) {
	for _, name := range alternates {
		if strings.EqualFold(k.property, name) {
			if o := v.Live(t).First(name, k.value); o != nil {
				return o, nil
			}
			return nil, notFound(k.value)
		}
	}
	if k.property != "" {
		return nil, malformed("Resource not found for the segment '%s'.", t.Set) // believed, not verified
	}
	if !isGUID(k.value) {
		return nil, badID(k.value)
	}
	if o := v.Get(t, strings.ToLower(k.value)); o != nil {
		return o, nil
	}
	return nil, notFound(k.value)
}

// https://learn.microsoft.com/graph/api/application-post-applications
func createApplication(rq *request) (response, *graphError) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	return rq.newApplication(body)
}

func (rq *request) newApplication(body map[string]any) (response, *graphError) {
	if name, _ := body["displayName"].(string); name == "" {
		return response{}, required("displayName", "Application")
	}
	values, err := readValues(applications, body)
	if err != nil {
		return response{}, err
	}
	a := state.New(applications, rq.s.newID(), append(rq.s.applicationDefaults(), values...))
	a = a.With(set(applications, "createdDateTime", stamp(time.Now())), set(applications, "appRoles", withOrigins(a.List("appRoles"))))
	err = rq.update(func(tx *state.Tx) *graphError {
		if err := checkApplication(tx.View, nil, a); err != nil {
			return err
		}
		tx.Put(a)
		rq.ownCreated(tx, a.ID)
		return nil
	})
	if err != nil {
		return response{}, err
	}
	return rq.created("applications", a)
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
	return []state.Value{
		set(applications, "appId", s.newID()),
		set(applications, "publisherDomain", s.opts.Domains[0]),
		set(applications, "signInAudience", "AzureADMyOrg"),
		set(applications, "api", object("acceptMappedClaims", nil, "knownClientApplications", empty, "requestedAccessTokenVersion", nil, "oauth2PermissionScopes", empty, "preAuthorizedApplications", empty)),
		set(applications, "info", object("termsOfServiceUrl", nil, "supportUrl", nil, "privacyStatementUrl", nil, "marketingUrl", nil, "logoUrl", nil)),
		set(applications, "parentalControlSettings", object("countriesBlockedForMinors", empty, "legalAgeGroupRule", "Allow")),
		set(applications, "publicClient", object("redirectUris", empty)),
		set(applications, "verifiedPublisher", object("displayName", nil, "verifiedPublisherId", nil, "addedDateTime", nil)),
		set(applications, "web", object("redirectUris", empty, "homePageUrl", nil, "logoutUrl", nil, "implicitGrantSettings", object("enableIdTokenIssuance", false, "enableAccessTokenIssuance", false))),
		set(applications, "spa", object("redirectUris", empty)),
	}
}

// updateApplication also creates, when it is asked to by its alternate key and
// Prefer: create-if-missing.
// https://learn.microsoft.com/graph/api/application-update
// https://learn.microsoft.com/graph/api/application-upsert
func updateApplication(rq *request) (response, *graphError) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	k := rq.param("application")
	_, err = rq.application(rq.read)
	if err != nil && err.status == 404 && strings.EqualFold(k.property, "uniqueName") && rq.prefers("create-if-missing") {
		body["uniqueName"] = k.value
		return rq.newApplication(body)
	}
	if err != nil {
		return response{}, err
	}
	err = rq.update(func(tx *state.Tx) *graphError {
		old, err := rq.application(tx.View)
		if err != nil {
			return err
		}
		values, err := readValues(applications, body)
		if err != nil {
			return err
		}
		if v, ok := body["displayName"]; ok && v == nil {
			return invalidValue("displayName", "Application")
		}
		a := old.With(values...)
		a = a.With(set(applications, "appRoles", withOrigins(a.List("appRoles"))))
		if err := checkApplication(tx.View, old, a); err != nil {
			return err
		}
		tx.Put(a)
		copyToPrincipal(tx, old, a)
		return nil
	})
	return noContent(), err
}

// https://learn.microsoft.com/graph/api/application-delete
func deleteApplication(rq *request) (response, *graphError) {
	if _, err := rq.application(rq.read); err != nil {
		return response{}, err
	}
	err := rq.update(func(tx *state.Tx) *graphError {
		a, err := rq.application(tx.View)
		if err != nil {
			return err
		}
		if sp := tx.Live(servicePrincipals).First("appId", a.Str("appId")); sp != nil {
			bury(tx, sp) // the principal goes with its application
		}
		bury(tx, a)
		return nil
	})
	return noContent(), err
}

// bury moves an object to the recycle bin.
func bury(tx *state.Tx, o *object) {
	dropAssignments(tx, o.ID)
	dropLinks(tx, o.ID)
	tx.Bury(o.With(set(o.Type, "deletedDateTime", stamp(time.Now()))))
}
