package chaos_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

// A planted is a defect that other Graph clients have or had, put into what is
// sent and received or in place of a piece of the flow.
type planted struct {
	name    string
	trial   trial // in which a sound client succeeds
	between func(http.RoundTripper) http.RoundTripper
	tune    func(*flow)
	caught  string // begins a complaint
}

var plants = []planted{
	{
		// https://github.com/microsoft/kiota-http-go retries a POST after a 504
		name:    "a lost answer means that nothing was made",
		trial:   trial{scene: unknown, faults: lost(http.MethodPatch, "/applications/{id}")},
		between: nameless, caught: "made twice: application",
	}, {
		// https://github.com/hashicorp/terraform-provider-azuread/pull/1896
		name:    "already exists, on a repeated assignment, is a failure",
		trial:   trial{scene: unknown, faults: lost(http.MethodPost, "/servicePrincipals/{id}/appRoleAssignedTo")},
		between: stubborn("Permission being assigned already exists"), caught: "the flow fails: ",
	}, {
		// https://github.com/awslabs/ssosync/issues/13
		name:    "already exists, on a repeated user, is a failure",
		trial:   trial{scene: unknown, faults: lost(http.MethodPost, "/users")},
		between: stubborn("Another object with the same value"), caught: "account a0",
	}, {
		// https://github.com/slashdevops/idp-scim-sync/issues/104
		name:    "already gone is a failure",
		trial:   trial{scene: standing, faults: lost(http.MethodDelete, "/servicePrincipals/{id}/appRoleAssignedTo/{id}")},
		between: stubborn("does not exist"), caught: "to remove for ",
	}, {
		// https://github.com/awslabs/ssosync/issues/65
		name:    "of a listing of users, only the first page is read",
		trial:   trial{scene: unknown, page: 2, lookup: entra.Listing},
		between: uncounted(firstPageOf("/users")), caught: "line 3 is called NotFound",
	}, {
		// https://github.com/Microsoft365DSC/Microsoft365DSC/issues/5824
		name:    "of the assignments, only the first page is read",
		trial:   trial{scene: standing, page: 2},
		between: firstPageOf("/appRoleAssignedTo"), caught: "the flow fails: verify",
	}, {
		name:    "the further pages of an advanced query are asked for without its header",
		trial:   trial{scene: unknown, page: 1},
		between: withoutLevelOnPages, caught: "the flow fails: ",
	}, {
		// https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/1339
		name:    "a plus sign is not escaped",
		trial:   trial{scene: unknown},
		between: queries("%2B", "+"), caught: "line 3 is called NotFound",
	}, {
		// https://github.com/hashicorp/terraform-provider-azuread/issues/643
		name:    "an apostrophe is not doubled",
		trial:   trial{scene: unknown},
		between: queries("%27%27", "%27"), caught: "the flow fails: ",
	}, {
		// https://learn.microsoft.com/graph/throttling had 2.128 in its sample until 2022
		name:    "Retry-After is cut to whole seconds",
		trial:   trial{scene: unknown, tenant: tenant(1, false), faults: throttled("/applications", 0)},
		between: cutRetryAfter, caught: "graphfake: GET /applications",
	}, {
		name: "a 429 holds only the request that met it",
		trial: trial{scene: unknown, tenant: slow(), options: graph.Options{InFlight: 4}, lookup: entra.PerRow,
			faults: throttled("/users", 1)},
		between: waitingAlone, caught: "graphfake: GET /users",
	}, {
		// https://github.com/hashicorp/terraform-provider-azuread/issues/1759
		name:  "an absent new user is not there, and need not be waited for",
		trial: trial{scene: unknown, tenant: behind()},
		tune:  func(f *flow) { f.hasty = true }, caught: "the end state lacks assignment eve@contoso.example",
	}, {
		// https://github.com/dotnet/dev-proxy fails batches so
		name: "one item that fails spoils its batch",
		trial: trial{scene: unknown, faults: []graphfake.Fault{
			{Method: http.MethodPost, Path: "/users", Body: "eve@contoso.example", In: graphfake.InBatch, Status: http.StatusServiceUnavailable}}},
		between: spoiltBatches, caught: "account a06 is said to have failed",
	}, {
		// https://github.com/hashicorp/terraform-provider-azuread/issues/1092
		name:    "every 404 is waited out",
		trial:   trial{scene: halfway, options: graph.Options{Timeout: 2 * time.Hour}},
		between: patientWith404, caught: "the flow takes ",
	}, {
		// https://learn.microsoft.com/entra/id-governance/identity-governance-applications-not-provisioned-users
		name:    "adding a role drops those that are there",
		trial:   trial{scene: standing},
		between: lastRoleOnly, caught: "the flow fails: ",
	}, {
		// https://github.com/elastic/connectors/issues/2393
		name: "a page that fails ends the listing",
		trial: trial{scene: standing, page: 2, lookup: entra.Listing, faults: []graphfake.Fault{
			{Method: http.MethodGet, Path: "/users", Query: "$skiptoken=", After: 1, Status: http.StatusServiceUnavailable}}},
		between: uncounted(emptyOnFailure("skiptoken=")), caught: "line ",
	}, {
		// https://github.com/SpecterOps/AzureHound/issues/65
		name: "a lookup that fails found nobody",
		trial: trial{scene: standing, faults: []graphfake.Fault{
			{Method: http.MethodGet, Path: "/users", Query: "mail in", Status: http.StatusServiceUnavailable, Times: 3}}},
		between: emptyOnFailure("mail"), caught: "line ",
	},
}

// TestPlantedDefectsAreCaught: the judge of all these tests is no better than
// what it can catch. Each trial goes well with the library as it is, and is
// complained of with a defect put in.
func TestPlantedDefectsAreCaught(t *testing.T) {
	t.Parallel()
	for _, p := range plants {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			once := func(t *testing.T) []string { return p.trial.newWorld(t).must(t.Context()) }
			report(t, "without the defect", bubble(t, once))
			p.trial.between, p.trial.tune = p.between, p.tune
			requireCaught(t, bubble(t, once), p.caught)
		})
	}
}

func requireCaught(t *testing.T, complaints []string, caught string) {
	t.Helper()
	i := slices.IndexFunc(complaints, func(complaint string) bool { return strings.HasPrefix(complaint, caught) })
	require.GreaterOrEqual(t, i, 0, "no complaint begins with %q:\n%s", caught, strings.Join(complaints, "\n"))
	t.Log(complaints[i])
}

// TestPlantedDefectsAreCaughtByEachSweep: nor are the tests that try
// everything, or at random, better than what they can catch.
func TestPlantedDefectsAreCaughtByEachSweep(t *testing.T) {
	t.Parallel()
	t.Run("an application is known by its display name alone; cut anywhere", func(t *testing.T) {
		t.Parallel()
		tr := trial{scene: unknown, options: graph.Options{InFlight: 1}, tenant: tenant(1, true), between: withoutUniqueName}
		all, _ := tr.places(t)
		var complaints []string
		for _, bad := range tr.cutAt(t, all, killed) {
			complaints = append(complaints, bad.complaints...)
		}
		requireCaught(t, complaints, "run again: made twice: application")
	})
	t.Run("a failure is an empty answer; random faults", func(t *testing.T) {
		t.Parallel()
		var complaints []string
		for seed := range uint64(30) {
			s := draw(seed)
			s.between = emptyOnFailure("")
			more, _, _ := s.play(t)
			complaints = append(complaints, more...)
		}
		requireCaught(t, complaints, "line 2 is called NotFound")
	})
	t.Run("rows that are not known don't count; unfinished reads", func(t *testing.T) {
		t.Parallel()
		tr := trial{scene: standing, page: 2, options: graph.Options{InFlight: 1}, tune: func(f *flow) { f.careless = true }}
		var complaints []string
		for n := range tr.reads(t) {
			complaints = append(complaints, bubble(t, func(t *testing.T) []string {
				more, _ := tr.spoilt(t, n+1, breakages["answered with 500"])
				return more
			})...)
		}
		requireCaught(t, complaints, "taken away: dee@contoso.example Reader")
	})
}
