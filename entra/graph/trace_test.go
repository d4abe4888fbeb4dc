package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// A recorder keeps every span that is started, this package's and kiota's.
type recorder struct {
	noop.TracerProvider
	mu    sync.Mutex
	spans []*span
}

type tracer struct {
	noop.Tracer
	all  *recorder
	name string
}

type span struct {
	noop.Span
	mu     sync.Mutex
	tracer string
	name   string
	kind   trace.SpanKind
	attrs  map[attribute.Key]attribute.Value
	notes  []string // events and errors
	failed bool
	ended  bool
}

func (r *recorder) Tracer(name string, _ ...trace.TracerOption) trace.Tracer {
	return tracer{all: r, name: name}
}

func (t tracer) Start(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	config := trace.NewSpanStartConfig(opts...)
	s := &span{tracer: t.name, name: name, kind: config.SpanKind(), attrs: map[attribute.Key]attribute.Value{}}
	s.SetAttributes(config.Attributes()...)
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	t.all.spans = append(t.all.spans, s)
	return trace.ContextWithSpan(ctx, s), s
}

func (s *span) SetAttributes(attrs ...attribute.KeyValue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range attrs {
		s.attrs[a.Key] = a.Value
	}
}

func (s *span) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, text)
}

func (s *span) RecordError(err error, _ ...trace.EventOption) { s.note(err.Error()) }
func (s *span) AddEvent(name string, _ ...trace.EventOption)  { s.note(name) }
func (s *span) SetStatus(code codes.Code, text string)        { s.failed = code == codes.Error; s.note(text) }
func (s *span) End(...trace.SpanEndOption)                    { s.ended = true }
func (s *span) IsRecording() bool                             { return true }
func (s *span) String() string                                { return fmt.Sprint(s.name, s.attrs, s.notes) }

// text returns an attribute as a text; "" if the span has none of that name.
func (s *span) text(key attribute.Key) string {
	if value, ok := s.attrs[key]; ok {
		return value.Emit()
	}
	return ""
}

// traced returns the recorder of all spans until the test ends.
func traced(t *testing.T) *recorder {
	r := &recorder{}
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(r)
	t.Cleanup(func() { otel.SetTracerProvider(before) })
	return r
}

// own are the spans of this package.
func (r *recorder) own() []*span {
	return slices.DeleteFunc(slices.Clone(r.spans), func(s *span) bool { return strings.Contains(s.tracer, "kiota") })
}

// A trace must say what the program did, and not only which of kiota's functions ran.
func TestSpansAreNamedByWhatWasDone(t *testing.T) {
	all := traced(t)
	synctest.Test(t, func(t *testing.T) {
		throttled := map[string]string{"request-id": "rq-0", "Retry-After": "3"}
		inBatch := batchAnswers(func(batchStep) batchAnswer { return batchAnswer{Status: 200, Body: json.RawMessage(`{}`)} })
		c, _ := client(t, func(r sent) answer {
			switch r.n {
			case 0:
				return answer{status: 429, header: throttled, body: odataError("TooManyRequests", "x")}
			case 1:
				return answer{err: resetError}
			case 2:
				return answer{status: 200, header: map[string]string{"request-id": "rq-1"}, body: `{}`}
			}
			return inBatch(r)
		}, nil)
		req := Request{Op: Operation{Name: "read user"}, Path: "/users/ada%40contoso.example?$select=id"}
		require.NoError(t, c.Do(t.Context(), req, nil))
		require.NoError(t, c.Batch(t.Context(), Each([]Request{req, req}), collected(t).each))
	})
	spans := all.own()
	require.Len(t, spans, 4, "one for each attempt")
	for i, want := range []struct {
		method, path, status, requestID string
		failed                          bool
	}{
		{"GET", "/users/{id}", "429", "rq-0", true},
		{"GET", "/users/{id}", "", "", true},
		{"GET", "/users/{id}", "200", "rq-1", false},
		{"POST", "/$batch", "200", "", false},
	} {
		s := spans[i]
		assert.Equal(t, "read user", s.name)
		assert.Equal(t, trace.SpanKindClient, s.kind)
		assert.Equal(t, []string{want.method, want.path}, []string{s.text("http.request.method"), s.text("url.template")})
		assert.Equal(t, want.status, s.text("http.response.status_code"))
		assert.Equal(t, want.requestID, s.text("request-id"))
		assert.Equal(t, want.failed, s.failed, i)
		assert.True(t, s.ended)
	}
}

// Traces go where logs go, so they may say as little of who is in the directory.
func TestSpansHoldNoValues(t *testing.T) {
	all := traced(t)
	synctest.Test(t, func(t *testing.T) {
		inBatch := batchAnswers(func(batchStep) batchAnswer {
			refused := odataError("Request_ResourceNotFound", "'secret' does not exist.")
			return batchAnswer{Status: 404, Body: json.RawMessage(refused)}
		})
		c, _ := client(t, func(r sent) answer {
			switch r.n {
			case 0:
				return answer{err: errors.New("the proxy refused Bearer SECRET-TOKEN for secret")}
			case 1:
				page := `{"value":[{"id":"secret"}],"@odata.nextLink":"` + root + `/users?$skiptoken=secret"}`
				return answer{status: 200, body: page}
			case 2:
				return answer{status: 400, body: odataError("Request_BadRequest", "secret")}
			}
			return inBatch(r)
		}, nil)
		_, err := listed(t, c, Request{Op: Operation{Name: "find users"}, Path: "/users?$filter=mail%20eq%20%27secret%27"})
		require.ErrorContains(t, err, "secret", "what the caller is told")
		write := Request{Op: Operation{Name: "read"}, Method: "POST", Path: "/users/secret%40contoso.example", Body: "secret"}
		_ = c.Batch(t.Context(), Each([]Request{write}), collected(t).each)
	})
	require.Greater(t, len(all.spans), len(all.own()), "kiota's spans are there, too")
	for _, s := range all.spans {
		assert.NotContains(t, strings.ToLower(s.String()), "secret")
	}
}
