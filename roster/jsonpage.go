package roster

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// listNames are the names, folded, under which services give their list.
var listNames = []string{"value", "values", "resources", "users", "accounts", "members", "items", "data", "results",
	"records", "entries", "elements", "rows", "list", "content", "result", "identities", "people", "employees", "agents",
	"persons", "principals", "profiles", "user", "userlist", "report_entry"}

// totalNames are the names, folded, of the number of all accounts.
var totalNames = []string{"totalresults", "total", "totalcount", "total_count", "totalelements", "totalrecords",
	"totalsize", "totalitems", "total_results", "@odata.count", "odata.count", "__count", "count"}

// nextNames are the names, folded, of what leads to the next page.
var nextNames = []string{"@odata.nextlink", "odata.nextlink", "nextlink", "__next", "next", "nextpagetoken",
	"next_page_token", "nextpage", "next_page", "nextcursor", "next_cursor", "hasmore", "has_more", "nextpageurl",
	"next_page_url", "nextrecordsurl", "nexttoken", "next_token", "istruncated", "marker",
	"more", "hasnext", "has_next", "hasnextpage", "has_next_page"}

// lastNames are the names, folded, of what is false if there is another page.
var lastNames = []string{"islast", "last", "done"}

// linkNames are the names, folded, of lists in a page that are no accounts.
var linkNames = []string{"links", "_links", "link", "errors", "warnings", "messages"}

// A page is an object that is not in a list: one around a list, or a record.
type page struct {
	line   int
	before int // objects before it
	node   node
	list   string // name of its list, or ""
	nested int    // objects named "d" around the list
}

// members reads on in a page, until its list begins or it ends. A page that has no
// list is an entry.
func (s *jsonSource) members() (r entry, found bool, err error) {
	if s.page.list == "" {
		s.twice = ""
	}
	for {
		if !s.dec.More() {
			if _, err := s.dec.Token(); err != nil {
				return r, false, s.stopped(err)
			}
			if s.page.nested--; s.page.nested >= 0 {
				continue
			}
			return s.endPage()
		}
		listed, err := s.member()
		if err != nil {
			return r, false, err
		}
		if listed {
			return r, false, nil
		}
	}
}

// member reads a member of a page, and reports whether it begins the list.
func (s *jsonSource) member() (bool, error) {
	key, err := s.dec.Token()
	if err != nil {
		return false, s.stopped(err)
	}
	token, err := s.dec.Token()
	if err != nil {
		return false, s.stopped(err)
	}
	p, name := s.page, key.(string)
	switch {
	case canonical(name) == "d" && token == json.Delim('{') && len(p.node.keys) == 0: // OData 2
		p.nested++
		return false, nil
	case token == json.Delim('[') && slices.Contains(listNames, canonical(name)):
		return s.beginList(name)
	}
	item, err := s.value(token, 0)
	if err != nil {
		return false, s.stopped(err)
	}
	s.addMember(name, item)
	return false, nil
}

func (s *jsonSource) addMember(name string, item node) {
	if _, has := s.page.node.member(name); has {
		s.twice = name
	}
	s.page.node.keys = append(s.page.node.keys, name)
	s.page.node.items = append(s.page.node.items, item)
}

// beginList reads the beginning of an array that is the list if it holds objects.
func (s *jsonSource) beginList(name string) (bool, error) {
	array := node{kind: '['}
	for s.dec.More() {
		token, err := s.dec.Token()
		if err != nil {
			return false, s.stopped(err)
		}
		if token == json.Delim('{') && len(array.items) == 0 {
			if s.page.list != "" {
				return false, s.twoLists(s.page.list, name)
			}
			s.page.list, s.inList, s.first = name, true, token
			return true, nil
		}
		item, err := s.value(token, 1)
		if err != nil {
			return false, s.stopped(err)
		}
		array.items = append(array.items, item)
	}
	if _, err := s.dec.Token(); err != nil {
		return false, s.stopped(err)
	}
	s.addMember(name, array)
	return false, nil
}

func (s *jsonSource) twoLists(a, b string) error {
	return s.fail(fmt.Errorf("%w: one object holds two lists, %q and %q; put the accounts into a file of their own",
		ErrNotList, Printable(a), Printable(b)))
}

// endPage returns the entry that a page without a list is, or takes notice of what
// the page says about its list.
func (s *jsonSource) endPage() (r entry, found bool, err error) {
	p := s.page
	s.page = nil
	if p.list == "" && !p.empty() {
		if err := s.checkLone(p); err != nil {
			return r, false, err
		}
		r, err = s.entry(p.node, p.line)
		return r, true, err
	}
	if err := s.checkAround(p); err != nil {
		return r, false, err
	}
	s.more = false
	if err := s.takeFacts(p, p.node); err != nil {
		return r, false, err
	}
	return r, false, s.checkStart(p)
}

// checkAround returns an error for a page that may itself be an account, or a group,
// which its list belongs to.
func (s *jsonSource) checkAround(p *page) error {
	keys := []string{"mail", "email", "userName", "userPrincipalName", "login", "sAMAccountName", "displayName"}
	if s.tops > 1 || s.dec.More() {
		keys = append(keys, "id", "name")
	}
	for _, key := range keys {
		if _, has := p.node.member(key); has {
			return s.fail(fmt.Errorf("%w: one object holds both the list %q and the value %q; "+
				"put the accounts into a list of their own", ErrNotList, Printable(p.list), key))
		}
	}
	return nil
}

// empty reports whether it is a page of a list that holds nothing.
func (p *page) empty() bool {
	schemas, _ := p.node.member("schemas")
	for _, schema := range schemas.items {
		if strings.HasSuffix(Fold(schema.text), ":listresponse") {
			return true
		}
	}
	for _, name := range []string{"value", "resources"} {
		if list, has := p.node.member(name); has && list.kind == '[' && len(list.items) == 0 {
			return true
		}
	}
	return false
}

// isPage reports whether an object in a list is a page of SCIM or Microsoft Graph.
func isPage(n node) bool {
	value, _ := n.member("value")
	resources, _ := n.member("Resources")
	_, context := n.member("@odata.context")
	_, total := n.member("totalResults")
	return context && value.holdsObjects() || total && resources.holdsObjects()
}

// checkLone returns an error for an object that is no entry: the answer of a
// service that failed, or an only object that holds others.
func (s *jsonSource) checkLone(p *page) error {
	schemas, _ := p.node.member("schemas")
	failure, failed := p.node.member("error")
	_, code := failure.member("code")
	isError := func(n node) bool { return strings.HasSuffix(Fold(n.text), ":2.0:error") }
	only := s.tops == 1 && !s.dec.More()
	if code || only && failed || slices.ContainsFunc(schemas.items, isError) {
		return s.fail(fmt.Errorf("%w: this is a service's answer that it failed; export the list anew", ErrNotList))
	}
	if !only {
		return nil
	}
	objects := 0
	for i, item := range p.node.items {
		if item.kind == '{' {
			objects++
			if path := item.listInside(); path != "" {
				return s.lone(p.node.keys[i] + "." + path)
			}
		}
		if item.holdsObjects() || item.kind == '[' && slices.Contains(listNames, canonical(p.node.keys[i])) {
			return s.lone(p.node.keys[i])
		}
	}
	if objects > 0 && objects == len(p.node.items) {
		return s.lone(p.node.keys[0])
	}
	return nil
}

// listInside returns the path of an array of objects inside an object, or "".
func (n node) listInside() string {
	for i, item := range n.items {
		if item.kind == '[' && item.holdsObjects() {
			return n.keys[i]
		}
		if item.kind != '{' {
			continue
		}
		if path := item.listInside(); path != "" {
			return n.keys[i] + "." + path
		}
	}
	return ""
}

func (s *jsonSource) lone(name string) error {
	return s.fail(fmt.Errorf("%w: the file is one object; if its %q holds the accounts, put these alone into "+
		"a file, as an array; if it is an account, put [ ] around it", ErrNotList, Printable(name)))
}

// takeFacts takes notice of what a page says about its list.
func (s *jsonSource) takeFacts(p *page, n node) error {
	for i, key := range n.keys {
		item, name := n.items[i], canonical(key)
		link := slices.Contains(linkNames, name)
		switch {
		case item.kind == 0 && slices.Contains(totalNames, name):
			total, _ := strconv.Atoi(item.text)
			s.total = max(s.total, total)
		case slices.Contains(nextNames, name):
			s.more = s.more || item.kind == 0 && item.text != "" && item.text != "false" || len(item.keys) > 0
		case slices.Contains(lastNames, name):
			s.more = s.more || item.text == "false"
		case link && item.kind == '[':
			s.more = s.more || slices.ContainsFunc(item.items, isNextLink)
		case item.holdsObjects() && p.list != "":
			return s.twoLists(p.list, key)
		case item.kind == '{':
			if err := s.takeFacts(p, item); err != nil {
				return err
			}
		}
	}
	return nil
}

func isNextLink(link node) bool {
	rel, _ := link.member("rel")
	return Fold(rel.text) == "next"
}

// checkStart returns an error if a SCIM page doesn't begin where the one before ended.
func (s *jsonSource) checkStart(p *page) error {
	index, has := p.node.member("startIndex")
	if _, scim := p.node.member("totalResults"); !has || !scim {
		return nil
	}
	start, err := strconv.Atoi(index.text)
	if err != nil || max(start, 1) == p.before+1 {
		return nil
	}
	return s.fail(fmt.Errorf("%w: a page has startIndex %d where %d is due; put all pages into the file once, in order",
		ErrIncomplete, start, p.before+1))
}

// finish returns io.EOF, or what is missing in the file.
func (s *jsonSource) finish() error {
	_, err := s.dec.Token()
	switch {
	case err != nil && err != io.EOF:
		return s.stopped(err)
	case s.more:
		return s.fail(fmt.Errorf("%w: the last page says that another follows (nextLink or the like); "+
			"put all pages into the file, one after another", ErrIncomplete))
	case s.total > s.rows:
		return s.fail(fmt.Errorf("%w: it says that there are %d accounts, and holds %d; "+
			"put all pages into the file, one after another", ErrIncomplete, s.total, s.rows))
	}
	return io.EOF
}
