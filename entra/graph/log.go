package graph

import (
	"context"
	"log/slog"
	"time"
)

// record logs one attempt. It must not log values: no query, no body, no
// header that may hold a token, and no message of Graph's, which names objects.
func (c *Conn) record(ctx context.Context, req Request, attempt int, got *reply, f *failure, took time.Duration) {
	level := slog.LevelDebug
	if f != nil {
		level = slog.LevelWarn
	}
	if !c.opts.Logger.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("op", req.Op.Name),
		slog.String("method", req.verb()),
		slog.String("path", template(req.Path)),
		slog.Int("attempt", attempt+1),
		slog.Duration("took", took),
	}
	c.opts.Logger.LogAttrs(ctx, level, "graph request", append(attrs, answerAttrs(got, f)...)...)
}

// answerAttrs returns what an attempt came to.
func answerAttrs(got *reply, f *failure) (attrs []slog.Attr) {
	if got != nil {
		attrs = append(attrs,
			slog.Int("status", got.status),
			slog.String("request-id", printable(got.header.Get("request-id"))),
			slog.String("client-request-id", printable(got.header.Get("client-request-id"))))
	}
	if f != nil && f.err.Code != "" {
		attrs = append(attrs, slog.String("code", printable(f.err.Code)))
	}
	if f != nil && f.err.RetryAfter > 0 {
		attrs = append(attrs, slog.Duration("retry-after", f.err.RetryAfter))
	}
	return attrs
}
