package graphfake

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// The passwords of applications and service principals are made by the service. An
// answer shows each one once; what is kept has its first three characters only.
// https://learn.microsoft.com/graph/api/resources/passwordcredential
const passwords = "passwordCredentials"

// passwordRoutes are the routes of the actions on the passwords of the object of a path.
func passwordRoutes(path string, find finder) []route {
	return []route{
		{post, path + "/addPassword", on(find, addPassword(find)), 1, writePrincipals},
		{post, path + "/removePassword", withBody(removePassword(find)), 1, writePrincipals},
	}
}

// https://learn.microsoft.com/graph/api/application-addpassword
// https://learn.microsoft.com/graph/api/serviceprincipal-addpassword
func addPassword(find finder) func(*request, *object) (response, *graphError) {
	return func(rq *request, o *object) (response, *graphError) {
		asked, err := rq.askedPassword(o.Type)
		if err != nil {
			return response{}, err
		}
		kept, shown, err := rq.s.newPassword(asked, rq.began)
		if err != nil {
			return response{}, err
		}
		if _, err = rq.change(find, func(tx *state.Tx, o *object) *graphError {
			all := append(slices.Clone(o.List(passwords)), kept)
			tx.Put(o.With(state.Set(o.Type, passwords, all)))
			return nil
		}); err != nil {
			return response{}, err
		}
		e := entity{{"@odata.context", rq.base + "/$metadata#microsoft.graph.passwordCredential"}}
		for _, name := range field.Names(shown) {
			e = append(e, member{name, shown[name]})
		}
		return answer(http.StatusOK, e), nil
	}
}

// askedPassword reads what the body says of the new password: nothing, or its name
// and times.
func (rq *request) askedPassword(t *state.Type) (map[string]any, *graphError) {
	if len(rq.body) == 0 {
		return nil, nil
	}
	body, err := rq.object()
	if err != nil {
		return nil, err
	}
	asked := field.Object(body, "passwordCredential")
	return asked, coerceFields(t, t.Prop(passwords), asked)
}

// newPassword makes a password: as it is kept, and as it is shown this once. It is
// good for two years from now unless the caller says otherwise.
func (s *Server) newPassword(asked map[string]any, now time.Time) (kept, shown map[string]any, err *graphError) {
	from, to := now, time.Time{}
	given := func(name string, t *time.Time) any {
		if at, err := time.Parse(time.RFC3339Nano, field.Text(asked, name)); err == nil {
			*t = at
			return asked[name]
		}
		return schema.FineStamp(*t)
	}
	start := given("startDateTime", &from)
	to = from.AddDate(2, 0, 0)
	end := given("endDateTime", &to)
	if !to.After(from) {
		return nil, nil, invalidValue("endDateTime", "PasswordCredential") // believed, not verified
	}
	secret := s.newSecret()
	kept = map[string]any{"customKeyIdentifier": nil, "displayName": asked["displayName"], "endDateTime": end,
		"hint": secret[:3], "keyId": s.newID(), "secretText": nil, "startDateTime": start}
	s.clientSecrets.keep(field.Text(kept, "keyId"), secret)
	shown = maps.Clone(kept)
	shown["secretText"] = secret
	return kept, shown, nil
}

// newSecret returns a secret of the form that the service gives out: 40 characters,
// of which the fourth to sixth are always the same.
func (s *Server) newSecret() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_~"
	var b strings.Builder
	for range 3 {
		for _, c := range s.randomBytes() {
			b.WriteByte(letters[int(c)%len(letters)])
		}
	}
	return b.String()[:3] + "8Q~" + b.String()[3:37]
}

// The beginning of the text is what clients wait for:
// https://github.com/hashicorp/vault-plugin-secrets-azure/blob/main/client.go
//
// https://learn.microsoft.com/graph/api/application-removepassword
// https://learn.microsoft.com/graph/api/serviceprincipal-removepassword
func removePassword(find finder) func(*request, map[string]any) (response, *graphError) {
	return func(rq *request, body map[string]any) (response, *graphError) {
		id := field.Text(body, "keyId")
		if !schema.IsGUID(id) {
			return response{}, required("keyId", "PasswordCredential") // wording believed
		}
		return rq.change(find, func(tx *state.Tx, o *object) *graphError {
			all := o.List(passwords)
			left := slices.DeleteFunc(slices.Clone(all), isPassword(id))
			if len(left) == len(all) {
				return badRequest("No password credential found with keyId '%s'.", id)
			}
			tx.Put(o.With(state.Set(o.Type, passwords, list(left))))
			return nil
		})
	}
}

func isPassword(id string) func(any) bool {
	return func(v any) bool {
		p, _ := v.(map[string]any)
		return strings.EqualFold(field.Text(p, "keyId"), id)
	}
}

// makePasswords replaces the passwords that a new application asks for by those that
// are kept, and returns the values that its answer shows in their place.
// https://learn.microsoft.com/graph/api/application-addpassword (says that this can be done)
func (rq *request) makePasswords(values []state.Value) (shown []state.Value, err *graphError) {
	for i, v := range values {
		given, _ := v.Value.([]any)
		if v.Prop.Name != passwords || len(given) == 0 {
			continue
		}
		kept, once := make([]any, len(given)), make([]any, len(given))
		for j := range given {
			asked, _ := given[j].(map[string]any)
			if asked["keyId"] != nil || asked["secretText"] != nil {
				return nil, ownPassword()
			}
			if kept[j], once[j], err = rq.s.newPassword(asked, rq.began); err != nil {
				return nil, err
			}
		}
		values[i].Value = kept
		shown = append(shown, state.Value{Prop: v.Prop, Value: once})
	}
	return shown, nil
}

// keepPasswords replaces the passwords of a write by those that the object has: it
// can drop some and make none.
func keepPasswords(have []any, values []state.Value) *graphError {
	for i, v := range values {
		if v.Prop.Name != passwords {
			continue
		}
		given, _ := v.Value.([]any)
		var kept []any
		for _, p := range given {
			asked, _ := p.(map[string]any)
			j := slices.IndexFunc(have, isPassword(field.Text(asked, "keyId")))
			if j < 0 {
				return ownPassword()
			}
			kept = append(kept, have[j])
		}
		values[i].Value = list(kept)
	}
	return nil
}

// https://github.com/microsoftgraph/microsoft-graph-docs/issues/6179
func ownPassword() *graphError {
	return badRequest("New password credentials must be generated using service actions.")
}
