package fulfill_test

import (
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
	g, a := granted("ada", general), granted("ada", auditor)
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
		now := look(advent, test.is)
		if test.user != "" {
			now.Users["ada"] = test.user
		}
		if test.denied {
			now.Reviews = []fulfill.Review{review(deny("ada"))}
		}
		news, err := known(t, test.was, "ada@x").State().Compare(now, nil)
		require.NoError(t, err, test.reason)
		want := []string{}
		if test.want != "" {
			want = append(want, test.want)
		}
		assert.Equal(t, want, lines(news.Revocations()), test.reason)
	}
}

// A look that could not see who is in a group says so, and so does every list that is
// made from it or from the next: whoever had access through the group is not on the list.
func TestListsSayWhichGroupsHideTheirMembers(t *testing.T) {
	t.Parallel()
	hidden := []fulfill.HiddenGroup{{ID: "staff", Name: "staff", AppRoleIDs: []string{general.ID, auditor.ID}}}
	none := map[string][]string{"staff": {}}
	journal := known(t, hiding(none, through("staff", auditor), through("staff", general)), "ada@x")
	assert.Equal(t, hidden, journal.State().Hidden)

	note(t, journal, look(advent, reads(nil)), nil)
	list := journal.State().Revocations()
	assert.Equal(t, hidden, list.Hidden)
	assert.Contains(t, text(t, list.WriteText), "The members of the group staff are hidden: who has access through it can't be\ntold")
	note(t, journal, look(advent.AddDate(0, 0, 1), reads(nil)), nil)
	assert.Empty(t, journal.State().Revocations().Hidden, "both looks saw everybody")

	news, err := known(t, reads(nil), "ada@x").State().Compare(look(advent, hiding(none, through("staff", general))), nil)
	require.NoError(t, err)
	assert.Len(t, news.Revocations().Hidden, 1, "it is hidden now")
}

// What nobody could see for a while is still known when it can be seen again.
func TestARoleThatMayBeHeldUnseenIsKeptUntilItCanBeSeen(t *testing.T) {
	t.Parallel()
	staff, none := through("staff", general), map[string][]string{"staff": {}}
	for _, test := range []struct {
		reason string
		now    fulfill.Access
		want   []string
	}{
		{"she is in the group", reads(map[string][]string{"staff": {"ada"}}, staff), []string{}},
		{"she is not in it", reads(none, staff), []string{"ada@x closeAccount: General removedOtherwise"}},
	} {
		journal := known(t, reads(map[string][]string{"staff": {"ada"}}, staff), "ada@x")
		for day := range 3 {
			note(t, journal, look(advent.AddDate(0, 0, day), hiding(none, staff)), nil)
			require.Equal(t, fulfill.LookInto, journal.State().Revocations().Accounts[0].Action(), test.reason)
		}
		note(t, journal, look(advent.AddDate(0, 0, 3), test.now), nil)
		assert.Equal(t, test.want, lines(journal.State().Revocations()), test.reason)
	}
}

// A group whose members are hidden must have been asked for them all the same.
func TestAHiddenGroupThatWasNotReadIsUnfinished(t *testing.T) {
	t.Parallel()
	_, err := begin(t).State().Compare(look(december, hiding(nil, through("staff", general))), nil)
	require.ErrorIs(t, err, assign.ErrUnfinished)
}
