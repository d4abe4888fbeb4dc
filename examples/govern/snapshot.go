package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
)

// keepSnapshot writes who holds what now, and which account of the application
// that is, to the -snapshot file. One that is there is kept: it shows what was
// before, which nothing else does once access was taken away. made is a plan
// whose changes the snapshot must show.
func (s *session) keepSnapshot(
	ctx context.Context, report *match.Report, app *entra.Application, made *assign.Plan) error {
	s.heading("Keep a snapshot")
	path := s.opts.snapshot
	earlier, err := readSnapshot(path)
	switch {
	case err == nil:
		if err := earlier.ForApplication(app.ServicePrincipalID); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		s.note("%s of %s is kept: it shows who had access then.",
			s.fileName(path), earlier.Taken.Format("2 January 2006 15:04 MST"))
		s.doc.SnapshotFile = path
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case report == nil:
		return fmt.Errorf("there is no %s yet; -roster and -match make it", path)
	case s.opts.dryRun:
		s.note("Dry run: no snapshot is written.")
		return nil
	}
	return s.takeSnapshot(ctx, report, app, made)
}

func (s *session) takeSnapshot(
	ctx context.Context, report *match.Report, app *entra.Application, made *assign.Plan) error {
	access, err := s.accessFor(ctx, report, app.ServicePrincipalID, made)
	if err != nil {
		return err
	}
	snapshot, err := fulfill.NewSnapshot(app.App(), report.Found(&match.FoundOptions{All: true}), access, time.Now(),
		&fulfill.SnapshotOptions{Column: s.opts.account})
	if err != nil {
		return err
	}
	if err := writeFile(s.opts.snapshot, snapshot.Encode); err != nil {
		return err
	}
	s.doc.SnapshotFile = s.opts.snapshot
	s.printSnapshot(snapshot)
	return nil
}

func (s *session) printSnapshot(snapshot fulfill.Snapshot) {
	holders, accounts := 0, 0
	for _, person := range snapshot.People {
		accounts += len(person.Accounts)
		holders += min(1, len(person.Held))
	}
	s.note("%s: %s with a role, %s of the application. It names people; keep it where only you can read it.",
		s.fileName(s.opts.snapshot), plural(holders, "user"), plural(accounts, "account"))
	for _, group := range snapshot.Hidden {
		s.note("The members of the group %s are hidden: who has access through it is not in the snapshot. "+
			"To see them, grant the Graph permission Member.Read.Hidden.", group.Name)
	}
}

// fileName is how a file is shown; the demo's lie in a folder of its own.
func (s *session) fileName(path string) string {
	if s.tutorial {
		return filepath.Base(path)
	}
	return path
}

// accessFor reads who holds what. Listings lag: a plan says what must be seen, and
// without one those of the report who seem to hold nothing are read by themselves.
func (s *session) accessFor(ctx context.Context, report *match.Report, servicePrincipalID string,
	plan *assign.Plan) (fulfill.Access, error) {
	if plan != nil {
		return s.accessAfter(ctx, servicePrincipalID, plan)
	}
	var people []string
	for outcome := range report.Found(&match.FoundOptions{All: true}) {
		id, _ := outcome.Principal()
		people = append(people, id)
	}
	return s.tenant.governance.AccessOf(ctx, servicePrincipalID, people)
}

// accessAfter reads who holds what, once that shows all that plan added and left.
func (s *session) accessAfter(
	ctx context.Context, servicePrincipalID string, plan *assign.Plan) (fulfill.Access, error) {
	for started := time.Now(); ; {
		access, err := s.tenant.governance.Access(ctx, servicePrincipalID)
		if err != nil || showsPlan(access, *plan) {
			return access, err
		}
		if time.Since(started) > s.opts.wait {
			return access, withStatus(exitFailed,
				"not all assignments of the plan can be read yet; run this again for the snapshot")
		}
		if err := graph.Sleep(ctx, s.tenant.interval); err != nil {
			return access, err
		}
	}
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

func readSnapshot(path string) (fulfill.Snapshot, error) {
	return readFile(path, fulfill.DecodeSnapshot)
}
