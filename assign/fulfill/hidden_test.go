package fulfill_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// hiding is access whose group staff has hidden members: those of members are not
// all of them.
func hiding(members map[string][]string, assignments ...assign.Assignment) fulfill.Access {
	access := reads(members, assignments...)
	access.Hidden = []string{"staff"}
	return access
}

// Who may be in a group whose members are hidden may have the group's roles: no
// account is closed because they were not seen there.
func TestAccessThroughAGroupWithHiddenMembersIsLookedInto(t *testing.T) {
	t.Parallel()
	g, a := held("ada", general), held("ada", auditor)
	staff, staffA := through("staff", general), through("staff", auditor)
	in, none := map[string][]string{"staff": {"ada"}}, map[string][]string{"staff": {}}
	const maybe = "General maybeThroughGroup"
	for _, test := range []struct {
		reason  string
		was, is fulfill.Access
		user    fulfill.UserStatus
		denied  bool
		want    string
	}{
		{reason: "their own assignment is gone", was: hiding(none, g, staff), is: hiding(none, staff),
			want: "ada@x lookInto: " + maybe + " through staff; keeps General"},
		{reason: "denied", was: hiding(none, g, staff), is: hiding(none, staff), denied: true,
			want: "ada@x lookInto: " + maybe + " by Grace through staff; keeps General"},
		{reason: "the permission was there, and was taken away", was: reads(in, staff), is: hiding(none, staff),
			want: "ada@x lookInto: " + maybe + " through staff; keeps General"},
		{reason: "the group still shows them", was: reads(in, staff), is: hiding(in, staff)},
		{reason: "the permission is there now", was: hiding(none, g, staff), is: reads(none, staff),
			want: "ada@x closeAccount: General removedOtherwise"},
		{reason: "the group has another role: the account stays", was: hiding(none, g, staffA), is: hiding(none, staffA),
			want: "ada@x removeRoles: General removedOtherwise; keeps Auditor"},
		{reason: "one role is lost, another perhaps not", was: hiding(none, g, a, staff), is: hiding(none, staff),
			want: "ada@x removeRoles: General maybeThroughGroup through staff, Auditor removedOtherwise; keeps General"},
		{reason: "the user was deleted", was: hiding(none, g, staff), is: hiding(none, staff), user: fulfill.UserIsDeleted,
			want: "ada@x closeAccount: General userDeleted"},
		{reason: "the user was disabled", was: hiding(none, g, staff), is: hiding(none, staff), user: fulfill.UserIsDisabled,
			want: "ada@x closeAccount: General userDisabled"},
		{reason: "the group is no longer assigned", was: hiding(none, g, staff), is: reads(nil),
			want: "ada@x closeAccount: General removedOtherwise"},
	} {
		now := fulfill.Present{Access: test.is, Users: map[string]fulfill.UserStatus{"ada": fulfill.UserIsEnabled}}
		if test.user != "" {
			now.Users["ada"] = test.user
		}
		if test.denied {
			now.Reviews = []fulfill.Review{review(deny("ada"))}
		}
		list, err := fulfill.NewRevocations(snapshotOf(t, test.was, "ada@x"), now, nil)
		require.NoError(t, err, test.reason)
		want := []string{}
		if test.want != "" {
			want = append(want, test.want)
		}
		assert.Equal(t, want, lines(list), test.reason)
	}
}

// A snapshot that could not see who is in a group says so, and so does every list
// that is made from it: whoever had access through the group is not on the list.
func TestASnapshotSaysWhichGroupsHideTheirMembers(t *testing.T) {
	t.Parallel()
	hidden := []fulfill.HiddenGroup{{ID: "staff", Name: "staff", AppRoleIDs: []string{general.ID, auditor.ID}}}
	snapshot := snapshotOf(t, hiding(map[string][]string{"staff": {}}, through("staff", auditor), through("staff", general)),
		"ada@x")
	assert.Equal(t, hidden, snapshot.Hidden)
	var file bytes.Buffer
	require.NoError(t, snapshot.Encode(&file))
	snapshot, err := fulfill.DecodeSnapshot(&file)
	require.NoError(t, err)

	list, err := fulfill.NewRevocations(snapshot, fulfill.Present{Access: reads(nil)}, nil)
	require.NoError(t, err)
	assert.Equal(t, hidden, list.Hidden)
	assert.Contains(t, text(t, list.WriteText), "The members of the group staff are hidden: who has access through it can't be\ntold")
	assert.NotContains(t, text(t, sampleRevocations(t).WriteText), "hidden")

	now := fulfill.Present{Access: hiding(nil, through("staff", general))}
	now.Access.Members = map[string][]string{"staff": {}}
	list, err = fulfill.NewRevocations(snapshotOf(t, reads(nil), "ada@x"), now, nil)
	require.NoError(t, err)
	assert.Len(t, list.Hidden, 1, "it is hidden now")
}

// A group whose members are hidden must have been asked for them all the same.
func TestAHiddenGroupThatWasNotReadIsUnfinished(t *testing.T) {
	t.Parallel()
	_, err := fulfill.NewSnapshot(testApp, each(accounts(t, "ada@x")), hiding(nil, through("staff", general)), december, nil)
	require.ErrorIs(t, err, assign.ErrUnfinished)
}
