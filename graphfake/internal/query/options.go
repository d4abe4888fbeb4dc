// Package query carries out the OData queries of the fake: it reads the query
// options, refuses what the directory refuses in the directory's words, finds
// out which index answers a filter, and opens pages by key.
package query

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/metadata"
	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// An Error is a refusal, always with HTTP status 400 unless Status says otherwise.
type Error struct {
	Status        int // 0 = 400
	Code, Message string
	Missing       metadata.Name // what was not found; zero for other errors
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

func badRequest(format string, args ...any) *Error {
	return &Error{Code: "BadRequest", Message: fmt.Sprintf(format, args...)}
}

// noSuch is the refusal of a name that a type does not have.
func noSuch(clause, name, owner string, missing metadata.Name) *Error {
	e := badRequest("%s: Could not find a property named '%s' on type 'microsoft.graph.%s'.", clause, name, owner)
	e.Missing = missing
	return e
}

func requestBadRequest(format string, args ...any) *Error {
	return &Error{Code: "Request_BadRequest", Message: fmt.Sprintf(format, args...)}
}

func unsupported(format string, args ...any) *Error {
	return &Error{Code: "Request_UnsupportedQuery", Message: fmt.Sprintf(format, args...)}
}

// A Pair is one query option as it was sent, decoded.
type Pair struct{ Name, Value string }

// A Dialect names a service by how it reads query options.
type Dialect string

// The dialects. Governance services page by $skip, and know neither $search
// nor page tokens.
const (
	Directory  Dialect = "directory"
	Governance Dialect = "governance"
)

// Options are the query options of one request, or of one item of $expand.
type Options struct {
	Pairs []Pair // all, in order, for the nextLink

	Select                  []string
	Expand                  []Expand
	Filter, OrderBy, Search string
	SkipToken, DeltaToken   string
	HasFilter               bool
	Top, Skip               int // 0 = not given
	Count                   bool
	Eventual                bool // the header ConsistencyLevel: eventual was sent
	HasSkipToken, HasDelta  bool

	// Elements returns the elements of a collection that is not stored as it is: of a
	// virtual or a derived property.
	Elements Elements

	// Listing is the path that is listed. Page tokens belong to it.
	Listing string

	// Shuffle, if it is not 0, makes an order for what $orderby does not order.
	Shuffle uint64

	dialect Dialect
	inner   bool // of an item of $expand
}

// Elements returns the elements of a property of an object, as decoded JSON.
type Elements func(o *state.Object, p *state.Property) []any

// An Expand is one item of $expand: a navigation property, with query options
// of its own in parentheses.
type Expand struct {
	Name    string
	Options *Options
}

// Only reports whether no options but the named ones were given.
func (o *Options) Only(names ...string) bool {
	return !slices.ContainsFunc(o.Pairs, func(p Pair) bool { return !slices.Contains(names, strings.ToLower(p.Name)) })
}

// Advanced reports whether this is an advanced query: the header and the count.
// https://learn.microsoft.com/graph/aad-advanced-queries
func (o *Options) Advanced() bool { return o.Eventual && o.Count }

// Page sizes of the directory: without $top, and the largest $top.
const (
	DefaultPage = 100
	MaxPage     = 999
)

// Parse reads a raw query string, in which + is a space.
func Parse(raw string, d Dialect) (*Options, *Error) {
	o := &Options{dialect: d}
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(part, "=")
		name, err1 := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		if err1 != nil || err2 != nil {
			return nil, badRequest("Invalid URI: the query option '%s' is not correctly percent-encoded.", rawName)
		}
		if err := o.add(name, value); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (o *Options) add(name, value string) *Error {
	for _, p := range o.Pairs {
		if strings.EqualFold(p.Name, name) && strings.HasPrefix(name, "$") {
			return badRequest("Query option '%s' was specified more than once, but it must be specified at most once.", name)
		}
	}
	o.Pairs = append(o.Pairs, Pair{name, value})
	return o.set(name, value)
}

func (o *Options) set(name, value string) (err *Error) {
	switch option := strings.ToLower(name); {
	case option == "$select":
		o.Select = split(value, ',')
	case option == "$expand":
		o.Expand, err = parseExpand(value, o.dialect)
	case option == "$filter":
		o.Filter, o.HasFilter = value, true
	case option == "$orderby":
		o.OrderBy = value
	case option == "$count":
		err = o.setCount(value)
	case option == "$top":
		err = o.setTop(value)
	case option == "$skip":
		err = o.setSkip(value)
	case o.inner && slices.Contains([]string{"$levels", "$search"}, option):
		// The service has them. None is modelled, see Only.
	case o.dialect == Directory:
		err = o.setDirectory(option, name, value)
	default:
		err = badRequest("Unrecognized query argument specified: '%s'.", name)
	}
	return err
}

// setDirectory sets what only the directory takes.
func (o *Options) setDirectory(option, name, value string) *Error {
	switch option {
	case "$search":
		o.Search = value
	case "$skiptoken":
		o.SkipToken, o.HasSkipToken = value, true
	case "$deltatoken":
		o.DeltaToken, o.HasDelta = value, true
	case "$format":
		// The service answers JSON whatever is asked for.
	default:
		return requestBadRequest("Unrecognized query argument specified: '%s'.", name)
	}
	return nil
}

func (o *Options) setCount(value string) *Error {
	switch strings.ToLower(value) {
	case "true":
		o.Count = true
	case "false":
	default:
		return badRequest("Invalid value '%s' for $count query option found. "+
			"Valid values are '0', '1', 'true', and 'false'.", value)
	}
	return nil
}

func (o *Options) setTop(value string) (err *Error) {
	if o.Top, err = o.number("$top", value); err == nil && o.dialect == Directory && (o.Top < 1 || o.Top > MaxPage) {
		return unsupported("Invalid page size specified: '%d'. Must be between 1 and %d inclusive.", o.Top, MaxPage)
	}
	return err
}

func (o *Options) setSkip(value string) (err *Error) {
	if o.dialect == Directory && !o.inner {
		return requestBadRequest("'$skip' is not supported by the service.")
	}
	o.Skip, err = o.number("$skip", value)
	return err
}

func (o *Options) number(option, value string) (int, *Error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 && o.dialect == Governance {
		return 0, badRequest("Invalid value '%s' for %s query option found. "+
			"The %s query option requires a non-negative integer value.", value, option, option)
	}
	return n, nil
}

// parseExpand reads $expand: names, each with options in parentheses, such as
// manager($select=id,displayName).
func parseExpand(value string, d Dialect) ([]Expand, *Error) {
	var list []Expand
	for _, item := range split(value, ',') {
		name, inner, nested := strings.Cut(item, "(")
		e := Expand{Name: strings.TrimSpace(name), Options: &Options{dialect: d, inner: true}}
		inner, closed := strings.CutSuffix(inner, ")")
		if e.Name == "" || nested && !closed {
			return nil, badRequest("Parsing OData Select and Expand failed: the term '%s' is not valid.", item)
		}
		for _, option := range split(inner, ';') {
			key, value, _ := strings.Cut(option, "=")
			if err := e.Options.add(key, value); err != nil {
				return nil, err
			}
		}
		list = append(list, e)
	}
	return list, nil
}

// split splits at the separators that are not inside parentheses or quotes,
// and leaves out empty items.
func split(s string, separator rune) []string {
	var list []string
	depth, quoted, from := 0, false, 0
	add := func(item string) {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	for i, r := range s {
		switch {
		case r == '\'':
			quoted = !quoted
		case quoted:
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == separator && depth == 0:
			add(s[from:i])
			from = i + 1
		}
	}
	add(s[from:])
	return list
}

// ParseFilter returns the syntax tree of $filter, nil if there is none.
func (o *Options) ParseFilter() (odata.Expr, *Error) {
	if !o.HasFilter {
		return nil, nil
	}
	return parseFilter(o.Filter)
}

func parseFilter(filter string) (odata.Expr, *Error) {
	e, err := odata.ParseFilter(filter)
	if err != nil {
		return nil, parseError("filter", err)
	}
	return e, nil
}

// ParseOrder returns the keys of $orderby, none if it was not given.
func (o *Options) ParseOrder() ([]odata.Order, *Error) {
	if o.OrderBy == "" {
		return nil, nil
	}
	orders, err := odata.ParseOrder(o.OrderBy)
	if err != nil {
		return nil, parseError("orderby", err)
	}
	return orders, nil
}

// Selection resolves $select against a type: the properties to return, in the
// order asked for. Without $select it is nil.
func (o *Options) Selection(t *state.Type) ([]*state.Property, *Error) {
	var list []*state.Property
	for _, name := range o.Select {
		root, _, _ := strings.Cut(name, "/")
		p := t.Prop(root)
		switch {
		case name == "*":
			list = append(list, t.Returned()...)
		case p != nil && !p.Is(state.Virtual):
			if !slices.ContainsFunc(list, func(q *state.Property) bool { return strings.EqualFold(q.Name, p.Name) }) {
				list = append(list, p)
			}
		case !isLink(t, root):
			return nil, noSuch("Parsing OData Select and Expand failed", root, t.Name, metadata.Of(t.Name, root))
		}
	}
	if o.Select != nil && list == nil {
		list = []*state.Property{}
	}
	return list, nil
}

// isLink reports whether a name is that of a navigation property: such names are
// accepted without effect.
func isLink(t *state.Type, name string) bool {
	_, ok := metadata.Link(t.Name, name)
	return ok
}

// parseError gives a syntax error of a clause the service's form.
func parseError(clause string, err error) *Error {
	if e, ok := err.(*odata.Error); ok && e.NotModelled {
		return &Error{Status: 501, Code: "NotImplemented", Message: "graphfake does not model " + e.Message + "."}
	}
	return badRequest("Invalid %s clause: %v", clause, err)
}

// FilterProperties returns the names that begin the paths of $filter; none if
// it does not parse.
func (o *Options) FilterProperties() []string {
	e, err := o.ParseFilter()
	if err != nil {
		return nil
	}
	var list []string
	for _, path := range odata.Paths(e) {
		list = append(list, path[0])
	}
	return list
}

// FilterIDs returns the values of a $filter that is nothing but id eq 'x' or id eq 'y'.
func (o *Options) FilterIDs() (ids []string, ok bool) {
	e, err := o.ParseFilter()
	if err != nil {
		return nil, false
	}
	terms := []odata.Expr{e}
	if or, isOr := e.(odata.Or); isOr {
		terms = or.Terms
	}
	for _, t := range terms {
		c, isCompare := t.(odata.Compare)
		if !isCompare || c.Op != "eq" || len(c.Path) != 1 || !strings.EqualFold(c.Path[0], "id") {
			return nil, false
		}
		ids = append(ids, c.Value.Text)
	}
	return ids, true
}
