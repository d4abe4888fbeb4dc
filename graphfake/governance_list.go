package graphfake

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
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

// govOptions are the query options of the governance services, which differ
// from the directory's: $skip works, advanced queries do not exist.
type govOptions struct {
	pairs     []member
	sel       []string
	expand    []expanding
	filter    odata.Expr
	order     []odata.Order
	top, skip int
}

// govPage is the page size without $top.
const govPage = 100

func (rq *request) govOptions() (*govOptions, *graphError) {
	o := &govOptions{}
	for part := range strings.SplitSeq(rq.rawQuery, "&") {
		if part == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(part, "=")
		name, err1 := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		if err1 != nil || err2 != nil {
			return nil, malformed("Invalid URI: the query option '%s' is not correctly percent-encoded.", rawName)
		}
		o.pairs = append(o.pairs, member{name, value})
		if err := o.set(strings.ToLower(name), value); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (o *govOptions) set(name, value string) *graphError {
	var err error
	ok := true
	switch name {
	case "$select":
		o.sel = splitNames(value)
	case "$expand":
		o.expand, ok = parseExpand(value)
	case "$filter":
		o.filter, err = odata.ParseFilter(value)
	case "$orderby":
		o.order, err = odata.ParseOrder(value)
	case "$top":
		o.top, err = strconv.Atoi(value)
	case "$skip":
		o.skip, err = strconv.Atoi(value)
	case "$count":
	default:
		return malformed("Unrecognized query argument specified: '%s'.", name)
	}
	if err != nil || !ok || o.top < 0 || o.skip < 0 {
		return malformed("Invalid value '%s' for %s query option found.", value, name)
	}
	return nil
}

// govList answers with one page of a collection.
func (rq *request) govList(c collection) (response, *graphError) {
	o, err := rq.govOptions()
	if err != nil {
		return response{}, err
	}
	if err := c.query(o); err != nil {
		return response{}, err
	}
	size := cmp.Or(o.top, govPage)
	from := min(o.skip, c.n)
	to := min(from+size, c.n)
	out := entity{{"@odata.context", rq.base + "/$metadata#" + c.set}, {"@odata.count", to - from}}
	if to < c.n {
		out = append(out, member{"@odata.nextLink", rq.govLink(o, to)})
	}
	list := make([]any, 0, to-from)
	for i := from; i < to; i++ {
		list = append(list, c.item(i).shaped(o.sel, o.expand))
	}
	return govBody(http.StatusOK, append(out, member{"value", list})), nil
}

// query filters and sorts. Where nothing of that is asked for, no item is looked at.
func (c *collection) query(o *govOptions) *graphError {
	if err := o.expands(c.expandable); err != nil {
		return err
	}
	if o.filter == nil && o.order == nil {
		return nil
	}
	var items []entity
	if o.filter != nil {
		if err := c.allows(o.filter); err != nil {
			return err
		}
	}
	for i := range c.n {
		if e := c.item(i); o.filter == nil || fulfils(e, o.filter) {
			items = append(items, e)
		}
	}
	for _, by := range o.order {
		if len(items) > 0 && !items[0].has(by.Path[0]) {
			return malformed("Invalid orderby clause: Could not find a property named '%s'.", by.Path[0])
		}
	}
	slices.SortStableFunc(items, func(a, b entity) int { return compareBy(o.order, a, b) })
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

// over makes a collection of a slice.
func over[T any](c collection, list []T, render func(T) entity) collection {
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
	return malformed("The $filter is not supported on this resource.") // wording believed
}

func (c *collection) allowsAll(terms []odata.Expr) *graphError {
	for _, t := range terms {
		if err := c.allows(t); err != nil {
			return err
		}
	}
	return nil
}

// fulfils tells whether an entity passes a filter that is allowed.
func fulfils(e entity, f odata.Expr) bool {
	switch f := f.(type) {
	case odata.And:
		return !slices.ContainsFunc(f.Terms, func(t odata.Expr) bool { return !fulfils(e, t) })
	case odata.Or:
		return slices.ContainsFunc(f.Terms, func(t odata.Expr) bool { return fulfils(e, t) })
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
	return string(toJSON(v))
}

// govLink is this request's URL with another $skip.
func (rq *request) govLink(o *govOptions, skip int) string {
	var sb strings.Builder
	sb.WriteString(rq.base + rq.path + "?")
	for _, p := range o.pairs {
		if !strings.EqualFold(p.name, "$skip") {
			sb.WriteString(p.name + "=" + lowerHex(url.QueryEscape(p.value.(string))) + "&")
		}
	}
	return sb.String() + "$skip=" + strconv.Itoa(skip)
}

// expands refuses an $expand of what there is not.
func (o *govOptions) expands(known []string) *graphError {
	for _, x := range o.expand {
		if x.name != "*" && !slices.ContainsFunc(known, func(n string) bool { return strings.EqualFold(n, x.name) }) {
			return malformed("Parsing OData Select and Expand failed: Could not find a property named '%s'.", x.name)
		}
	}
	return nil
}

// govOne answers with a single entity.
func (rq *request) govOne(status int, set string, e entity) (response, *graphError) {
	o, err := rq.govOptions()
	if err != nil {
		return response{}, err
	}
	var navs []string
	for _, m := range e {
		if _, ok := m.value.(nav); ok {
			navs = append(navs, m.name)
		}
	}
	if err := o.expands(navs); err != nil {
		return response{}, err
	}
	return govBody(status, append(entity{{"@odata.context", rq.base + "/$metadata#" + set + "/$entity"}}, e.shaped(o.sel, o.expand)...)), nil
}

func govBody(status int, e entity) response {
	return response{status: status, body: toJSON(e)}
}
