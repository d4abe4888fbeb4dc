package governance_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

// withPolicies makes the package of withPackage, which also has a policy for people who
// are not in the directory.
func (x *scene) withPolicies() *governance.AccessPackage {
	x.t.Helper()
	p := x.withPackage()
	x.send("POST", entitlements+"/assignmentPolicies", fmt.Sprintf(
		`{"displayName":"Outside","allowedTargetScope":"allExternalUsers","accessPackage":{"id":%q}}`, p.ID))
	p, err := x.governance.FindAccessPackage(x.t.Context(), p.DisplayName)
	require.NoError(x.t, err)
	return p
}

// outside are options for these addresses.
func outside(emails ...string) *governance.PackageOptions {
	return &governance.PackageOptions{External: emails}
}

func TestAssignPackage_ToSomebodyOutsideOfTheDirectory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		x.user("ada")
		p := x.withPolicies()
		plan, err := x.governance.PlanPackage(t.Context(), p, x.ids("ada"), outside("zoe@northwind.example"))
		require.NoError(t, err)
		assert.Equal(t, []governance.PackageState{governance.PackageWanted, governance.PackageWanted}, states(plan))
		assert.Zero(t, x.fake.Operations()[askForPackage], "a plan asks for nothing")

		report, err := x.governance.AssignPackage(t.Context(), p, x.ids("ada"), outside("zoe@northwind.example", "ZOE@northwind.example"))
		require.NoError(t, err)
		assert.Equal(t, []governance.PackageState{governance.PackageDelivered, governance.PackageDelivered, governance.PackageDelivered}, states(report))
		assert.Equal(t, "zoe@northwind.example", report.Results[1].Name())
		zoe, ok := x.fake.User("zoe_northwind.example#EXT#@contoso.onmicrosoft.com")
		require.True(t, ok)
		assert.Equal(t, 2, x.fake.Operations()[askForPackage])

		again, err := x.governance.AssignPackage(t.Context(), p, []string{zoe.ID}, outside("zoe@northwind.example"))
		require.NoError(t, err)
		assert.Equal(t, 2, again.Count(governance.PackageHeld), "by address or as the guest that they are now")
	})
}

// A run that did not wait is run again: the address is all that the request says.
func TestAssignPackage_AsksOnceForSomebodyOutside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := graphfake.New(&graphfake.Options{TB: t, Governance: &graphfake.Governance{Delivery: time.Hour}})
		faulty := &faulttest.Transport{Next: fake.Transport()}
		x := newScene(t, fake, faulty)
		p := x.withPolicies()
		faulty.Inject(askForPackage, faulttest.Fault{Reset: true, Lands: true})
		o := outside("zoe@northwind.example")
		o.NoWait = true
		for range 3 {
			began := time.Now()
			report, err := x.governance.AssignPackage(t.Context(), p, nil, o)
			require.NoError(t, err)
			assert.Equal(t, []governance.PackageState{governance.PackagePending}, states(report))
			assert.Less(t, time.Since(began), time.Minute, "it is known for whom the request is")
			time.Sleep(25 * time.Minute) // then it is being delivered
		}
		assert.Equal(t, 1, x.fake.Operations()[askForPackage])
	})
}

// Most rows that nobody is found for are of colleagues whose address is misspelt or
// stands elsewhere. An invitation would make a second user of them.
func TestAssignPackage_InvitesNobodyWhomTheDirectoryKnows(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	p := x.withPolicies()
	x.fake.AddUser(graphfake.User{UserPrincipalName: "bea@contoso.example", OtherMails: []string{"bea@home.example"}})
	x.fake.AddUser(graphfake.User{UserPrincipalName: "guy_fabrikam.example#EXT#@contoso.onmicrosoft.com", UserType: "Guest", Mail: "guy@fabrikam.example"})
	gone := x.fake.AddUser(graphfake.User{UserPrincipalName: "old@contoso.example", Mail: "old@partner.example"})
	x.fake.DeleteUser(gone.ID)
	report, err := x.governance.PlanPackage(t.Context(), p, nil, outside("bea@home.example", "Guy@fabrikam.example", "old@partner.example",
		"adda@contoso.example", "Zoe <zoe@northwind.example>", "zoe", "zoe@northwind.example"))
	require.NoError(t, err)
	var said []string
	for _, r := range report.Results {
		said = append(said, r.Error)
	}
	assert.Equal(t, []string{"a user with this address is in the directory (bea): assign that one",
		"a user with this address is in the directory (guy_fabrikam.example#EXT#): assign that one",
		"a user with this address is in the recycle bin (old): restore that one",
		"contoso.example is a domain of this tenant, so nobody outside has this address: correct the row, or create the user",
		"it is no e-mail address", "it is no e-mail address", ""}, said)
	assert.Equal(t, governance.PackageWanted, report.Results[6].State)
}

func TestAssignPackage_ThePolicyForPeopleOutside(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	direct := x.withPackage()
	_, err := x.governance.PlanPackage(t.Context(), direct, nil, outside("zoe@northwind.example"))
	require.ErrorIs(t, err, graph.ErrNotFound)
	assert.ErrorContains(t, err, "has no policy for that: add one for users who are not in the directory")
	p := &governance.AccessPackage{DisplayName: "P", Policies: []governance.PackagePolicy{
		{DisplayName: "Direct", AllowedTargetScope: "notSpecified"}, {DisplayName: "Partners", AllowedTargetScope: "specificConnectedOrganizationUsers"},
		{DisplayName: "All", AllowedTargetScope: "allExternalUsers"}}}
	policy, err := p.Policy("")
	require.NoError(t, err, "the others are for people outside")
	assert.Equal(t, "Direct", policy.DisplayName)
	_, err = p.ExternalPolicy("")
	assert.ErrorContains(t, err, "choose one of Partners, All")
	_, err = p.ExternalPolicy("Direct")
	assert.ErrorIs(t, err, graph.ErrNotFound)
}

// A wrong column makes everybody somebody outside.
func TestAssignPackage_HasLimits(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	p := x.withPolicies()
	var emails, users []string
	for i := range governance.DefaultMaxInvitations + 1 {
		emails = append(emails, fmt.Sprintf("guest%d@northwind.example", i))
	}
	for i := range governance.DefaultMaxRequests + 1 {
		users = append(users, fmt.Sprintf("99999999-9999-4999-8999-%012d", i))
	}
	var limit *governance.PackageLimitError
	_, err := x.governance.AssignPackage(t.Context(), p, nil, outside(emails...))
	require.ErrorAs(t, err, &limit)
	assert.ErrorContains(t, err, `101 people would be invited into the directory by the access package "CORPDB1 users", and only 100 may`)
	_, err = x.governance.PlanPackage(t.Context(), p, users, nil)
	require.ErrorAs(t, err, &limit)
	assert.ErrorContains(t, err, `would be requested for 1001 people, and only for 1000 may`)
	assert.Zero(t, x.fake.Operations()[askForPackage])

	for _, o := range []*governance.PackageOptions{{External: emails, MaxInvitations: assign.NoLimit}, {External: emails, Override: "the partner moves in"}} {
		plan, err := x.governance.PlanPackage(t.Context(), p, nil, o)
		require.NoError(t, err)
		assert.Equal(t, 101, plan.Count(governance.PackageWanted))
		var text bytes.Buffer
		require.NoError(t, plan.WriteText(&text))
		assert.Contains(t, text.String(), "101  wanted")
	}
	_, err = x.governance.PlanPackage(t.Context(), p, nil, &governance.PackageOptions{MaxRequests: -1})
	assert.ErrorContains(t, err, "can't be negative")
}

// A run that broke off in the middle must not say of anybody whom it asked for that they
// are still to be asked for.
func TestAssignPackage_ReportsWhatItDidBeforeItBrokeOff(t *testing.T) {
	t.Parallel()
	reported := 0
	for k, whole := 1, false; !whole; k++ {
		synctest.Test(t, func(t *testing.T) {
			x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
			var names []string
			for i := range 45 {
				names = append(names, fmt.Sprint("user", i))
				x.user(names[i])
			}
			p := x.withPackage()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			left := k
			cut, err := entra.Connect(graph.StaticToken("x"),
				&graph.ConnectOptions{Transport: shears{&left, true, cancel, x.fake.Transport()}, Options: graph.Options{InFlight: 1}})
			require.NoError(t, err)
			report, err := governance.New(cut).AssignPackage(ctx, p, x.ids(names...), nil)
			whole = err == nil
			asked := make(map[string]bool)
			for _, request := range x.fake.AccessRequests() {
				asked[request.UserID] = true
			}
			if report == nil {
				assert.Empty(t, asked, "cut at request %d", k)
				return
			}
			reported++
			for _, r := range report.Results {
				assert.False(t, asked[r.PrincipalID] && r.State == governance.PackageWanted, "cut at request %d", k)
			}
		})
		require.Less(t, k, 60)
	}
	assert.Greater(t, reported, 2)
}
