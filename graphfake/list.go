package graphfake

import (
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/metadata"
	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A listing is what a list request runs over.
type listing struct {
	typ *state.Type
	src query.Source
	set string // as in the context URL

	shapes map[*state.Type]shape // for lists of several types
}

// table is the listing of all objects of a type in use.
func (rq *request) table(t *state.Type) listing {
	tab := rq.read.Live(t)
	return listing{typ: t, set: t.Set, src: query.Source{Table: tab, Len: tab.Len}}
}

// objects makes a source of a sequence in order of id.
func objects(list iter.Seq[*object]) query.Source { return query.Source{List: list} }

// list answers with one page.
func (rq *request) list(l listing) (response, *graphError) {
	sh, err := rq.shape(l.typ)
	if err != nil {
		return response{}, err
	}
	for _, p := range sh.props {
		if p.Is(state.Outside) {
			return response{}, notYetSupported()
		}
	}
	plan, bad := query.Compile(l.typ, rq.query)
	if bad != nil {
		return response{}, rq.badFilter(bad)
	}
	size := rq.query.Top
	if size == 0 {
		size = query.DefaultPage
	}
	page, bad := plan.Page(l.src, rq.query.SkipToken, size)
	if bad != nil {
		return response{}, fromQuery(bad)
	}
	count := 0
	if rq.showsCount() {
		count = plan.Count(l.src)
	}
	return rq.page(l, sh, count, page), nil
}

// page answers with a page. The count is on the first page only, and only for
// callers who may ask.
func (rq *request) page(l listing, sh shape, count int, page query.Page) response {
	var head entity
	if sh.level != "none" {
		head = append(head, member{"@odata.context", rq.context(l.set, sh, false)})
	}
	if rq.showsCount() {
		head = append(head, member{"@odata.count", count})
	}
	if page.Next != "" {
		head = append(head, member{"@odata.nextLink", rq.link("$skiptoken", page.Next)})
	}
	items := make([]entity, len(page.Objects))
	for i, o := range page.Objects {
		if own, ok := l.shapes[o.Type]; ok {
			sh = own
		}
		items[i] = sh.entity(o, "")
	}
	return answerList(head, items)
}

// link is this request's URL with its options and a token at the end, encoded
// the way the service does: $ as it is, a space as +, and lower-case hex.
func (rq *request) link(name, token string) string {
	var sb strings.Builder
	sb.WriteString(rq.base + rq.path + "?")
	for _, p := range rq.query.Pairs {
		if !slices.Contains([]string{"$skiptoken", "$deltatoken", "$skip"}, strings.ToLower(p.Name)) {
			sb.WriteString(p.Name + "=" + lowerHex(url.QueryEscape(p.Value)) + "&")
		}
	}
	sb.WriteString(name + "=" + token)
	return sb.String()
}

func lowerHex(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i:], strings.ToLower(string(b[i:i+3])))
		}
	}
	return string(b)
}

// badFilter refuses a filter. One that is not modelled fails the test, too.
func (rq *request) badFilter(e *query.Error) *graphError {
	if e.Status == http.StatusNotImplemented {
		rq.s.errorf("graphfake: %s: %s", rq, e.Message)
	}
	return fromQuery(e)
}

// count answers the /$count segment: a plain number, for advanced queries only.
func (rq *request) count(l listing) (response, *graphError) {
	if !rq.eventual() {
		return response{}, badRequest("$count is not currently supported.")
	}
	rq.query.Count = true // the segment stands for $count=true
	plan, err := query.Compile(l.typ, rq.query)
	if err != nil {
		return response{}, rq.badFilter(err)
	}
	return plainText(strconv.Itoa(plan.Count(l.src))), nil
}

// showsCount reports whether the answer carries @odata.count: the first page of
// an advanced query does, and no other, so only there is it worth counting.
func (rq *request) showsCount() bool { return rq.query.Advanced() && !rq.query.HasSkipToken }

// maxExpand is the number of related objects that $expand returns; there is
// no link to the rest. https://learn.microsoft.com/graph/query-parameters#expand
const maxExpand = 20

// An expansion is one navigation property of $expand.
type expansion struct {
	name   string
	many   bool
	find   relation
	shapes map[*state.Type]shape
	names  []string // of its own $select
}

// navigation says which navigation properties can be expanded, by "set/name".
// A manager is one object, the others are lists.
var navigation = map[string]relation{
	"users/manager":                        managerOf,
	"users/directReports":                  reportsOf,
	"users/memberOf":                       groupsOf,
	"users/appRoleAssignments":             rolesOfUser,
	"groups/members":                       membersOf,
	"groups/memberOf":                      groupsOf,
	"groups/owners":                        ownersOf,
	"groups/appRoleAssignments":            assignmentsHeldBy,
	"applications/owners":                  ownersOf,
	"servicePrincipals/owners":             ownersOf,
	"servicePrincipals/memberOf":           groupsOf,
	"servicePrincipals/appRoleAssignments": assignmentsHeldBy,
	"servicePrincipals/appRoleAssignedTo":  assignmentsOn,
}

// some returns a few objects of a source: the first ones, unless lists are shuffled.
func (rq *request) some(src query.Source) []*object {
	var list []*object
	for o := range src.All() {
		if list = append(list, o); len(list) == maxExpand && rq.query.Shuffle == 0 {
			break
		}
	}
	shuffled(rq, list, func(o *object) string { return o.ID })
	return list[:min(len(list), maxExpand)]
}

// shuffled puts what the service does not order in the order of Options.Shuffle.
func shuffled[T any](rq *request, list []T, id func(T) string) {
	if rq.query.Shuffle != 0 {
		slices.SortFunc(list, func(a, b T) int {
			return strings.Compare(query.Shuffled(rq.query.Shuffle, id(a)), query.Shuffled(rq.query.Shuffle, id(b)))
		})
	}
}

// elements returns the elements of a collection that is not stored as it is.
func (rq *request) elements(o *object, p *state.Property) (list []any) {
	if p.Is(state.Derived) {
		return identities(rq.read, o)
	}
	related := rq.rolesOf
	if p.Name == "appRoleAssignedTo" {
		related = func(o *object) query.Source { return assignmentsOn(rq, o.ID) }
	}
	for a := range related(o).List {
		list = append(list, map[string]any{"id": a.ID})
	}
	return list
}

// expansions finds what $expand asks for; of options of its own only $select
// is modelled.
func (rq *request) expansions(t *state.Type) ([]expansion, *graphError) {
	var list []expansion
	for _, x := range rq.query.Expand {
		link, _ := metadata.Link(t.Name, x.Name)
		e := expansion{name: link.Name, many: link.Many, find: navigation[t.Set+"/"+link.Name], names: x.Options.Select}
		switch {
		case x.Name == "*":
			return nil, rq.notModelled("$expand=*")
		case e.find == nil:
			return nil, noSuchName(x.Name, t.Name)
		case !x.Options.Only("$select"):
			return nil, rq.notModelled("an option of $expand other than $select")
		case rq.query.Advanced():
			// wording believed
			return nil, refuse(http.StatusBadRequest, "Request_UnsupportedQuery", "Expand is not supported for current query.")
		}
		inner := *rq
		inner.query = x.Options
		var err *graphError
		if e.shapes, err = inner.shapes(append(schema.DirectoryTypes(), schema.Assignments)...); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// noSuchName refuses a name in $select or $expand.
func noSuchName(name, typ string) *graphError {
	return malformed("Parsing OData Select and Expand failed: Could not find a property named '%s' on type "+
		"'microsoft.graph.%s'.", name, typ).denies(typ, strings.Split(name, "/")...)
}

// render returns what the navigation property of o leads to.
func (e expansion) render(rq *request, o *object) any {
	list := []entity{}
	for _, x := range rq.some(e.find(rq, o.ID)) {
		list = append(list, e.shapes[x.Type].entity(x, ""))
	}
	switch {
	case e.many:
		return list
	case len(list) == 0:
		return nil
	}
	return list[0]
}
