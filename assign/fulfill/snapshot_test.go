package fulfill_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/roster"
)

var january = time.Date(2026, 1, 15, 9, 30, 0, 0, time.UTC)

// through is a group's assignment.
func through(group string, role assign.AppRole) assign.Assignment {
	a := held(group, role)
	a.PrincipalType, a.PrincipalDisplayName = "Group", group
	return a
}

// reads is finished access of these assignments, with the members of each group.
func reads(members map[string][]string, assignments ...assign.Assignment) fulfill.Access {
	return fulfill.Access{Complete: true, ResourceID: testApp.ResourceID, Assignments: assignments, Members: members}
}

// snapshotOf is of accounts whose key is the local part of a mail address.
func snapshotOf(t testing.TB, access fulfill.Access, lines ...string) fulfill.Snapshot {
	t.Helper()
	snapshot, err := fulfill.NewSnapshot(testApp, each(accounts(t, lines...)), access, january, nil)
	require.NoError(t, err)
	return snapshot
}

// A disabledAccount says what match.Outcome says of a user who can't sign in.
type disabledAccount struct{ account }

func (disabledAccount) Enabled() bool { return false }

func TestASnapshotKeepsWhoHeldWhatAndWhoseAccountThatWas(t *testing.T) {
	t.Parallel()
	header, err := roster.NewHeader("users.csv", []string{"Login", "Email", "Name"})
	require.NoError(t, err)
	row := func(line int, user string, fields ...string) fulfill.Account {
		return account{row: roster.NewRow(header, line, fields), key: fields[1], id: user, name: fields[1]}
	}
	dee := disabledAccount{row(6, "dee", "DEE1", "dee@x", "Dee").(account)}
	rows := []fulfill.Account{row(2, "ADA", "ADA1", "ada@x", "Ada L"), row(3, "ada", "ada1 ", "ada@x", "Ada again"), row(4, "ada", "ADA2", "ada@x", "Ada"),
		row(5, "", "GHOST", "nobody@x", "Nobody"), dee, row(7, "eve", "", "eve@x", "Eve")}
	access := reads(map[string][]string{"STAFF": {"ada", "zoe", "ADA"}}, held("ada", general), through("staff", general), through("staff", auditor), held("fay", auditor))
	access.Packages = []fulfill.PackageAccess{{PrincipalID: "ADA", AppRoleID: general.ID, Package: "Finance"}}

	snapshot, err := fulfill.NewSnapshot(testApp, each(rows), access, january, &fulfill.SnapshotOptions{Column: "login", Keep: []string{"Name"}})
	require.NoError(t, err)
	assert.Equal(t, fulfill.Snapshot{ResourceID: testApp.ResourceID, Application: "CORPDB1", Taken: january,
		Roles: map[string]string{general.ID: "General", auditor.ID: "Auditor", retired.ID: "Retired", daemon.ID: "Daemon"}, People: []fulfill.Person{
			{PrincipalID: "ada", PrincipalName: "ada@x",
				Held: []fulfill.HeldRole{
					{AppRoleID: general.ID, Paths: []fulfill.Path{{Kind: fulfill.Directly, AssignmentID: "ada-general"},
						{Kind: fulfill.ThroughGroup, Name: "staff", AssignmentID: "staff-general"}, {Kind: fulfill.ThroughPackage, Name: "Finance"}}},
					{AppRoleID: auditor.ID, Paths: []fulfill.Path{{Kind: fulfill.ThroughGroup, Name: "staff", AssignmentID: "staff-audit.read"}}}},
				Accounts: []fulfill.AppAccount{
					{Key: "ADA1", Rows: []assign.Source{{File: "users.csv", Line: 2, Key: "ada@x"}, {File: "users.csv", Line: 3, Key: "ada@x"}}, Columns: map[string]string{"Name": "Ada L"}},
					{Key: "ADA2", Rows: []assign.Source{{File: "users.csv", Line: 4, Key: "ada@x"}}, Columns: map[string]string{"Name": "Ada"}}}},
			{PrincipalID: "dee", PrincipalName: "dee@x", Disabled: true, Held: []fulfill.HeldRole{},
				Accounts: []fulfill.AppAccount{{Key: "DEE1", Rows: []assign.Source{{File: "users.csv", Line: 6, Key: "dee@x"}}, Columns: map[string]string{"Name": "Dee"}}}},
			{PrincipalID: "eve", PrincipalName: "eve@x", Held: []fulfill.HeldRole{}, // an empty login leaves the key that is known
				Accounts: []fulfill.AppAccount{{Key: "eve@x", Rows: []assign.Source{{File: "users.csv", Line: 7, Key: "eve@x"}}, Columns: map[string]string{"Name": "Eve"}}}},
			{PrincipalID: "fay", PrincipalName: "Display fay", Accounts: []fulfill.AppAccount{},
				Held: []fulfill.HeldRole{{AppRoleID: auditor.ID, Paths: []fulfill.Path{{Kind: fulfill.Directly, AssignmentID: "fay-audit.read"}}}}},
			{PrincipalID: "zoe", Accounts: []fulfill.AppAccount{}, Held: []fulfill.HeldRole{
				{AppRoleID: general.ID, Paths: []fulfill.Path{{Kind: fulfill.ThroughGroup, Name: "staff", AssignmentID: "staff-general"}}},
				{AppRoleID: auditor.ID, Paths: []fulfill.Path{{Kind: fulfill.ThroughGroup, Name: "staff", AssignmentID: "staff-audit.read"}}}}},
		}}, snapshot)
}

func TestASnapshotOfAnUnfinishedReadIsRefused(t *testing.T) {
	t.Parallel()
	for reason, access := range map[string]fulfill.Access{ // whoever is missing would never be missed
		"nobody said that it is complete": {ResourceID: testApp.ResourceID},
		"a group's members were not read": reads(nil, through("staff", general)),
	} {
		_, err := fulfill.NewSnapshot(testApp, each(accounts(t)), access, january, nil)
		assert.ErrorIs(t, err, assign.ErrUnfinished, reason)
	}
	access := reads(nil)
	access.ResourceID = "another"
	_, err := fulfill.NewSnapshot(testApp, each(accounts(t)), access, january, nil)
	assert.ErrorIs(t, err, assign.ErrOtherApplication)
}

func goodSnapshot(t testing.TB) (fulfill.Snapshot, string) {
	t.Helper()
	snapshot := snapshotOf(t, reads(map[string][]string{"staff": {"bob"}}, held("ada", general), held("ada", auditor), through("staff", general)), "ada@x,", "bob@x,")
	var file bytes.Buffer
	require.NoError(t, snapshot.Encode(&file))
	return snapshot, file.String()
}

func TestASnapshotFileOfVersion1StaysReadable(t *testing.T) {
	t.Parallel()
	snapshot, file := goodSnapshot(t)
	stored, err := os.ReadFile("testdata/snapshot.v1.json")
	require.NoError(t, err)
	if os.Getenv("UPDATE_TESTDATA") != "" {
		stored = []byte(file)
		require.NoError(t, os.WriteFile("testdata/snapshot.v1.json", stored, 0o644))
	}
	assert.Equal(t, string(stored), file, "a snapshot is read months after it was taken: a changed format needs a new version")
	decoded, err := fulfill.DecodeSnapshot(bytes.NewReader(stored))
	require.NoError(t, err)
	assert.Equal(t, snapshot, decoded)
}

func TestAFileThatIsNotThisSnapshotIsRefused(t *testing.T) {
	t.Parallel()
	_, good := goodSnapshot(t)
	empty, err := assign.NewPlan(testApp, nil, nil, nil)
	require.NoError(t, err)
	var plan strings.Builder
	require.NoError(t, empty.Encode(&plan))
	for _, test := range []struct {
		reason, file string
		err          error
		text         string
	}{
		{"cut short", good[:len(good)-100], assign.ErrTruncated, "it ends in the middle"},
		{"empty", "", assign.ErrTruncated, "it is empty"},
		{"older", strings.Replace(good, `"version": 1`, `"version": 0`, 1), assign.ErrVersion, "make it anew"},
		{"newer", strings.Replace(good, `"version": 1`, `"version": 7`, 1), assign.ErrVersion, "it has version 7 and this program knows version 1"},
		{"a plan", plan.String(), assign.ErrMalformed, `says that it is "rollcall plan"`},
		{"a field that it doesn't know", strings.Replace(good, `"taken"`, `"note": "", "taken"`, 1), assign.ErrMalformed, "unknown field"},
		{"without an application", strings.Replace(good, testApp.ResourceID, "", 1), assign.ErrMalformed, "it names no application"},
	} {
		snapshot, err := fulfill.DecodeSnapshot(strings.NewReader(test.file))
		assert.ErrorIs(t, err, test.err, test.reason)
		assert.ErrorContains(t, err, "this can't be used as a rollcall snapshot: ", test.reason)
		assert.ErrorContains(t, err, test.text, test.reason)
		assert.Empty(t, snapshot, test.reason)
	}
	snapshot, err := fulfill.DecodeSnapshot(strings.NewReader(good))
	require.NoError(t, err)
	require.NoError(t, snapshot.ForApplication(testApp.ResourceID))
	assert.EqualError(t, snapshot.ForApplication("bbbb"),
		"this can't be used as a rollcall snapshot: it was made for CORPDB1 (service principal "+testApp.ResourceID+") and not for service principal bbbb")
}

func FuzzDecodeSnapshot(f *testing.F) {
	_, good := goodSnapshot(f)
	f.Add(good)
	f.Add(good[:100])
	f.Add(`{"kind": "rollcall snapshot", "version": 1, "resourceId": "x", "people": [{"held": [{}]}]}`)
	f.Fuzz(func(t *testing.T, file string) {
		snapshot, err := fulfill.DecodeSnapshot(strings.NewReader(file))
		if err != nil {
			refused := errors.Is(err, assign.ErrTruncated) || errors.Is(err, assign.ErrVersion) || errors.Is(err, assign.ErrMalformed)
			require.True(t, refused, "%v", err)
			return
		}
		users := make(map[string]fulfill.UserStatus)
		for _, person := range snapshot.People {
			users[person.PrincipalID] = fulfill.UserIsEnabled
		}
		list, err := fulfill.NewRevocations(snapshot, fulfill.Present{Access: fulfill.Access{Complete: true, ResourceID: snapshot.ResourceID}, Users: users}, nil)
		require.NoError(t, err, "what was accepted can be worked with")
		require.NoError(t, list.WriteCSV(new(bytes.Buffer), nil))
	})
}
