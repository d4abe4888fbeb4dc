package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Do makes one request. It waits for its turn, sends, waits out failures that may
// pass, settles unclear writes, and decodes the answer into out; nil means that
// no answer is wanted. Its error is an [*Error].
func (c *Conn) Do(ctx context.Context, req Request, out any) error {
	body, err := c.prepare(req)
	if err != nil {
		return err
	}
	for t := c.firstTry(ctx); ; {
		if done, err := c.settle(ctx, req, &t); err != nil {
			return unsettled(req, err)
		} else if done {
			return nil
		}
		failure := c.attempt(ctx, req, body, t, out)
		if failure == nil {
			return nil
		}
		if !c.next(&t, req, failure) {
			return c.giveUp(ctx, req, &t, failure)
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

// attempt sends the request once. It returns nil once out is filled.
func (c *Conn) attempt(ctx context.Context, req Request, body []byte, t try, out any) *failure {
	price := req.cost()
	if err := c.gate.enter(ctx, req.kind(), price, t.notBefore); err != nil {
		return &failure{err: &Error{Op: req.Op, Err: err}}
	}
	defer c.gate.window.leave(req.kind())
	started := time.Now()
	got, err := c.send(ctx, req, body)
	f := judge(req, got, err)
	if f == nil {
		if err := got.decode(out); err != nil {
			f = &failure{err: &Error{Op: req.Op, Status: got.status, Err: got.sent.maskError(err)}, effect: unclear}
		}
	}
	c.holdOff(f, t)
	if got != nil {
		c.gate.window.answered(req.kind(), started, got.status == http.StatusTooManyRequests)
		c.gate.quotas.learn(price, got.header, time.Since(started), f)
	}
	c.record(ctx, req, t.count, got, f, time.Since(started))
	return f
}

// An effect says whether a failed attempt may have changed anything.
type effect int

const (
	rejected effect = iota // none, and another attempt would fail too
	noEffect               // none, and another attempt may succeed
	unclear                // perhaps
)

// A failure is a failed attempt.
type failure struct {
	err    *Error
	effect effect
	wait   time.Duration
	// unreached means that there was no connection to the service.
	unreached bool
	// whole means that a batch failed, and that the next one would fail too.
	whole bool
	// divide means that the service refused the batch, perhaps for one item in it.
	divide bool
}

// wrapAs returns cause as a case of the sentinel, in one line.
func wrapAs(sentinel, cause error) error {
	if cause == nil {
		return sentinel
	}
	return fmt.Errorf("%w: %w", sentinel, cause)
}

// judge returns what one attempt's answer means; nil means success.
func judge(req Request, got *reply, err error) *failure {
	if err != nil {
		return judgeNoAnswer(req, err)
	}
	if got.status >= 200 && got.status < 300 {
		return nil
	}
	f := &failure{err: replyError(req.Op, got)}
	switch got.status {
	case http.StatusTooManyRequests, http.StatusFailedDependency:
		f.effect = noEffect
	case http.StatusRequestTimeout, 500, 502, 503, 504:
		f.effect = unclear
	default:
		if errors.Is(f.err, ErrConflict) {
			f.effect = noEffect
		}
	}
	return f
}

// judgeNoAnswer judges an attempt that got no answer. A write that was cut off by
// its context may have taken effect.
func judgeNoAnswer(req Request, err error) *failure {
	f := &failure{err: &Error{Op: req.Op, Err: err}}
	var transport *transportError
	switch {
	case errors.Is(err, errCutOff):
		f.effect = unclear
	case !errors.As(err, &transport) || transport.reach == notSent:
	case transport.reach == notConnected:
		f.err.Err, f.effect, f.unreached = wrapAs(ErrUnavailable, transport.cause), noEffect, true
	default:
		f.err.Err, f.effect = wrapAs(ErrUnavailable, transport.cause), unclear
	}
	return f
}

// A try is where a request stands between its attempts.
type try struct {
	count     int       // attempts that failed
	counted   int       // those of them that MaxRetries is about
	since     time.Time // of the first failure
	notBefore time.Time
	unclear   bool // an attempt may have taken effect
}

// writeKey is the key under which the context of [Request.Settle] holds the try of
// its write.
type writeKey struct{}

// firstTry returns the try of a request that was not sent yet. One that settles a
// write has what is left of the write's time and attempts: each look with a budget
// of its own would add up to hours. The last look may be throttled, too.
func (c *Conn) firstTry(ctx context.Context) try {
	write, _ := ctx.Value(writeKey{}).(try)
	return try{counted: min(write.counted, c.opts.MaxRetries), since: write.since}
}

// maxUnreached is how often a service that never answered is tried again: its
// address is wrong, or there is no network, and waiting would only hide that.
const maxUnreached = 2

// next prepares t for one more attempt and reports whether there is to be one.
func (c *Conn) next(t *try, req Request, f *failure) bool {
	now := time.Now()
	if t.since.IsZero() {
		t.since = now
	}
	t.count++
	t.notBefore = now.Add(f.wait)
	if f.effect == unclear && req.writes() && !req.Idempotent {
		t.unclear = true
	}
	if f.err.Status != http.StatusTooManyRequests {
		t.counted++
	}
	if f.effect == rejected || f.effect == unclear && !req.repeatable() || c.opts.MaxRetries < 0 {
		return false
	}
	if errors.Is(f.err, ErrTooLarge) {
		return false // the next answer will be as large
	}
	if f.err.RetryAfter > c.opts.RetryFor && f.err.Err == nil {
		f.err.Err = fmt.Errorf("the service asks to wait %v, and Options.RetryFor allows %v",
			f.err.RetryAfter, c.opts.RetryFor)
	}
	if f.unreached && t.count > maxUnreached && !c.gate.window.reached() {
		return false
	}
	return t.counted <= c.opts.MaxRetries && t.notBefore.Sub(t.since) <= c.opts.RetryFor
}

// wrap returns the error of a request that is given up where it stands: it is
// unclear if an attempt may have taken effect.
func (t try) wrap(err error) error {
	if t.unclear {
		return wrapAs(ErrUnclear, err)
	}
	return err
}

// settle finds out whether an earlier attempt of a write took effect. Its error is
// that of the look.
func (c *Conn) settle(ctx context.Context, req Request, t *try) (done bool, err error) {
	if !t.unclear || req.Settle == nil {
		return false, nil
	}
	if err = c.gate.fence.wait(ctx, t.notBefore); err != nil {
		return false, err
	}
	var seen Seen
	if req.Look != nil {
		seen.Err = c.Do(t.within(ctx), req.Look(), &seen.Body)
	}
	return req.settled(t.within(ctx), seen)
}

// within returns a context for looks, which have what is left of a write's try.
func (t try) within(ctx context.Context) context.Context {
	return context.WithValue(ctx, writeKey{}, t)
}

// settled lets a write judge what was seen.
func (r Request) settled(ctx context.Context, seen Seen) (done bool, err error) {
	done, err = r.Settle(ctx, seen)
	return done && err == nil, err
}

// unsettled returns the error of a write that could not be looked for.
func unsettled(req Request, err error) error { return &Error{Op: req.Op, Err: wrapAs(ErrUnclear, err)} }

// giveUp returns the error of a request that is not sent again. If it may have
// taken effect, one last look decides.
func (c *Conn) giveUp(ctx context.Context, req Request, t *try, f *failure) error {
	if !t.unclear {
		return f.err
	}
	done, err := c.settle(ctx, req, t)
	if done {
		return nil
	}
	f.err.Err = wrapAs(ErrUnclear, f.err.Err)
	if err != nil {
		f.err.Err = fmt.Errorf("%w; looking for it: %w", f.err.Err, err)
	}
	return f.err
}
