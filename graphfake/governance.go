package graphfake

import (
	"cmp"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/governance"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

// Governance sets what the documentation of access reviews and entitlement
// management leaves open, or leaves to the service. All of it is believed, not
// verified.
// https://learn.microsoft.com/graph/api/resources/accessreviewsv2-overview
type Governance struct {
	// Phase is how long each passing status of a review lasts: Starting,
	// Completing, Completed on its way to Applied, AutoReviewing, AutoReviewed
	// and Applying. 0 = a minute, negative = no time at all.
	Phase time.Duration

	// Slip is how much later than planned reviews begin; the service may take
	// some hours. 0 = no later.
	Slip time.Duration

	// Removal is how long after a review was applied the removed assignments
	// can still be seen; in the service it may be minutes. 0 = not at all.
	Removal time.Duration

	// Upload is how long the review of a catalog waits for data about its custom
	// data provided resources. 0 = 2 hours, as documented; negative = no time at all.
	Upload time.Duration

	// AnyApplication lets applications be reviewed that don't require
	// assignment, which the documentation rules out. By default it is refused.
	AnyApplication bool

	// DecisionPerRole makes one decision for each role of a principal. By
	// default there is one for each principal.
	DecisionPerRole bool

	// NoResource leaves resource and resourceLink of decisions null, as some
	// examples of the documentation have it.
	NoResource bool

	// Delivery is how long a request for an access package takes until it is
	// delivered, after half of that with the state delivering. A resource that
	// was added to a catalog shows after half of it, too. 0 = 10 seconds,
	// negative = no time at all.
	Delivery time.Duration

	// Deliver decides the fate of each request for an access package. It must
	// not call the server. nil = all are delivered.
	Deliver func(AccessRequest) Delivery

	// OldNames makes assignment requests answer with requestState and
	// requestStatus, in upper camel case, as some examples of the
	// documentation have it. By default they have state and status.
	OldNames bool
}

// governanceServer serves the governance services of a server: the model, and
// how its answers are written.
type governanceServer struct {
	*governance.Service
	conf Governance
	s    *Server
	mu   sync.Mutex
}

func newGovernance(s *Server, conf *Governance) *governanceServer {
	g := &governanceServer{s: s}
	if conf != nil {
		g.conf = *conf
	}
	o := governance.Options{
		Phase: orDefault(g.conf.Phase, time.Minute), Slip: g.conf.Slip, Removal: g.conf.Removal,
		Upload: orDefault(g.conf.Upload, 2*time.Hour), Delivery: orDefault(g.conf.Delivery, 10*time.Second),
		AnyApplication: g.conf.AnyApplication, DecisionPerRole: g.conf.DecisionPerRole,
	}
	if deliver := g.conf.Deliver; deliver != nil {
		o.Deliver = func(r *governance.Request) governance.Fate { return governance.Fate(deliver(publicRequest(r))) }
	}
	g.Service = governance.New(governance.Tenant{Store: s.store, NewID: s.newID, NewGuest: s.makeGuest,
		NewAssignment: s.makeAssignment}, o)
	return g
}

func orDefault(d, usual time.Duration) time.Duration {
	if d == 0 {
		return usual
	}
	return max(0, d)
}

// open locks the state and brings it up to date. The caller unlocks it.
func (g *governanceServer) open() (now time.Time) {
	g.mu.Lock()
	now = time.Now()
	g.Run(now)
	return now
}

// catchUp brings reviews and requests up to date. Whatever reads or writes the
// directory calls it first, because they only move when somebody looks.
func (s *Server) catchUp() {
	s.gov.open()
	s.gov.mu.Unlock()
}

// elapse brings reviews and requests up to date before a request is handled.
func (s *Server) elapse(next handler) handler {
	return func(rq *request) (response, *graphError) {
		s.catchUp()
		return next(rq)
	}
}

// governed makes a handler of a function that works on the governance state,
// alone among all.
func governed(f func(rq *request, g *governanceServer) (response, error)) handler {
	return func(rq *request) (response, *graphError) {
		g := rq.s.gov
		g.mu.Lock()
		defer g.mu.Unlock()
		rsp, err := f(rq, g)
		if err != nil {
			return response{}, rq.governanceError(err)
		}
		return rsp, nil
	}
}

// governedOn is governed for functions that work on what the path is about.
func governedOn[T any](
	find func(*governanceServer, *request) (T, error), do func(*request, *governanceServer, T) (response, error),
) handler {
	return governed(func(rq *request, g *governanceServer) (response, error) {
		x, err := find(g, rq)
		if err != nil {
			return response{}, err
		}
		return do(rq, g, x)
	})
}

// governedBody is governed for functions that work on a JSON body.
func governedBody(f func(*request, *governanceServer, map[string]any) (response, error)) handler {
	return governed(func(rq *request, g *governanceServer) (response, error) {
		body, err := rq.object()
		if err != nil {
			return response{}, err
		}
		return f(rq, g, body)
	})
}

// governs reports whether the request is for a governance service, which reads
// query options in its own way.
func (rq *request) governs() bool { return rq.area() == "governance" }

// governanceError turns an error of a handler, or of the model, into the
// service's answer. The code of entitlement management, and those of unknown
// objects, are believed, not verified.
func (rq *request) governanceError(err error) *graphError {
	var wire *graphError
	if errors.As(err, &wire) {
		return wire
	}
	var e *governance.Error
	if !errors.As(err, &e) {
		return refuse(http.StatusInternalServerError, "UnknownError", "%v", err)
	}
	switch e.Kind {
	case governance.NotModelled:
		return rq.notModelled(e.Message)
	case governance.NotFound:
		return refuse(http.StatusNotFound, "ResourceNotFound", "%s", e.Message)
	case governance.Conflict:
		return refuse(http.StatusConflict, "Conflict", "%s", e.Message)
	case governance.UnknownProperty:
		return malformed("%s", e.Message).denies(e.Missing.Type, e.Missing.Path...)
	case governance.Onboarded:
		return refuse(http.StatusBadRequest, "ResourceAlreadyOnboarded", "%s", e.Message)
	case governance.InvalidPackage:
		return refuse(http.StatusBadRequest, "InvalidModel", "%s", e.Message)
	}
	// An empty code and the beginning of the message were seen, in 2019:
	// https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/7012
	return refuse(http.StatusBadRequest, "", "Invalid Access Reviews input data exception. Exception - %s", e.Message)
}

// identityEntity renders who did something; nobody has the zero GUID and empty names.
func identityEntity(i governance.Identity) entity {
	e := entity{{"id", cmp.Or(i.ID, schema.ZeroRole)}, {"displayName", i.Name}, {"userPrincipalName", i.UPN}}
	if i.Kind != "" {
		e = append(entity{{"@odata.type", "#microsoft.graph." + i.Kind}}, e...)
	}
	return e
}

// callerIdentity is who sent the request: the signed-in user, or the application.
func (rq *request) callerIdentity() governance.Identity {
	c := rq.caller()
	if c.Object == "" {
		return governance.Identity{ID: anyApp}
	}
	return governance.IdentityOf(rq.s.store.View(), c.Object)
}

// reply answers with what was found or made, unless there was an error.
func reply[T any](rq *request, status int, set string, x T, err error, render func(T) entity) (response, error) {
	if err != nil {
		return response{}, err
	}
	return rq.govOne(status, set, render(x))
}

// create answers with what add made of the body.
func create[T any](
	rq *request, set string, add func(map[string]any, time.Time) (T, error), render func(T) entity,
) (response, error) {
	body, bad := rq.object()
	if bad != nil {
		return response{}, bad
	}
	x, err := add(body, time.Now())
	return reply(rq, http.StatusCreated, set, x, err, render)
}
