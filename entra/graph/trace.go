package graph

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// startSpan starts the span of one attempt. Kiota's own spans, which are named
// after its functions, are inside it. As in record, values must not be in it.
func startSpan(ctx context.Context, req Request) (context.Context, trace.Span) {
	return otel.Tracer("github.com/rollcall-go/rollcall/entra/graph").Start(ctx, req.Op.Name,
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(
			attribute.String("http.request.method", req.verb()),
			attribute.String("url.template", template(req.Path))))
}

// endSpan adds what the attempt came to.
func endSpan(span trace.Span, got *reply, err error) {
	if got != nil {
		span.SetAttributes(
			attribute.Int("http.response.status_code", got.status),
			attribute.String("request-id", printable(got.header.Get("request-id"))),
			attribute.String("client-request-id", printable(got.header.Get("client-request-id"))))
	}
	if err != nil || got.status >= http.StatusBadRequest {
		span.SetStatus(codes.Error, "") // the error's text may name people
	}
	span.End()
}

// A quietTransport turns a failure to get an answer into an answer without a
// status that can't be read. Otherwise kiota would put net/http's error into its
// span, and with it the URL and the values that are asked for.
type quietTransport struct{ next http.RoundTripper }

func (t quietTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(r)
	if err != nil {
		return &http.Response{Request: r, Header: http.Header{}, Body: noAnswer{err}}, nil
	}
	return res, nil
}

// noAnswer is the body that fails with the transport's error.
type noAnswer struct{ err error }

func (b noAnswer) Read([]byte) (int, error) { return 0, b.err }
func (b noAnswer) Close() error             { return nil }
