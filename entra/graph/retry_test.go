package graph

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	dialError  = &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	resetError = &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
)

// One failure of each kind, then success: what is sent again, and what is
// looked for first.
func TestRetryTable(t *testing.T) {
	read := Request{Op: Operation{Name: "x"}, Path: "/users/1"}
	plain := Request{Op: Operation{Name: "x"}, Method: "POST", Path: "/users"}
	idempotent := Request{Op: Operation{Name: "x"}, Method: "PATCH", Path: "/users/1", Idempotent: true}
	tests := []struct {
		reason  string
		req     Request
		failure answer
		settle  string // "", "found", "absent", "fails"
		sent    int
		looks   int
		is      []error // nil = success
	}{
		{"a throttled read did nothing", read, answer{status: 429}, "", 2, 0, nil},
		{"a throttled write did nothing", plain, answer{status: 429}, "", 2, 0, nil},
		{"a read may be repeated after 500", read, answer{status: 500}, "", 2, 0, nil},
		{"a read may be repeated after 502", read, answer{status: 502}, "", 2, 0, nil},
		{"a read may be repeated after 504", read, answer{status: 504}, "", 2, 0, nil},
		{"a read may be repeated after a reset", read, answer{err: resetError}, "", 2, 0, nil},
		{"a read may be repeated when its answer broke off", read, answer{err: io.ErrUnexpectedEOF}, "", 2, 0, nil},
		{"an idempotent write may be repeated", idempotent, answer{status: 504}, "", 2, 0, nil},
		{"a connection that was refused carried nothing", plain, answer{err: dialError}, "", 2, 0, nil},
		{"other writes were under way, so this one was not done", plain, answer{status: 409, body: odataError("Directory_ConcurrencyViolation", "")}, "", 2, 0, nil},

		{"a POST must not be repeated blindly after 503", plain, answer{status: 503}, "", 1, 0, []error{ErrUnclear, ErrUnavailable}},
		{"a POST must not be repeated blindly after 504", plain, answer{status: 504}, "", 1, 0, []error{ErrUnclear, ErrUnavailable}},
		{"a POST must not be repeated blindly after a reset", plain, answer{err: resetError}, "", 1, 0, []error{ErrUnclear, ErrUnavailable}},
		{"a POST that is found was done", plain, answer{status: 504}, "found", 1, 1, nil},
		{"a POST that is not found may be repeated", plain, answer{status: 504}, "absent", 2, 1, nil},
		{"a POST that can't be looked for stays unclear", plain, answer{status: 504}, "fails", 1, 1, []error{ErrUnclear, errLook}},
		{"what certainly did not happen is not looked for", plain, answer{status: 429}, "fails", 2, 0, nil},

		{"400 stays 400", read, answer{status: 400}, "", 1, 0, []error{errAny}},
		{"401 stays 401", read, answer{status: 401}, "", 1, 0, []error{ErrUnauthenticated}},
		{"403 stays 403", read, answer{status: 403}, "", 1, 0, []error{ErrForbidden}},
		{"404 is an answer", read, answer{status: 404}, "", 1, 0, []error{ErrNotFound}},
		{"501 stays 501", read, answer{status: 501}, "", 1, 0, []error{errAny}},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := client(t, answers(tt.failure, answer{status: 200, body: `{}`}), nil)
				looks := 0
				if tt.settle != "" {
					tt.req.Settle = func(context.Context, Seen) (bool, error) {
						looks++
						return tt.settle == "found", map[string]error{"fails": errLook}[tt.settle]
					}
				}
				err := c.Do(t.Context(), tt.req, nil)
				assert.Len(t, s.sent(), tt.sent)
				assert.Equal(t, tt.looks, looks)
				if tt.is == nil {
					require.NoError(t, err)
					return
				}
				require.Error(t, err)
				for _, target := range tt.is {
					if target != errAny {
						assert.ErrorIs(t, err, target)
					}
				}
				assert.NotContains(t, err.Error(), "\n")
			})
		})
	}
}

var (
	errLook = errors.New("looking failed")
	errAny  = errors.New("any error")
)

func TestRetriesEnd(t *testing.T) {
	tests := []struct {
		reason string
		opts   Options
		fails  answer
		sent   int
		took   time.Duration // at most
		is     error
	}{
		{"after MaxRetries", Options{MaxRetries: 3}, answer{status: 503}, 4, time.Minute, ErrUnavailable},
		{"at once if told so", Options{MaxRetries: NoRetry}, answer{status: 503}, 1, 0, ErrUnavailable},
		{"before a wait that is longer than RetryFor", Options{RetryFor: time.Minute},
			answer{status: 429, header: map[string]string{"Retry-After": "61"}}, 1, 0, ErrThrottled},
		{"when RetryFor is used up", Options{RetryFor: time.Minute, MaxRetries: 1000},
			answer{status: 429, header: map[string]string{"Retry-After": "19"}}, 4, time.Minute, ErrThrottled},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := client(t, answers(tt.fails), &tt.opts)
				started := time.Now()
				err := c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil)
				require.ErrorIs(t, err, tt.is)
				assert.Len(t, s.sent(), tt.sent)
				assert.LessOrEqual(t, time.Since(started), tt.took)
			})
		})
	}
}

// Without Retry-After the waits must grow, or an outage is made worse.
func TestBackOffGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := client(t, answers(answer{status: 503}), &Options{MaxRetries: 8})
		require.Error(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil))
		step := time.Second
		for i, r := range s.sent()[1:] {
			waited := r.at.Sub(s.sent()[i].at)
			assert.GreaterOrEqual(t, waited, step/2)
			assert.LessOrEqual(t, waited, step)
			step = min(2*step, 30*time.Second)
		}
	})
}

// A write whose answer was cut off by the caller's own deadline may have happened.
func TestWriteCutOffByItsContextIsUnclear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := client(t, answers(answer{status: 201, after: time.Minute}), nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := c.Do(ctx, Request{Op: Operation{Name: "x"}, Method: http.MethodPost, Path: "/users"}, nil)
		require.ErrorIs(t, err, ErrUnclear)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		err = c.Do(ctx, Request{Op: Operation{Name: "x"}, Method: http.MethodPost, Path: "/users"}, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NotErrorIs(t, err, ErrUnclear, "this one was never sent")
	})
}

// A page of HTML under status 200, as captive portals send, is no answer.
func TestSuccessThatIsNotJSON(t *testing.T) {
	for _, body := range []string{"<html>please log in</html>", "", "{", `[]`} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := client(t, answers(answer{status: 200, body: body}), &Options{MaxRetries: 2})
			var out struct{ ID string }
			require.ErrorContains(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users/1"}, &out), "not the JSON")
			err := c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Method: "POST", Path: "/users"}, &out)
			require.ErrorIs(t, err, ErrUnclear, "a write that succeeded in whatever way must not be repeated")
		})
	}
}

func TestReadOnlyClientSendsNoWrite(t *testing.T) {
	c, s := client(t, answers(answer{status: 200, body: `{}`}), &Options{ReadOnly: true})
	for _, method := range []string{"POST", "PATCH", "PUT", "DELETE"} {
		require.ErrorIs(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Method: method, Path: "/users"}, nil), ErrReadOnly)
	}
	require.NoError(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil), "reads go on")
	assert.Len(t, s.sent(), 1)
}

// A wrong address or certificate doesn't get better; a user should learn it now.
func TestHopelessConnectionsEndSoon(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	tests := []struct {
		reason string
		err    error
		sent   int
		is     error
	}{
		{"no such host", dial(&net.DNSError{Err: "no such host", Name: "graph.example", IsNotFound: true}), 3, ErrUnavailable},
		{"not the service's certificate", &tls.CertificateVerificationError{Err: errors.New("x509: unknown authority")}, 1, nil},
		{"nobody listens, and never has", dial(errors.New("connection refused")), 3, ErrUnavailable},
		{"the name server has trouble", dial(&net.DNSError{Err: "server misbehaving", IsTemporary: true}), 3, ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := client(t, answers(answer{err: tt.err}), nil)
				started := time.Now()
				err := c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Method: http.MethodPost, Path: "/users"}, nil)
				require.ErrorIs(t, err, tt.err)
				assert.NotErrorIs(t, err, ErrUnclear, "nothing can have happened")
				assert.Len(t, s.sent(), tt.sent)
				assert.Less(t, time.Since(started), 5*time.Second)
				if tt.is != nil {
					require.ErrorIs(t, err, tt.is)
				}
			})
		})
	}
}

// After an answer the same is a gap in the network, which passes. A laptop
// that changes networks resolves no names for a while.
func TestLostConnectionsAreWaitedOut(t *testing.T) {
	noName := &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
	for _, gap := range []error{dialError, noName} {
		synctest.Test(t, func(t *testing.T) {
			c, s := client(t, func(r sent) answer {
				if r.n == 0 || r.n == 7 {
					return answer{status: 200, body: `{}`}
				}
				return answer{err: gap}
			}, nil)
			for range 2 {
				require.NoError(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil))
			}
			assert.Len(t, s.sent(), 8)
		})
	}
}

// An attempt that timed out must not look like the end of the caller's context.
func TestTimeoutOfAnAttemptIsNotTheContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := client(t, answers(answer{status: 200, after: time.Hour}), &Options{MaxRetries: NoRetry, Timeout: time.Minute})
		err := c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil)
		require.EqualError(t, err, "x: unavailable: no answer within 1m0s")
		assert.NotErrorIs(t, err, context.DeadlineExceeded)
	})
}
