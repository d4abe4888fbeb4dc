package graph

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What the service lets one application do in one tenant.
// https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
const (
	unitsSmall  = 3_500 // resource units in 10 s, for fewer than 50 users
	unitsMedium = 5_000 // for up to 500
	unitsLarge  = 8_000
	unitsPer    = 10 * time.Second

	writesAmount = 3_000
	writesPer    = 150 * time.Second

	// Nothing is published for identity governance; about this much is
	// reported: https://github.com/microsoft/Microsoft365DSC/issues/7273
	governanceAmount = 20
	governancePer    = 10 * time.Second

	// headroom is what is left free of a limit, at most: requests overtake each
	// other on the way, four batches for instance.
	headroom = 4 * BatchSize
)

// quotas are the limits that a client paces itself by, each as the service
// keeps it: a bucket that requests fill and that drains at a steady rate.
type quotas struct {
	mu                        sync.Mutex
	units, writes, governance bucket
	waiting                   cost // of the reservations whose requests are not sent yet
	throttled                 int  // how often; earlier reservations are void
	off                       bool
}

func newQuotas() quotas {
	return quotas{
		units:      bucket{amount: unitsSmall, per: unitsPer}, // until the tenant's size is known
		writes:     bucket{amount: writesAmount, per: writesPer},
		governance: bucket{amount: governanceAmount, per: governancePer},
	}
}

// A reservation is a place in the line of those who wait for quota.
type reservation struct {
	price     cost
	ready     time.Time // when the request may be sent
	throttled int
}

// reserve takes what a request costs. The first to reserve goes first.
func (q *quotas) reserve(price cost) reservation {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	if q.off {
		return reservation{ready: now, throttled: q.throttled}
	}
	wait := max(q.units.add(price.units, now), q.writes.add(price.writes, now), q.governance.add(price.governance, now))
	q.waiting = q.waiting.plus(price)
	return reservation{price, now.Add(wait), q.throttled}
}

// use takes a reservation's place up, because its request is sent now. It
// reports false if the service has throttled since the reservation was made, so
// that it was made on wrong assumptions; what it took was given back then.
func (q *quotas) use(r reservation) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.throttled != q.throttled {
		return false
	}
	q.waiting = q.waiting.minus(r.price)
	return true
}

// cancel gives back what a request that is not sent would have cost.
func (q *quotas) cancel(r reservation) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.throttled == q.throttled {
		q.giveBack(r.price)
	}
}

func (q *quotas) giveBack(price cost) {
	q.waiting = q.waiting.minus(price)
	now := time.Now()
	q.units.add(-price.units, now)
	q.writes.add(-price.writes, now)
	q.governance.add(-price.governance, now)
}

// timeFor returns how long so many resource units take by the limit alone.
func (q *quotas) timeFor(units int) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.off {
		return 0
	}
	b := q.units // a copy: nothing is reserved
	return b.add(units, time.Now())
}

// resize fits the resource units to the number of users in the tenant.
func (q *quotas) resize(users int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case users < 50:
		q.units.amount = unitsSmall
	case users <= 500:
		q.units.amount = unitsMedium
	default:
		q.units.amount = unitsLarge
	}
}

// learn corrects the buckets by what the service says with an answer: what the
// request really cost, how full the limit is, and that it is exceeded. took is how
// long the answer took; f is its failure, nil means success.
// https://learn.microsoft.com/graph/throttling-limits#response-headers
func (q *quotas) learn(charged cost, header http.Header, took time.Duration, f *failure) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.off {
		return // a 429 still holds everybody, at the fence
	}
	now := time.Now()
	if units, err := strconv.Atoi(header.Get("x-ms-resource-unit")); err == nil && units >= 0 && charged.units > 0 {
		q.units.add(min(units, maxCharge)-charged.units, now)
	}
	limit := q.binding(charged, header.Get("x-ms-throttle-information"))
	if share, err := strconv.ParseFloat(header.Get("x-ms-throttle-limit-percentage"), 64); err == nil {
		limit.fill(share, took, now)
	}
	if f != nil && f.err.Status == http.StatusTooManyRequests {
		q.giveBack(q.waiting)
		q.throttled++
		limit.exceed(now, f.wait)
	}
}

// maxCharge bounds what a header can say that a request costs, in resource
// units: the greatest published charge is 5, and nonsense must not hold a client.
const maxCharge = 100

// binding returns the bucket that an answer's headers are about.
func (q *quotas) binding(charged cost, information string) *bucket {
	switch {
	case charged.governance > 0:
		return &q.governance
	case information == "WriteLimitExceeded", charged.writes > 0 && information != "ResourceUnitLimitExceeded":
		return &q.writes
	}
	return &q.units
}

// A bucket is a limit: so much fits in, and full it drains in per. If the
// service throttles although the bucket is not full, somebody else uses the limit
// too, or it is lower than published: then part of it is left alone for a while.
type bucket struct {
	amount   float64
	per      time.Duration
	level    float64
	halved   float64   // how often amount is halved, to leave a part alone
	at       time.Time // when level and halved were right
	exceeded time.Time // until when the service throttled last
}

// recovery is how long it takes until twice as much of a limit is used again.
const recovery = 5 * time.Minute

// add fills n in and returns how long it takes until that fits.
func (b *bucket) add(n int, now time.Time) time.Duration {
	b.drain(now)
	b.level = max(0, b.level+float64(n))
	over := b.level - b.room() + b.spare()
	if n <= 0 || over <= 0 {
		return 0
	}
	return time.Duration(over / b.room() * float64(b.per))
}

func (b *bucket) room() float64 { return b.amount * math.Exp2(-b.halved) }

// spare returns how much of the room is left free.
func (b *bucket) spare() float64 { return min(headroom, b.room()/20) }

func (b *bucket) drain(now time.Time) {
	if !b.at.IsZero() {
		passed := now.Sub(b.at).Seconds()
		b.level = max(0, b.level-b.room()*passed/b.per.Seconds())
		b.halved = max(0, b.halved-passed/recovery.Seconds())
	}
	b.at = now
}

// fill raises the level to what a share of the room, reported in an answer that took so
// long, has drained to by now, if it is clearly below. The service's bucket fills and
// drains later than this one, by up to as long as the request took: without that, the
// answer to the last request of many would hold up the next. A difference of up to half
// the spare room is ignored.
func (b *bucket) fill(share float64, took time.Duration, now time.Time) {
	b.drain(now)
	level := b.room() * (min(share, 1.8) - took.Seconds()/b.per.Seconds()) // it reports up to 1.8
	if level > b.level+b.spare()/2 {
		b.level = level
	}
}

// exceed notes that the service throttled: after the wait that it asks for, the
// limit is just full. The second time within recovery, half of what was used is
// left alone from now on. A 429 for a request that was under way when the first
// one came says nothing new.
func (b *bucket) exceed(now time.Time, wait time.Duration) {
	b.drain(now)
	if !b.exceeded.IsZero() && now.After(b.exceeded) && now.Sub(b.exceeded) < recovery {
		b.halved = min(b.halved+1, 9)
		b.level = 0 // it was a bigger bucket's
	}
	b.level = max(b.level, b.room()*(1+wait.Seconds()/b.per.Seconds()))
	if until := now.Add(wait); until.After(b.exceeded) {
		b.exceeded = until
	}
}

// A cost is what requests take from quotas.
type cost struct {
	units      int // resource units
	writes     int
	governance int // requests to identity governance, which counts by itself
}

func (c cost) plus(d cost) cost {
	return cost{c.units + d.units, c.writes + d.writes, c.governance + d.governance}
}

func (c cost) minus(d cost) cost {
	return cost{c.units - d.units, c.writes - d.writes, c.governance - d.governance}
}

// costs are the reads that cost more than one resource unit.
// https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
var costs = map[string]int{
	"/users":        2,
	"/applications": 2,
	"/servicePrincipals/{id}/appRoleAssignments": 2,
	"/groups/{id}/members":                       3,
	"/groups/{id}/transitiveMembers":             5,
}

// cost returns what the request costs by the published rules.
func (r Request) cost() cost {
	path, query, _ := strings.Cut(r.Path, "?")
	route := strings.TrimPrefix(template(path), "/v1.0") // a nextLink has it
	if strings.HasPrefix(route, "/identityGovernance") {
		return cost{governance: 1}
	}
	if r.writes() {
		return cost{units: 1, writes: 1}
	}
	return cost{units: max(1, max(1, costs[route])+surcharge(query))}
}

// surcharge returns what query options add to a read's resource units.
func surcharge(query string) (units int) {
	for option := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "$select":
			units--
		case "$expand":
			units++
		case "$top":
			if n, err := strconv.Atoi(value); err == nil && n < 20 {
				units--
			}
		}
	}
	return units
}
