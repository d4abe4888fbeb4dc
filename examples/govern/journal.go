package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
)

// openJournal opens the -journal of an application, and makes it if there is none. A dry
// run only reads it. Without -journal there is none.
func (s *session) openJournal(app assign.App) error {
	if s.opts.journal == "" {
		return nil
	}
	if s.opts.dryRun {
		return s.readJournal(app)
	}
	if s.journal != nil {
		return s.journal.State().ForApplication(app.ResourceID)
	}
	journal, err := fulfill.OpenJournal(s.opts.journal, app, nil)
	if err != nil {
		return fmt.Errorf("cannot use -journal %w", err)
	}
	s.journal, s.doc.JournalFile = journal, s.opts.journal
	s.sayNote(journal.Note())
	return nil
}

// openExistingJournal opens a -journal that is there, before anything is written: it may
// be of another application, or another program may be writing to it. app is nil if there
// is no application yet.
func (s *session) openExistingJournal(app *entra.Application) error {
	if s.opts.journal == "" {
		return nil
	}
	known, _, err := fulfill.ReadJournal(s.opts.journal)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case app == nil:
		return fmt.Errorf("%s is a journal for %s, which is not in %s", s.opts.journal, known.Application, s.tenant.name)
	}
	return s.openJournal(app.App())
}

// readJournal reads the -journal for a dry run.
func (s *session) readJournal(app assign.App) error {
	known, note, err := fulfill.ReadJournal(s.opts.journal)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.known = fulfill.NewState(app, time.Now())
		return nil
	case err != nil:
		return err
	}
	s.known = known
	s.sayNote(note)
	return known.ForApplication(app.ResourceID)
}

func (s *session) sayNote(note string) {
	if note != "" {
		s.note("%s: %s.", s.fileName(s.opts.journal), note)
	}
}

// closeJournal lets others write to the journal.
func (s *session) closeJournal() error {
	if s.journal == nil {
		return nil
	}
	s.known = s.journal.State()
	err := s.journal.Close()
	s.journal = nil
	return err
}

// state is what the journal says; nil if there is none.
func (s *session) state() *fulfill.State {
	if s.journal != nil {
		return s.journal.State()
	}
	return s.known
}

// fileName is how a file is shown; the demo's lie in a folder of its own.
func (s *session) fileName(path string) string {
	if s.tutorial {
		return filepath.Base(path)
	}
	return path
}

// needsList refuses to begin a journal without the list of accounts.
func (s *session) needsList() error {
	if _, err := os.Stat(s.opts.journal); s.opts.journal == "" || s.opts.roster != "" || !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("there is no %s yet; -roster and -match make it", s.opts.journal)
}

// lookAtAll looks at the list and the directory, and records what is new. A run of which
// a part failed has recorded what it wrote, and concludes nothing. made is a plan whose
// changes must be seen.
func (s *session) lookAtAll(ctx context.Context, report *match.Report, made *assign.Plan) error {
	if s.state() == nil {
		return nil
	}
	s.heading("Record who has access")
	if s.failure != nil {
		s.note("As something failed, nothing is concluded: %s has what was written, and the next whole run goes on.",
			s.fileName(s.opts.journal))
		return nil
	}
	news, err := s.look(ctx, report, made)
	if err != nil {
		return err
	}
	if s.journal == nil {
		s.note("Dry run: the journal is not written.")
		return nil
	}
	if err := s.journal.Record(news); err != nil {
		return err
	}
	s.printState(news.Revocations())
	return nil
}

// look compares the list, if there is one, and the directory with the journal. Listings
// lag: it looks until it sees all that a plan added and left, if there was one.
func (s *session) look(ctx context.Context, report *match.Report, made *assign.Plan) (*fulfill.News, error) {
	state := s.state()
	opts := &governance.LookOptions{Report: report,
		List: &fulfill.ListOptions{Column: s.opts.account, Roles: s.listedRoles(state),
			Keep: s.opts.facts.Facts.Columns(), Closed: s.closed()}}
	for started := time.Now(); ; {
		look, err := s.tenant.governance.Look(ctx, state, opts)
		if err != nil {
			return nil, err
		}
		if made == nil || showsPlan(look.Access, *made) {
			return state.Compare(look, s.accountLimits())
		}
		if time.Since(started) > s.opts.wait {
			return nil, withStatus(exitFailed,
				"not all assignments of the plan can be read yet, so nothing is concluded; run this again for the journal")
		}
		if err := graph.Sleep(ctx, s.tenant.interval); err != nil {
			return nil, err
		}
	}
}

// listedRoles is the rule by which the list shows an account's roles; nil without a
// -role-column.
func (s *session) listedRoles(state *fulfill.State) assign.RoleRule {
	if s.opts.roleColumn == "" {
		return nil
	}
	var roles []assign.AppRole
	for id, role := range state.Roles {
		roles = append(roles, assign.AppRole{ID: id, DisplayName: role.DisplayName, Value: role.Value, IsEnabled: true,
			AllowedMemberTypes: []string{"User"}})
	}
	if s.doc.Application != nil {
		roles = s.doc.Application.AppRoles
	}
	return assign.RoleColumn(s.opts.roleColumn, roles, nil)
}

// showsPlan reports whether access has all assignments that plan adds or leaves.
func showsPlan(access fulfill.Access, plan assign.Plan) bool {
	settled := make(map[string]bool)
	for _, a := range access.Assignments {
		settled[a.ID] = true
	}
	for _, change := range plan.Changes {
		settled[change.AssignmentID] = true
	}
	lacking := func(a assign.Assignment) bool { return !settled[a.ID] }
	return remaining(plan, access.Assignments).Count(assign.Add) == 0 && !slices.ContainsFunc(plan.Before, lacking)
}

// printState says what the journal knows.
func (s *session) printState(list *fulfill.Revocations) {
	holders := 0
	for _, person := range s.state().People {
		holders += min(1, len(person.Held))
	}
	s.note("%s: %s with a role, %s of the application. It names people; keep it where only you can read it.",
		s.fileName(s.opts.journal), plural(holders, "user"), plural(list.Known, "account"))
	if n := len(list.Accounts); n > 0 {
		s.note("%s to be looked at, as access was lost; revocations lists them.", agree(n, "account", "is", "are"))
	}
	if n := len(list.ToOpen); n > 0 {
		s.note("%s a role and no account; revocations lists them.", agree(n, "user", "holds", "hold"))
	}
	for _, group := range list.Hidden {
		s.note("The members of the group %s are hidden: who has access through it is not in the journal. "+
			"To see them, grant the Graph permission Member.Read.Hidden.", group.Name)
	}
}

// recordWrites adds to the journal what was written.
func (s *session) recordWrites(report *assign.Report, since time.Time) error {
	if s.journal == nil {
		return nil
	}
	return s.journal.Applied(report, since)
}

func historyCommand(ctx context.Context, s *session) error {
	if s.opts.forget != "" {
		return s.forget(ctx)
	}
	history, err := fulfill.ReadHistory(s.opts.journal)
	if err != nil {
		return err
	}
	if err := s.checkJournalName(history.Application); err != nil {
		return err
	}
	s.doc.History = history
	if s.opts.out == "" {
		return history.WriteText(s.out)
	}
	changes, err := fulfill.ChangesSince(s.opts.journal, 0)
	if err != nil {
		return err
	}
	path := s.opts.out
	if err := writeFile(path, func(w io.Writer) error { return fulfill.WriteChanges(w, changes, nil) }); err != nil {
		return err
	}
	s.note("What changed since the last review is written to %s.", path)
	return nil
}

// forget takes a person out of the journal.
func (s *session) forget(ctx context.Context) error {
	known, _, err := fulfill.ReadJournal(s.opts.journal)
	if err != nil {
		return err
	}
	if err := s.checkJournalName(known.Application); err != nil {
		return err
	}
	what := "forget for good " + s.opts.forget + " and the history before today"
	if err := s.confirm(ctx, what); err != nil || s.opts.dryRun {
		return err
	}
	if err := s.openJournal(assign.App{ResourceID: known.ResourceID, DisplayName: known.Application}); err != nil {
		return err
	}
	if err := s.journal.Forget(s.opts.forget); err != nil {
		return err
	}
	s.note("Nothing of them is left in %s. Copies of the file are yours to find.", s.opts.journal)
	return nil
}

func (s *session) checkJournalName(application string) error {
	if name := s.opts.app; name != "" && !strings.EqualFold(name, application) {
		return refuse("%s is a journal for %s, not for %s", s.opts.journal, application, name)
	}
	return nil
}

// undoCommand writes the plan that takes back a run.
func undoCommand(ctx context.Context, s *session) error {
	number, err := strconv.Atoi(s.opts.args[0])
	if err != nil {
		return usageError("undo wants the number of a run, which history lists, not %q", s.opts.args[0])
	}
	known, _, err := fulfill.ReadJournal(s.opts.journal)
	if err != nil {
		return err
	}
	run, err := fulfill.FindRun(s.opts.journal, number)
	if err != nil {
		return err
	}
	app, err := s.findApplication(ctx)
	if err != nil {
		return err
	}
	if err := known.ForApplication(app.ServicePrincipalID); err != nil {
		return fmt.Errorf("%s: %w", s.opts.journal, err)
	}
	current, err := s.tenant.client.SettledAssignments(ctx, app.ServicePrincipalID)
	if err != nil {
		return err
	}
	policy := s.limits()
	if err := s.protect(ctx, policy, app); err != nil {
		return err
	}
	s.heading(fmt.Sprintf("Take back run %d", number))
	plan, err := known.Undo(run, app.App(), current, policy)
	if err != nil {
		return err
	}
	s.doc.Plan = &plan
	s.printPlanTable(plan, s.planTable(plan))
	return s.writePlan(plan)
}
