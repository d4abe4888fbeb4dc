package query

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A Source is what a query runs over: a whole table, or a list of objects such
// as the members of a group.
type Source struct {
	Table *state.Table            // nil: List is what there is
	List  iter.Seq[*state.Object] // in order of id
	// Resume, if set, is List from the first object after an id.
	Resume func(after string) iter.Seq[*state.Object]
	Len    func() int
}

// All yields everything that the source holds.
func (s Source) All() iter.Seq[*state.Object] {
	switch {
	case s.Table != nil:
		return s.Table.All()
	case s.Resume != nil:
		return s.Resume("")
	}
	return s.List
}

// A Plan is a query that was found to be right.
type Plan struct {
	typ    *state.Type
	filter node
	search func(*state.Object) bool
	order  []key
	spans  []span // what an index can be asked for instead of everything

	listing uint64 // stands for the path and what decides which objects come when
	shuffle uint64 // 0 = the order is that of an index, or of ids
}

type key struct {
	path []*state.Property
	desc bool
}

// Compile checks the options against the type and plans the query.
func Compile(t *state.Type, o *Options) (*Plan, *Error) {
	p := &Plan{typ: t, listing: o.listing()}
	if o.OrderBy == "" {
		p.shuffle = o.Shuffle
	}
	e, err := o.ParseFilter()
	if err != nil {
		return nil, err
	}
	if e != nil {
		n, err := binder{typ: t, elements: o.Elements}.bind(e)
		if err != nil {
			return nil, err
		}
		if err := (checker{t, o.Advanced()}).filter(n); err != nil {
			return nil, err
		}
		p.filter = n
		p.spans, _ = spans(t, n)
	}
	if err := p.compileSearch(o); err != nil {
		return nil, err
	}
	return p, p.compileOrder(o)
}

func (p *Plan) compileOrder(o *Options) *Error {
	orders, err := o.ParseOrder()
	if err != nil {
		return err
	}
	for _, by := range orders {
		path, bad := binder{typ: p.typ}.resolve(by.Path)
		if bad != nil {
			bad.Message = strings.Replace(bad.Message, "Invalid filter clause", "Invalid orderby clause", 1)
			return bad
		}
		last := path[len(path)-1]
		plain := last.Is(state.Sort) && !o.HasFilter && o.Search == ""
		if !plain && !(o.Advanced() && (last.Is(state.Sort) || last.Is(state.SortA))) {
			return unsupported("Sorting not supported for current query.")
		}
		p.order = append(p.order, key{path, by.Desc})
	}
	return nil
}

func (p *Plan) matches(o *state.Object) bool {
	return (p.filter == nil || p.filter.match(o)) && (p.search == nil || p.search(o))
}

// Shuffled returns a key whose order is that of nothing: by shuffle, which is the
// same throughout a listing, and by what is listed.
func Shuffled(shuffle uint64, id string) string {
	h := fnv.New64a()
	h.Write(binary.LittleEndian.AppendUint64(nil, shuffle))
	h.Write([]byte(id))
	return strconv.FormatUint(rand.New(rand.NewPCG(shuffle, h.Sum64())).Uint64(), 36)
}

// A Page is one page of a listing.
type Page struct {
	Objects []*state.Object
	Next    string // token of the next page, "" = this was the last
}

// Page returns the page of the given size that a token leads to, or the first
// one for "". It takes time proportional to the page, not to the source, when
// the order is an index's and the filter is absent or answered by an index.
func (p *Plan) Page(src Source, token string, size int) (Page, *Error) {
	at, ok := readToken(token)
	if !ok || token != "" && at.Listing != p.listing {
		return Page{}, requestBadRequest("The page token is not valid.") // of another listing: believed
	}
	if token != "" {
		p.shuffle = at.Shuffle
	}
	var page Page
	var last cursor
	for c, o := range p.stream(src, at) {
		if !p.matches(o) {
			continue
		}
		if len(page.Objects) == size {
			last.Listing, last.Shuffle = p.listing, p.shuffle
			page.Next = last.token()
			break
		}
		page.Objects = append(page.Objects, o)
		last = c
	}
	return page, nil
}

// Count returns the number of all matches.
func (p *Plan) Count(src Source) int {
	if p.filter == nil && p.search == nil && src.Len != nil {
		return src.Len()
	}
	n := 0
	ordered := *p
	ordered.shuffle = 0
	for _, o := range ordered.stream(src, cursor{}) {
		if p.matches(o) {
			n++
		}
	}
	return n
}

// A cursor is a place in an order: what was last returned.
type cursor struct {
	Keys []string `json:"k,omitempty"`
	ID   string   `json:"i,omitempty"`

	Listing uint64 `json:"l,omitempty"` // of a token
	Shuffle uint64 `json:"s,omitempty"`
}

// listing returns a number that stands for the path and for all options that decide
// which objects a page has: a token of one listing leads nowhere in another.
func (o *Options) listing() uint64 {
	h := fnv.New64a()
	for _, part := range []string{strings.ToLower(o.Listing), o.Filter, o.OrderBy, o.Search} {
		h.Write([]byte(part + "\x00"))
	}
	return h.Sum64()
}

// tokenMark begins the service's page tokens, which are base64 of it and more.
const tokenMark = "DSpt"

func (c cursor) token() string {
	b, _ := json.Marshal(c)
	return base64.RawURLEncoding.EncodeToString(append([]byte(tokenMark), b...))
}

func readToken(token string) (c cursor, ok bool) {
	if token == "" {
		return c, true
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || !strings.HasPrefix(string(b), tokenMark) {
		return c, false
	}
	return c, json.Unmarshal(b[len(tokenMark):], &c) == nil
}

// stream yields the objects that may match, after the cursor, in the plan's order.
func (p *Plan) stream(src Source, at cursor) iter.Seq2[cursor, *state.Object] {
	switch {
	case src.Table != nil && p.spans == nil && p.shuffle == 0 && p.orderIsIndex():
		return inIndex(src.Table, p.order[0].path[0], at, p.order[0].desc)
	case len(p.order) > 0 || p.shuffle != 0:
		return p.sorted(p.candidates(src), at)
	case src.Table == nil && src.Resume != nil:
		return withCursors(src.Resume(at.ID))
	case src.Table == nil:
		return p.sorted(src.List, at)
	case p.spans == nil && p.typ.Order != "":
		return inIndex(src.Table, p.typ.Prop(p.typ.Order), at, false)
	case p.spans == nil:
		return withCursors(src.Table.After(at.ID, at.ID == ""))
	case oneProperty(p.spans):
		return inSpans(src.Table, p.spans, at)
	}
	return p.sorted(p.candidates(src), at)
}

func withCursors(objects iter.Seq[*state.Object]) iter.Seq2[cursor, *state.Object] {
	return func(yield func(cursor, *state.Object) bool) {
		for o := range objects {
			if !yield(cursor{ID: o.ID}, o) {
				return
			}
		}
	}
}

// orderIsIndex reports whether an index has the order that was asked for. Every
// object must be in it, therefore only properties that all have will do.
func (p *Plan) orderIsIndex() bool {
	return len(p.order) == 1 && len(p.order[0].path) == 1 && p.order[0].path[0].Is(state.Indexed|state.Always)
}

func inIndex(t *state.Table, p *state.Property, at cursor, down bool) iter.Seq2[cursor, *state.Object] {
	from := ""
	if len(at.Keys) == 1 {
		from = at.Keys[0]
	}
	entries := t.Index(p, from, at.ID)
	if down {
		entries = t.IndexDown(p, from, at.ID)
	}
	return func(yield func(cursor, *state.Object) bool) {
		for k, o := range entries {
			if !yield(cursor{Keys: []string{k}, ID: o.ID}, o) {
				return
			}
		}
	}
}

// candidates yields, once each, what may match.
func (p *Plan) candidates(src Source) iter.Seq[*state.Object] {
	if src.Table == nil || p.spans == nil {
		return src.All()
	}
	return func(yield func(*state.Object) bool) {
		seen := map[*state.Object]bool{}
		for _, s := range p.spans {
			for _, o := range s.objects(src.Table, cursor{}) {
				if !seen[o] && !yield(o) {
					return
				}
				seen[o] = true
			}
		}
	}
}

// sorted collects the matches among the objects and yields them in order.
func (p *Plan) sorted(objects iter.Seq[*state.Object], at cursor) iter.Seq2[cursor, *state.Object] {
	type placed struct {
		cursor
		o *state.Object
	}
	return func(yield func(cursor, *state.Object) bool) {
		var list []placed
		for o := range objects {
			if c := (cursor{Keys: p.keys(o), ID: o.ID}); p.matches(o) && (at.ID == "" || p.compare(c, at) > 0) {
				list = append(list, placed{c, o})
			}
		}
		slices.SortFunc(list, func(a, b placed) int { return p.compare(a.cursor, b.cursor) })
		for _, x := range list {
			if !yield(x.cursor, x.o) {
				return
			}
		}
	}
}

// keys returns what an object is ordered by.
func (p *Plan) keys(o *state.Object) []string {
	if p.shuffle != 0 {
		return []string{Shuffled(p.shuffle, o.ID)}
	}
	var keys []string
	for _, k := range p.order {
		switch v := walk(o, k.path).(type) {
		case string:
			keys = append(keys, v)
		case bool:
			keys = append(keys, map[bool]string{false: "0", true: "1"}[v])
		default:
			keys = append(keys, "")
		}
	}
	return keys
}

func (p *Plan) compare(a, b cursor) int {
	if p.shuffle != 0 && len(a.Keys) == len(b.Keys) {
		return cmp.Or(slices.Compare(a.Keys, b.Keys), cmp.Compare(a.ID, b.ID))
	}
	for i, k := range p.order {
		if i >= len(a.Keys) || i >= len(b.Keys) {
			break
		}
		c := state.CompareFold(a.Keys[i], b.Keys[i])
		if k.desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(a.ID, b.ID)
}
