package main

import (
	"cmp"
	"errors"
	"slices"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/worklist"
	"github.com/rollcall-go/rollcall/roster"
)

// decided is what -json tells of the -decisions.
type decided struct {
	Decisions int              `json:"decisions"`
	Stale     []worklist.Stale `json:"stale"`
}

// appName is how the decisions name the application.
func (o *options) appName() string { return cmp.Or(o.app, o.appID) }

// worklistRules say how the rows are told apart, for decisions about them.
func (s *session) worklistRules() worklist.Rules {
	return worklist.Rules{Matcher: s.matcher(), Account: s.opts.account}
}

// readDecisions reads the files of -decisions; without one there are no decisions. They are
// read once, so that a run follows the same ones from its beginning to its end.
func (s *session) readDecisions() error {
	if s.decisions != nil || len(s.opts.decisions) == 0 {
		return nil
	}
	all := new(worklist.Decisions)
	for _, path := range s.opts.decisions {
		later, err := s.readDecisionsOf(path)
		if err == nil {
			err = later.CheckApplication(s.opts.appName())
		}
		if err == nil {
			err = all.Add(later)
		}
		if errors.Is(err, worklist.ErrApplication) {
			return usageError("-decisions %s: %w; -app says which application this is", path, err)
		}
		if err != nil {
			return err
		}
	}
	s.decisions = all
	return nil
}

func (s *session) readDecisionsOf(path string) (*worklist.Decisions, error) {
	file := fileSource(path, s.in)
	file.how = *worklist.ReadingOptions(path)
	in, err := file.read()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return worklist.ReadDecisions(in.Rows())
}

// decide is what match.Options needs to follow the decisions; nil without any.
func (s *session) decide() func(roster.Row) match.Decision {
	if s.decisions == nil {
		return nil
	}
	return s.decisions.Decide(s.worklistRules())
}

// checkDecisions shows the decisions that somebody has to look at.
func (s *session) checkDecisions(report *match.Report) {
	if s.decisions == nil {
		return
	}
	stale := s.decisions.Stale(report, s.worklistRules())
	s.doc.Decided = &decided{len(s.decisions.List), append([]worklist.Stale{}, stale...)}
	t := table{heads: []string{"account", "decision", "followed", "why to look at it"}, keep: []bool{true, true, true}}
	for _, one := range stale {
		followed := "no"
		if one.Holds {
			followed = "yes"
		}
		t.add(one.Account, string(one.Act), followed, one.Because)
	}
	s.out.block()
	if t.rows == nil {
		s.note("%s; none has to be looked at.", plural(len(s.decisions.List), "decision"))
		return
	}
	s.note("%d of %s to be looked at:", len(t.rows), agree(len(s.decisions.List), "decision", "is", "are"))
	t.print(s.out, rowsShown)
}

// toCreate reports whether a user is to be created for a row. Decisions that say whose
// users are to be created say it of all.
func (s *session) toCreate() func(match.Outcome) bool {
	if s.decisions == nil {
		return func(match.Outcome) bool { return true }
	}
	about := s.decisions.About(s.worklistRules())
	return func(o match.Outcome) bool {
		return slices.ContainsFunc(about(o.Row), func(d worklist.Decision) bool { return d.Act == worklist.Create })
	}
}

// notDecided says how many rows get no new user for want of a decision.
func (s *session) notDecided(rows int) {
	if rows > 0 {
		s.note("%s left alone, as nobody decided that a user is created.", agree(rows, "row", "is", "are"))
	}
}
