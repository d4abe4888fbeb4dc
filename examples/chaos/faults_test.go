package chaos_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/graphfake"
)

// A schedule is a trial drawn by chance, with what goes wrong in it.
type schedule struct {
	trial
	seed   uint64
	gentle bool // the flow must get over all of it by itself
}

// draw makes the schedule of a seed.
func draw(seed uint64) schedule {
	random := rand.New(rand.NewPCG(seed, 0))
	s := schedule{seed: seed, gentle: random.IntN(2) == 0, trial: trial{scene: pick(random, scenes...), page: random.IntN(4)}}
	s.tenant = tenant(seed, random.IntN(3) > 0)
	s.options.InFlight = pick(random, 1, 4)
	s.lookup = pick(random, "", "", entra.PerRow, entra.Batches, entra.Listing)
	s.tenant.Latency = pick(random, 0, 0, 80*time.Millisecond, 2*time.Second)
	if random.IntN(3) == 0 {
		s.tenant.Throttle = &graphfake.Throttle{Limits: []graphfake.Limit{
			{Scope: graphfake.PerAppAndTenant, Counts: graphfake.ResourceUnits, Amount: float64(20 + random.IntN(60)), Per: 10 * time.Second},
			{Scope: graphfake.PerAppAndTenant, Counts: graphfake.Writes, Amount: float64(4 + random.IntN(8)), Per: 20 * time.Second},
		}, WholeSeconds: random.IntN(2) == 0}
	}
	for range 1 + random.IntN(5) {
		f := s.fault(random)
		if f.Effect == graphfake.ExpiredPage && s.expires() {
			continue // a listing begins anew once
		}
		s.faults = append(s.faults, f)
	}
	s.tenant.Patience = s.patience()
	return s
}

func (s schedule) expires() bool {
	return slices.ContainsFunc(s.faults, func(f graphfake.Fault) bool { return f.Effect == graphfake.ExpiredPage })
}

func (s schedule) hides() bool {
	return slices.ContainsFunc(s.faults, func(f graphfake.Fault) bool { return f.Effect == graphfake.HideObjects })
}

// patience is how much can be asked of a client: to heed every Retry-After,
// unless it may have been in an answer that was lost.
func (s schedule) patience() graphfake.Patience {
	told, lost := s.tenant.Throttle != nil, false
	for _, f := range s.faults {
		told = told || f.RetryAfter != ""
		lost = lost || f.Effect == graphfake.AnswerLost || f.Effect == graphfake.ResetAfter || f.Effect == graphfake.TruncatedBody || f.Delay > time.Minute
	}
	if told && lost {
		return graphfake.PatienceIgnored
	}
	return graphfake.PatienceAll
}

func (s schedule) String() string {
	return fmt.Sprintf("seed %d: %s, %d in flight, lookup %q, pages of %d, latency %v, throttled %v, replicas %v, faults %v", s.seed, s.scene,
		s.options.InFlight, s.lookup, s.page, s.tenant.Latency, s.tenant.Throttle != nil, s.tenant.Replication != nil, s.faults)
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

// Where faults strike: everywhere, or at one operation.
var targets = []graphfake.Fault{
	{}, {}, {In: graphfake.Outside}, {In: graphfake.InBatch},
	{Method: http.MethodGet}, {Method: http.MethodPost}, {Method: http.MethodDelete}, {Method: http.MethodPatch},
	{Method: http.MethodPost, Path: "/$batch"},
	{Method: http.MethodGet, Path: "/users"}, {Method: http.MethodPost, Path: "/users"}, {Method: http.MethodGet, Path: "/users/{id}"},
	{Path: "/directory/deletedItems/{type}"},
	{Method: http.MethodGet, Path: "/applications"}, {Path: "/applications/{id}"},
	{Method: http.MethodGet, Path: "/servicePrincipals"}, {Method: http.MethodPost, Path: "/servicePrincipals"}, {Path: "/servicePrincipals/{id}"},
	{Method: http.MethodGet, Path: "/servicePrincipals/{id}/appRoleAssignedTo"},
	{Method: http.MethodPost, Path: "/servicePrincipals/{id}/appRoleAssignedTo"},
	{Path: "/servicePrincipals/{id}/appRoleAssignedTo/{id}"},
	{Path: "/users/{id}/appRoleAssignments"},
}

// passing is what a service does on a bad day, and what passes.
var passing = []graphfake.Fault{
	{Status: 429, RetryAfter: "2.128"}, {Status: 429, RetryAfter: "11"}, {Status: 429},
	{Status: 500}, {Status: 502}, {Status: 503}, {Status: 503, RetryAfter: "4"}, {Status: 504},
	{Effect: graphfake.AnswerLost}, {Effect: graphfake.AnswerLost, Status: 503},
	{Effect: graphfake.ResetBefore}, {Effect: graphfake.ResetAfter}, {Effect: graphfake.TruncatedBody},
	{Effect: graphfake.HTMLBody}, {Effect: graphfake.EmptyBody},
	{Effect: graphfake.PartFailed}, {Effect: graphfake.PartFailed, Status: 429, RetryAfter: "3.5"}, {Effect: graphfake.Envelope424},
	{Delay: 15 * time.Second}, {Delay: 3 * time.Minute}, {Effect: graphfake.ExpiredPage},
}

// lying is what no client can get over, and must not believe.
var lying = []graphfake.Fault{
	{Status: 400}, {Status: 401}, {Status: 403}, {Status: 404}, {Status: 409}, {Status: 501},
	{Effect: graphfake.HTMLBody, Status: 200}, {Effect: graphfake.EmptyBody, Status: 200},
	{Status: 429, RetryAfter: "3600"},
}

const (
	allUsers  = "/users"
	allHeld   = "/servicePrincipals/{id}/appRoleAssignedTo"
	whoseApp  = "/applications"
	whoseSelf = "/servicePrincipals"
)

// misleading is an answer with status 200 that is not so, or not all: what it lacks
// is unknown, and what a list does not show may be there.
var misleading = slices.Concat(
	withheld(allUsers, "id", "accountEnabled"), withheld(allHeld, "id", "principalId", "principalType", "appRoleId", "resourceId"),
	withheld(whoseApp, "appRoles", "tags", "appId"), withheld(whoseSelf, "appRoles", "appRoleAssignmentRequired"),
	[]graphfake.Fault{
		{Method: http.MethodGet, Path: allHeld, Effect: graphfake.HideObjects},
		{Method: http.MethodGet, Path: allHeld, Effect: graphfake.HideObjects, Objects: 1},
		{Method: http.MethodGet, Path: allUsers, Effect: graphfake.NullObject},
		{Method: http.MethodGet, Path: allHeld, Effect: graphfake.NullObject},
		{Method: http.MethodDelete, Path: allHeld + "/{id}", Effect: graphfake.GrantNotFound},
	})

// withheld are properties that come as null, or don't come.
func withheld(path string, properties ...string) (faults []graphfake.Fault) {
	for _, property := range properties {
		for _, effect := range []graphfake.Effect{graphfake.NullProperty, graphfake.DropProperty} {
			faults = append(faults, graphfake.Fault{Method: http.MethodGet, Path: path, Effect: effect, Property: property})
		}
	}
	return faults
}

// often draws how often a fault strikes.
func often(random *rand.Rand, f graphfake.Fault) graphfake.Fault {
	if random.IntN(2) == 0 {
		f.Rate, f.InRow = 0.05+0.5*random.Float64(), 1+random.IntN(3)
	} else {
		f.Times, f.After = 1+random.IntN(30), random.IntN(10)
	}
	return f
}

// fault draws one: seldom or often, for a while or for good.
func (s schedule) fault(random *rand.Rand) graphfake.Fault {
	if !s.gentle && random.IntN(4) == 0 {
		return often(random, pick(random, misleading...))
	}
	what := pick(random, passing...)
	if !s.gentle && random.IntN(3) == 0 {
		what = pick(random, lying...)
	}
	f := pick(random, targets...)
	f.Effect, f.Status, f.RetryAfter, f.Delay = what.Effect, what.Status, what.RetryAfter, what.Delay
	if f.Status == http.StatusOK { // a change that is answered so and wasn't made looks like one that was
		f.Method, f.Path = pick(random, http.MethodGet, http.MethodPost), ""
	}
	switch f.Effect {
	case graphfake.PartFailed, graphfake.Envelope424: // of whole batches
		f.Path, f.In = "", ""
	case graphfake.TruncatedBody: // connections break, items of a batch don't
		f.In = graphfake.Outside
	}
	switch {
	case f.Effect == graphfake.ExpiredPage:
		f.Times, f.After = 1, random.IntN(4)
	case s.gentle:
		f.Rate, f.InRow, f.Delay = 0.05+0.2*random.Float64(), 1, min(f.Delay, 20*time.Second)
	default:
		f = often(random, f)
	}
	return f
}
