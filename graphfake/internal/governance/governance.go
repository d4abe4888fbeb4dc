// Package governance is the model of access reviews and entitlement management
// without any HTTP: reviews with their decisions, access packages with their
// requests, and the clock that moves both. Its functions return errors of type
// *Error, which the fake turns into answers.
package governance

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/metadata"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// Options set what the documentation leaves open. Durations are not negative.
type Options struct {
	Phase    time.Duration // of each passing status of a review
	Slip     time.Duration // how much later than planned reviews begin
	Removal  time.Duration // from a review's end until removed assignments disappear
	Upload   time.Duration // how long the review of a catalog waits for data
	Delivery time.Duration // from a request for a package until it is delivered

	AnyApplication  bool // reviews of applications that don't require assignment
	DecisionPerRole bool // one decision for each role of a principal

	// Deliver says what becomes of a request. nil = all are delivered.
	Deliver func(*Request) Fate
}

// A Tenant is the directory that governance works on.
type Tenant struct {
	Store         *state.Store
	NewID         func() string
	NewGuest      func(email string, at time.Time) *state.Object
	NewAssignment func(kind string, principal, app *state.Object, role string, at time.Time) *state.Object
}

// A Service is the state of the governance services. Time moves it, but only
// when somebody looks: Run carries out everything that was due by then, in
// order and with the time when it was due. It is not safe for concurrent use.
type Service struct {
	Options
	Tenant

	Reviews   []*Review
	Reminders []Reminder

	Catalogs    []*Catalog
	Requests    []*Request
	Assignments []*Assignment
}

// New returns a service without reviews and packages.
func New(t Tenant, o Options) *Service { return &Service{Options: o, Tenant: t} }

// An event is something that happens by itself when its time has come.
type event struct {
	at time.Time // zero = never
	do func(at time.Time)
}

// before reports whether e comes first.
func (e event) before(f event) bool {
	return !e.at.IsZero() && (f.at.IsZero() || e.at.Before(f.at))
}

// Run carries out what is due, the earliest first.
func (g *Service) Run(now time.Time) {
	for {
		first := g.next()
		if first.at.IsZero() || first.at.After(now) {
			return
		}
		first.do(first.at)
	}
}

// next returns the event that comes first.
func (g *Service) next() (first event) {
	for _, r := range g.Reviews {
		if e := r.next(); e.before(first) {
			first = e
		}
	}
	for _, r := range g.Requests {
		if e := (event{r.next, r.step}); e.before(first) {
			first = e
		}
	}
	return first
}

// commit changes the directory as of a time that may be past.
func (g *Service) commit(at time.Time, write func(*state.Tx)) {
	g.Store.UpdateAt(at, func(tx *state.Tx) bool {
		write(tx)
		return true
	})
}

// An Identity is a user or service principal as governance objects name it.
type Identity struct {
	Kind          string // userIdentity or servicePrincipalIdentity
	ID, Name, UPN string
}

// system is who makes the decisions that nobody made.
var system = Identity{ID: schema.ZeroRole, Name: "AAD Access Reviews", UPN: "AAD Access Reviews"}

// IdentityOf returns how a governance object names a principal; one that is
// not there keeps its id only.
func IdentityOf(v *state.View, id string) Identity {
	o := v.Find(id, schema.Users, schema.ServicePrincipals, schema.Groups)
	if o == nil {
		return Identity{ID: id}
	}
	i := Identity{ID: o.ID, Name: o.Str("displayName")}
	if o.Type == schema.Users {
		i.UPN = o.Str("userPrincipalName")
	}
	return i
}

// A Kind says why the service refuses something.
type Kind string

// The kinds of refusals.
const (
	InvalidReview   Kind = "invalidReview"   // by the access review service
	InvalidPackage  Kind = "invalidPackage"  // by entitlement management
	UnknownProperty Kind = "unknownProperty" // in a body
	NotFound        Kind = "notFound"
	Conflict        Kind = "conflict"
	Onboarded       Kind = "onboarded" // the catalog has the resource already
	NotModelled     Kind = "notModelled"
)

// An Error is a refusal.
type Error struct {
	Kind    Kind
	Message string
	Missing metadata.Name // what UnknownProperty did not find
}

func (e *Error) Error() string { return e.Message }

func fail(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

func badArgument(format string, args ...any) error {
	return fail(InvalidReview, "AccessReviewArgumentException: "+format, args...)
}

func badOperation(format string, args ...any) error {
	return fail(InvalidReview, "AccessReviewInvalidOperationException: "+format, args...)
}

func badPackage(format string, args ...any) error { return fail(InvalidPackage, format, args...) }

func notModelled(what string) error { return fail(NotModelled, "%s", what) }

func missing(what, id string) error {
	return fail(NotFound, "The requested %s '%s' does not exist.", what, id)
}

// find returns the one of a list that has the id.
func find[T any](list []T, id func(T) string, what, want string) (found T, err error) {
	i := slices.IndexFunc(list, func(x T) bool { return strings.EqualFold(id(x), want) })
	if i < 0 {
		return found, missing(what, want)
	}
	return list[i], nil
}
