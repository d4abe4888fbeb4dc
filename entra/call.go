package entra

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	khttp "github.com/microsoft/kiota-http-go"
)

// A reply is what came back from one attempt, whatever its status.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// send makes one attempt through the adapter. It asks the adapter for the raw
// answer, so that neither generated models nor the adapter's registries, error
// types and retries have a part in it. The error is a *transportError, or that
// of ctx.
func (c *Client) send(ctx context.Context, req request, body []byte) (*reply, error) {
	info, err := c.information(req, body)
	if err != nil {
		return nil, &transportError{cause: err}
	}
	// Adapters leak a timer for every request whose context has no deadline.
	attempt, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	var got *reply
	info.AddRequestOptions(requestOptions(func(res *http.Response) (err error) {
		got, err = readReply(res)
		return err
	}))
	if err = sendNoContent(attempt, c.adapter, info); err == nil && got == nil {
		err = errors.New("the request adapter gave no answer to the response handler")
	}
	if err == nil {
		return got, nil
	}
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %w", errCutOff, context.Cause(ctx))
	case attempt.Err() != nil:
		return nil, &transportError{cause: fmt.Errorf("no answer within %v", c.opts.Timeout), reach: mayHaveArrived}
	}
	return nil, newTransportError(err)
}

var errCutOff = errors.New("stopped while waiting for the answer")

// sendNoContent turns an adapter's panic into an error: kiota's has some, for
// instance on a claims challenge without quotes.
func sendNoContent(ctx context.Context, adapter abstractions.RequestAdapter, info *abstractions.RequestInformation) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the request adapter panicked: %v", p)
		}
	}()
	return adapter.SendNoContent(ctx, info, nil)
}

// information builds what the adapter sends. It is new for every attempt, as
// adapters and authentication write into it.
func (c *Client) information(req request, body []byte) (*abstractions.RequestInformation, error) {
	target, err := c.resolve(req.path)
	if err != nil {
		return nil, err
	}
	method, ok := methods[req.verb()]
	if !ok {
		return nil, fmt.Errorf("no such method: %s", req.verb())
	}
	info := abstractions.NewRequestInformation()
	info.Method = method
	info.UrlTemplate = "{+baseurl}" + template(req.path) // names the tracing spans only
	info.SetUri(*target)
	info.Headers.TryAdd("Accept", "application/json")
	for name, value := range req.header {
		info.Headers.Add(name, value)
	}
	if body != nil {
		info.SetStreamContentAndContentType(body, cmp.Or(req.contentType, "application/json"))
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
func requestOptions(handle func(*http.Response) error) []abstractions.RequestOption {
	handler := abstractions.NewRequestHandlerOption()
	handler.SetResponseHandler(func(response any, _ abstractions.ErrorMappings) (any, error) {
		res, ok := response.(*http.Response)
		if !ok || res == nil {
			return nil, fmt.Errorf("the request adapter answered with a %T, want a *http.Response", response)
		}
		return nil, handle(res)
	})
	return []abstractions.RequestOption{
		handler,
		khttp.NewCompressionOptionsReference(false),
		&khttp.RetryHandlerOptions{ShouldRetry: func(time.Duration, int, *http.Request, *http.Response) bool { return false }},
		&khttp.RedirectHandlerOptions{ShouldRedirect: func(*http.Request, *http.Response) bool { return false }},
	}
}

// readReply reads the answer whole: one that broke off half way must not have
// been decoded into anything.
func readReply(res *http.Response) (*reply, error) {
	if res.Body == nil {
		return &reply{status: res.StatusCode, header: res.Header}, nil
	}
	defer res.Body.Close()
	var body bytes.Buffer
	if res.ContentLength > 0 && res.ContentLength < batchBytes {
		body.Grow(int(res.ContentLength) + bytes.MinRead) // known, so that it needn't grow by copying
	}
	if _, err := body.ReadFrom(res.Body); err != nil {
		return nil, &url.Error{Op: "read", Err: err}
	}
	return &reply{status: res.StatusCode, header: res.Header, body: body.Bytes()}, nil
}

// decode reads a successful answer into out. No content where some was asked
// for is an error: an empty page would look like the end of a listing. So is
// content that isn't JSON where none was asked for: that is a proxy's page, and
// whether the service ever saw the request is unknown.
func (r *reply) decode(out any) error {
	if r.status == http.StatusNoContent || out == nil && len(r.body) == 0 {
		return nil
	}
	if out == nil {
		out = new(json.RawMessage)
	}
	if err := json.Unmarshal(trimBOM(r.body), out); err != nil {
		return fmt.Errorf("the answer is not the JSON that was asked for: %w", err)
	}
	return nil
}
