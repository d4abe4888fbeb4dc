package main

import (
	"context"

	"github.com/rollcall-go/rollcall/roster"
)

// useProfile takes from the -profile what the flags leave open.
func (s *session) useProfile(c command) error {
	o := &s.opts
	uses := func(flag string) bool { return listed(flagUses[flag], c.name) }
	if o.profile == "" || !uses("profile") {
		return nil
	}
	profile, err := readFile(o.profile, roster.DecodeProfile)
	if err != nil {
		return usageError("-profile: %w", err)
	}
	o.facts = profile
	if len(o.rules) == 0 && uses("match") && o.roster != "" {
		for _, r := range profile.Match {
			if err := o.addRule(r.Column + "=" + r.Attribute); err != nil {
				return usageError("-profile %s: %w", o.profile, err)
			}
		}
	}
	if o.role == "" && o.roleColumn == "" && uses("role-column") {
		o.roleColumn = profile.Role
	}
	if o.account == "" && uses("account") {
		o.account = profile.Account
	}
	return nil
}

// listOptions say how the list is read: as the profile says, and the flags before it.
func (s *session) listOptions() roster.Options {
	o := s.opts.facts.Options()
	if s.opts.encoding != "" {
		o.Encoding = s.opts.encoding
	}
	if s.opts.sheet == "" {
		s.opts.sheet = s.opts.facts.Sheet
	}
	asked := roster.Profile{Account: s.opts.account, Role: s.opts.roleColumn}
	for _, r := range s.opts.rules {
		asked.Match = append(asked.Match, roster.ProfileRule{Column: r.column, Attribute: r.attribute})
	}
	if s.command == "revocations" { // a new export is told by the columns of the journal
		asked = roster.Profile{}
	}
	o.Columns = asked.Columns()
	return *o
}

// closed is how the profile tells that an account is closed though it is listed; nil if
// it doesn't.
func (s *session) closed() func(roster.Row) bool {
	if len(s.opts.facts.Closed) == 0 {
		return nil
	}
	return s.opts.facts.IsClosed
}

// printNotes says what was found out about a list, and passed over in it.
func (s *session) printNotes(header *roster.Header) {
	for _, note := range header.Notes() {
		s.note("%s: %s.", header.File(), note)
	}
}

// profileCommand proposes a profile for a list.
func profileCommand(_ context.Context, s *session) error {
	in, err := s.roster.read()
	if err != nil {
		return err
	}
	defer in.Close()
	proposal, err := roster.ProposeProfile(in.Reader)
	if err != nil {
		return err
	}
	profile := &proposal.Profile
	profile.Encoding, profile.Sheet = s.opts.encoding, s.opts.sheet
	s.doc.Profile = profile
	s.heading("What this list seems to be")
	s.printNotes(in.Header())
	for _, reason := range proposal.Reasons {
		s.note("%s.", reason)
	}
	if s.opts.out == "" || s.opts.dryRun {
		s.out.block()
		return profile.Encode(s.out)
	}
	if err := writeFile(s.opts.out, profile.Encode); err != nil {
		return err
	}
	s.note("Written to %s. Look at it, then use it with -profile %s.", s.opts.out, shellQuote(s.opts.out))
	return nil
}
