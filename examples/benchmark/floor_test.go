package benchmark_test

import "time"

// The published limits that the floor is made of.
const (
	filterTakes = 15   // values of "in": https://learn.microsoft.com/graph/filter-query-parameter
	batchTakes  = 20   // https://learn.microsoft.com/graph/json-batching
	pageTakes   = 999  // https://learn.microsoft.com/graph/api/user-list
	pageUsually = 100  // https://learn.microsoft.com/graph/paging
	unitsAtOnce = 8000 // for more than 500 users, in 10 s, and the two below in 150 s:
	unitsASec   = 800  // https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
	writesOnce  = 3000
	writesASec  = 20
	// Of identity governance, which publishes none, this is what users report.
	// https://github.com/microsoft/Microsoft365DSC/issues/7273
	governanceOnce = 20
	governanceASec = 2
)

// A toll is what a piece of work costs at least.
type toll struct {
	trips      int // latencies that follow each other
	requests   int
	units      int
	writes     int
	governance int           // requests to identity governance
	waits      time.Duration // that belong to the work
}

// plus is the toll of two pieces of work, of which the second waits for the first.
func (t toll) plus(u toll) toll {
	return toll{t.trips + u.trips, t.requests + u.requests, t.units + u.units, t.writes + u.writes,
		t.governance + u.governance, t.waits + u.waits}
}

// seconds is the longest of the times of the trips and of each limit. A limit is a
// bucket that is full at first: n units can be spent no sooner than after
// (n - 8,000) / 800 s, n writes after (n - 3,000) / 20 s, and the last of them still
// has to be answered.
func (t toll) seconds(s service) float64 {
	over := func(n int, once, second float64) float64 { return (float64(n) - once*s.share) / (second * s.share) }
	limit := max(0, over(t.units, unitsAtOnce, unitsASec), over(t.writes, writesOnce, writesASec),
		over(t.governance, governanceOnce, governanceASec))
	if s.window { // 3,000 at once, and as many after 150 s
		limit = max(limit, float64((t.writes-1)/writesOnce)*writesOnce/writesASec)
	}
	limits := time.Duration(limit*float64(time.Second)) + s.latency
	return (max(time.Duration(t.trips)*s.latency, limits) + t.waits).Seconds()
}

func (t toll) figure(work string, rows, users int, s service) figure {
	return figure{Work: work + s.name, Rows: rows, Directory: users, Who: theFloor, Seconds: t.seconds(s), Requests: t.requests, Units: t.units}
}

// floor is the least time that the published limits and one latency for each request
// that must wait for another allow, with any number of requests in flight, for
// somebody who knows beforehand which way is the fastest:
//
//	matching    ceil(rows/15) filters of 1 unit in ceil(filters/20) batches, or
//	            ceil(users/999) pages of 1 unit; one trip, as all can be asked at once:
//	            the pages are those of as many parts of the directory
//	assigning   1 request for what is assigned, of 1 unit, and then one write of 1 unit
//	            for each row, in ceil(rows/20) batches; two trips
//	second run  matching, and meanwhile ceil(rows/999) pages of 1 unit, as many trips,
//	            for each page of assignments says where the next one is
func floor(work string, rows, users int, s service) figure {
	var t toll
	switch work {
	case matching:
		t = matchingToll(rows, users)
	case assigning:
		batches := ceil(rows, batchTakes)
		t = toll{trips: 2, requests: 1 + batches, units: 1 + rows, writes: rows}
	case secondRun:
		pages := ceil(rows, pageTakes)
		t = matchingToll(rows, users).plus(toll{trips: pages - 1, requests: pages, units: pages})
	}
	return t.figure(work, rows, users, s)
}

func matchingToll(rows, users int) toll {
	filters, pages := ceil(rows, filterTakes), ceil(users, pageTakes)
	asked := toll{trips: 1, requests: ceil(filters, batchTakes), units: filters}
	listed := toll{trips: 1, requests: pages, units: pages}
	if listed.seconds(published) < asked.seconds(published) {
		return listed
	}
	return asked
}

func ceil(n, by int) int { return (n + by - 1) / by }
