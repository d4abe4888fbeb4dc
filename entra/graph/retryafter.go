package graph

import (
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// holdOff works out how long to wait after a failure: what the service asks
// for, else a time that doubles from one second to thirty, half of it random so
// that clients which failed together do not come back together. If the service
// throttles or asks for a wait, that holds every request of the connection,
// because a 503 speaks for the whole service too.
func (c *Conn) holdOff(f *failure, t try) {
	if f == nil {
		return
	}
	step := min(time.Second<<min(t.count, 5), 30*time.Second)
	f.wait = step/2 + rand.N(step/2)
	if f.err.RetryAfter > 0 {
		f.wait = f.err.RetryAfter
	}
	if f.err.RetryAfter > 0 || f.err.Status == http.StatusTooManyRequests {
		c.gate.fence.raise(f.wait)
	}
}

// maxRetryAfter bounds what a header can ask for, so that nonsense in it can't
// overflow a duration. Requests that would have to wait for longer than
// Options.RetryFor fail.
const maxRetryAfter = 24 * time.Hour

// parseRetryAfter reads a Retry-After header: a number of seconds, which Graph
// also sends as a decimal ("2.128"), or an HTTP date. It is rounded up to whole
// seconds, never down, because a client that comes back early is throttled for longer. A value
// that can't be read, and a moment that has passed, are 0.
// https://learn.microsoft.com/graph/throttling#sample-response
func parseRetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		return retrySeconds(seconds)
	}
	if at, err := http.ParseTime(value); err == nil {
		return retrySeconds(at.Sub(now).Seconds())
	}
	return 0
}

func retrySeconds(seconds float64) time.Duration {
	if math.IsNaN(seconds) || seconds <= 0 {
		return 0
	}
	return time.Duration(math.Ceil(min(seconds, maxRetryAfter.Seconds()))) * time.Second
}
