package governance_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

// withPackage makes an access package that delivers the role General.
func (x *scene) withPackage() *governance.AccessPackage {
	x.t.Helper()
	x.fake.AddAccessPackage(graphfake.AccessPackage{DisplayName: "CORPDB1 users", ResourceID: x.app.ID,
		AppRoleIDs: []string{x.app.AppRoles[general].ID}})
	p, err := x.governance.FindAccessPackage(x.t.Context(), "CORPDB1 users")
	require.NoError(x.t, err)
	return p
}

// ids returns the object ids of users.
func (x *scene) ids(names ...string) (ids []string) {
	for _, name := range names {
		ids = append(ids, x.users[name].ID)
	}
	return ids
}

func states(r *governance.PackageReport) (states []governance.PackageState) {
	for _, result := range r.Results {
		states = append(states, result.State)
	}
	return states
}

const askForPackage = "POST /identityGovernance/entitlementManagement/assignmentRequests"

func TestFindAccessPackage(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	p := x.withPackage()
	assert.Equal(t, []governance.PackageRole{{AppRoleID: x.app.AppRoles[general].ID, DisplayName: "General",
		ServicePrincipalID: x.app.ID}}, p.Roles)
	policy, err := p.Policy("")
	require.NoError(t, err)
	assert.NotEmpty(t, policy.ID)
	_, err = p.Policy("no such")
	require.ErrorIs(t, err, graph.ErrNotFound)
	assert.Contains(t, err.Error(), policy.DisplayName, "the error says which there are")

	_, err = x.governance.FindAccessPackage(t.Context(), "no such")
	require.ErrorIs(t, err, graph.ErrNotFound)
	x.fake.AddAccessPackage(graphfake.AccessPackage{DisplayName: "CORPDB1 users", ResourceID: x.app.ID})
	_, err = x.governance.FindAccessPackage(t.Context(), "CORPDB1 users")
	require.ErrorAs(t, err, new(*entra.AmbiguousError))
}

func TestAssignPackage_DeliversOnceAndWarns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		x.user("ada")
		x.user("bob", general) // held before
		x.user("cy")
		p := x.withPackage()
		first, err := x.governance.AssignPackage(t.Context(), p, x.ids("ada"), nil)
		require.NoError(t, err)
		assert.Equal(t, []governance.PackageState{governance.PackageDelivered}, states(first))

		users := append(x.ids("ada", "bob", "cy", "cy"), "99999999-9999-4999-8999-999999999999")
		report, err := x.governance.AssignPackage(t.Context(), p, users, nil)
		require.NoError(t, err)
		assert.Equal(t, []governance.PackageState{governance.PackageHeld, governance.PackageDelivered,
			governance.PackageDelivered, governance.PackageDelivered, governance.PackageFailed}, states(report))
		assert.Equal(t, []string{"General"}, report.Results[1].HeldBefore)
		assert.Empty(t, report.Results[0].HeldBefore, "ada has the role through the package")
		assert.Empty(t, report.Results[2].HeldBefore)
		assert.Equal(t, users[3], report.Results[3].PrincipalID)
		require.Error(t, report.Results[4].Err)
		assert.Equal(t, 4, x.fake.Operations(askForPackage)[askForPackage], "one request for each who lacks it, and none for who has it")
		var text bytes.Buffer
		require.NoError(t, report.WriteText(&text))
		assert.Contains(t, text.String(), x.users["bob"].ID+": held General before; removing the package would take that too")

		again, err := x.governance.AssignPackage(t.Context(), p, x.ids("ada", "bob", "cy"), nil)
		require.NoError(t, err)
		assert.Equal(t, 3, again.Count(governance.PackageHeld))
		access, err := x.governance.Access(t.Context(), x.app.ID, p)
		require.NoError(t, err)
		assert.Contains(t, access.Packages, fulfill.PackageAccess{PrincipalID: x.users["cy"].ID,
			AppRoleID: x.app.AppRoles[general].ID, Package: "CORPDB1 users"})
		assert.Len(t, access.Packages, 3)
	})
}

// Deliveries take minutes; whoever does not wait, or waits too short, must learn
// what is open, and the next run must not ask again.
func TestAssignPackage_ReportsWhatIsStuck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := graphfake.New(&graphfake.Options{TB: t, Governance: &graphfake.Governance{Delivery: time.Hour}})
		faulty := &faulttest.Transport{Next: fake.Transport()}
		x := newScene(t, fake, faulty)
		x.user("ada")
		p := x.withPackage()
		started := time.Now()
		report, err := x.governance.AssignPackage(t.Context(), p, x.ids("ada"), &governance.PackageOptions{Wait: time.Minute})
		require.NoError(t, err)
		assert.LessOrEqual(t, time.Since(started), time.Minute)
		assert.Equal(t, governance.PackagePending, report.Results[0].State)
		var text bytes.Buffer
		require.NoError(t, report.WriteText(&text))
		assert.Contains(t, text.String(), "not delivered yet")

		time.Sleep(31 * time.Minute) // now the request says for whom it is
		access, err := x.governance.Access(t.Context(), x.app.ID, p)
		require.NoError(t, err)
		assert.Empty(t, access.Packages, "what is being delivered gives nothing yet")
		x.fake.Inject(graphfake.Fault{Operation: "GET /identityGovernance/entitlementManagement/assignmentRequests",
			Effect: graphfake.HideObjects, Times: 2}) // as if made in the portal, and out of sight
		report, err = x.governance.AssignPackage(t.Context(), p, x.ids("ada"), &governance.PackageOptions{NoWait: true})
		require.NoError(t, err)
		assert.Equal(t, governance.PackagePending, report.Results[0].State)
		report, err = x.governance.AssignPackage(t.Context(), p, x.ids("ada"),
			&governance.PackageOptions{Wait: time.Hour, Interval: time.Minute})
		require.NoError(t, err)
		assert.Equal(t, governance.PackageDelivered, report.Results[0].State)
		assert.Equal(t, 1, x.fake.Operations(askForPackage)[askForPackage])
	})
}

// A look that fails says nothing about the delivery: whoever reads "failed" would
// ask for the package again.
func TestAssignPackage_AFailedLookIsNotAFailedDelivery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := graphfake.New(&graphfake.Options{TB: t, Governance: &graphfake.Governance{Delivery: 30 * time.Minute}})
		faulty := &faulttest.Transport{Next: fake.Transport()}
		x := newScene(t, fake, faulty)
		x.user("ada")
		x.user("bob")
		p := x.withPackage()
		look := "GET /identityGovernance/entitlementManagement/assignmentRequests/{id}"
		faulty.Inject(look, faulttest.Times(11, faulttest.Transient[1])...) // more than are waited out
		report, err := x.governance.AssignPackage(t.Context(), p, x.ids("ada"),
			&governance.PackageOptions{Wait: time.Minute, Interval: 40 * time.Second})
		require.NoError(t, err)
		assert.Equal(t, governance.PackagePending, report.Results[0].State)
		assert.ErrorIs(t, report.Results[0].Err, graph.ErrUnavailable, "why it is not known")

		faulty.Inject(look, faulttest.Times(11, faulttest.Transient[1])...)
		report, err = x.governance.AssignPackage(t.Context(), p, x.ids("bob"), &governance.PackageOptions{Wait: time.Hour})
		require.NoError(t, err)
		assert.Equal(t, governance.PackageDelivered, report.Results[0].State, "later looks are believed")
		assert.NoError(t, report.Results[0].Err)
	})
}

// However a request fails, it is made once, also while lists lag. What stays
// unclear is said, and the next run makes up for it.
func TestAssignPackage_SurvivesFaults(t *testing.T) {
	t.Parallel()
	for _, f := range faulttest.Transient[:6] {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fake := graphfake.New(&graphfake.Options{TB: t})
				faulty := &faulttest.Transport{Next: fake.Transport()}
				x := newScene(t, fake, faulty)
				x.user("ada")
				x.user("bob")
				p := x.withPackage()
				faulty.Inject(askForPackage, f)
				report, err := x.governance.AssignPackage(t.Context(), p, x.ids("ada", "bob"), nil)
				require.NoError(t, err)
				if !f.Lands && f.Status != http.StatusTooManyRequests {
					require.ErrorIs(t, report.Results[0].Err, graph.ErrUnclear)
					report, err = x.governance.AssignPackage(t.Context(), p, x.ids("ada", "bob"), nil)
					require.NoError(t, err)
				}
				assert.Zero(t, report.Count(governance.PackageFailed), report.Results[0].Error+report.Results[1].Error)
				assert.Len(t, fake.Assignments(x.app.ID), 2)
				assert.Equal(t, 2, fake.Operations(askForPackage)[askForPackage], "requests that reached the service")
			})
		})
	}
}

// A request that was made must not be made again because no list shows it yet.
func TestAssignPackage_LooksForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := graphfake.New(&graphfake.Options{TB: t})
		faulty := &faulttest.Transport{Next: fake.Transport()}
		x := newScene(t, fake, faulty)
		x.user("ada")
		p := x.withPackage()
		faulty.Inject(askForPackage, faulttest.Transient[3]) // 504, and it landed
		for _, list := range []string{"assignmentRequests", "assignments"} {
			fake.Inject(graphfake.Fault{Method: "GET", Path: "/identityGovernance/entitlementManagement/" + list,
				Effect: graphfake.HideObjects, Times: 4})
		}
		report, err := x.governance.AssignPackage(t.Context(), p, x.ids("ada"), nil)
		require.NoError(t, err)
		assert.Equal(t, []governance.PackageState{governance.PackageDelivered}, states(report), report.Results[0].Error)
		assert.Equal(t, 1, fake.Operations(askForPackage)[askForPackage])
	})
}

// A request that has no target yet is the one for its requestor; a second one for
// the same user would be refused, or stay stuck.
func TestAssignPackage_KnowsRequestsByRequestor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t, Governance: &graphfake.Governance{Delivery: time.Hour}}), nil)
		x.user("ada")
		x.user("bob")
		p := x.withPackage()
		_, err := x.governance.AssignPackage(t.Context(), p, x.ids("ada"), &governance.PackageOptions{NoWait: true})
		require.NoError(t, err)
		started := time.Now()
		report, err := x.governance.AssignPackage(t.Context(), p, x.ids("ada", "bob"), &governance.PackageOptions{NoWait: true})
		require.NoError(t, err)
		assert.Equal(t, 2, report.Count(governance.PackagePending))
		assert.Equal(t, 2, x.fake.Operations(askForPackage)[askForPackage], "one for each")
		assert.Less(t, time.Since(started), time.Minute, "nobody waits for a target")
	})
}

// Some of a package's roles are neither all of them nor none.
func TestAssignPackage_PartlyDeliveredIsAStateOfItsOwn(t *testing.T) {
	t.Parallel()
	const em = "GET /identityGovernance/entitlementManagement/"
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	f := &faulttest.Transport{Next: x.fake.Transport()}
	ada := x.user("ada")
	p := x.withPackage()
	body := `{"value":[{"id":"a-1","state":"partiallyDelivered","target":{"objectId":"` + ada.ID + `"}}]}`
	f.Inject(em+"assignments", faulttest.Answer(body), faulttest.Answer(body))
	c := governance.New(x.connect(f))
	report, err := c.AssignPackage(t.Context(), p, x.ids("ada"), nil)
	require.NoError(t, err)
	assert.Equal(t, []governance.PackageState{governance.PackagePartly}, states(report))
	assert.Zero(t, x.fake.Operations(askForPackage)[askForPackage], "it is reprocessed, not requested again")
	var text bytes.Buffer
	require.NoError(t, report.WriteText(&text))
	assert.Contains(t, text.String(), ada.ID+": partly delivered")
	access, err := c.Access(t.Context(), x.app.ID, p)
	require.NoError(t, err)
	assert.Len(t, access.Packages, 1, "what it holds may be the package's")
}

// A run that is killed anywhere is run again: nobody is asked for twice.
func TestAssignPackage_CutAnywhere(t *testing.T) {
	t.Parallel()
	for _, lands := range []bool{false, true} {
		for k, whole := 1, false; !whole; k++ {
			synctest.Test(t, func(t *testing.T) {
				fake := graphfake.New(&graphfake.Options{TB: t})
				x := newScene(t, fake, nil)
				x.user("ada")
				x.user("bob")
				p := x.withPackage()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				left := k
				cut := x.connect(shears{&left, lands, cancel, fake.Transport()})
				report, err := governance.New(cut).AssignPackage(ctx, p, x.ids("ada", "bob"), nil)
				whole = err == nil && report.Count(governance.PackageDelivered) == 2
				what := fmt.Sprintf("cut at request %d (landed: %v)", k, lands)
				report, err = x.governance.AssignPackage(t.Context(), p, x.ids("ada", "bob"), nil)
				require.NoError(t, err, what)
				assert.Equal(t, 2, report.Count(governance.PackageDelivered)+report.Count(governance.PackageHeld), what)
				assert.Len(t, fake.Assignments(x.app.ID), 2, what)
			})
			require.Less(t, k, 100, "the run never ends")
		}
	}
}

func TestAssignPackage_UnfinishedReadsAskForNothing(t *testing.T) {
	t.Parallel()
	const em = "GET /identityGovernance/entitlementManagement/"
	for _, kind := range []string{em + "assignmentRequests", em + "assignments",
		"GET /servicePrincipals/{id}/appRoleAssignedTo"} {
		fake := graphfake.New(&graphfake.Options{TB: t})
		faulty := &faulttest.Transport{Next: fake.Transport()}
		x := newScene(t, fake, faulty)
		x.user("ada")
		p := x.withPackage()
		faulty.Inject(kind, faulttest.Times(50, faulttest.Refusal("403", 403, "", "no"))...)
		_, err := x.governance.AssignPackage(t.Context(), p, x.ids("ada"), nil)
		require.ErrorIs(t, err, graph.ErrForbidden, kind)
		assert.Zero(t, fake.Operations(askForPackage)[askForPackage], kind)
	}
}

// Ten thousand deliveries that are read one by one take longer than it takes to ask for
// them. The lists show who has the package; who is on none was refused, or is not listed yet.
func TestAssignPackage_ManyDeliveriesAreLookedForInLists(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := graphfake.New(&graphfake.Options{TB: t, Governance: &graphfake.Governance{Delivery: 15 * time.Second,
			Deliver: func(r graphfake.AccessRequest) graphfake.Delivery {
				if strings.HasSuffix(r.UserID, "7") {
					return graphfake.DeliveryFailed
				}
				return graphfake.Delivered
			}}})
		x := newScene(t, fake, nil)
		p := x.withPackage()
		var users []string
		for i := range 300 {
			users = append(users, fake.AddUser(graphfake.User{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i),
				UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i)}).ID)
		}
		fake.ForgetRequests()
		report, err := x.governance.AssignPackage(t.Context(), p, users, nil)
		require.NoError(t, err)
		assert.Equal(t, 270, report.Count(governance.PackageDelivered))
		assert.Equal(t, 30, report.Count(governance.PackageFailed))
		assert.LessOrEqual(t, fake.Operations()["GET /identityGovernance/entitlementManagement/assignmentRequests/{id}"], 130)
	})
}

// An older form of answers names the state otherwise.
func TestAssignPackage_UnderstandsOldAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := graphfake.New(&graphfake.Options{TB: t})
		faulty := &faulttest.Transport{Next: fake.Transport()}
		x := newScene(t, fake, faulty)
		x.user("ada")
		p := x.withPackage()
		faulty.Inject(askForPackage, faulttest.Fault{Status: http.StatusCreated,
			Body: `{"id":"99999999-9999-4999-8999-999999999999","requestState":"Submitted","requestStatus":"Accepted"}`})
		faulty.Inject("GET /identityGovernance/entitlementManagement/assignmentRequests/{id}",
			faulttest.Answer(`{"id":"99999999-9999-4999-8999-999999999999","requestState":"DeliveryFailed"}`))
		report, err := x.governance.AssignPackage(t.Context(), p, x.ids("ada"), nil)
		require.NoError(t, err)
		assert.Equal(t, governance.PackageFailed, report.Results[0].State)
		assert.True(t, strings.Contains(report.Results[0].Error, "DeliveryFailed"), report.Results[0].Error)
	})
}

// An answer about another request, or without a state, says nothing about the one
// that is waited for.
func TestAssignPackage_AnAnswerThatDoesNotFitIsNoOutcome(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"id":"9","state":"delivered"}`, `{"id":"9","state":"deliveryFailed"}`,
		`{"state":"deliveryFailed"}`, `{}`} {
		synctest.Test(t, func(t *testing.T) {
			fake := graphfake.New(&graphfake.Options{TB: t, Governance: &graphfake.Governance{Delivery: time.Hour}})
			faulty := &faulttest.Transport{Next: fake.Transport()}
			x := newScene(t, fake, faulty)
			x.user("ada")
			p := x.withPackage()
			faulty.Inject("GET /identityGovernance/entitlementManagement/assignmentRequests/{id}",
				faulttest.Times(1000, faulttest.Answer(body))...)
			report, err := x.governance.AssignPackage(t.Context(), p, x.ids("ada"), nil)
			require.NoError(t, err)
			assert.Equal(t, governance.PackagePending, report.Results[0].State, body)
		})
	}
}
