package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/roster"
)

func matchCommand(ctx context.Context, s *session) error {
	report, err := s.match(ctx)
	if err != nil {
		return err
	}
	return s.checkStrict(report)
}

// match finds the user of every row and shows what came of it.
func (s *session) match(ctx context.Context) (*match.Report, error) {
	s.heading("Match the accounts with users in Microsoft Entra ID")
	s.explain("Each row is looked up by %s.", s.rulesInWords())
	report, err := s.runMatch(ctx)
	if err != nil {
		return nil, err
	}
	if s.near, err = near.Ask(ctx, s.tenant.client, report, nil); err != nil {
		return nil, err
	}
	report.WriteText(&indenter{to: s.out})
	s.checkDecisions(report)
	s.printOpenRows(report)
	s.explain("An administrator goes through these rows. Most are settled in the application, by correcting " +
		"an address or closing an account. \"perhaps\" is a proposal to check and is never acted on.")
	if err := s.writeUnresolved(report); err != nil {
		return nil, err
	}
	return report, s.writeWorklist(report)
}

// rulesInWords says how rows are looked up.
func (s *session) rulesInWords() string {
	var words []string
	for _, r := range s.opts.rules {
		words = append(words, fmt.Sprintf("%s (Entra's %s)", r.column, r.attribute))
	}
	return strings.Join(words, "; those it finds nobody for, by ")
}

// runMatch is match without a word.
func (s *session) runMatch(ctx context.Context) (*match.Report, error) {
	report, err := s.matchIn(ctx, s.tenant.client)
	if err != nil {
		return nil, err
	}
	s.doc.report = report
	return report, checkAnswered(report, s.roster.name)
}

// matchIn matches all rows with the users of a directory.
func (s *session) matchIn(ctx context.Context, dir match.Directory) (*match.Report, error) {
	in, err := s.roster.read()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if err := s.checkColumns(in.Header()); err != nil {
		return nil, err
	}
	excluded, err := s.exclusions()
	if err != nil {
		return nil, err
	}
	if err := s.readDecisions(); err != nil {
		return nil, err
	}
	show, wipe := s.progress("looking up rows")
	report, err := match.Run(ctx, dir, in.Rows(), s.matcher(),
		&match.Options{Exclusions: excluded, Decide: s.decide(), Progress: show})
	wipe()
	s.printNotes(in.Header())
	return report, err
}

// checkAnswered turns a run in which no row at all could be looked up into
// one error: it is not the rows that are wrong then.
func checkAnswered(report *match.Report, name string) error {
	if len(report.Outcomes) == 0 {
		return fmt.Errorf("%s has a heading line and no rows; export the accounts again", name)
	}
	for _, kind := range []match.Kind{match.Matched, match.NotFound, match.Ambiguous, match.Deleted} {
		if report.Count(kind) > 0 {
			return nil
		}
	}
	for o := range report.Of(match.Failed) {
		if o.Key != "" { // and not a row that could not be read
			return fmt.Errorf("no row could be looked up: %w", o.Err)
		}
	}
	return nil
}

// checkAllKnown fails, in the end, for rows of which nothing is known: whoever reads
// only the status must not take them for seen.
func (s *session) checkAllKnown() error {
	unknown, what := 0, "read"
	switch {
	case s.doc.report != nil:
		unknown, what = s.doc.report.Lines(match.Failed), "read or looked up"
	case s.roster.open != nil:
		in, err := s.roster.read()
		if err != nil {
			return err
		}
		defer in.Close()
		if unknown, err = unreadLines(in.Rows()); err != nil {
			return err
		}
	}
	if unknown == 0 {
		return nil
	}
	return withStatus(exitFailed, "%s of %s could not be %s, and nothing is known of the accounts there",
		plural(unknown, "line"), s.roster.name, what)
}

// unreadLines counts the lines of the records that can't be read.
func unreadLines(rows iter.Seq2[roster.Row, error]) (n int, err error) {
	for _, err := range rows {
		bad := (*roster.RowError)(nil)
		switch {
		case errors.As(err, &bad):
			n += max(1, bad.Lines)
		case err != nil:
			return n, err
		}
	}
	return n, nil
}

// rowsShown is how many rows a table shows before it says how many more.
const rowsShown = 20

// printOpenRows lists the rows that somebody has to look at.
func (s *session) printOpenRows(report *match.Report) {
	t := table{heads: []string{"line", "account", "outcome", "what is known"},
		right: []bool{true}, keep: []bool{true, false, true}}
	for o := range report.Unresolved() {
		t.add(fmt.Sprint(o.Line()), o.Key, o.Kind.String(), s.shortReason(o))
	}
	if t.rows == nil {
		return
	}
	s.out.block()
	s.note("%s no user:", agree(len(t.rows), "row", "has", "have"))
	t.print(s.out, rowsShown)
	if len(t.rows) > rowsShown && s.opts.unresolved == "" {
		s.note("-unresolved FILE writes all of them, each with its reason.")
	}
}

// shortReason says in a few words what Outcome.Reason says in a sentence.
func (s *session) shortReason(o match.Outcome) string {
	switch o.Kind {
	case match.NoKey:
		return "nothing to look it up by"
	case match.Duplicate:
		return fmt.Sprintf("the same as line %d", o.FirstLine)
	case match.NotFound:
		if list := s.near.Of(o); len(list) > 0 {
			return "perhaps " + nameOf(list[0].User)
		}
		return "nobody"
	case match.Ambiguous:
		if o.Err != nil {
			return shortError(o.Err)
		}
		return plural(len(o.Candidates), "user") + ", one is " + nameOf(o.Candidates[0])
	case match.Deleted:
		return "recycle bin: " + nameOf(o.Candidates[0])
	case match.Failed:
		return shortError(o.Err)
	}
	return ""
}

func nameOf(user match.User) string { return cmp.Or(user.DisplayName, user.UserPrincipalName) }

// shortError leaves out where a row is wrong, which the table says, and what to do.
func shortError(err error) string {
	if bad := (*roster.RowError)(nil); errors.As(err, &bad) {
		err = bad.Err
	}
	text := err.Error()
	if end := strings.IndexAny(text, ";:"); end > 0 {
		text = text[:end]
	}
	return text
}

// writeUnresolved writes the rows without a user to the -unresolved file.
func (s *session) writeUnresolved(report *match.Report) error {
	if s.opts.unresolved == "" {
		return nil
	}
	if s.opts.dryRun {
		s.note("Dry run: the rows without a user are not written to %s.", s.opts.unresolved)
		return nil
	}
	err := writeFile(s.opts.unresolved, func(w io.Writer) error { return s.writeOpenRows(w, report) })
	if err == nil {
		s.out.block()
		s.note("The rows without a user are in %s, each with its reason.", s.opts.unresolved)
	}
	return err
}

// writeOpenRows writes the rows without a user for Excel, each with the first proposal.
func (s *session) writeOpenRows(w io.Writer, report *match.Report) error {
	perhaps := match.ExtraColumn{Name: "perhaps", Value: func(o match.Outcome) string {
		if list := s.near.Of(o); len(list) > 0 {
			return list[0].Why()
		}
		return ""
	}}
	return report.WriteUnresolved(w, &roster.WriterOptions{Excel: true}, perhaps)
}

// checkStrict refuses to go on, under -strict, while rows have no user.
func (s *session) checkStrict(report *match.Report) error {
	if !s.opts.strict {
		return nil
	}
	n, first := 0, 0
	for o := range report.Unresolved() {
		if n++; n == 1 {
			first = o.Line()
		}
	}
	if n == 0 {
		return nil
	}
	return withStatus(exitUnresolved, "%s no user, the first on line %d of %s; -unresolved FILE lists them with reasons",
		agree(n, "row", "has", "have"), first, s.roster.name)
}
