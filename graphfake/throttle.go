package graphfake

import (
	"cmp"
	"math"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

// Throttle makes the server answer 429 by the model that Microsoft publishes:
// token buckets of resource units and of writes, for each application. Requests
// that are refused count too, so a client that does not wait is refused again.
// Items of a batch count one by one, the batch around them does not.
// https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
type Throttle struct {
	// Limits hold together. nil = PublishedLimits(Size).
	Limits []Limit

	// Size of the tenant. "" = by the number of users, looked up at every request.
	Size TenantSize

	// WholeSeconds rounds Retry-After up to whole seconds, as in the sample of
	// https://learn.microsoft.com/graph/throttling. By default it has up to three
	// decimals, as users report and the sample had until 2022:
	// https://github.com/microsoftgraph/microsoft-graph-docs/issues/3877
	WholeSeconds bool

	// Envelope424 answers a batch in which an item was throttled with status
	// 424, as the documentation said for years. By default the envelope is 200,
	// as it says now and users report.
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
	for i := range own.Limits {
		own.Limits[i].Counts = cmp.Or(own.Limits[i].Counts, ResourceUnits)
	}
	return &throttler{Throttle: own, bySize: bySize, buckets: buckets{}}
}

// limits returns the limits for a tenant with this many users.
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
	limits := t.limits(rq.s.store.View().Live(schema.Users).Len())
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
	err.header.Set("x-ms-throttle-scope", strings.Join([]string{string(v.broken.Scope), kind, rq.caller().app(),
		rq.s.opts.TenantID}, "/"))
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
	opts := rq.query
	if opts == nil {
		return max(1, units)
	}
	if len(opts.Select) > 0 {
		units--
	}
	if len(opts.Expand) > 0 {
		units++
	}
	if opts.Top > 0 && opts.Top < 20 {
		units--
	}
	return max(1, units)
}

// writes reports whether the request counts as a write.
func (rq *request) writes() bool {
	return rq.method != http.MethodGet && rq.method != http.MethodHead && !rq.readsByPost() && !rq.envelope()
}

// readsByPost reports whether the request is a POST that changes nothing.
func (rq *request) readsByPost() bool {
	if rq.route == nil {
		return false
	}
	switch path.Base(rq.route.path) {
	case "getByIds", "checkMemberGroups", "checkMemberObjects", "getMemberGroups", "getMemberObjects":
		return true
	}
	return false
}

// envelope reports whether the request is a batch, not one of its items.
func (rq *request) envelope() bool { return strings.EqualFold(rq.path, "/$batch") }

// area returns which limits the operation falls under.
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

// A TenantSize says which of the published limits hold.
type TenantSize string

// The sizes of https://learn.microsoft.com/graph/throttling-limits#pattern.
const (
	SizeByUsers TenantSize = ""       // not set: by the number of users in the fake
	Small       TenantSize = "small"  // fewer than 50 users
	Medium      TenantSize = "medium" // 50 to 500 users
	Large       TenantSize = "large"  // more than 500 users
)

// A Scope says whose requests fill a limit together. Its text begins the
// header x-ms-throttle-scope.
type Scope string

// The scopes that the service names.
const (
	PerAppAndTenant Scope = "Tenant_Application"
	PerTenant       Scope = "Tenant"      // of all applications
	PerApp          Scope = "Application" // in all tenants; the fake has one
)

// A Measure says what a request adds to a limit.
type Measure string

// The measures.
const (
	ResourceUnits Measure = "resourceUnits" // what the operation costs, as in the header x-ms-resource-unit
	Writes        Measure = "writes"        // 1 for each request that changes something
	RequestCount  Measure = "requests"      // 1 for each request
)

// A Limit is a token bucket that holds Amount and drains completely in Per.
// A request that no longer fits is answered with 429, and still counts.
type Limit struct {
	Scope  Scope
	Counts Measure // "" = ResourceUnits
	Amount float64
	Per    time.Duration

	// Area restricts the limit to the operations of one area, "directory" or
	// "governance". "" = all operations.
	Area string

	// Silent leaves Retry-After out of the 429, as some services do.
	// https://learn.microsoft.com/graph/throttling#best-practices-to-handle-throttling
	Silent bool
}

// PublishedLimits returns the limits of the identity and access services as
// https://learn.microsoft.com/graph/throttling-limits lists them. The caller
// may change the list: halve it, drop a line, add one.
func PublishedLimits(size TenantSize) []Limit {
	units := map[TenantSize]float64{Small: 3_500, Medium: 5_000}[size]
	if units == 0 {
		units = 8_000
	}
	return []Limit{
		{Scope: PerAppAndTenant, Counts: ResourceUnits, Amount: units, Per: 10 * time.Second, Area: "directory"},
		{Scope: PerAppAndTenant, Counts: Writes, Amount: 3_000, Per: 150 * time.Second, Area: "directory"},
		{Scope: PerApp, Counts: ResourceUnits, Amount: 150_000, Per: 20 * time.Second, Area: "directory"},
		{Scope: PerApp, Counts: Writes, Amount: 35_000, Per: 5 * time.Minute, Area: "directory"},
		{Scope: PerTenant, Counts: Writes, Amount: 18_000, Per: 5 * time.Minute, Area: "directory"},
		{Scope: PerApp, Counts: RequestCount, Amount: 130_000, Per: 10 * time.Second},
	}
}

// GovernanceLimit returns a limit of 20 requests in 10 seconds on
// /identityGovernance, for adding to Throttle.Limits. Believed, not verified:
// Microsoft publishes none, and users report about that much
// (https://github.com/microsoft/Microsoft365DSC/issues/7273).
func GovernanceLimit() Limit {
	return Limit{Scope: PerAppAndTenant, Counts: RequestCount, Amount: 20, Per: 10 * time.Second, Area: "governance"}
}

// information is the value of the header x-ms-throttle-information.
func (l Limit) information() string {
	switch l.Counts {
	case Writes:
		return "WriteLimitExceeded"
	case ResourceUnits:
		return "ResourceUnitLimitExceeded"
	}
	return "RequestLimitExceeded" // believed, not verified
}

// A charge is what one request adds to limits.
type charge struct {
	app   string // who pays
	area  string
	units int
	write bool
}

func (c charge) amount(m Measure) float64 {
	switch {
	case m == ResourceUnits:
		return float64(c.units)
	case m == RequestCount || c.write:
		return 1
	}
	return 0
}

// overdraft is how full a limit can get, as a share of its amount: the service
// reports 0.8 to 1.8.
const overdraft = 1.8

// A bucket is the state of one limit for one payer.
type bucket struct {
	level float64
	at    time.Time
}

// add drains the bucket up to now, adds the amount, and returns how long
// the caller has to wait until as much would fit, if it did not.
func (b *bucket) add(l Limit, amount float64, now time.Time) (wait time.Duration) {
	rate := l.Amount / l.Per.Seconds()
	if !b.at.IsZero() {
		b.level = max(0, b.level-now.Sub(b.at).Seconds()*rate)
	}
	b.at = now
	const dust = 1e-6             // so that a wait that was carried out to the nanosecond is enough
	room := min(amount, l.Amount) // a request larger than the limit gets in when nothing else is
	if b.level+room <= l.Amount+dust {
		b.level += amount
		return 0
	}
	b.level = min(b.level+amount, max(b.level, l.Amount*overdraft))
	return time.Duration(math.Ceil((b.level+room-l.Amount)/rate*1000)) * time.Millisecond
}

// A verdict is what the limits say of one request.
type verdict struct {
	wait   time.Duration // 0 = go on
	broken Limit         // the limit that asks for wait
	share  float64       // of the fullest limit
}

// buckets holds the state of all limits.
type buckets map[bucketKey]*bucket

type bucketKey struct {
	limit int
	app   string // "" for limits of the tenant
}

// charge fills all limits that apply and finds the one to wait for longest.
func (bs buckets) charge(limits []Limit, c charge, now time.Time) (v verdict) {
	for i, l := range limits {
		amount := c.amount(l.Counts)
		if amount == 0 || l.Area != "" && l.Area != c.area {
			continue
		}
		key := bucketKey{i, c.app}
		if l.Scope == PerTenant {
			key.app = ""
		}
		if bs[key] == nil {
			bs[key] = &bucket{}
		}
		if wait := bs[key].add(l, amount, now); wait > v.wait {
			v.wait, v.broken = wait, l
		}
		v.share = max(v.share, bs[key].level/l.Amount)
	}
	return v
}

func checkLimits(limits []Limit) {
	if i := slices.IndexFunc(limits, func(l Limit) bool { return l.Amount <= 0 || l.Per <= 0 }); i >= 0 {
		panic("graphfake: a Limit needs a positive Amount and Per")
	}
}
