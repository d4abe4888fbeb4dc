package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

func matchCommand() command {
	return command{name: "match", needs: []need{needRoster, needMatch}, run: func(ctx context.Context, s *session) error {
		report, err := s.match(ctx)
		if err != nil {
			return err
		}
		return s.strictly(report, nil)
	}}
}

// match finds the user of every row and shows what came of it.
func (s *session) match(ctx context.Context) (*match.Report, error) {
	s.heading("Match the accounts with users in Microsoft Entra ID")
	s.explain("Each row is looked up by %s.", s.rulesInWords())
	report, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	s.printCounts(report)
	s.printOpenRows(report)
	s.explain("An administrator goes through these rows. Most are settled in the application, by correcting " +
		"an address or closing an account. \"perhaps\" is a proposal to check and is never acted on.")
	return report, s.writeUnresolved(report)
}

// rulesInWords says how rows are looked up.
func (s *session) rulesInWords() string {
	var words []string
	for _, r := range s.opts.rules {
		words = append(words, fmt.Sprintf("%s (Entra's %s)", r.column, r.attribute))
	}
	return strings.Join(words, "; those it finds nobody for, by ")
}

// look is match without a word.
func (s *session) look(ctx context.Context) (*match.Report, error) {
	if err := s.checkAttributes(ctx); err != nil {
		return nil, err
	}
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
	show, wipe := s.progress("looking up rows")
	report, err := match.Run(ctx, s.tenant.client, in.Rows(), s.matcher(),
		&match.Options{Exclusions: excluded, Near: s.near(), Progress: show})
	wipe()
	if err != nil {
		return nil, err
	}
	s.doc.setMatch(report)
	return report, somethingAnswered(report, s.roster.name)
}

// checkAttributes reports an attribute that users cannot be found by, also of a
// rule that no row would come to.
func (s *session) checkAttributes(ctx context.Context) error {
	var queries []match.Query
	for _, r := range s.opts.rules {
		queries = append(queries, match.Equal(r.attribute, "x"))
	}
	_, err := s.tenant.client.PlanLookup(ctx, queries)
	return err
}

// somethingAnswered turns a run in which no row at all could be looked up into
// one error: it is not the rows that are wrong then.
func somethingAnswered(report *match.Report, name string) error {
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

// printCounts prints what became of the rows, by kind.
func (s *session) printCounts(report *match.Report) {
	report.WriteText(&indenter{to: s.out})
}

// rowsShown is how many rows a table shows before it says how many more.
const rowsShown = 20

// printOpenRows lists the rows that somebody has to look at.
func (s *session) printOpenRows(report *match.Report) {
	t := table{heads: []string{"line", "account", "outcome", "what is known"}, right: []bool{true}, keep: []bool{true, false, true}}
	for o := range report.Unresolved() {
		t.add(fmt.Sprint(o.Line()), o.Key, o.Kind.String(), brief(o))
	}
	if t.rows == nil {
		return
	}
	s.out.block()
	s.note("%s no user:", haveOrHas(len(t.rows)))
	t.print(s.out, rowsShown)
	if len(t.rows) > rowsShown && s.opts.unresolved == "" {
		s.note("-unresolved FILE writes all of them, each with its reason.")
	}
}

// brief says in a few words what Outcome.Reason says in a sentence.
func brief(o match.Outcome) string {
	switch o.Kind {
	case match.NoKey:
		return "nothing to look it up by"
	case match.Duplicate:
		return fmt.Sprintf("the same as line %d", o.FirstLine)
	case match.NotFound:
		if len(o.Near) > 0 {
			return "perhaps " + nameOf(o.Near[0].User)
		}
		return "nobody"
	case match.Ambiguous:
		if o.Err != nil {
			return briefly(o.Err)
		}
		return plural(len(o.Candidates), "user") + ", one is " + nameOf(o.Candidates[0])
	case match.Deleted:
		return "recycle bin: " + nameOf(o.Candidates[0])
	case match.Failed:
		return briefly(o.Err)
	}
	return ""
}

func nameOf(user match.User) string {
	if user.DisplayName == "" {
		return user.UserPrincipalName
	}
	return user.DisplayName
}

// briefly leaves out where a row is wrong, which the table says, and what to do.
func briefly(err error) string {
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
	err := writeFile(s.opts.unresolved, func(w io.Writer) error {
		return report.WriteUnresolved(w, nil)
	})
	if err == nil {
		s.out.block()
		s.note("The rows without a user are in %s, each with its reason.", s.opts.unresolved)
	}
	return err
}

// strictly refuses to go on, under -strict, while rows have no user; rows that
// will get one count as resolved.
func (s *session) strictly(report *match.Report, created map[int]bool) error {
	if !s.opts.strict {
		return nil
	}
	n, first := 0, 0
	for o := range report.Unresolved() {
		if !created[o.Line()] {
			if n++; n == 1 {
				first = o.Line()
			}
		}
	}
	if n == 0 {
		return nil
	}
	return withStatus(exitUnresolved, "%s no user, the first on line %d of %s; -unresolved FILE lists them with reasons", haveOrHas(n), first, s.roster.name)
}

func haveOrHas(n int) string {
	if n == 1 {
		return "1 row has"
	}
	return thousands(n) + " rows have"
}

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
	for range report.Found(&match.FoundOptions{All: true}) {
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

// near returns the rules for proposals, which people look at and nothing acts
// on: where the value is an address, whoever has or had it, or the same name
// before another domain.
func (s *session) near() []match.Matcher {
	var rules []match.Matcher
	seen := map[string]bool{}
	for _, r := range s.opts.rules {
		if seen[r.column] {
			continue
		}
		seen[r.column] = true
		for _, attribute := range []string{"mail", "proxyAddresses", "otherMails"} {
			rules = append(rules, addressOnly{match.Column(r.column, attribute), r.column})
		}
		rules = append(rules, addressOnly{match.Func(r.column+" before the @ = mailNickname", func(row roster.Row) match.Query {
			name, _, _ := strings.Cut(row.Get(r.column), "@")
			return match.Equal("mailNickname", name)
		}), r.column})
	}
	return rules
}

// addressOnly asks a matcher only about rows whose column looks like an address.
type addressOnly struct {
	match.Matcher
	column string
}

// Queries returns those of the matcher, or none.
func (m addressOnly) Queries(row roster.Row) []match.Query {
	if !strings.Contains(row.Get(m.column), "@") {
		return nil
	}
	return m.Matcher.Queries(row)
}
