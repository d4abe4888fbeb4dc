package graph

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/authentication"
	khttp "github.com/microsoft/kiota-http-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// adapters are what users may hand to New, each over the same transport.
var adapters = map[string]func(http.RoundTripper) (abstractions.RequestAdapter, error){
	"core, default pipeline": func(rt http.RoundTripper) (abstractions.RequestAdapter, error) {
		o := core.GraphClientOptions{GraphServiceLibraryVersion: "1.89.0"}
		pipeline := khttp.NewCustomTransportWithParentTransport(rt, core.GetDefaultMiddlewaresWithOptions(&o)...)
		return core.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
			&authentication.AnonymousAuthenticationProvider{}, o, nil, nil, &http.Client{Transport: pipeline, CheckRedirect: useLast})
	},
	"kiota, default pipeline": func(rt http.RoundTripper) (abstractions.RequestAdapter, error) {
		return kiotaAdapter(&http.Client{Transport: khttp.NewCustomTransportWithParentTransport(rt), CheckRedirect: useLast})
	},
	"kiota, bare http.Client": func(rt http.RoundTripper) (abstractions.RequestAdapter, error) {
		return kiotaAdapter(&http.Client{Transport: rt})
	},
}

// useLast is what kiota's default http.Client has.
func useLast(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func kiotaAdapter(client *http.Client) (abstractions.RequestAdapter, error) {
	return khttp.NewNetHttpRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		&authentication.AnonymousAuthenticationProvider{}, nil, nil, client)
}

// The SDK's default client fails most POSTs that meet a single 429; a user who
// hands over such a client must not see that.
func TestNewSurvivesThrottledPostsThroughAnyAdapter(t *testing.T) {
	for name, make := range adapters {
		t.Run(name, func(t *testing.T) {
			for range 20 { // the order of the default pipeline differs from client to client
				synctest.Test(t, func(t *testing.T) {
					s := &stub{answer: answers(
						answer{status: 429, header: map[string]string{"Retry-After": "2"}, body: odataError("TooManyRequests", "Too many requests.")},
						answer{status: 429, body: odataError("TooManyRequests", "Too many requests.")},
						answer{status: 201, body: `{"id":"1"}`})}
					adapter, err := make(s)
					require.NoError(t, err)
					adapter.SetBaseUrl("https://graph.microsoft.us/v1.0")
					var out struct{ ID string }
					err = New(adapter, nil).Do(t.Context(), Request{Op: Operation{Name: "create"}, Method: "POST", Path: "/users", Body: map[string]string{"a": "b"}}, &out)
					require.NoError(t, err)
					assert.Equal(t, "1", out.ID)
					require.Len(t, s.sent(), 3, "the adapter's own retries must stay out of it")
					for _, r := range s.sent() {
						assert.Equal(t, "https://graph.microsoft.us/v1.0/users", r.URL.String())
						assert.Equal(t, `{"a":"b"}`, r.body, "each attempt must send the whole, plain body")
						assert.EqualValues(t, 9, r.ContentLength, "not chunked")
						assert.Empty(t, r.Header.Get("Content-Encoding"))
					}
				})
			}
		})
	}
}

func TestNewWithoutBaseURLTalksToTheWorldwideCloud(t *testing.T) {
	s := &stub{answer: answers(answer{status: 200, body: `{}`})}
	adapter, err := kiotaAdapter(&http.Client{Transport: s})
	require.NoError(t, err)
	require.NoError(t, New(adapter, nil).Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil))
	assert.Equal(t, "https://graph.microsoft.com/v1.0/users", s.sent()[0].URL.String())
}

// A redirect could carry the token to another host.
func TestRedirectsAreNotFollowed(t *testing.T) {
	for name, make := range adapters {
		if strings.Contains(name, "bare") {
			continue // a client of the user's own follows what it likes
		}
		t.Run(name, func(t *testing.T) {
			s := &stub{answer: answers(answer{status: 302, header: map[string]string{"Location": "https://elsewhere.example/"}})}
			adapter, err := make(s)
			require.NoError(t, err)
			err = New(adapter, nil).Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil)
			require.ErrorContains(t, err, "status 302")
			assert.Len(t, s.sent(), 1)
		})
	}
}

// A brokenAdapter does with the response handler what kiota's would not.
type brokenAdapter struct {
	abstractions.RequestAdapter
	send func(abstractions.ResponseHandler) error
}

func (b brokenAdapter) GetBaseUrl() string { return DefaultEndpoint }

func (b brokenAdapter) SendNoContent(_ context.Context, info *abstractions.RequestInformation, _ abstractions.ErrorMappings) error {
	for _, option := range info.GetRequestOptions() {
		if handler, ok := option.(abstractions.RequestHandlerOption); ok {
			return b.send(handler.GetResponseHandler())
		}
	}
	return errors.New("no handler")
}

func TestForeignAdaptersCannotCrashTheClient(t *testing.T) {
	tests := map[string]struct {
		send func(abstractions.ResponseHandler) error
		want string
	}{
		"panics":              {func(abstractions.ResponseHandler) error { panic("index out of range") }, "panicked: index out of range"},
		"ignores the handler": {func(abstractions.ResponseHandler) error { return nil }, "gave no answer"},
		"no response": {func(h abstractions.ResponseHandler) error {
			_, err := h((*http.Response)(nil), nil)
			return err
		}, "answered with a *http.Response"},
		"nil": {func(h abstractions.ResponseHandler) error {
			_, err := h(nil, nil)
			return err
		}, "answered with a <nil>"},
		"another type": {func(h abstractions.ResponseHandler) error {
			_, err := h("hello", nil)
			return err
		}, "answered with a string"},
		"a response without a body": {func(h abstractions.ResponseHandler) error {
			_, err := h(&http.Response{StatusCode: 404}, nil)
			return err
		}, "status 404: Not Found"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := New(brokenAdapter{send: tt.send}, nil).Do(t.Context(), Request{Op: Operation{Name: "look"}, Path: "/users"}, nil)
			require.ErrorContains(t, err, tt.want)
			var typed *Error
			require.ErrorAs(t, err, &typed)
			assert.Equal(t, "look", typed.Op.Name)
		})
	}
}

func TestNewRefusesNil(t *testing.T) {
	assert.PanicsWithValue(t, "graph.New: the request adapter is nil", func() { New(nil, nil) })
}

func TestAttemptsHaveADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := client(t, func(r sent) answer {
			_, ok := r.Context().Deadline()
			assert.True(t, ok, "adapters leak a timer for each request without a deadline")
			if r.n == 0 {
				return answer{status: 200, after: time.Hour}
			}
			return answer{status: 200, body: `{"id":"1"}`}
		}, &Options{Timeout: time.Minute})
		var out struct{ ID string }
		require.NoError(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users/1"}, &out), "a read that hangs is tried again")
		assert.Len(t, s.sent(), 2)
		assert.Equal(t, "1", out.ID)
	})
}

func TestCancelReturnsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := client(t, answers(answer{status: 429, header: map[string]string{"Retry-After": "3600"}}), &Options{RetryFor: 2 * time.Hour})
		ctx, cancel := context.WithCancelCause(t.Context())
		reason := errors.New("the user pressed ^C")
		go func() {
			time.Sleep(5 * time.Second)
			cancel(reason)
		}()
		started := time.Now()
		err := c.Do(ctx, Request{Op: Operation{Name: "x"}, Path: "/users"}, nil)
		require.ErrorIs(t, err, reason)
		assert.Equal(t, 5*time.Second, time.Since(started))
	})
}
