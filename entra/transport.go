package entra

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// A transportError is an attempt that got no answer.
type transportError struct {
	cause error
	// sent says that the request may have reached the service.
	sent bool
}

func (e *transportError) Error() string { return e.cause.Error() }
func (e *transportError) Unwrap() error { return e.cause }

// newTransportError strips the URL from err, as it holds values, and finds out
// whether the request can have reached the service. A failure that net/http
// didn't report is one of the adapter or of its authentication: nothing was sent.
func newTransportError(err error) *transportError {
	var token *tokenError
	var network *url.Error
	if errors.As(err, &token) || !errors.As(err, &network) {
		return &transportError{cause: err}
	}
	var op *net.OpError
	dialling := errors.As(network.Err, &op) && op.Op == "dial"
	return &transportError{cause: network.Err, sent: !dialling}
}

// passing reports whether the failure may pass by itself.
func (e *transportError) passing() bool {
	var op *net.OpError
	return e.sent || errors.As(e.cause, &op) && op.Op == "dial"
}

// base is the root of the API. It is asked for each time, as an adapter's base
// URL may be set after it was handed over.
func (c *Client) base() (*url.URL, error) {
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
func (c *Client) resolve(path string) (*url.URL, error) {
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

// template is the path without the values in it, for logs and spans:
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
