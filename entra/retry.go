package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// do makes one logical request: it waits for its turn, sends, waits out
// failures that may pass, settles unclear writes, and decodes the answer into
// out (nil = not wanted). Its error is an *Error.
func (c *Client) do(ctx context.Context, req request, out any) error {
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
func (c *Client) prepare(req request) ([]byte, error) {
	if c.opts.ReadOnly && req.writes() {
		return nil, &Error{Op: req.op, Err: ErrReadOnly}
	}
	if req.body == nil {
		return nil, nil
	}
	if raw, ok := req.body.([]byte); ok && req.contentType != "" {
		return raw, nil
	}
	body, err := json.Marshal(req.body)
	if err != nil {
		return nil, &Error{Op: req.op, Err: fmt.Errorf("encoding the body: %w", err)}
	}
	return body, nil
}

// attempt sends once. It returns nil once out is filled.
func (c *Client) attempt(ctx context.Context, req request, body []byte, t try, out any) *failure {
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
			f = &failure{err: &Error{Op: req.op, Status: got.status, Err: err}, fate: unclear}
		}
	}
	c.heed(f, t)
	c.record(ctx, req, t.count, got, f, time.Since(started))
	return f
}

// heed works out how long to wait after a failure, and holds all requests if
// the service throttles or says how long to stay away: what comes next may be
// the same request in another form, and a 503 speaks for the service as well.
func (c *Client) heed(f *failure, t try) {
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

func stopped(req request, err error) *failure {
	return &failure{err: &Error{Op: req.op, Err: err}}
}

// because returns cause as a case of the sentinel, in one line.
func because(sentinel, cause error) error {
	if cause == nil {
		return sentinel
	}
	return fmt.Errorf("%w: %w", sentinel, cause)
}

// judge says what one attempt's answer means; nil for success.
func judge(req request, got *reply, err error) *failure {
	if err != nil {
		return judgeSilence(req, err)
	}
	if got.status >= 200 && got.status < 300 {
		return nil
	}
	f := &failure{err: replyError(req.op, got)}
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
func judgeSilence(req request, err error) *failure {
	f := &failure{err: &Error{Op: req.op, Err: err}}
	var transport *transportError
	switch {
	case errors.Is(err, errCutOff):
		f.fate = unclear
	case !errors.As(err, &transport) || transport.reach == notSent:
	case transport.reach == notConnected:
		f.err.Err, f.fate, f.unreached = because(ErrUnavailable, transport.cause), unsent, true
	default:
		f.err.Err, f.fate = because(ErrUnavailable, transport.cause), unclear
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
func (c *Client) next(t *try, req request, f *failure) bool {
	now := time.Now()
	if t.count == 0 {
		t.since = now
	}
	t.count++
	t.notBefore = now.Add(f.wait)
	if f.fate == unclear && req.writes() && !req.idempotent {
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
		return because(ErrUnclear, err)
	}
	return err
}

// settle finds out whether an earlier attempt of a write took effect.
func (c *Client) settle(ctx context.Context, req request, t *try) (done bool, err error) {
	if !t.unclear || req.settle == nil {
		return false, nil
	}
	if err := c.gate.fence.wait(ctx, t.notBefore); err != nil {
		return false, &Error{Op: req.op, Err: because(ErrUnclear, err)}
	}
	done, err = req.settle(ctx)
	if err != nil {
		return false, &Error{Op: req.op, Err: because(ErrUnclear, err)}
	}
	return done, nil
}

// lastWord is the end of a request that is not sent again: if it may have taken
// effect, one last look decides.
func (c *Client) lastWord(ctx context.Context, req request, t *try, f *failure) error {
	if !t.unclear {
		return f.err
	}
	done, err := c.settle(ctx, req, t)
	if done {
		return nil
	}
	f.err.Err = because(ErrUnclear, f.err.Err)
	if err != nil {
		f.err.Err = fmt.Errorf("%w; looking for it: %w", f.err.Err, err)
	}
	return f.err
}
