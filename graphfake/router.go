package graphfake

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A router finds routes by method and path, among those of equal length.
type router struct{ bySize map[int][]pattern }

// A pattern is a route with its path cut into segments.
type pattern struct {
	*route
	segments []string
}

// allRoutes returns the router of the whole table, which no server changes.
var allRoutes = sync.OnceValue(func() router { return newRouter(routes()) })

func newRouter(routes []route) router {
	r := router{bySize: map[int][]pattern{}}
	for i := range routes {
		p := pattern{&routes[i], strings.Split(strings.TrimPrefix(routes[i].path, "/"), "/")}
		r.bySize[len(p.segments)] = append(r.bySize[len(p.segments)], p)
	}
	return r
}

// findRoute finds the request's route and reads its query options as the service
// behind that route does.
func (rq *request) findRoute() {
	rq.path = rq.s.inTenant(rq.path)
	rq.s.routes.find(rq)
	dialect := query.Directory
	if rq.governs() {
		dialect = query.Governance
	}
	if rq.query, rq.badQuery = query.Parse(rq.rawQuery, dialect); rq.query != nil {
		rq.query.Eventual, rq.query.Elements, rq.query.Listing = rq.eventual(), rq.elements, rq.path
		rq.query.Shuffle = rq.s.shuffled(rq)
	}
}

// find sets the request's route and parameters. Where two routes fit, the
// first in the table wins.
func (r router) find(rq *request) {
	segments := odata.SplitPath(rq.path)
	for _, p := range r.bySize[len(segments)] {
		if p.method != rq.method {
			continue
		}
		if params, ok := p.match(segments); ok {
			rq.route, rq.params = p.route, params
			return
		}
	}
}

// otherMethod reports whether the path is routed for another method.
func (r router) otherMethod(rq *request) bool {
	segments := odata.SplitPath(rq.path)
	for _, p := range r.bySize[len(segments)] {
		if _, ok := p.match(segments); ok && !p.ofProperty() {
			return true
		}
	}
	return false
}

// ofProperty reports whether the route is about a single property, whose other
// methods the service has.
func (p pattern) ofProperty() bool { return strings.Contains(p.path, anyProperty) }

// anyProperty is the placeholder for a property, which no other name fits.
const anyProperty = "{property}"

func (p pattern) match(segments []odata.Key) (map[string]odata.Key, bool) {
	var params map[string]odata.Key
	for i, want := range p.segments {
		if name, ok := strings.CutPrefix(want, "{"); ok && !segments[i].LiteralOnly() {
			if want == anyProperty && !propertyOf(p.segments[0], segments[i]) {
				return nil, false
			}
			if params == nil {
				params = map[string]odata.Key{}
			}
			params[strings.TrimSuffix(name, "}")] = segments[i]
			continue
		}
		if !segments[i].Is(want) {
			return nil, false
		}
	}
	return params, true
}

// chain puts the middleware around the handlers, outermost first. Items of a
// batch pass through it one by one, and so does the batch as a whole.
func (s *Server) chain() handler {
	h := handler(dispatch)
	for _, m := range []middleware{
		s.replicate, // innermost: which view is read
		s.elapse,    // reviews and requests are up to date
		s.fail,
		s.throttle,
		s.permit,
		s.watch,
		s.wait,
		s.record, // outermost
	} {
		h = m(h)
	}
	return h
}

// wait lets the latency pass, unless the caller gives up before.
func (s *Server) wait(next handler) handler {
	return func(rq *request) (response, *graphError) {
		if rq.batch == nil && !pause(rq.ctx, s.opts.Latency) {
			return response{cut: true}, nil
		}
		return next(rq)
	}
}

// dispatch calls the route's handler, or says that there is none.
func dispatch(rq *request) (response, *graphError) {
	if rq.route == nil {
		return rq.unrouted()
	}
	if rq.badQuery != nil {
		return response{}, fromQuery(rq.badQuery)
	}
	if err := rq.tooLong(); err != nil {
		return response{}, err
	}
	return rq.route.handler(rq)
}

// unrouted answers a request that no route fits: what the service has and the
// fake does not fails the test; what the service does not have either is
// answered as the service answers it.
func (rq *request) unrouted() (response, *graphError) {
	if rq.s.routes.otherMethod(rq) {
		return response{}, wrongMethod()
	}
	if s := rq.unknownSegment(); s != "" {
		return response{}, malformed("Resource not found for the segment '%s'.", s)
	}
	rq.s.errorf("graphfake: %s %s is not modelled", rq.method, rq.path)
	return response{}, refuse(http.StatusNotImplemented, "NotImplemented", "graphfake does not model %s %s.", rq.method,
		rq.path)
}

// unknownSegment returns the segment after an object of a modelled type that
// is neither one of its properties nor one of its actions.
func (rq *request) unknownSegment() string {
	path := odata.SplitPath(rq.path)
	for _, t := range schema.DirectoryTypes() {
		if len(path) >= 3 && path[0].Is(t.Set) && !known(t, path[2]) {
			return path[2].Value
		}
	}
	return ""
}

func known(t *state.Type, segment odata.Key) bool {
	name := strings.TrimPrefix(strings.ToLower(strings.TrimSuffix(segment.Value, "()")), "microsoft.graph.")
	return t.Prop(name) != nil || strings.HasPrefix(name, "$") || segment.Property != "" ||
		slices.ContainsFunc(slices.Concat(t.Navs, actions()), func(n string) bool { return strings.EqualFold(n, name) })
}

// actions are the actions and functions of v1.0 on users, groups,
// applications and service principals.
// https://learn.microsoft.com/graph/api/overview
func actions() []string {
	return []string{"addFavorite", "addGroup", "addKey", "addPassword", "addTokenSigningCertificate", "assignLicense",
		"changePassword", "checkGrantedPermissionsForApp", "checkMemberGroups", "checkMemberObjects",
		"createPasswordSingleSignOnCredentials", "delta", "deletePasswordSingleSignOnCredentials",
		"exportDeviceAndAppManagementData", "exportPersonalData", "findMeetingTimes", "getMailTips",
		"getManagedAppDiagnosticStatuses", "getManagedAppPolicies", "getManagedDevicesWithAppFailures", "getMemberGroups",
		"getMemberObjects", "getPasswordSingleSignOnCredentials", "isManagedAppUserBlocked", "reminderView",
		"removeAllDevicesFromManagement", "removeFavorite", "removeGroup", "removeKey", "removePassword", "renew",
		"reprocessLicenseAssignment", "resetUnseenCount", "restore", "retryServiceProvisioning", "revokeSignInSessions",
		"sendMail", "setVerifiedPublisher", "subscribeByMail", "translateExchangeIds", "unsetVerifiedPublisher",
		"unsubscribeByMail", "updatePasswordSingleSignOnCredentials", "validateProperties",
		"wipeManagedAppRegistrationsByDeviceTag"}
}

// A finder finds the object that the path is about.
type finder func(*request, *state.View) (*object, *graphError)

// on makes a handler of a function that works on the object of the path.
func on(find finder, do func(*request, *object) (response, *graphError)) handler {
	return func(rq *request) (response, *graphError) {
		o, err := find(rq, rq.read)
		if err != nil {
			return response{}, err
		}
		return do(rq, o)
	}
}

// withBody makes a handler of a function that works on a JSON body.
func withBody(do func(*request, map[string]any) (response, *graphError)) handler {
	return func(rq *request) (response, *graphError) {
		body, err := rq.object()
		if err != nil {
			return response{}, err
		}
		return do(rq, body)
	}
}

// change changes the object of the path on the primary, unless the replica that
// is read does not know it.
func (rq *request) change(find finder, do func(*state.Tx, *object) *graphError) (response, *graphError) {
	return on(find, func(rq *request, _ *object) (response, *graphError) {
		return noContent(), rq.update(func(tx *state.Tx) *graphError {
			o, err := find(rq, tx.View)
			if err != nil {
				return err
			}
			return do(tx, o)
		})
	})(rq)
}

// Handlers that are the same for all types: one object, all, and their number.

func getOne(find finder) handler {
	return on(find, func(rq *request, o *object) (response, *graphError) { return rq.one(http.StatusOK, o.Type.Set, o) })
}

func listAll(t *state.Type) handler {
	return func(rq *request) (response, *graphError) { return rq.list(rq.table(t)) }
}

func countAll(t *state.Type) handler {
	return func(rq *request) (response, *graphError) { return rq.count(rq.table(t)) }
}

// deleteOne makes a handler that removes the object of the path in its own way.
func deleteOne(find finder, remove func(*state.Tx, *object)) handler {
	return func(rq *request) (response, *graphError) {
		return rq.change(find, func(tx *state.Tx, o *object) *graphError {
			remove(tx, o)
			return nil
		})
	}
}
