package graphfake

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/query"
)

// Throttle makes the server answer 429 by the model that Microsoft publishes:
// token buckets of resource units and of writes, for each application. Requests
// that are refused count too, so that a client that does not wait stays out.
// Items of a batch count one by one, the batch around them does not.
// https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
type Throttle struct {
	// Limits hold together. nil = PublishedLimits(Size).
	Limits []Limit

	// Size of the tenant. 0 = by the number of users, looked up at every request.
	Size TenantSize

	// WholeSeconds rounds Retry-After up to whole seconds. By default it has
	// up to three decimals, as in the service's documentation.
	WholeSeconds bool

	// Envelope424 answers a batch in which an item was throttled with status
	// 424, as the documentation says. By default the envelope is 200, as users
	// report.
	Envelope424 bool
}

// A throttler holds the buckets of a server.
type throttler struct {
	Throttle
	bySize map[TenantSize][]Limit

	mu      sync.Mutex
	buckets buckets
}

func newThrottler(t *Throttle) *throttler {
	if t == nil {
		return nil
	}
	checkLimits(t.Limits)
	bySize := map[TenantSize][]Limit{}
	for _, size := range []TenantSize{Small, Medium, Large} {
		bySize[size] = PublishedLimits(size)
	}
	own := *t
	own.Limits = slices.Clone(t.Limits)
	return &throttler{Throttle: own, bySize: bySize, buckets: buckets{}}
}

// limits returns the limits that hold for a tenant with so many users.
func (t *throttler) limits(users int) []Limit {
	size := t.Size
	switch {
	case t.Limits != nil:
		return t.Limits
	case size != SizeByUsers:
	case users < 50:
		size = Small
	case users <= 500:
		size = Medium
	default:
		size = Large
	}
	return t.bySize[size]
}

// throttle says what the request costs, and refuses it when a limit is reached.
func (s *Server) throttle(next handler) handler {
	return func(rq *request) (response, *graphError) {
		units := rq.cost()
		if s.throttler == nil || rq.envelope() {
			rsp, err := next(rq)
			rsp.units = units
			if rq.throttled && s.throttler.Envelope424 && err == nil {
				rsp.status = http.StatusFailedDependency
			}
			return rsp, err
		}
		v := s.throttler.charge(rq, units)
		var rsp response
		var err *graphError
		if v.wait > 0 {
			err = s.throttler.refuse(rq, v)
			if rq.batch != nil {
				rq.batch.throttled = true
			}
		} else {
			rsp, err = next(rq)
		}
		rsp.units = units
		if v.share > 0.8 {
			share := strconv.FormatFloat(math.Floor(v.share*100)/100, 'f', -1, 64)
			setHeader(&rsp, err, "x-ms-throttle-limit-percentage", share)
		}
		return rsp, err
	}
}

func (t *throttler) charge(rq *request, units int) verdict {
	c := charge{app: rq.caller().app(), area: rq.area(), units: units, write: rq.writes()}
	limits := t.limits(rq.s.store.View().Live(users).Len())
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buckets.charge(limits, c, time.Now())
}

// refuse forms the 429. https://learn.microsoft.com/graph/throttling
func (t *throttler) refuse(rq *request, v verdict) *graphError {
	wait := v.wait.Seconds()
	if t.WholeSeconds {
		wait = math.Ceil(wait)
	}
	kind := "ReadWrite"
	if v.broken.Counts == Writes {
		kind = "Write"
	}
	err := tooManyRequests()
	err.header = http.Header{}
	if !v.broken.Silent {
		err.header.Set("Retry-After", strconv.FormatFloat(wait, 'f', -1, 64))
	}
	err.header.Set("x-ms-throttle-scope", strings.Join([]string{string(v.broken.Scope), kind, rq.caller().app(), rq.s.opts.TenantID}, "/"))
	err.header.Set("x-ms-throttle-information", v.broken.information())
	return err
}

// tooManyRequests is the body of a 429 as it was seen on the wire
// (https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/1975).
func tooManyRequests() *graphError {
	return refuse(http.StatusTooManyRequests, "TooManyRequests", "Too many requests.")
}

// cost returns the resource units of the request: what the table says for its
// route, changed by its query options, and never below 1.
func (rq *request) cost() int {
	units := 1
	if rq.route != nil {
		units = rq.route.units
	}
	opts, err := query.Parse(rq.rawQuery, false)
	if err != nil {
		return max(1, units)
	}
	if len(opts.Select) > 0 {
		units--
		if rq.readsByPost() {
			units = 2 // listed so for getByIds
		}
	}
	if len(opts.Expand) > 0 {
		units++
	}
	if opts.Top > 0 && opts.Top < 20 {
		units--
	}
	return max(1, units)
}

// writes tells whether the request counts as a write.
func (rq *request) writes() bool {
	return rq.method != http.MethodGet && rq.method != http.MethodHead && !rq.readsByPost() && !rq.envelope()
}

// readsByPost tells whether the request is a POST that changes nothing.
func (rq *request) readsByPost() bool {
	return rq.route != nil && strings.HasSuffix(rq.route.path, "/getByIds")
}

// envelope tells whether the request is a batch, not one of its items.
func (rq *request) envelope() bool { return strings.EqualFold(rq.path, "/$batch") }

// area tells which limits the operation falls under.
func (rq *request) area() string {
	if len(rq.path) >= 20 && strings.EqualFold(rq.path[:20], "/identityGovernance/") {
		return "governance"
	}
	return "directory"
}

// setHeader sets a header field of an answer, be it an error or not.
func setHeader(rsp *response, err *graphError, name, value string) {
	h := &rsp.header
	if err != nil {
		h = &err.header
	}
	if *h = h.Clone(); *h == nil {
		*h = http.Header{}
	}
	h.Set(name, value)
}
