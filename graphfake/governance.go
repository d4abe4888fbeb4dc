package graphfake

import (
	"net/http"
	"sync"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
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

	// Slip is how much later than planned reviews begin; it may be some hours.
	// 0 = no later.
	Slip time.Duration

	// Removal is how long after a review was applied the removed assignments
	// can still be seen; it may be minutes. 0 = not at all.
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

	// Deliver says what becomes of a request for an access package. It must
	// not call the server. nil = all are delivered.
	Deliver func(AccessRequest) Delivery

	// OldNames makes assignment requests answer with requestState and
	// requestStatus, in upper camel case, as some examples of the
	// documentation have it. By default they have state and status.
	OldNames bool
}

// governance is the state of the governance services of a server. Time moves
// it, but only when somebody looks: everything that was due by then happens
// first, in order and with the time when it was due.
type governance struct {
	Governance
	s *Server

	mu        sync.Mutex
	reviews   []*review
	reminders []Reminder

	catalogs    []*catalog
	requests    []*accessRequest
	assignments []*packageAssignment
}

func newGovernance(s *Server, conf *Governance) *governance {
	g := &governance{s: s}
	if conf != nil {
		g.Governance = *conf
	}
	g.Phase, g.Delivery, g.Upload = orDefault(g.Phase, time.Minute), orDefault(g.Delivery, 10*time.Second), orDefault(g.Upload, 2*time.Hour)
	return g
}

func orDefault(d, usual time.Duration) time.Duration {
	if d == 0 {
		return usual
	}
	return max(0, d)
}

// An event is something that happens by itself when its time has come.
type event struct {
	at time.Time // zero = never
	do func(at time.Time)
}

// before tells whether e comes first.
func (e event) before(f event) bool {
	return !e.at.IsZero() && (f.at.IsZero() || e.at.Before(f.at))
}

// run lets happen what is due, the earliest first.
func (g *governance) run(now time.Time) {
	for {
		first := g.next()
		if first.at.IsZero() || first.at.After(now) {
			return
		}
		first.do(first.at)
	}
}

// next returns the event that comes first.
func (g *governance) next() (first event) {
	for _, r := range g.reviews {
		if e := r.next(); e.before(first) {
			first = e
		}
	}
	for _, r := range g.requests {
		if e := (event{r.next, r.step}); e.before(first) {
			first = e
		}
	}
	return first
}

// catchUp lets happen what is due. Whatever reads or writes the directory calls
// it first, so that nobody can tell that reviews move only when looked at.
func (s *Server) catchUp() {
	s.gov.mu.Lock()
	defer s.gov.mu.Unlock()
	s.gov.run(time.Now())
}

// elapse lets happen what is due before the request is handled.
func (s *Server) elapse(next handler) handler {
	return func(rq *request) (response, *graphError) {
		s.catchUp()
		return next(rq)
	}
}

// commit changes the directory as of a time that may be past.
func (g *governance) commit(at time.Time, write func(*state.Tx)) {
	g.s.store.UpdateAt(at, func(tx *state.Tx) bool {
		write(tx)
		return true
	})
}

// governed makes a handler of a function that works on the governance state,
// alone among all.
func governed(f func(rq *request, g *governance) (response, *graphError)) handler {
	return func(rq *request) (response, *graphError) {
		g := rq.s.gov
		g.mu.Lock()
		defer g.mu.Unlock()
		return f(rq, g)
	}
}

// governs tells whether the request is for a governance service, which reads
// query options in its own way.
func (rq *request) governs() bool { return rq.area() == "governance" }

// An identity is a user or service principal as governance objects name it.
type identity struct {
	kind          string // userIdentity or servicePrincipalIdentity
	id, name, upn string
}

const zeroID = "00000000-0000-0000-0000-000000000000"

// entity renders the identity; nobody has the zero GUID and empty names.
func (i identity) entity() entity {
	id := i.id
	if id == "" {
		id = zeroID
	}
	e := entity{{"id", id}, {"displayName", i.name}, {"userPrincipalName", i.upn}}
	if i.kind != "" {
		e = append(entity{{"@odata.type", "#microsoft.graph." + i.kind}}, e...)
	}
	return e
}

// system is who makes the decisions that nobody made.
var system = identity{id: zeroID, name: "AAD Access Reviews", upn: "AAD Access Reviews"}

// identityOf returns how a governance object names a principal; one that is
// not there keeps its id only.
func identityOf(v *state.View, id string) identity {
	o := v.Find(id, schema.Users, schema.ServicePrincipals, schema.Groups)
	if o == nil {
		return identity{id: id}
	}
	i := identity{id: o.ID, name: o.Str("displayName")}
	if o.Type == schema.Users {
		i.upn = o.Str("userPrincipalName")
	}
	return i
}

// callerIdentity is who sent the request: the signed-in user, or the application.
func (rq *request) callerIdentity() identity {
	c := rq.caller()
	if c.Object == "" {
		return identity{id: anyApp}
	}
	return identityOf(rq.s.store.View(), c.Object)
}

// invalidReview is a refusal of the access review service. An empty code and
// the beginning of the message were seen, in 2019:
// https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/7012
func invalidReview(format string, args ...any) *graphError {
	return refuse(http.StatusBadRequest, "", "Invalid Access Reviews input data exception. Exception - "+format, args...)
}

// notInGovernance is the answer for an id that means nothing (believed, not verified).
func notInGovernance(what, id string) *graphError {
	return refuse(http.StatusNotFound, "ResourceNotFound", "The requested %s '%s' does not exist.", what, id)
}
