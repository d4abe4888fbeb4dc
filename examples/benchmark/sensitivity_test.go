package benchmark_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

// A service is what is believed of Microsoft Graph, or what may be so instead.
type service struct {
	name    string // follows the name of the work; "" for what is published
	latency time.Duration
	share   float64 // of each limit that is left by others
	slow    bool    // a batch takes 600 ms more than another request
	window  bool    // 3,000 writes pass in any 150 s, rather than 20 a second after the first 3,000
}

var (
	published = service{latency: latency, share: 1}
	others    = []service{
		{name: ", 50 ms a request", latency: 50 * time.Millisecond, share: 1},
		{name: ", 500 ms a request", latency: 500 * time.Millisecond, share: 1},
		{name: ", 750 ms a batch", latency: latency, share: 1, slow: true},
		{name: ", half of each limit", latency: latency, share: 0.5},
		{name: ", writes by a sliding window", latency: latency, share: 1, window: true},
	}
)

func (s service) tenant(tb testing.TB, users int) *graphfake.Server {
	limits := graphfake.PublishedLimits(graphfake.Large)
	for i := range limits {
		limits[i].Amount *= s.share
	}
	throttle := &graphfake.Throttle{}
	if s.share != 1 {
		throttle.Limits = limits
	}
	fake := graphfake.New(&graphfake.Options{TB: tb, Latency: s.latency, Throttle: throttle, Replication: &graphfake.Replication{}})
	fake.AddUsers(staff(users))
	return fake
}

func (s service) transport(fake *graphfake.Server) http.RoundTripper {
	switch {
	case s.slow:
		return slowBatch{fake.Transport()}
	case s.window:
		return &slidingWindow{next: fake.Transport()}
	}
	return fake.Transport()
}

// sensitivity measures the article's work in services that are not as published, by
// rollcall alone: what the article's loop takes is latency.
func sensitivity(t *testing.T, rows int) (fs figures) {
	for _, s := range others {
		synctest.Test(t, func(t *testing.T) {
			fake := s.tenant(t, rows)
			via := s.transport(fake)
			l := &library{job: job{fake, newApplication(fake, "sensitive"), newList(rows, rows), via, graph.Options{}}}
			for _, work := range []string{matching, assigning, secondRun} {
				if l.conn.InFlight = 0; work == assigning && s.share < 1 {
					l.conn.InFlight = 1 // several would be throttled in another order in each run
				}
				f := figure{Work: work + s.name, Rows: rows, Directory: rows, Who: rollcall}
				f.measure(fake, func() { do(t, l, work) })
				if w, ok := via.(*slidingWindow); ok {
					f.Throttled, w.refused = f.Throttled+w.refused, 0
				}
				fs = append(fs, floor(work, rows, rows, s), f)
			}
		})
	}
	return fs
}

// TestSensitivity: what nobody could try on the service must not decide whether
// rollcall is fast.
func TestSensitivity(t *testing.T) {
	fs := sensitivity(t, 4_000)
	for i := 0; i < len(fs); i += 2 {
		least, ours := fs[i], fs[i+1]
		t.Logf("%-45s %8.2f s, floor %8.2f s, 429s %d", ours.Work, ours.Seconds, least.Seconds, ours.Throttled)
		if strings.HasPrefix(ours.Work, assigning) {
			assert.LessOrEqual(t, ours.Seconds, 1.02*least.Seconds+60, ours.Work)
			assert.LessOrEqual(t, ours.Throttled, 20, ours.Work)
		} else {
			assert.LessOrEqual(t, ours.Seconds, 3.0, ours.Work)
		}
	}
}

// slowBatch is a service that works through a batch's requests one after another.
type slowBatch struct{ next http.RoundTripper }

func (s slowBatch) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/$batch") {
		time.Sleep(600 * time.Millisecond)
	}
	return s.next.RoundTrip(r)
}

// slidingWindow refuses items of batches that write once 3,000 were let through in the
// last 150 s.
type slidingWindow struct {
	next   http.RoundTripper
	mu     sync.Mutex
	writes []time.Time

	refused int // since the last figure
}

type message = map[string]any

func (w *slidingWindow) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/$batch") {
		return w.next.RoundTrip(r)
	}
	var batch, answer struct {
		Requests  []message `json:"requests,omitempty"`
		Responses []message `json:"responses,omitempty"`
	}
	if err := json.NewDecoder(r.Body).Decode(&batch); err != nil {
		return nil, err
	}
	var refused []message
	let := batch.Requests[:0]
	for _, item := range batch.Requests {
		if wait := w.wait(item["method"]); wait > 0 {
			refused = append(refused, message{"id": item["id"], "status": 429, "body": message{"error": message{"code": "TooManyRequests"}},
				"headers": message{"Retry-After": fmt.Sprintf("%.3f", wait.Seconds()), "x-ms-throttle-information": "WriteLimitExceeded"}})
		} else {
			let = append(let, item)
		}
	}
	batch.Requests = let
	body, _ := json.Marshal(batch)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res, err := w.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return nil, err
	}
	answer.Responses = append(answer.Responses, refused...)
	body, _ = json.Marshal(answer)
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return res, nil
}

// wait returns how long a request must wait; 0 lets it through.
func (w *slidingWindow) wait(method any) time.Duration {
	if method == http.MethodGet {
		return 0
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.writes) > 0 && time.Since(w.writes[0]) >= 150*time.Second {
		w.writes = w.writes[1:]
	}
	if len(w.writes) >= writesOnce {
		w.refused++
		return max(time.Millisecond, 150*time.Second-time.Since(w.writes[0]))
	}
	w.writes = append(w.writes, time.Now())
	return 0
}

func TestSlidingWindowsCountAllWritesOfTheLast150Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &slidingWindow{}
		for range writesOnce {
			require.Zero(t, w.wait(http.MethodPost))
		}
		require.Equal(t, 150*time.Second, w.wait(http.MethodPost))
		require.Zero(t, w.wait(http.MethodGet))
		time.Sleep(150 * time.Second)
		require.Zero(t, w.wait(http.MethodPost))
	})
}
