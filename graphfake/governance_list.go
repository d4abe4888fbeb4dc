package graphfake

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/metadata"
	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A collection is what a list request of a governance service runs over.
type collection struct {
	set        string // as in the context URL
	n          int    // how many there are
	item       func(int) entity
	filterable []string // paths that $filter may compare by eq
	contains   []string // paths that $filter may search
	expandable []string // taken in $expand
}

// govPage is the page size without $top.
const govPage = 100

// govList answers with one page of a collection.
func (rq *request) govList(c collection) (response, error) {
	if err := rq.expandsOnly(c.expandable); err != nil {
		return response{}, err
	}
	if err := c.query(rq); err != nil {
		return response{}, err
	}
	if rq.query.Shuffle != 0 && rq.query.OrderBy == "" {
		c.shuffle(rq)
	}
	from := min(rq.query.Skip, c.n)
	to := from + min(cmp.Or(rq.query.Top, govPage), c.n-from)
	head := entity{{"@odata.context", rq.base + "/$metadata#" + c.set}, {"@odata.count", to - from}}
	if to < c.n {
		head = append(head, member{"@odata.nextLink", rq.link("$skip", strconv.Itoa(to))})
	}
	items, typ := make([]entity, 0, to-from), rq.subject()
	for i := from; i < to; i++ {
		item, err := c.item(i).shaped(rq.query, typ)
		if err != nil {
			return response{}, err
		}
		items = append(items, item)
	}
	return answerList(head, items), nil
}

// shuffle puts the items in the order of Options.Shuffle.
func (c *collection) shuffle(rq *request) {
	items := make([]entity, c.n)
	for i := range items {
		items[i] = c.item(i)
	}
	shuffled(rq, items, func(e entity) string { return literalText(e.get("id")) })
	c.item = func(i int) entity { return items[i] }
}

// query filters and sorts. Where nothing of that is asked for, no item is looked at.
func (c *collection) query(rq *request) *graphError {
	filter, err := rq.query.ParseFilter()
	if err != nil {
		return rq.badFilter(err)
	}
	order, err := rq.query.ParseOrder()
	if err != nil {
		return fromQuery(err)
	}
	if filter == nil && order == nil {
		return nil
	}
	if filter != nil {
		if err := c.allows(filter); err != nil {
			return err
		}
	}
	var items []entity
	for i := range c.n {
		if e := c.item(i); filter == nil || fulfills(e, filter) {
			items = append(items, e)
		}
	}
	for _, by := range order {
		if len(items) > 0 && !items[0].has(by.Path[0]) {
			return malformed("Invalid orderby clause: Could not find a property named '%s'.", by.Path[0]).denies("", by.Path...)
		}
	}
	slices.SortStableFunc(items, func(a, b entity) int { return compareBy(order, a, b) })
	c.n, c.item = len(items), func(i int) entity { return items[i] }
	return nil
}

func compareBy(order []odata.Order, a, b entity) int {
	for _, by := range order {
		n := state.CompareFold(literalText(a.at(by.Path)), literalText(b.at(by.Path)))
		if by.Desc {
			n = -n
		}
		if n != 0 {
			return n
		}
	}
	return 0
}

// collectionOf makes a collection of a slice.
func collectionOf[T any](c collection, list []T, render func(T) entity) collection {
	c.n, c.item = len(list), func(i int) entity { return render(list[i]) }
	return c
}

// allows refuses filters that the service does not support.
func (c *collection) allows(e odata.Expr) *graphError {
	within := func(path odata.Path, list []string) bool {
		return slices.ContainsFunc(list, func(p string) bool { return strings.EqualFold(p, path.String()) })
	}
	switch e := e.(type) {
	case odata.And:
		return c.allowsAll(e.Terms)
	case odata.Or:
		return c.allowsAll(e.Terms)
	case odata.Compare:
		if e.Op == "eq" && within(e.Path, c.filterable) {
			return nil
		}
	case odata.Call:
		if e.Func == "contains" && within(e.Path, c.contains) {
			return nil
		}
	}
	err := malformed("The $filter is not supported on this resource.") // wording believed
	if path := odata.Paths(e)[0]; !c.models(path[0]) {
		err.denies("", path...)
	}
	return err
}

// models reports whether the items have a member of that name, as far as one can see.
func (c *collection) models(name string) bool {
	return c.n > 0 && c.item(0).has(name) || slices.ContainsFunc(c.filterable, func(path string) bool {
		root, _, _ := strings.Cut(path, "/")
		return strings.EqualFold(root, name)
	})
}

func (c *collection) allowsAll(terms []odata.Expr) *graphError {
	for _, t := range terms {
		if err := c.allows(t); err != nil {
			return err
		}
	}
	return nil
}

// fulfills reports whether an entity passes a filter that is allowed.
func fulfills(e entity, f odata.Expr) bool {
	switch f := f.(type) {
	case odata.And:
		return !slices.ContainsFunc(f.Terms, func(t odata.Expr) bool { return !fulfills(e, t) })
	case odata.Or:
		return slices.ContainsFunc(f.Terms, func(t odata.Expr) bool { return fulfills(e, t) })
	case odata.Compare:
		v := e.at(f.Path)
		if v == nil || f.Value.Kind == odata.Null {
			return v == nil && f.Value.Kind == odata.Null
		}
		return strings.EqualFold(literalText(v), f.Value.Text)
	case odata.Call:
		return strings.Contains(strings.ToLower(literalText(e.at(f.Path))), strings.ToLower(f.Value.Text))
	}
	return false
}

// literalText is a value as a literal of a filter has it.
func literalText(v any) string {
	switch v := v.(type) {
	case nil, nav:
		return ""
	case string:
		return v
	}
	return string(appendJSON(nil, v))
}

// expandsOnly refuses an $expand of what there is not.
func (rq *request) expandsOnly(known []string) *graphError {
	for _, x := range rq.query.Expand {
		switch {
		case x.Name != "*" && !slices.ContainsFunc(known, func(n string) bool { return strings.EqualFold(n, x.Name) }):
			return noSuchName(x.Name, rq.subject())
		case !x.Options.Only("$select", "$expand"):
			return rq.notModelled("an option of $expand other than $select and $expand")
		}
	}
	return nil
}

// govOne answers with a single entity.
func (rq *request) govOne(status int, set string, e entity) (response, error) {
	var navs []string
	for _, m := range e {
		if _, ok := m.value.(nav); ok {
			navs = append(navs, m.name)
		}
	}
	if err := rq.expandsOnly(navs); err != nil {
		return response{}, err
	}
	shaped, err := e.shaped(rq.query, rq.subject())
	if err != nil {
		return response{}, err
	}
	context := member{"@odata.context", rq.base + "/$metadata#" + set + "/$entity"}
	return answer(status, append(entity{context}, shaped...)), nil
}

// has reports whether there is a member of that name.
func (e entity) has(name string) bool {
	return slices.ContainsFunc(e, func(m member) bool { return strings.EqualFold(m.name, name) })
}

// get returns a member without regard to letter case, nil if there is none.
func (e entity) get(name string) any {
	for _, m := range e {
		if strings.EqualFold(m.name, name) {
			return m.value
		}
	}
	return nil
}

// with returns the entity with another value of a member that it has.
func (e entity) with(name string, value any) entity {
	for i := range e {
		if e[i].name == name {
			e[i].value = value
		}
	}
	return e
}

// at returns what a path leads to. A segment that names a type is passed over.
func (e entity) at(path []string) any {
	var v any = e
	for _, name := range path {
		if to, ok := v.(nav); ok {
			v = to()
		}
		switch o := v.(type) {
		case entity:
			if !strings.Contains(name, ".") {
				v = o.get(name)
			}
		case map[string]any:
			if !strings.Contains(name, ".") {
				v = o[name]
			}
		default:
			return nil
		}
	}
	return v
}

// shaped returns the members that are selected, annotations, and what is
// expanded. It refuses names that the entity, of a type of the metadata, does not have.
func (e entity) shaped(o *query.Options, typ string) (entity, *graphError) {
	if err := e.hasAll(o, typ); err != nil {
		return nil, err
	}
	selected := func(name string) bool {
		return o.Select == nil || strings.HasPrefix(name, "@") ||
			slices.ContainsFunc(o.Select, func(n string) bool { return strings.EqualFold(n, name) })
	}
	out := make(entity, 0, len(e))
	for _, m := range e {
		to, isNav := m.value.(nav)
		if !isNav {
			if selected(m.name) {
				out = append(out, m)
			}
			continue
		}
		expands := func(x query.Expand) bool { return x.Name == "*" || strings.EqualFold(x.Name, m.name) }
		if i := slices.IndexFunc(o.Expand, expands); i >= 0 {
			link, _ := metadata.Link(typ, m.name)
			v, err := expanded(to(), o.Expand[i].Options, cmp.Or(link.Type, metadata.Undescribed))
			if err != nil {
				return nil, err
			}
			out = append(out, member{m.name, v})
		}
	}
	return out, nil
}

func (e entity) hasAll(o *query.Options, typ string) *graphError {
	for _, name := range o.Select {
		if root, _, _ := strings.Cut(name, "/"); name != "*" && !e.has(root) {
			return noSuchName(root, typ)
		}
	}
	for _, x := range o.Expand {
		if x.Name != "*" && !e.has(x.Name) {
			return noSuchName(x.Name, typ)
		}
	}
	return nil
}

func expanded(v any, o *query.Options, typ string) (any, *graphError) {
	switch v := v.(type) {
	case entity:
		if v != nil {
			return v.shaped(o, typ)
		}
	case []entity:
		list := make([]entity, len(v))
		for i, e := range v {
			var err *graphError
			if list[i], err = e.shaped(o, typ); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	return nil, nil
}

// stampOrNil is a time as governance services write it, null for the zero time.
func stampOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.999Z")
}

// textOrNil returns s, null for "".
func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
