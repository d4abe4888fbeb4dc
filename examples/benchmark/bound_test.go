package benchmark_test

import "time"

// The published limits that the bounds are made of.
const (
	inFlight    = 4    // rollcall's default number of requests at a time
	filterTakes = 15   // values of "in": https://learn.microsoft.com/graph/filter-query-parameter
	batchTakes  = 20   // https://learn.microsoft.com/graph/json-batching
	pageTakes   = 999  // https://learn.microsoft.com/graph/api/user-list
	pageUsually = 100  // https://learn.microsoft.com/graph/paging
	unitsAtOnce = 8000 // for more than 500 users, in 10 s, and the two below in 150 s:
	unitsASec   = 800  // https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
	writesOnce  = 3000
	writesASec  = 20
)

// A toll is what a piece of work costs at least.
type toll struct {
	trips    int // latencies that follow each other
	requests int
	units    int
	writes   int
}

// seconds is the longest of three times: of the trips, of the resource units and
// of the writes. A limit is a bucket that is full at first: n units can be spent
// no sooner than after (n - 8,000) / 800 s, n writes after (n - 3,000) / 20 s,
// and the last of them still has to be answered.
func (t toll) seconds() float64 {
	limit := max(float64(t.units-unitsAtOnce)/unitsASec, float64(t.writes-writesOnce)/writesASec)
	return max(time.Duration(t.trips)*latency, time.Duration(limit*float64(time.Second))+latency).Seconds()
}

// lowerBound is the cost of work done without a detour, by somebody who knows
// beforehand which way is the fastest:
//
//	matching    the faster of
//	            batches: ceil(rows/15) filters of 1 unit, ceil(filters/20) batches,
//	            ceil(batches/4) trips
//	            listing: ceil(users/999) pages of 1 unit, as many trips, for each
//	            page says where the next one is
//	assigning   1 request for what is assigned, of 1 unit; then one write of 1 unit
//	            for each row, ceil(rows/20) batches, ceil(batches/4) trips
//	second run  matching, then ceil(rows/999) pages of 1 unit, as many trips
//
// where a trip is one latency and the limits hold as in toll.seconds. Requests
// and units are those of the fastest way, of which another may need fewer: the
// listing of 100,000 users is 101 requests and takes longer than 334 batches.
func lowerBound(work string, rows, users int) figure {
	var t toll
	switch work {
	case matching:
		t = matchingToll(rows, users)
	case assigning:
		batches := ceil(rows, batchTakes)
		t = toll{trips: 1 + ceil(batches, inFlight), requests: 1 + batches, units: 1 + rows, writes: rows}
	case secondRun:
		t = matchingToll(rows, users)
		pages := ceil(rows, pageTakes)
		t = toll{trips: t.trips + pages, requests: t.requests + pages, units: t.units + pages}
	}
	return figure{Work: work, Rows: rows, Directory: users, Who: theBound, Seconds: t.seconds(), Requests: t.requests, Units: t.units}
}

func matchingToll(rows, users int) toll {
	filters, pages := ceil(rows, filterTakes), ceil(users, pageTakes)
	batches := ceil(filters, batchTakes)
	asked := toll{trips: ceil(batches, inFlight), requests: batches, units: filters}
	listed := toll{trips: pages, requests: pages, units: pages}
	if listed.seconds() < asked.seconds() {
		return listed
	}
	return asked
}

func ceil(n, by int) int { return (n + by - 1) / by }
