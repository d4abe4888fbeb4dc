package fulfill_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/assigntest"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/roster"
)

// a year of an application: ada had General and lost it, had it again, and was disabled;
// bob came after the review of June was begun; cy changed roles; dee kept hers.
func year(t testing.TB) (path string, journal *fulfill.Journal) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "CORPDB1.journal")
	journal = open(t, path)
	day := func(month time.Month, disabled string, access ...assign.Assignment) {
		now := look(time.Date(2026, month, 1, 8, 0, 0, 0, time.UTC), reads(nil, access...))
		if disabled != "" {
			now.Users[disabled] = fulfill.UserIsDisabled
		}
		if month == time.January {
			now.List = listOf(t, accounts(t, "ada@x,", "bob@x,", "cy@x,", "dee@x,"), nil)
		}
		note(t, journal, now, nil)
	}
	dee := granted("dee", general)
	day(time.January, "", granted("ada", general), granted("cy", general), dee)
	day(time.March, "", granted("cy", general), dee)
	day(time.May, "", granted("ada", general), granted("cy", general), dee)
	require.NoError(t, journal.BeginCampaign("CORPDB1 June"))
	day(time.July, "ada", granted("ada", general), granted("bob", general), granted("cy", auditor), dee)
	return path, journal
}

func TestTheHistorySaysWhoHadWhatWhenAndWhyItEnded(t *testing.T) {
	t.Parallel()
	path, journal := year(t)
	history, err := fulfill.ReadHistory(path)
	require.NoError(t, err)
	history.Since = january
	assert.Equal(t, time.Now().Format(time.DateOnly), history.Campaigns[0].Time.Format(time.DateOnly))
	history.Campaigns[0].Time = december
	assert.Equal(t, `CORPDB1: who had access since 15 January 2026
  2026-01-01 to 2026-03-01  ada@x: General; removed, and not by a review
  2026-05-01 to 2026-07-01  ada@x: General; the user was disabled
  2026-07-01 to now  bob@x: General
  2026-01-01 to 2026-07-01  cy@x: General; removed, and not by a review
  2026-07-01 to now  cy@x: Auditor
  2026-01-01 to now  dee@x: General
  review of 2026-12-03: CORPDB1 June
`, text(t, history.WriteText))
	assert.Equal(t, []string{"ada@x"}, history.Periods[0].Accounts)

	require.NoError(t, journal.Compact())
	history, err = fulfill.ReadHistory(path)
	require.NoError(t, err)
	var running []string
	for _, p := range history.Periods {
		if p.To.IsZero() {
			running = append(running, p.PrincipalName+" "+p.From.Format(time.DateOnly))
		}
	}
	assert.Equal(t, []string{"bob@x 2026-07-01", "cy@x 2026-07-01", "dee@x 2026-01-01"}, running, "what lasts is known after compacting too")
	assert.Len(t, history.Periods, 3)
}

func TestChangesSinceTheLastReviewAreAListForReviewers(t *testing.T) {
	t.Parallel()
	path, journal := year(t)
	changes, err := fulfill.ChangesSince(path, 0)
	require.NoError(t, err)
	var csv bytes.Buffer
	require.NoError(t, fulfill.WriteChanges(&csv, changes, nil))
	assert.Equal(t, `change,person,status,roles before,roles now,accounts,principal id
gone,ada@x,disabled,General,,ada@x,ada
new,bob@x,enabled,,General,bob@x,bob
changed,cy@x,enabled,General,Auditor,cy@x,cy
unchanged,dee@x,enabled,General,General,dee@x,dee
`, strings.ReplaceAll(csv.String(), "\r\n", "\n"))

	changes, err = fulfill.ChangesSince(path, 3) // of March, when ada had nothing
	require.NoError(t, err)
	kinds := make(map[string]fulfill.ChangeKind)
	for _, c := range changes {
		kinds[c.Person.ID] = c.Kind
	}
	assert.Equal(t, map[string]fulfill.ChangeKind{"bob": fulfill.ChangeNew, "cy": fulfill.ChangeChanged, "dee": fulfill.ChangeUnchanged}, kinds)

	require.NoError(t, journal.Compact())
	_, err = fulfill.ChangesSince(path, 0)
	require.ErrorContains(t, err, "as it was compacted")
	_, err = fulfill.ChangesSince(stored(t), 0)
	require.ErrorIs(t, err, fulfill.ErrNoCampaign)
}

// A name must not run in the spreadsheet of a reviewer.
func TestChangesAreSafeInASpreadsheet(t *testing.T) {
	t.Parallel()
	change := fulfill.PersonChange{Kind: fulfill.ChangeNew, Person: fulfill.PersonRef{ID: "ada", Name: "=1+1"}}
	var csv bytes.Buffer
	require.NoError(t, fulfill.WriteChanges(&csv, []fulfill.PersonChange{change}, nil))
	assert.Contains(t, csv.String(), "new,'=1+1,")
	csv.Reset()
	require.NoError(t, fulfill.WriteChanges(&csv, []fulfill.PersonChange{change}, &roster.WriterOptions{}))
	assert.NotEmpty(t, csv.String())
}

// ran applies a plan that gives ada and bob General and takes cy's away, and records it.
func ran(t testing.TB) (path string, journal *fulfill.Journal, store *assigntest.Memory) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "CORPDB1.journal")
	journal = open(t, path)
	store = assigntest.NewMemory(testApp, granted("bob", general), granted("cy", general), granted("dee", general))
	current, err := store.Assignments(t.Context(), testApp.ResourceID)
	require.NoError(t, err)
	note(t, journal, look(time.Now(), reads(nil, current...)), nil)
	since := time.Now()
	change := func(action assign.Action, user, id string) assign.Change {
		return assign.Change{Action: action, PrincipalID: user, PrincipalName: "Display " + user, AppRoleID: general.ID, AppRole: "General", AssignmentID: id, Reason: "a test"}
	}
	plan := assign.Plan{ResourceID: testApp.ResourceID, Application: "CORPDB1", Changes: []assign.Change{change(assign.Add, "ada", ""),
		change(assign.Add, "bob", ""), change(assign.Remove, "cy", "cy-general")}}
	report, err := assign.Apply(t.Context(), store, plan, nil)
	require.NoError(t, err)
	gone := change(assign.Remove, "eve", "eve-general") // as a writer says it that can tell who took it
	report.Results = append(report.Results, assign.Result{Change: gone, State: assign.Done, Existed: true})
	require.NoError(t, journal.Applied(report, since))
	return path, journal, store
}

// seen records a look at the store, whose assignments have the time at which they were seen.
func seen(t testing.TB, journal *fulfill.Journal, store *assigntest.Memory, created time.Time) []assign.Assignment {
	t.Helper()
	current, err := store.Assignments(t.Context(), testApp.ResourceID)
	require.NoError(t, err)
	for i := range current {
		current[i].CreatedDateTime = created
	}
	note(t, journal, look(time.Now(), reads(nil, current...)), nil)
	return current
}

func TestWhatARunWroteIsFoundAndOnlyThatIsOurs(t *testing.T) {
	t.Parallel()
	path, journal, store := ran(t)
	number := journal.State().Runs[0].Number
	assert.Equal(t, 1, journal.State().Runs[0].Added, "bob had it before: that is not ours")
	wrote, err := fulfill.FindRun(path, number)
	require.NoError(t, err)
	require.Len(t, wrote.Added, 1)
	assert.Equal(t, "ada", wrote.Added[0].PrincipalID)
	require.Len(t, wrote.Removed, 1, "eve's had gone before: that is not our doing")
	assert.Equal(t, "cy-general", wrote.Removed[0].AssignmentID)
	_, err = fulfill.FindRun(path, number-1)
	require.ErrorContains(t, err, "is no run; the history lists the runs")

	seen(t, journal, store, time.Now())
	require.Len(t, journal.State().Ours, 1)
	for _, grant := range journal.State().Ours {
		assert.Equal(t, "ada", grant.PrincipalID)
	}
	history, err := fulfill.ReadHistory(path)
	require.NoError(t, err)
	assert.Contains(t, text(t, history.WriteText), "Display ada: General, from rollcall")
}

// An assignment that somebody else made later in place of ours is theirs.
func TestAnAssignmentOfAnotherTimeIsNotOurs(t *testing.T) {
	t.Parallel()
	_, journal, store := ran(t)
	seen(t, journal, store, time.Now().Add(time.Hour))
	assert.Empty(t, journal.State().Ours)
}

func TestUndoTakesBackWhatARunWroteAndNothingElse(t *testing.T) {
	t.Parallel()
	path, journal, store := ran(t)
	wrote, err := fulfill.FindRun(path, journal.State().Runs[0].Number)
	require.NoError(t, err)
	current := seen(t, journal, store, time.Now())
	noLimits := &assign.Policy{MaxRemovals: assign.NoLimit, MaxRemovalShare: 1}
	plan, err := journal.State().Undo(wrote, testApp, current, noLimits)
	require.NoError(t, err)
	undone := func(plan assign.Plan) (all []string) {
		for _, c := range plan.Changes {
			all = append(all, string(c.Action)+" "+c.PrincipalID+" "+c.AppRole)
		}
		return all
	}
	assert.Equal(t, []string{"add cy General", "remove ada General"}, undone(plan))

	plan, err = journal.State().Undo(wrote, testApp, current, &assign.Policy{Protected: []string{"ada"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"add cy General"}, undone(plan), "a protected user loses nothing")

	current = slices.Clone(current)
	for i := range current {
		current[i].ID += "-anew"
	}
	plan, err = journal.State().Undo(wrote, testApp, append(current, granted("cy", general)), nil)
	require.NoError(t, err)
	assert.Empty(t, undone(plan), "what somebody has changed since is left")
}
