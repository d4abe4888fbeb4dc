package graphfake_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A guide knows the published metadata by reading names.txt on its own.
type guide map[string]*described

type described struct {
	kind, base string
	members    []step
}

// A step is one way on from an object or, if whole is set, from a collection.
type step struct {
	kind, name, typ string
	whole, many     bool
}

func readGuide(tb testing.TB) guide {
	text, err := os.ReadFile("internal/metadata/names.txt")
	require.NoError(tb, err)
	g := guide{}
	var t *described
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		switch {
		case line[0] == '#' || words[0] == "key":
		case line[0] != ' ':
			t = &described{kind: words[0], base: strings.Join(words[2:], "")}
			g[words[1]] = t
		default:
			kind, whole := strings.CutSuffix(words[0], "*")
			for _, m := range words[1:] {
				name, to, _ := strings.Cut(m, "=")
				typ, many := strings.CutSuffix(to, "*")
				t.members = append(t.members, step{kind, name, typ, whole, many})
			}
		}
	}
	return g
}

// of returns the members of a type and of what it is based on, of one kind or of all.
func (g guide) of(typ, kind string) (list []step) {
	for t := g[typ]; t != nil; t = g[t.base] {
		for _, m := range t.members {
			taken := slices.ContainsFunc(list, func(s step) bool { return s.name == m.name && s.whole == m.whole })
			if (kind == "" || m.kind == kind) && !taken {
				list = append(list, m)
			}
		}
	}
	return list
}

// after returns the segments that may follow a step, with ids of objects that
// are there by type.
func (g guide) after(at step, ids map[string]string) (list []step) {
	for _, m := range g.of(at.typ, "") {
		if m.whole == at.many && at.kind != "action" && at.kind != "function" {
			list = append(list, m)
		}
	}
	switch {
	case at.kind == "action" || at.kind == "function" || g[at.typ] == nil:
		return nil
	case at.many && g[at.typ].kind == "entity":
		for _, id := range []string{ids[at.typ], "00000000-dead-4000-8000-000000000000"} {
			if id != "" {
				list = append(list, step{kind: "key", name: id, typ: at.typ})
			}
		}
		list = append(list, step{kind: "system", name: "$count"}, step{kind: "system", name: "$ref"})
	case g[at.typ].kind == "entity" && at.kind != "root":
		list = append(list, step{kind: "system", name: "$value"})
	}
	for name, t := range g {
		if t.base == at.typ && g[at.typ].kind == "entity" && at.typ != "entity" {
			list = append(list, step{kind: "cast", name: "microsoft.graph." + name, typ: name, many: at.many})
		}
	}
	slices.SortFunc(list, func(a, b step) int { return strings.Compare(a.name, b.name) })
	return list
}

var start = step{kind: "root", typ: "GraphService"}

// methodsFor are the methods that make sense for what a step leads to.
func methodsFor(at step) []string {
	switch {
	case at.kind == "action":
		return []string{"POST"}
	case at.kind == "property" || at.kind == "function" || at.kind == "system" || at.kind == "cast":
		return []string{"GET"}
	case at.many:
		return []string{"GET", "POST"}
	case at.typ == "appRoleAssignment": // examples/conformance/exchange/assignments.http
		return []string{"GET", "DELETE"}
	}
	return []string{"GET", "PATCH", "DELETE"}
}

// A visitor sends requests and says what is wrong with the answers.
type visitor struct {
	*client
	ids map[string]string
}

func newVisitor(t *testing.T) visitor {
	s, fill := oneOfEach(t, &failures{})
	ids := map[string]string{}
	for typ, name := range map[string]string{"user": "USER", "group": "GROUP", "application": "APP", "servicePrincipal": "PRINCIPAL",
		"directoryObject": "USER", "subscribedSku": "SKU", "organization": "ORG", "domain": "DOMAIN",
		"accessReviewScheduleDefinition": "REVIEW", "accessReviewInstance": "INSTANCE", "accessPackage": "PACKAGE",
		"accessPackageCatalog": "CATALOG", "accessPackageAssignmentPolicy": "POLICY"} {
		ids[typ] = fill(name)
	}
	c := newClient(t, s).advanced().with("Authorization", "Bearer "+s.UserToken(ids["user"], "Directory.ReadWrite.All"))
	return visitor{c, ids}
}

// denials are how the service says that it has no such thing.
var denials = []string{"Resource not found for the segment", "Could not find a property", "does not exist on type",
	"Invalid object identifier", "Unrecognized query argument", "not allowed for the request target",
	"may only be used following a collection", "An unknown function"}

// modelledRefusals are what pages or recordings say of a path that is modelled.
var modelledRefusals = []string{
	"Direct queries to this resource type are not supported.", // /appRoleAssignments
	"Invalid resource identifier for EntitlementGrant.",       // ids of assignments are not GUIDs
	// https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/1517
	"Invalid search request.",
	// https://learn.microsoft.com/graph/api/profilephoto-get
	"Exception of type 'Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException' was thrown.",
}

// check reports what is wrong with the answer to a request of known names.
func (v visitor) check(method, target, body string) {
	v.t.Helper()
	a := v.do(method, target, body)
	if a.status < 400 || a.status == 501 {
		return
	}
	_, message := a.fault()
	request := method + " " + target + " " + body + ": " + message
	assert.NotEqual(v.t, 405, a.status, request)
	for _, d := range denials {
		assert.NotContains(v.t, message, d, request)
	}
	gone := a.status == 404 && (strings.Contains(target, "00000000-dead") || strings.HasPrefix(target, "/directory/deletedItems/"))
	if method == "GET" && !strings.Contains(target, "?") && !gone {
		assert.Contains(v.t, modelledRefusals, message, request)
	}
}

// Each path of known names down to an object's members' members is answered or
// is 501, with each method that makes sense.
func TestKnownPathsAreNotDenied(t *testing.T) {
	t.Parallel()
	g, n := readGuide(t), 0
	v := newVisitor(t)
	var visit func(at step, path string, depth int)
	visit = func(at step, path string, depth int) {
		for _, next := range g.after(at, v.ids) {
			n++
			target := path + "/" + next.name
			for _, method := range methodsFor(next) {
				if method != "DELETE" || strings.Contains(target, "00000000-dead") {
					v.check(method, target, "{}"[:2*min(1, len(method)-3)])
				}
			}
			if depth > 1 && !strings.Contains(next.name, "00000000-dead") {
				visit(next, target, depth-1)
			}
		}
	}
	visit(start, "", 4)
	require.Greater(t, n, 10000)
}

// Each known name is taken in query options and bodies of what is modelled, or
// is 501.
func TestKnownNamesAreNotDenied(t *testing.T) {
	t.Parallel()
	g, v := readGuide(t), newVisitor(t)
	for _, of := range [][2]string{{"/users", "user"}, {"/groups", "group"}, {"/applications", "application"},
		{"/servicePrincipals", "servicePrincipal"}, {"/organization", "organization"}, {"/domains", "domain"},
		{"/subscribedSkus", "subscribedSku"}, {"/me", "user"}, {"/users/" + v.ids["user"] + "/manager", "user"},
		{"/groups/" + v.ids["group"] + "/members", "user"}, {"/groups/" + v.ids["group"] + "/members", "group"},
		{"/groups/" + v.ids["group"] + "/members/microsoft.graph.user", "user"}, {"/directoryObjects/" + v.ids["user"], "user"},
		{"/directory/deletedItems/microsoft.graph.user", "user"}, {"/users/" + v.ids["user"] + "/appRoleAssignments", "appRoleAssignment"},
		{reviews, "accessReviewScheduleDefinition"}, {entitlements + "/catalogs", "accessPackageCatalog"},
		{entitlements + "/accessPackages", "accessPackage"}, {entitlements + "/assignments", "accessPackageAssignment"},
		{entitlements + "/assignmentPolicies", "accessPackageAssignmentPolicy"}} {
		path, typ := of[0], of[1]
		for _, m := range slices.Concat(g.of(typ, "property"), g.of(typ, "navigation")) {
			for _, query := range queriesWith(g, m) {
				v.check("GET", path+"?"+query, "")
			}
			if !strings.HasPrefix(path, "/identityGovernance") { // which knows no $search
				v.check("GET", path+`?$count=true&$search="`+m.name+`:x"`, "")
			}
			if path == "/me" || strings.Count(path, "/") > 1 && !strings.HasPrefix(path, "/identityGovernance") {
				continue // no set of its own
			}
			v.check("POST", path, `{"displayName": "x", "`+m.name+`": null}`)
			if m.kind == "navigation" {
				v.check("POST", path, `{"displayName": "x", "`+m.name+`@odata.bind": []}`)
			}
			for _, inner := range g.of(m.typ, "property") {
				v.check("POST", path, `{"displayName": "x", "`+m.name+`": {"`+inner.name+`": null}}`)
			}
			if id := v.ids[typ]; id != "" {
				v.check("GET", path+"/"+id+"?$select="+m.name, "")
				v.check("PATCH", path+"/"+id, `{"`+m.name+`": null}`)
			}
		}
	}
}

// queriesWith are query options with the name of a member, and with those of
// what it leads to.
func queriesWith(g guide, m step) []string {
	list := []string{"$select=" + m.name, "$count=true&$orderby=" + m.name, "$filter=" + m.name + " eq null"}
	if m.kind == "navigation" {
		list = append(list, "$expand="+m.name, "$expand="+m.name+"($levels=max;$select=id)", "$expand="+m.name+"($top=1;$filter=id eq 'x')")
	}
	for _, inner := range g.of(m.typ, "property") {
		list = append(list, "$select="+m.name+"/"+inner.name)
		if m.many {
			list = append(list, "$filter="+m.name+"/any(x:x/"+inner.name+" eq null)")
		} else {
			list = append(list, "$filter="+m.name+"/"+inner.name+" eq null")
		}
		if m.kind == "navigation" {
			list = append(list, "$expand="+m.name+"($select="+inner.name+")")
		}
	}
	return list
}

// FuzzKnownPaths goes deeper, by chance: each byte chooses a way on, and the
// last ones a method and a query option.
func FuzzKnownPaths(f *testing.F) {
	for _, seed := range []string{"users", "groups and more", "\x20\x01\x05", "identityGovernance", "directory/deletedItems", "me\x00\x10\x20\x30\x40"} {
		f.Add([]byte(seed))
	}
	g := readGuide(f)
	f.Fuzz(func(t *testing.T, ways []byte) {
		v := newVisitor(t)
		choose := func(n int) (i int) {
			if len(ways) > 0 && n > 0 {
				i, ways = int(ways[0])%n, ways[1:]
			}
			return i
		}
		at, target := start, ""
		for range 8 {
			next := g.after(at, v.ids)
			if len(next) == 0 || len(ways) < 3 {
				break
			}
			at = next[choose(len(next))]
			target += "/" + at.name
		}
		if target == "" {
			return
		}
		method := methodsFor(at)[choose(len(methodsFor(at)))]
		names := slices.Concat(g.of(at.typ, "property"), g.of(at.typ, "navigation"))
		switch {
		case len(names) == 0 || at.kind == "action":
			v.check(method, target, "")
		case method == "GET":
			queries := queriesWith(g, names[choose(len(names))])
			v.check(method, target+"?"+queries[choose(len(queries))], "")
		default:
			v.check(method, target, `{"`+names[choose(len(names))].name+`": null}`)
		}
	})
}
