package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// customdataCommand writes who holds what in the application itself as the file of a
// custom data provided resource, or uploads it to the round of a review and follows it.
// The roles are the list's own: no application has to be registered for them.
func customdataCommand(ctx context.Context, s *session) error {
	var to governance.CustomDataTarget
	if s.opts.catalog != "" {
		steps := []governance.Step{governance.StepMatch, governance.StepCustomData}
		err := s.checkSteps(ctx, "Check before the upload", governance.PreflightRequest{Steps: steps}, false)
		if err != nil {
			return err
		}
		if to, err = s.tenant.governance.FindCustomData(ctx, s.opts.catalog, s.opts.resource, s.opts.review); err != nil {
			return err
		}
	}
	report, err := s.match(ctx)
	if err != nil {
		return err
	}
	data, err := s.customData(ctx, report, to)
	if err != nil {
		return err
	}
	if s.opts.catalog == "" {
		return s.writeCustomData(data)
	}
	return s.uploadCustomData(ctx, to, data)
}

// customData is what -json tells of the file, and of the upload.
type customData struct {
	Lines  int                          `json:"lines"`
	Users  int                          `json:"users"`
	File   string                       `json:"file,omitempty"`
	Target *governance.CustomDataTarget `json:"target,omitempty"`
	State  *governance.CustomDataState  `json:"state,omitempty"`
	csv    []byte
}

// customData makes the file. One that is uploaded can't be replaced, so it rests on a
// list of which every line was read, or a reason is given.
func (s *session) customData(ctx context.Context, report *match.Report,
	to governance.CustomDataTarget) (*customData, error) {
	s.heading("Write the custom data")
	if n := report.Lines(match.Failed); n > 0 && s.opts.catalog != "" && s.opts.override == "" {
		return nil, refuse("%s of %s could not be read or looked up, and whoever is not in the file is not reviewed",
			plural(n, "line"), s.roster.name)
	}
	roles, err := s.customRoles()
	if err != nil {
		return nil, err
	}
	rule, err := s.roleRule(roles)
	if err != nil {
		return nil, err
	}
	wants, without := assign.Wants(report.Found(&match.FoundOptions{All: true}), rule)
	s.printWithoutRole(without)
	if err := s.checkStrictPlan(report, without); err != nil {
		return nil, err
	}
	facts, err := s.customFacts(ctx, report)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	options := &governance.CustomDataOptions{ScopeID: to.ResourceID, ScopeDisplayName: s.opts.resource, Facts: facts}
	if err := governance.WriteCustomData(&out, wants, roles, options); err != nil {
		return nil, err
	}
	data := &customData{Lines: max(bytes.Count(out.Bytes(), []byte("\n"))-1, 0), csv: out.Bytes()}
	users := make(map[string]bool)
	for _, want := range wants {
		users[want.PrincipalID] = true
	}
	data.Users, s.doc.CustomData = len(users), data
	s.note("%s of %s.", plural(data.Lines, "permission"), plural(data.Users, "user"))
	return data, nil
}

// customRoles are the roles of the list, which are known by their names.
func (s *session) customRoles() ([]assign.AppRole, error) {
	names := []string{s.opts.role}
	if s.opts.roleColumn != "" {
		in, err := s.roster.read()
		if err != nil {
			return nil, err
		}
		defer in.Close()
		if names, err = distinct(in.Rows(), s.opts.roleColumn, nil); err != nil {
			return nil, err
		}
	}
	placeholders := roster.NewPlaceholders(nil)
	var roles []assign.AppRole
	for _, name := range names {
		if !placeholders.Has(name) && !isDamaged(name) {
			roles = append(roles, assign.AppRole{ID: name, DisplayName: name, AllowedMemberTypes: []string{"User"}, IsEnabled: true})
		}
	}
	return roles, nil
}

// customFacts says of each row which account it is, what the columns of the -profile say
// of it, and who owns it.
func (s *session) customFacts(ctx context.Context,
	report *match.Report) (func(assign.Want) governance.CustomDataFacts, error) {
	columns := s.opts.facts.Facts
	owners, err := s.ownerIDs(ctx, report, columns.Owner)
	if err != nil {
		return nil, err
	}
	columns.Owner = ""
	facts := make(map[int]governance.CustomDataFacts)
	for o := range report.Found(&match.FoundOptions{All: true}) {
		account := o.Key
		if s.opts.account != "" {
			account = o.Row.Get(s.opts.account)
		}
		said := []string{"Account: " + account}
		for _, column := range columns.Columns() {
			if value := strings.TrimSpace(o.Row.Get(column)); value != "" {
				said = append(said, column+": "+value)
			}
		}
		facts[o.Line()] = governance.CustomDataFacts{Text: roster.Printable(strings.Join(said, "; ")),
			OwnerUsers: owners[roster.Fold(strings.TrimSpace(o.Row.Get(s.opts.facts.Facts.Owner)))]}
	}
	return func(w assign.Want) governance.CustomDataFacts { return facts[w.Source.Line] }, nil
}

// ownerIDs finds the owners that a column names, by user principal name or mail address,
// and says which of them are nobody here. The ids are by folded name.
func (s *session) ownerIDs(ctx context.Context, report *match.Report, column string) (map[string]string, error) {
	ids, names, placeholders := make(map[string]string), []string(nil), roster.NewPlaceholders(nil)
	for o := range report.Found(&match.FoundOptions{All: true}) {
		if name := strings.TrimSpace(o.Row.Get(column)); column != "" && name != "" && !placeholders.Has(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	var queries []match.Query
	for _, name := range names {
		queries = append(queries, match.Equal("userPrincipalName", name), match.Equal("mail", name))
	}
	answers, err := match.Ask(ctx, s.tenant.client.FindUsers, queries)
	if err != nil {
		return nil, err
	}
	var unknown []string
	for i, name := range names {
		found := make(map[string]bool)
		for _, answer := range answers[2*i : 2*i+2] {
			if answer.Err != nil && !errors.Is(answer.Err, graph.ErrIncomplete) {
				return nil, answer.Err
			}
			for _, user := range answer.Users {
				found[user.ID], ids[roster.Fold(name)] = true, user.ID
			}
		}
		if len(found) != 1 {
			delete(ids, roster.Fold(name))
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		s.note("The column %s names %s, the first %q, who are no users, or may be several: such rows have no "+
			"owner in the file.", column, plural(len(unknown), "owner"), unknown[0])
	}
	return ids, nil
}

// writeCustomData writes the file for somebody else to upload.
func (s *session) writeCustomData(data *customData) error {
	if s.opts.dryRun {
		s.note("Dry run: %s is not written.", s.opts.out)
		return nil
	}
	err := writeFile(s.opts.out, func(w io.Writer) error { _, err := w.Write(data.csv); return err })
	if err != nil {
		return err
	}
	data.File = s.opts.out
	s.note("Written to %s, for the upload to a custom data provided resource.", s.opts.out)
	return nil
}

// uploadCustomData uploads the file, unless the round has its data, and follows it.
func (s *session) uploadCustomData(ctx context.Context, to governance.CustomDataTarget, data *customData) error {
	s.heading("Upload the custom data")
	data.Target = &to
	reviews := s.tenant.governance
	state, err := reviews.FollowCustomData(ctx, to, 0, 0)
	if err != nil {
		return err
	}
	data.State = state
	switch {
	case state.Upload == "complete":
		s.note("It was uploaded before, and can't be replaced.")
	case !state.Round.Is(governance.ReviewInitializing):
		return refuse("the round of %s is %s and takes no data any more", s.opts.review, state.Round)
	case s.opts.dryRun:
		s.note("Dry run: it is not uploaded.")
		return nil
	default:
		what := fmt.Sprintf("upload %s of %s to %s for the review %s, which can't be replaced", plural(data.Lines, "permission"),
			plural(data.Users, "user"), s.opts.resource, s.opts.review)
		if err := s.confirm(ctx, what); err != nil {
			return err
		}
		err := reviews.UploadCustomData(ctx, to, []governance.CustomDataFile{{Name: "permissions.csv", CSV: data.csv}})
		if err != nil && !errors.Is(err, graph.ErrExists) {
			return err
		}
		s.doc.uploaded = true
		s.note("Uploaded.")
	}
	return s.followCustomData(ctx, to, data)
}

// followCustomData looks until -wait is over whether the round has begun, and then
// whether each permission became a decision.
func (s *session) followCustomData(ctx context.Context, to governance.CustomDataTarget, data *customData) error {
	wait := s.opts.wait
	if s.opts.dryRun {
		wait = 0
	}
	state, err := s.tenant.governance.FollowCustomData(ctx, to, wait, min(10*time.Second, s.opts.wait/10))
	if err != nil {
		return err
	}
	data.State = state
	switch {
	case state.Round.Is(governance.ReviewInitializing):
		s.note("The round still takes data; it begins within two hours. The same command goes on and looks.")
	case state.Decisions < data.Lines:
		return withStatus(exitFailed, "the round is %s and has %s, but the list has %s: the others are not reviewed",
			state.Round, plural(state.Decisions, "decision"), plural(data.Lines, "permission"))
	default:
		s.note("The round is %s, with %s to take.", state.Round, plural(state.Decisions, "decision"))
	}
	return nil
}
