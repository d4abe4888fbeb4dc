package main

import (
	"cmp"
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

// readDecisions reads the file of -decisions; without it there are none. It is read
// once, so that a run follows the same decisions from its beginning to its end.
func (s *session) readDecisions() error {
	if s.opts.decisions == "" || s.decisions != nil {
		return nil
	}
	file := fileSource(s.opts.decisions, s.in)
	file.how = *worklist.ReadingOptions(s.opts.decisions)
	in, err := file.read()
	if err != nil {
		return err
	}
	defer in.Close()
	decisions, err := worklist.ReadDecisions(in.Rows())
	if err != nil {
		return err
	}
	if err := decisions.CheckApplication(s.opts.appName()); err != nil {
		return usageError("-decisions %s: %w; -app says which application this is", s.opts.decisions, err)
	}
	s.decisions = decisions
	return nil
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
		s.note("%s of %s: none has to be looked at.", plural(len(s.decisions.List), "decision"), s.fileName(s.opts.decisions))
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
		s.note("%s left alone: %s does not decide that a user is created.", agree(rows, "row", "is", "are"),
			s.fileName(s.opts.decisions))
	}
}
