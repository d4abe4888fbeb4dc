package graphfake

import (
	"net/http"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// What a token with too few permissions sees of an object that comes along with what
// it asked for.

// may reports whether the caller may do what the permissions are for.
func (rq *request) may(needs access) bool {
	return !rq.s.opts.Permissions || rq.suffices(rq.caller(), needs)
}

func (rq *request) suffices(c *claims, needs access) bool {
	alternatives := needs.application
	if c.delegated() {
		alternatives = needs.delegated
	}
	return satisfied(alternatives, func(p string) bool { return c.can(p) && rq.covers(p, c) })
}

// A sight is how much of an object the caller sees.
type sight string

const (
	everything sight = "everything"
	basics     sight = "basics"   // of a user: basicProfile
	kindOnly   sight = "kindOnly" // the type and the id
)

// basicProfile are the properties of users that User.ReadBasic.All is for.
// https://learn.microsoft.com/graph/permissions-reference#userreadbasicall
var basicProfile = []string{"id", "displayName", "givenName", "surname", "mail", "userPrincipalName"}

// readWholeUsers are the permissions to read users with all properties.
const readWholeUsers = "User.Read.All User.ReadWrite.All" + readDirectory

// sight returns how much of an object the caller sees in an answer to a read.
// https://learn.microsoft.com/graph/permissions-overview#limited-information-returned-for-inaccessible-member-objects
func (rq *request) sight(o *object) sight {
	if !rq.s.opts.Permissions || rq.writes() {
		return everything
	}
	c, needs := rq.caller(), ""
	switch o.Type {
	case schema.Users:
		own := c.delegated() && strings.EqualFold(o.ID, c.Object)
		switch {
		case satisfied(readWholeUsers, c.can), own && satisfied("User.Read User.ReadWrite User.ReadBasic.All", c.can):
			return everything
		case c.can("User.ReadBasic.All"):
			return basics
		}
		return kindOnly
	case schema.Groups:
		needs = readGroups.application
	case schema.Applications, schema.ServicePrincipals:
		needs = readApplications.application
	}
	if satisfied(needs, c.can) {
		return everything
	}
	return kindOnly
}

// seen appends the member of an answer for a property of an object of which the
// caller sees only so much: null, as the pages say. That accountEnabled of an object whose
// kind can't be read does not come at all is believed: the page has it null for a device.
func (rq *request) seen(e entity, o *object, p *state.Property, s sight) entity {
	switch {
	case s == everything, p == o.Type.ID(), s == basics && slices.Contains(basicProfile, p.Name):
		return append(e, member{p.Name, rq.value(o, p)})
	case s == kindOnly && p.Name == "accountEnabled":
		return e
	}
	return append(e, member{p.Name, wireValue(p, nil)})
}

// beyondBasics reports whether an application that may read no more than the basic
// profile selects more of users. It is refused, where one that acts for somebody gets
// null: that the two differ so is believed.
func (rq *request) beyondBasics(c *claims) bool {
	users := rq.route.path == "/users" || rq.route.path == "/users/{user}"
	if !users || rq.method != http.MethodGet || c.delegated() || satisfied(readWholeUsers, c.can) || rq.query == nil {
		return false
	}
	return slices.ContainsFunc(rq.query.Select, func(name string) bool {
		return name != "*" && !slices.ContainsFunc(basicProfile, func(b string) bool { return strings.EqualFold(b, name) })
	})
}
