package entra

import (
	"net/http"
	"strconv"
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

	// usable is the share of a limit that is used, so that requests which
	// overtake each other on the way don't break it.
	usableShare = 0.95
)

// quotas are the limits that a client paces itself by, each as the service
// keeps it: a bucket that requests fill and that drains at a steady rate.
type quotas struct {
	mu                        sync.Mutex
	units, writes, governance bucket
}

func newQuotas() quotas {
	return quotas{
		units:      bucket{amount: unitsSmall, per: unitsPer}, // until the tenant's size is known
		writes:     bucket{amount: writesAmount, per: writesPer},
		governance: bucket{amount: governanceAmount, per: governancePer},
	}
}

// reserve takes what a request costs and returns when it may be sent. Who
// reserves first goes first.
func (q *quotas) reserve(c cost) time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	wait := max(q.units.add(c.units, now), q.writes.add(c.writes, now), q.governance.add(c.governance, now))
	return now.Add(wait)
}

// unitsTake is how long the limit alone makes so many resource units take.
func (q *quotas) unitsTake(units int) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.units // a copy: nothing is reserved
	return b.add(units, time.Now())
}

// refund gives back what a request would have cost that was not sent.
func (q *quotas) refund(c cost) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.units.level -= float64(c.units)
	q.writes.level -= float64(c.writes)
	q.governance.level -= float64(c.governance)
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
// request really cost, how full the limit is, and that it is exceeded.
// https://learn.microsoft.com/graph/throttling-limits#response-headers
func (q *quotas) learn(charged cost, status int, header http.Header) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	if units, err := strconv.Atoi(header.Get("x-ms-resource-unit")); err == nil && units >= 0 && charged.units > 0 {
		q.units.add(units-charged.units, now)
	}
	limit := q.binding(charged, header.Get("x-ms-throttle-information"))
	if share, err := strconv.ParseFloat(header.Get("x-ms-throttle-limit-percentage"), 64); err == nil {
		limit.fill(share, now)
	}
	if status == http.StatusTooManyRequests {
		limit.exceed(now)
	}
}

// binding is the bucket that an answer's headers speak of.
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
// service throttles although the bucket says otherwise, somebody else uses the
// limit as well, or it is lower than published: then part of it is left alone
// for a while.
type bucket struct {
	amount   float64
	per      time.Duration
	level    float64
	given    float64   // the share of amount that is left alone
	at       time.Time // when level and given were right
	exceeded time.Time // when the service throttled last
}

// recovery is how long it takes until all of a limit is used again.
const recovery = 5 * time.Minute

// add fills n in and returns how long it takes until that fits.
func (b *bucket) add(n int, now time.Time) time.Duration {
	b.drain(now)
	b.level = max(0, b.level+float64(n))
	over := b.level - b.room()*usableShare
	if n <= 0 || over <= 0 {
		return 0
	}
	return time.Duration(over / b.room() * float64(b.per))
}

func (b *bucket) room() float64 { return b.amount * (1 - b.given) }

func (b *bucket) drain(now time.Time) {
	if !b.at.IsZero() {
		passed := float64(now.Sub(b.at))
		b.level = max(0, b.level-b.room()*passed/float64(b.per))
		b.given = max(0, b.given-passed/float64(recovery))
	}
	b.at = now
}

// fill raises the level to a share of the room, if it is below.
func (b *bucket) fill(share float64, now time.Time) {
	b.drain(now)
	b.level = max(b.level, min(share, 1.8)*b.room()) // the service reports up to 1.8
}

// exceed notes that the service throttled: the limit is full. If it is the
// second time of late, half of what was used is left alone from now on.
func (b *bucket) exceed(now time.Time) {
	last := now.Sub(b.exceeded)
	if last < time.Second {
		return // the same moment, seen by several requests
	}
	b.drain(now)
	if !b.exceeded.IsZero() && last < recovery {
		b.given = 1 - max((1-b.given)/2, leastShare)
	}
	b.fill(1, now)
	b.exceeded = now
}

// leastShare is what is used of a limit, whatever happens.
const leastShare = 0.002
