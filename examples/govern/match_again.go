package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/match"
)

// matchAgain matches all rows until those of new users find them, as the
// directory takes a while to show what was written, and prints the new counts.
func (s *session) matchAgain(ctx context.Context) (*match.Report, error) {
	deadline := time.Now().Add(s.opts.wait)
	awaited, err := s.awaitUsers(ctx)
	if err != nil {
		return nil, err
	}
	for {
		report, err := s.look(ctx)
		if err != nil {
			return nil, err
		}
		unseen := 0
		for o := range report.Of(match.NotFound) {
			if awaited[o.Line()] {
				unseen++
			}
		}
		if unseen > 0 && s.findable() && time.Now().Before(deadline) {
			if err := pause(ctx, s.tenant.interval); err != nil {
				return nil, err
			}
			continue
		}
		s.printFound(report, unseen)
		return report, s.writeUnresolved(report)
	}
}

// awaitUsers waits until new users can be read by their ids, which costs less
// than to look all rows up again, and returns their lines.
func (s *session) awaitUsers(ctx context.Context) (lines map[int]bool, err error) {
	lines = make(map[int]bool)
	var ids []string
	for _, u := range s.doc.Users {
		if u.State == stateCreated || u.State == stateExisted && s.namedByRule() {
			lines[u.Line] = true
			ids = append(ids, u.ID)
		}
	}
	if !s.findable() {
		return lines, nil
	}
	if err = s.tenant.client.WaitForUsers(ctx, ids); errors.Is(err, graph.ErrNotReplicated) {
		err = nil // the rows will tell which
	}
	return lines, err
}

// namedByRule reports whether a row finds whoever has the name that -create
// would give, so that a user who exists already, perhaps since an earlier run
// that was cut off, can be waited for.
func (s *session) namedByRule() bool {
	return slices.ContainsFunc(s.opts.rules, func(r rule) bool {
		return strings.EqualFold(r.attribute, "userPrincipalName") && strings.EqualFold(r.column, s.opts.create["userPrincipalName"])
	})
}

// findable reports whether new users have an attribute that the rules look at.
func (s *session) findable() bool {
	return slices.ContainsFunc(s.opts.rules, func(r rule) bool {
		for attribute := range s.opts.create {
			if strings.EqualFold(attribute, r.attribute) {
				return true
			}
		}
		return false
	})
}

func (s *session) printFound(report *match.Report, unseen int) {
	found := 0
	for range report.Found(&match.FoundOptions{IncludeDisabled: true}) {
		found++
	}
	s.note("Matched again: %s of %s now have a user.", thousands(found), plural(len(report.Outcomes), "row"))
	switch {
	case unseen > 0 && !s.findable():
		s.fell("%s cannot be found by -match: let -create set an attribute that -match looks at", plural(unseen, "new user"))
	case unseen > 0:
		s.fell("%s cannot be found yet; run this again later", plural(unseen, "new user"))
	}
}
