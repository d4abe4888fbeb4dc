package graph

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	khttp "github.com/microsoft/kiota-http-go"
)

// A reply is what came back from one attempt, whatever its status.
type reply struct {
	status int
	header http.Header
	body   []byte
	sent   secrets
}

// send makes one attempt through the adapter. It asks for the raw answer, so that
// the adapter's models, error types and retries have no part in it. The error is
// a *transportError, or wraps ctx's cause.
func (c *Conn) send(ctx context.Context, req Request, body []byte) (got *reply, err error) {
	ctx, span := startSpan(ctx, req)
	defer func() { endSpan(span, got, err) }()
	info, err := c.information(req, body)
	if err != nil {
		return nil, &transportError{cause: err}
	}
	// Adapters leak a timer for every request whose context has no deadline.
	attempt, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	var sent []string // values of Authorization, where the adapter's transport adds it
	var unread error  // not the adapter's to know: it would put the text into a span
	info.AddRequestOptions(requestOptions(func(res *http.Response) {
		if res.Request != nil {
			sent = res.Request.Header["Authorization"]
		}
		got, unread = readReply(res, c.opts.MaxAnswer)
	}))
	if err = sendNoContent(attempt, c.adapter, info); err == nil {
		err = unread
	}
	if err == nil && got == nil {
		err = errors.New("the request adapter gave no answer to the response handler")
	}
	hidden := secretsIn(append(sent, info.Headers.Get("Authorization")...), body)
	got.mask(hidden)
	if err == nil {
		if got.status == http.StatusUnauthorized && c.auth != nil {
			c.auth.dropTokenOf(info)
		}
		return got, nil
	}
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %w", errCutOff, context.Cause(ctx))
	case attempt.Err() != nil:
		return nil, &transportError{cause: fmt.Errorf("no answer within %v", c.opts.Timeout), reach: mayHaveArrived}
	}
	failed := newTransportError(err)
	failed.cause = hidden.maskError(failed.cause)
	return nil, failed
}

var errCutOff = errors.New("stopped while waiting for the answer")

// sendNoContent turns an adapter's panic into an error: kiota's has some, for
// instance on a claims challenge without quotes.
func sendNoContent(
	ctx context.Context, adapter abstractions.RequestAdapter, info *abstractions.RequestInformation,
) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the request adapter panicked: %v", p)
		}
	}()
	return adapter.SendNoContent(ctx, info, nil)
}

// information returns what the adapter sends. It is new for every attempt,
// because adapters and authentication write into it.
func (c *Conn) information(req Request, body []byte) (*abstractions.RequestInformation, error) {
	target, err := c.resolve(req.Path)
	if err != nil {
		return nil, err
	}
	method, ok := methods[req.verb()]
	if !ok {
		return nil, fmt.Errorf("no such method: %s", req.verb())
	}
	info := abstractions.NewRequestInformation()
	info.Method = method
	info.UrlTemplate = "{+baseurl}" + template(req.Path) // names the tracing spans only
	info.SetUri(*target)
	for name, value := range req.Header {
		info.Headers.Add(name, value)
	}
	info.Headers.TryAdd("Accept", "application/json") // unless the request says otherwise
	if body != nil {
		info.SetStreamContentAndContentType(body, cmp.Or(req.ContentType, "application/json"))
		info.Headers.Add("Content-Length", strconv.Itoa(len(body)))
	}
	return info, nil
}

var methods = map[string]abstractions.HttpMethod{
	http.MethodGet:    abstractions.GET,
	http.MethodPost:   abstractions.POST,
	http.MethodPatch:  abstractions.PATCH,
	http.MethodPut:    abstractions.PUT,
	http.MethodDelete: abstractions.DELETE,
}

// requestOptions switches off what kiota's pipeline would do by itself: its
// retries re-send compressed bodies wrongly and leak connections, and a redirect
// could lead the token elsewhere.
// https://github.com/microsoft/kiota-http-go/issues/183
func requestOptions(handle func(*http.Response)) []abstractions.RequestOption {
	never := func(time.Duration, int, *http.Request, *http.Response) bool { return false }
	handler := abstractions.NewRequestHandlerOption()
	handler.SetResponseHandler(func(response any, _ abstractions.ErrorMappings) (any, error) {
		res, ok := response.(*http.Response)
		if !ok || res == nil {
			return nil, fmt.Errorf("the request adapter answered with a %T, want a *http.Response", response)
		}
		handle(res)
		return nil, nil
	})
	return []abstractions.RequestOption{
		handler,
		khttp.NewCompressionOptionsReference(false),
		&khttp.RetryHandlerOptions{ShouldRetry: never},
		&khttp.RedirectHandlerOptions{ShouldRedirect: func(*http.Request, *http.Response) bool { return false }},
	}
}

// readReply reads the whole answer before anything is decoded, because it may
// break off half way.
func readReply(res *http.Response, most int64) (*reply, error) {
	if res.Body == nil {
		return &reply{status: res.StatusCode, header: res.Header}, nil
	}
	defer res.Body.Close()
	var body bytes.Buffer
	if res.ContentLength > 0 && res.ContentLength < batchBytes {
		body.Grow(int(res.ContentLength) + bytes.MinRead) // known, so that it needn't grow by copying
	}
	if _, err := body.ReadFrom(io.LimitReader(res.Body, most+1)); err != nil {
		return nil, &url.Error{Op: "read", Err: err}
	}
	if int64(body.Len()) > most {
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrTooLarge, most)
	}
	return &reply{status: res.StatusCode, header: res.Header, body: body.Bytes()}, nil
}

// decode reads a successful answer into out, as a whole or not at all. It is an
// error if there is no content where some was asked for, because an empty page would
// look like the end of a listing. So is content that isn't JSON where none was asked for: it is a
// proxy's page, and nobody knows whether the service ever saw the request.
func (r *reply) decode(out any) error {
	if r.status == http.StatusNoContent || out == nil && len(r.body) == 0 {
		return nil
	}
	if out == nil {
		out = new(json.RawMessage)
	}
	fresh := reflect.New(reflect.TypeOf(out).Elem()) // out may hold, or share, what an earlier answer left
	if err := json.Unmarshal(trimBOM(r.body), fresh.Interface()); err != nil {
		return fmt.Errorf("the answer is not the JSON that was asked for: %w", err)
	}
	reflect.ValueOf(out).Elem().Set(fresh.Elem())
	return nil
}

// A transportError is an attempt that got no answer.
type transportError struct {
	cause error
	reach reach
}

// reach is how far a request without an answer got.
type reach int

const (
	notSent        reach = iota // and will not be: something on this side is wrong
	notConnected                // the service could not be reached
	mayHaveArrived              // sent, as far as is known
)

func (e *transportError) Error() string { return e.cause.Error() }
func (e *transportError) Unwrap() error { return e.cause }

// newTransportError drops the URL from err, because it holds values, and finds
// out how far the request got. An error that net/http didn't report comes from
// the adapter or its authentication.
func newTransportError(err error) *transportError {
	var token *tokenError
	var refused interface{ NonRetriable() } // what azidentity's errors are
	var network *url.Error
	switch {
	case errors.As(err, &token):
		return &transportError{cause: token}
	case errors.Is(err, ErrTooLarge):
		return &transportError{cause: err, reach: mayHaveArrived}
	case errors.As(err, &refused):
		return &transportError{cause: &tokenError{err}}
	case !errors.As(err, &network):
		return &transportError{cause: err}
	}
	return &transportError{cause: network.Err, reach: reachOf(network.Err)}
}

func reachOf(err error) reach {
	var certificate *tls.CertificateVerificationError
	var op *net.OpError
	switch {
	case errors.As(err, &certificate):
		return notSent
	case errors.As(err, &op) && op.Op == "dial":
		return notConnected
	}
	return mayHaveArrived
}

// base returns the root of the API. It is read each time, because an adapter's
// base URL may be set after it was handed over.
func (c *Conn) base() (*url.URL, error) {
	root := strings.TrimRight(c.adapter.GetBaseUrl(), "/")
	if root == "" {
		root = DefaultEndpoint
	}
	base, err := url.Parse(root)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("the request adapter's base URL %q is not a URL", root)
	}
	return base, nil
}

// resolve returns the URL of a path below the endpoint, or of a link that the
// service gave. A link to anywhere else is refused, as the token would go there.
func (c *Conn) resolve(path string) (*url.URL, error) {
	base, err := c.base()
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") {
		return url.Parse(base.String() + path)
	}
	link, err := url.Parse(path)
	if err != nil {
		return nil, errors.New("the service gave a link that is not a URL")
	}
	if !strings.EqualFold(link.Scheme, base.Scheme) || !strings.EqualFold(link.Host, base.Host) || link.User != nil {
		return nil, fmt.Errorf("refused to follow a link to %s://%s: it does not lead to %s://%s",
			link.Scheme, link.Host, base.Scheme, base.Host)
	}
	return link, nil
}

// template returns the path without the values in it, for logs and spans:
// /servicePrincipals/{id}/appRoleAssignedTo.
func template(path string) string {
	path, _, _ = strings.Cut(path, "?")
	if _, rest, found := strings.Cut(path, "://"); found {
		_, path, _ = strings.Cut(rest, "/")
		path = "/" + path
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = templateSegment(segment)
	}
	return strings.Join(segments, "/")
}

func templateSegment(segment string) string {
	if name, _, keyed := strings.Cut(segment, "("); keyed {
		return templateSegment(name) + "({key})"
	}
	if len(segment) <= 40 && strings.Trim(segment, nameLetters) == "" || segment == "v1.0" {
		return segment
	}
	return "{id}"
}

const nameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.$"

func trimBOM(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\ufeff")) }
