package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// do makes one logical request: it waits for its turn, sends, waits out
// failures that may pass, settles unclear writes, and decodes the answer into
// out (nil = not wanted). Its error is an *Error.
func (c *Conn) Do(ctx context.Context, req Request, out any) error {
	body, err := c.prepare(req)
	if err != nil {
		return err
	}
	for t := (try{}); ; {
		if done, err := c.settle(ctx, req, &t); done || err != nil {
			return err
		}
		failure := c.attempt(ctx, req, body, t, out)
		if failure == nil {
			return nil
		}
		if !c.next(&t, req, failure) {
			return c.lastWord(ctx, req, &t, failure)
		}
	}
}

// prepare refuses writes of a read-only client and encodes the body, once for
// all attempts.
func (c *Conn) prepare(req Request) ([]byte, error) {
	if c.opts.ReadOnly && req.writes() {
		return nil, &Error{Op: req.Op, Err: ErrReadOnly}
	}
	if req.Body == nil {
		return nil, nil
	}
	if raw, ok := req.Body.([]byte); ok && req.ContentType != "" {
		return raw, nil
	}
	body, err := json.Marshal(req.Body)
	if err != nil {
		return nil, &Error{Op: req.Op, Err: fmt.Errorf("encoding the body: %w", err)}
	}
	return body, nil
}

// attempt sends once. It returns nil once out is filled.
func (c *Conn) attempt(ctx context.Context, req Request, body []byte, t try, out any) *failure {
	price := req.cost()
	if err := c.gate.enter(ctx, price, t.notBefore); err != nil {
		return stopped(req, err)
	}
	defer c.gate.leave()
	started := time.Now()
	got, err := c.send(ctx, req, body)
	if err == nil {
		c.gate.took(time.Since(started))
		c.gate.quotas.learn(price, got.status, got.header)
	}
	f := judge(req, got, err)
	if f == nil {
		if err := got.decode(out); err != nil {
			f = &failure{err: &Error{Op: req.Op, Status: got.status, Err: err}, fate: unclear}
		}
	}
	c.heed(f, t)
	c.record(ctx, req, t.count, got, f, time.Since(started))
	return f
}

// heed works out how long to wait after a failure, and holds all requests if
// the service throttles or says how long to stay away: what comes next may be
// the same request in another form, and a 503 speaks for the service as well.
func (c *Conn) heed(f *failure, t try) {
	if f == nil {
		return
	}
	f.wait = t.wait(f.err)
	if f.err.Status == http.StatusTooManyRequests || f.err.RetryAfter > 0 {
		c.gate.fence.raise(f.wait)
	}
}

// A fate says what a failed attempt means for its request.
type fate int

const (
	final   fate = iota // the answer will not change
	unsent              // certainly nothing happened: may be sent again
	unclear             // it may have happened
)

// A failure is a failed attempt.
type failure struct {
	err  *Error
	fate fate
	wait time.Duration
	// unreached says that there was no connection to the service.
	unreached bool
	// whole says that it was a batch's, and that the next batch would fare no better.
	whole bool
	// divide says that the service did not like the batch, perhaps for one item in it.
	divide bool
}

func stopped(req Request, err error) *failure {
	return &failure{err: &Error{Op: req.Op, Err: err}}
}

// as returns cause as a case of the sentinel, in one line.
func as(sentinel, cause error) error {
	if cause == nil {
		return sentinel
	}
	return fmt.Errorf("%w: %w", sentinel, cause)
}

// judge says what one attempt's answer means; nil for success.
func judge(req Request, got *reply, err error) *failure {
	if err != nil {
		return judgeSilence(req, err)
	}
	if got.status >= 200 && got.status < 300 {
		return nil
	}
	f := &failure{err: replyError(req.Op, got)}
	switch got.status {
	case http.StatusTooManyRequests, http.StatusFailedDependency:
		f.fate = unsent
	case http.StatusRequestTimeout, 500, 502, 503, 504:
		f.fate = unclear
	default:
		if errors.Is(f.err, ErrConflict) {
			f.fate = unsent
		}
	}
	return f
}

// judgeSilence judges an attempt that got no answer. A write that was cut off
// by its context may have happened.
func judgeSilence(req Request, err error) *failure {
	f := &failure{err: &Error{Op: req.Op, Err: err}}
	var transport *transportError
	switch {
	case errors.Is(err, errCutOff):
		f.fate = unclear
	case !errors.As(err, &transport) || transport.reach == notSent:
	case transport.reach == notConnected:
		f.err.Err, f.fate, f.unreached = as(ErrUnavailable, transport.cause), unsent, true
	default:
		f.err.Err, f.fate = as(ErrUnavailable, transport.cause), unclear
	}
	return f
}

// A try is where a request stands between its attempts. The zero try is a
// request that was not sent yet.
type try struct {
	count     int       // attempts that failed
	counted   int       // those of them that MaxRetries is about
	since     time.Time // of the first failure
	notBefore time.Time
	unclear   bool // an attempt may have taken effect
}

// firstContact is how often a service that never answered is tried again: its
// address is wrong, or there is no network, and waiting would only hide that.
const firstContact = 2

// next prepares t for one more attempt and reports whether there is to be one.
func (c *Conn) next(t *try, req Request, f *failure) bool {
	now := time.Now()
	if t.count == 0 {
		t.since = now
	}
	t.count++
	t.notBefore = now.Add(f.wait)
	if f.fate == unclear && req.writes() && !req.Idempotent {
		t.unclear = true
	}
	if f.err.Status != http.StatusTooManyRequests {
		t.counted++
	}
	if f.fate == final || f.fate == unclear && !req.repeatable() || c.opts.MaxRetries < 0 {
		return false
	}
	if f.unreached && t.count > firstContact && !c.gate.reached() {
		return false
	}
	return t.counted <= c.opts.MaxRetries && t.notBefore.Sub(t.since) <= c.opts.RetryFor
}

// wait is how long to wait after a failure: what the service asked for, else a
// time that doubles from one second to thirty, half of it random so that
// clients which failed together do not come back together.
func (t try) wait(e *Error) time.Duration {
	if e.RetryAfter > 0 {
		return e.RetryAfter
	}
	step := min(time.Second<<min(t.count, 5), 30*time.Second)
	return step/2 + rand.N(step/2)
}

// leave is the error of a request that is given up where it stands.
func (t try) leave(err error) error {
	if t.unclear {
		return as(ErrUnclear, err)
	}
	return err
}

// settle finds out whether an earlier attempt of a write took effect.
func (c *Conn) settle(ctx context.Context, req Request, t *try) (done bool, err error) {
	if !t.unclear || req.Settle == nil {
		return false, nil
	}
	if err := c.gate.fence.wait(ctx, t.notBefore); err != nil {
		return false, &Error{Op: req.Op, Err: as(ErrUnclear, err)}
	}
	done, err = req.Settle(ctx)
	if err != nil {
		return false, &Error{Op: req.Op, Err: as(ErrUnclear, err)}
	}
	return done, nil
}

// lastWord is the end of a request that is not sent again: if it may have taken
// effect, one last look decides.
func (c *Conn) lastWord(ctx context.Context, req Request, t *try, f *failure) error {
	if !t.unclear {
		return f.err
	}
	done, err := c.settle(ctx, req, t)
	if done {
		return nil
	}
	f.err.Err = as(ErrUnclear, f.err.Err)
	if err != nil {
		f.err.Err = fmt.Errorf("%w; looking for it: %w", f.err.Err, err)
	}
	return f.err
}

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
