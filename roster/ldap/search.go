package ldap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/rollcall-go/rollcall/roster"
)

// maxEmptyPages is how many pages without an entry may follow each other. Active
// Directory sends some where its filter is slow.
const maxEmptyPages = 100

// A search yields the entries of one list.
type search struct {
	ctx        context.Context
	conn       Searcher
	opts       Options
	attributes []string
	request    []string // attributes that the server is asked for
	status     int      // the index of userAccountControl in attributes, or -1
	header     *roster.Header
	n          int // entries so far
	// computers are passed over, and counted
	noComputers bool
	computers   int
	seen        []bool   // attributes that an entry had
	passedOver  []string // referrals
}

// rows yields the entries, page by page.
func (s *search) rows(yield func(roster.Row, error) bool) {
	defer func() {
		for _, note := range s.notes() {
			s.header.AddNote(note)
		}
	}()
	paging := goldap.NewControlPaging(uint32(min(s.opts.PageSize, math.MaxInt32)))
	empty := 0
	for {
		result, err := s.page(paging)
		if result != nil && !s.entries(result.Entries, yield) {
			return
		}
		if err == nil {
			err = s.refer(result.Referrals)
		}
		if err != nil {
			s.stop(yield, err)
			return
		}
		if empty++; len(result.Entries) > 0 {
			empty = 0
		}
		cookie := nextCookie(result)
		switch {
		case len(cookie) == 0:
			return
		case empty > maxEmptyPages, empty > 0 && bytes.Equal(cookie, paging.Cookie):
			s.stop(yield, fmt.Errorf("%w: the server sends pages without entries", ErrUnfinished))
			return
		}
		paging.SetCookie(cookie)
	}
}

// page asks for one page.
func (s *search) page(paging *goldap.ControlPaging) (*goldap.SearchResult, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	return s.conn.Search(goldap.NewSearchRequest(s.opts.BaseDN, goldap.ScopeWholeSubtree, goldap.NeverDerefAliases,
		0, 0, false, s.opts.Filter, s.request, []goldap.Control{paging}))
}

// nextCookie returns what asks for the next page; nothing after the last one, and for a
// server that knows no pages and has sent all at once.
func nextCookie(result *goldap.SearchResult) []byte {
	control, ok := goldap.FindControl(result.Controls, goldap.ControlTypePaging).(*goldap.ControlPaging)
	if !ok {
		return nil
	}
	return control.Cookie
}

// stop yields the error after which nothing follows.
func (s *search) stop(yield func(roster.Row, error) bool, err error) {
	switch {
	case goldap.IsErrorAnyOf(err, goldap.LDAPResultSizeLimitExceeded, goldap.LDAPResultAdminLimitExceeded):
		err = fmt.Errorf("%w: the server gave %d entries and allows no more; ask its administrator for an account "+
			"without that limit: %w", ErrUnfinished, s.n, err)
	case goldap.IsErrorAnyOf(err, goldap.LDAPResultTimeLimitExceeded):
		err = fmt.Errorf("%w: the server took longer than it allows; choose a BaseDN or a Filter that it finds faster: %w",
			ErrUnfinished, err)
	case goldap.IsErrorAnyOf(err, goldap.LDAPResultNoSuchObject):
		err = fmt.Errorf("there is no entry %q, or this account may not see it: %w", s.opts.BaseDN, err)
	case goldap.IsErrorAnyOf(err, goldap.LDAPResultReferral):
		err = fmt.Errorf("%w: another server has %q: %w", ErrUnfinished, s.opts.BaseDN, err)
	case !errors.Is(err, ErrUnfinished):
		err = fmt.Errorf("the search stopped here: %w", err)
	}
	yield(roster.Row{}, &roster.ReadError{File: s.opts.Name, Line: s.n + 1, Err: err})
}

// refer takes the referrals of a page: parts of the list that other servers have.
func (s *search) refer(referrals []string) error {
	for _, to := range referrals {
		low := strings.ToLower(to)
		if strings.Contains(low, "/dc=domaindnszones,") || strings.Contains(low, "/dc=forestdnszones,") ||
			strings.Contains(low, "/cn=configuration,") {
			continue
		}
		if !s.opts.PassOver {
			return fmt.Errorf("%w: another server has a part of it, %q; read that too, and allow this one "+
				"to be passed over (Options.PassOver)", ErrUnfinished, to)
		}
		s.passedOver = append(s.passedOver, to)
	}
	return nil
}

func (s *search) notes() (list []string) {
	for i, name := range s.attributes {
		if s.n > 0 && !s.seen[i] {
			list = append(list,
				fmt.Sprintf("no entry has the attribute %q: is the name right, and may this account read it?", name))
		}
	}
	if s.computers > 0 {
		list = append(list, fmt.Sprintf("passed over, as computers are no accounts: %d entries", s.computers))
	}
	for _, to := range s.passedOver {
		list = append(list, fmt.Sprintf("passed over, as another server has it: %q", to))
	}
	return list
}
