package chaos_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

// TestRandomFaultsCloseNobodysAccount: whatever goes wrong while it is read who lost
// access, no account is listed of somebody who did not; and once the service has come
// to rest, those who did are listed.
func TestRandomFaultsCloseNobodysAccount(t *testing.T) {
	t.Parallel()
	listed, refused := 0, 0
	for seed := *firstSeed; seed < *firstSeed+uint64(*runs); seed++ {
		complaints := bubble(t, func(t *testing.T) []string {
			c := newClosing(t, seed)
			complaints, err := c.wrong(t.Context(), false)
			if err != nil {
				refused++
			} else {
				listed++
			}
			c.fake.ClearFaults()
			time.Sleep(2 * time.Hour)
			more, err := c.wrong(t.Context(), true)
			if err != nil {
				more = append(more, fmt.Sprintf("without faults: %v", err))
			}
			return append(complaints, more...)
		})
		report(t, fmt.Sprintf("seed %d", seed), complaints)
	}
	t.Logf("seeds %d to %d: %d times a list, %d times an error", *firstSeed, *firstSeed+uint64(*runs)-1, listed, refused)
	if *runs >= 30 {
		require.NotZero(t, listed, "the faults are such that there is never a list")
		require.NotZero(t, refused, "the faults are such that nothing is noticed")
	}
}

// TestDefectsThatCloseAccountsAreCaught: the sweep above is no better than what it can
// catch.
func TestDefectsThatCloseAccountsAreCaught(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(http.RoundTripper) http.RoundTripper{
		"what did not come is false": answers(func(_ *http.Request, res *http.Response) *http.Response {
			return edited(res, func(body string) string {
				return strings.ReplaceAll(body, `"accountEnabled":null`, `"accountEnabled":false`)
			})
		}),
		"the application's list is believed": answers(func(r *http.Request, res *http.Response) *http.Response {
			if !strings.HasSuffix(r.URL.Path, "/appRoleAssignments") {
				return res
			}
			_ = res.Body.Close()
			return answered(r, http.StatusOK, `{"value":[]}`)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var complaints []string
			for seed := uint64(1); seed < 2000 && len(complaints) == 0; seed++ {
				complaints = bubble(t, func(t *testing.T) []string {
					c := newClosing(t, seed)
					c.between = between
					wrong, _ := c.wrong(t.Context(), false)
					return wrong
				})
			}
			require.NotEmpty(t, complaints)
			require.Contains(t, complaints[0], "lost nothing, and is listed")
		})
	}
}

// A closing is an application whose journal was begun, with faults drawn by chance.
type closing struct {
	t       *testing.T
	seed    uint64
	fake    *graphfake.Server
	state   *fulfill.State // what the journal says
	lost    []string       // the names of those who lost access since
	between func(http.RoundTripper) http.RoundTripper
}

func newClosing(t *testing.T, seed uint64) *closing {
	random := rand.New(rand.NewPCG(seed, 1))
	options := tenant(seed, random.IntN(2) == 0)
	options.Patience = graphfake.PatienceIgnored // answers that say when to come back are lost, too
	c := &closing{t: t, seed: seed, fake: graphfake.New(&options)}
	standing.fill(c.fake)
	c.begin(t.Context())
	time.Sleep(time.Duration(random.IntN(3)) * time.Hour)
	c.lose(random)
	for range 1 + random.IntN(5) {
		c.fake.Inject(c.fault(random))
	}
	return c
}

func (c *closing) client() *entra.Client {
	transport := c.fake.Transport()
	if c.between != nil {
		transport = c.between(transport)
	}
	client, err := entra.Connect(graph.StaticToken("for the fake"), &graph.ConnectOptions{Transport: transport})
	require.NoError(c.t, err)
	return client
}

// begin begins the journal.
func (c *closing) begin(ctx context.Context) {
	client := c.client()
	rows := readRoster(c.t)
	found, err := match.Run(ctx, client, stream(rows), rule, &match.Options{Exclusions: excluded})
	require.NoError(c.t, err)
	c.state, err = begun(ctx, c.t.TempDir(), client, found, "Account")
	require.NoError(c.t, err)
}

// begun returns what a journal says after a first look at the list and at the tenant.
func begun(ctx context.Context, folder string, client *entra.Client, report *match.Report,
	column string) (*fulfill.State, error) {
	app, err := client.FindApplication(ctx, registration.Application)
	if err != nil {
		return nil, err
	}
	journal, err := fulfill.OpenJournal(filepath.Join(folder, "journal"), app.App(), nil)
	if err != nil {
		return nil, err
	}
	defer journal.Close()
	look, err := governance.New(client).Look(ctx, journal.State(),
		&governance.LookOptions{Report: report, List: &fulfill.ListOptions{Column: column}})
	if err != nil {
		return nil, err
	}
	news, err := journal.State().Compare(look, nil)
	if err != nil {
		return nil, err
	}
	if err := journal.Record(news); err != nil {
		return nil, err
	}
	return journal.State(), nil
}

// lose takes access away from some people: by hand, by their deletion, or by blocking
// their sign-in.
func (c *closing) lose(random *rand.Rand) {
	for _, name := range []string{"ada", "bo", "dee"} {
		user, _ := c.fake.User(name + "@contoso.example")
		switch random.IntN(5) {
		case 0:
			for _, a := range c.fake.Assignments(c.state.ResourceID) {
				if a.PrincipalID == user.ID {
					c.send(http.MethodDelete, "/servicePrincipals/"+c.state.ResourceID+"/appRoleAssignedTo/"+a.ID, "")
				}
			}
		case 1:
			c.send(http.MethodDelete, "/users/"+user.ID, "")
		case 2:
			c.send(http.MethodPatch, "/users/"+user.ID, `{"accountEnabled":false}`)
		default:
			continue
		}
		c.lost = append(c.lost, user.UserPrincipalName)
	}
}

func (c *closing) send(method, path, body string) {
	r, err := http.NewRequest(method, "https://graph.microsoft.com/v1.0"+path, strings.NewReader(body))
	require.NoError(c.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer x")
	for {
		res, err := c.fake.Transport().RoundTrip(r.Clone(c.t.Context()))
		require.NoError(c.t, err)
		if res.StatusCode < 300 {
			return
		}
		time.Sleep(30 * time.Second) // a replica that does not know the object yet
	}
}

// What is read to tell who lost access. That a user who is there is said to be gone by
// their own address as well as by every list is no fault that a client can notice.
var readForLosses = []graphfake.Fault{
	{Path: allUsers}, {Path: "/users/{id}"}, {Path: "/users/{id}/appRoleAssignments"}, {Path: allHeld},
	{Path: "/groups/{id}"}, {Path: "/groups/{id}/members"}, {Path: "/directory/deletedItems/{type}"},
	{Path: "/identityGovernance/accessReviews/definitions"}, {},
}

func (c *closing) fault(random *rand.Rand) graphfake.Fault {
	if random.IntN(2) == 0 {
		f := pick(random, slices.Concat(
			withheld(allUsers, "id", "accountEnabled"), withheld("/users/{id}", "id", "accountEnabled"),
			withheld(allHeld, "id", "principalId", "principalType", "appRoleId", "resourceId"),
			withheld("/users/{id}/appRoleAssignments", "id", "principalId", "principalType", "appRoleId", "resourceId"),
			[]graphfake.Fault{
				{Method: http.MethodGet, Path: allHeld, Effect: graphfake.HideObjects},
				{Method: http.MethodGet, Path: allHeld, Effect: graphfake.HideObjects, Objects: 1},
				{Method: http.MethodGet, Path: allUsers, Effect: graphfake.HideObjects},
				{Method: http.MethodGet, Path: "/groups/{id}/members", Effect: graphfake.HideObjects},
				{Method: http.MethodGet, Path: "/directory/deletedItems/{type}", Effect: graphfake.HideObjects},
				{Method: http.MethodGet, Path: allUsers, Effect: graphfake.NullObject},
				{Method: http.MethodGet, Path: allHeld, Effect: graphfake.NullObject},
				{Method: http.MethodGet, Path: "/users/{id}/appRoleAssignments", Effect: graphfake.NullObject},
			})...)
		return often(random, f)
	}
	what, f := pick(random, slices.Concat(passing, lying)...), pick(random, readForLosses...)
	if what.Status == http.StatusNotFound && f.Path != allUsers {
		f.Path = allHeld
	}
	f.Method = http.MethodGet
	f.Effect, f.Status, f.RetryAfter, f.Delay = what.Effect, what.Status, what.RetryAfter, what.Delay
	switch f.Effect {
	case graphfake.PartFailed, graphfake.Envelope424: // of whole batches
		f.Method, f.Path = http.MethodPost, "/$batch"
	case graphfake.TruncatedBody: // connections break, items of a batch don't
		f.In = graphfake.Outside
	case graphfake.ExpiredPage:
		f.Times, f.After = 1, random.IntN(4)
		return f
	}
	return often(random, f)
}

// wrong lists who lost access, and finds those who did not; if all is to be found,
// also those who did and are missing.
func (c *closing) wrong(ctx context.Context, all bool) (complaints []string, err error) {
	look, err := governance.New(c.client()).Look(ctx, c.state, nil)
	if err != nil {
		return nil, err
	}
	news, err := c.state.Compare(look, nil)
	if err != nil {
		return nil, err
	}
	list := news.Revocations()
	var named []string
	for _, r := range slices.Concat(list.Accounts, list.NoAccount) {
		if r.Action() == fulfill.LookInto {
			continue
		}
		name := r.People[0].String()
		named = append(named, name)
		if !slices.Contains(c.lost, name) {
			complaints = append(complaints, fmt.Sprintf("%s lost nothing, and is listed as %s", name, r.Lost[0].Cause))
		}
	}
	for _, name := range c.lost {
		if all && !slices.Contains(named, name) {
			complaints = append(complaints, name+" lost access, and is not listed")
		}
	}
	return complaints, nil
}
