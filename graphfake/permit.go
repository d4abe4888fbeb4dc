package graphfake

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// permit refuses requests whose token does not allow them, when
// Options.Permissions asks for it. A batch needs a valid token and no
// permission of its own; its items are judged one by one.
func (s *Server) permit(next handler) handler {
	return func(rq *request) (response, *graphError) {
		if !s.opts.Permissions {
			return next(rq)
		}
		if err := checkToken(rq.bearer(), time.Now()); err != nil {
			return response{}, err
		}
		if rq.route != nil && !rq.permitted(rq.caller()) {
			return response{}, forbidden()
		}
		return next(rq)
	}
}

// permitted tells whether a token suffices for the route.
func (rq *request) permitted(c *claims) bool {
	alternatives := rq.route.perms.application
	if c.delegated() {
		alternatives = rq.route.perms.delegated
	}
	return satisfied(alternatives, func(p string) bool { return c.can(p) && rq.covers(p, c) })
}

// narrow are the permissions to change single properties of users.
// https://learn.microsoft.com/graph/api/user-update#permissions-for-specific-scenarios
var narrow = map[string][]string{
	"User.EnableDisableAccount.All":      {"accountEnabled"},
	"User-PasswordProfile.ReadWrite.All": {"passwordProfile"},
	"User-Phone.ReadWrite.All":           {"businessPhones", "mobilePhone"},
	"User-Mail.ReadWrite.All":            {"otherMails"},
}

// covers tells whether a permission that is for part of the objects, or of
// their properties, is good for this request.
func (rq *request) covers(permission string, c *claims) bool {
	switch permission {
	case "User.Read", "User.ReadWrite":
		return rq.self(c)
	case "Application.ReadWrite.OwnedBy":
		return !rq.writes() || len(rq.params) == 0 || rq.owned(c)
	}
	if names, ok := narrow[permission]; ok {
		return rq.changesOnly(names)
	}
	return true
}

// self tells whether the request is about no user but the signed-in one.
func (rq *request) self(c *claims) bool {
	k, ok := rq.params["user"]
	if !ok { // /me, or no user at all
		return true
	}
	u := findUser(rq.s.store.View(), k.value)
	return u != nil && strings.EqualFold(u.ID, c.Object)
}

// owned tells whether the caller owns the application or service principal
// that the request changes, or the application behind it.
func (rq *request) owned(c *claims) bool {
	v := rq.s.store.View()
	var o *object
	for _, t := range []*state.Type{applications, servicePrincipals} {
		for _, k := range rq.params {
			if found, _ := byKey(v, t, k, "appId"); found != nil {
				o = found
			}
		}
	}
	if o == nil {
		return true // for the handler to say that it is not there
	}
	if v.Linked(state.Link{Rel: owners, From: o.ID, To: c.Object}) {
		return true
	}
	app := v.Live(applications).First("appId", o.Str("appId"))
	return app != nil && v.Linked(state.Link{Rel: owners, From: app.ID, To: c.Object})
}

// ownCreated makes the caller the owner of what it creates: a user always, an
// application when it may write only what it owns.
// https://learn.microsoft.com/graph/permissions-reference#applicationreadwriteownedby
func (rq *request) ownCreated(tx *state.Tx, id string) {
	c := rq.caller()
	if !rq.s.opts.Permissions || !c.delegated() && c.can("Application.ReadWrite.All") {
		return
	}
	if tx.Find(c.Object, users, servicePrincipals) != nil {
		tx.Tie(state.Link{Rel: owners, From: id, To: c.Object})
	}
}

// changesOnly tells whether the body names none but the given properties.
func (rq *request) changesOnly(names []string) bool {
	var body map[string]json.RawMessage
	if json.Unmarshal(rq.body, &body) != nil || len(body) == 0 {
		return false
	}
	for name := range body {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			return false
		}
	}
	return true
}

// forbidden is the answer to a token without the permissions.
func forbidden() *graphError {
	return refuse(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}
