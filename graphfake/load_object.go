package graphfake

import (
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// object makes an object of a record, with the defaults of its type.
func (l *loader) object(t *state.Type, r record) *object {
	id, _ := r["id"].(string)
	switch {
	case id == "" && t == domains:
		l.fail("a domain needs its name as id")
	case id == "":
		id = l.s.newID()
	case isGUID(id):
		id = strings.ToLower(id)
	}
	l.relations(t, id, r)
	values := l.values(t, r)
	for _, name := range map[*state.Type][]string{users: {"userPrincipalName"}, applications: {"displayName"}, servicePrincipals: {"appId"}, groups: {"displayName"}}[t] {
		if v := r[name]; v == nil || v == "" {
			l.fail("a value is required for %q", name)
		}
	}
	return state.New(t, id, append(l.defaults(t, r), values...))
}

// values is readValues for seeds: read-only properties may be set, and errors
// are meant for whoever wrote the seed.
func (l *loader) values(t *state.Type, r record) []state.Value {
	var list []state.Value
	for _, name := range sortedKeys(r) {
		p := t.Prop(name)
		switch {
		case name == "id" || strings.Contains(name, "@") || isRelation(t, name) || t == users && name == "passwordProfile":
			continue
		case p == nil || p.Name != name:
			l.fail("unknown property %q%s", name, similar(t, name))
		}
		v, err := coerce(t, p, plain(r[name]))
		if err != nil {
			l.fail("property %q: not a value of type %s, or too long", name, p.Kind.EDM())
		}
		if v != nil || !p.Is(always) {
			list = append(list, state.Value{Prop: p, Value: v})
		}
	}
	return list
}

// plain turns Go values that seeds may hold into what encoding/json decodes.
func plain(v any) any {
	switch v := v.(type) {
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return list
	case time.Time:
		return stamp(v)
	}
	return v
}

func similar(t *state.Type, name string) string {
	for i := range t.Props {
		if p := t.Props[i].Name; strings.EqualFold(p, name) {
			return ": did you mean \"" + p + "\"?"
		}
	}
	return ""
}

func isRelation(t *state.Type, name string) bool {
	return slices.Contains(map[*state.Type][]string{users: {manager}, groups: {members, owners}, applications: {owners}, servicePrincipals: {owners}}[t], name)
}

// relations collects the links of a record, to be tied when all is loaded.
func (l *loader) relations(t *state.Type, id string, r record) {
	for _, rel := range []string{members, owners, manager} {
		v, ok := r[rel]
		if !ok || !isRelation(t, rel) {
			continue
		}
		if one, ok := v.(string); ok {
			v = []any{one}
		}
		ids, ok := plain(v).([]any)
		if !ok {
			l.fail("%q must hold ids", rel)
		}
		for _, to := range ids {
			s, ok := to.(string)
			if !ok {
				l.fail("%q must hold ids", rel)
			}
			l.pending = append(l.pending, pendingLink{state.Link{Rel: rel, From: id, To: strings.ToLower(s)}, t.Set + " " + id + ": " + rel})
		}
	}
}

// defaults are what a seeded object has unless its record says otherwise.
func (l *loader) defaults(t *state.Type, r record) []state.Value {
	now := stamp(time.Now())
	switch t {
	case users:
		upn, _ := r["userPrincipalName"].(string)
		local, _, _ := strings.Cut(upn, "@")
		return []state.Value{set(t, "accountEnabled", true), set(t, "displayName", local), set(t, "mailNickname", local),
			set(t, "userType", "Member"), set(t, "createdDateTime", now)}
	case applications:
		return append(l.s.applicationDefaults(), set(t, "createdDateTime", now))
	case servicePrincipals:
		return l.principalDefaults(r)
	case groups:
		return groupDefaults(now)
	}
	return nil
}

// principalDefaults copies from the application, if it is in this tenant.
func (l *loader) principalDefaults(r record) []state.Value {
	appID, _ := r["appId"].(string)
	app := l.Live(applications).First("appId", appID)
	if app == nil {
		app = state.New(applications, "", []state.Value{set(applications, "appId", appID), set(applications, "displayName", r["displayName"])})
	}
	if name := nameInUse(l.View, []string{appID}); name != "" {
		l.fail("another service principal has the appId %q", name)
	}
	base := l.s.principalOf(l.View, app, nil)
	return slices.Collect(base.All())
}

func groupDefaults(now string) []state.Value {
	return []state.Value{set(groups, "createdDateTime", now), set(groups, "renewedDateTime", now), set(groups, "mailEnabled", false), set(groups, "securityEnabled", true)}
}

// addDeleted puts an object into the recycle bin.
func (l *loader) addDeleted(r record) {
	kind, _ := r["@odata.type"].(string)
	for _, t := range []*state.Type{users, groups, applications, servicePrincipals} {
		if kind == "#microsoft.graph."+t.Name {
			o := l.object(t, r)
			if o.Value("deletedDateTime") == nil {
				o = o.With(set(t, "deletedDateTime", stamp(time.Now())))
			}
			l.Bury(o)
			return
		}
	}
	l.fail("deleted items need an \"@odata.type\" of user, group, application or servicePrincipal, this has %q", kind)
}
