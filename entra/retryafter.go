package entra

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds what a header can ask for, so that nonsense in it can't
// overflow a duration. Whether to wait that long is decided elsewhere.
const maxRetryAfter = 24 * time.Hour

// parseRetryAfter reads a Retry-After header: a number of seconds, which Graph
// also sends as a decimal ("2.128"), or an HTTP date. It is rounded up to whole
// seconds, never down, as who comes back early is throttled for longer. A value
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
	if seconds >= maxRetryAfter.Seconds() {
		return maxRetryAfter
	}
	return time.Duration(math.Ceil(seconds)) * time.Second
}
