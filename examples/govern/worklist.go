package main

import (
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/worklist"
	"github.com/rollcall-go/rollcall/roster"
)

// worklistWriters are how a worklist is written, by the ending of its file's name.
var worklistWriters = map[string]func(*worklist.List, io.Writer) error{
	".html": (*worklist.List).WriteHTML,
	".json": (*worklist.List).WriteJSON,
	".txt":  (*worklist.List).WriteText,
	".csv":  func(l *worklist.List, w io.Writer) error { return l.WriteCSV(w, nil) },
}

// addWorklist is the setter of -worklist.
func (o *options) addWorklist(path string) error {
	if worklistWriters[strings.ToLower(filepath.Ext(path))] == nil {
		return errors.New("want a file that ends in .html, .csv, .json or .txt, which says how it is written")
	}
	o.worklist = append(o.worklist, path)
	return nil
}

// readSince reads the earlier worklist of -since, which must be this application's.
func (s *session) readSince() error {
	if s.opts.since == "" || s.before != nil {
		return nil
	}
	before, err := readFile(s.opts.since, worklist.DecodeList)
	if err != nil {
		return err
	}
	if name := s.opts.appName(); name != "" && before.Application != "" && roster.Fold(name) != roster.Fold(before.Application) {
		return usageError("-since %s is a worklist of %q, and this is %q", s.opts.since, before.Application, name)
	}
	s.before = before
	return nil
}

// writeWorklist writes the rows without a user by cause, with who each may be.
func (s *session) writeWorklist(report *match.Report) error {
	if len(s.opts.worklist) == 0 || s.listed {
		return nil
	}
	if err := s.readSince(); err != nil {
		return err
	}
	s.listed = true
	profile := s.opts.facts
	profile.Role = s.opts.roleColumn
	opts := &worklist.Options{Application: s.opts.appName(), Account: s.opts.account, Profile: profile,
		Decisions: s.decisions, Proposals: s.near, Before: s.before}
	list := worklist.New(report, opts)
	s.out.block()
	for _, path := range s.opts.worklist {
		if s.opts.dryRun {
			s.note("Dry run: the worklist is not written to %s.", path)
			continue
		}
		write := worklistWriters[strings.ToLower(filepath.Ext(path))]
		if err := writeFile(path, func(w io.Writer) error { return write(list, w) }); err != nil {
			return err
		}
		s.note("The worklist is in %s: %s, by %s.", path, plural(list.Counts.Open, "row"), plural(len(list.Causes), "cause"))
	}
	return nil
}
