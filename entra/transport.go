package entra

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

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

// newTransportError strips the URL from err, as it holds values, and finds out
// how far the request got. A failure that net/http didn't report is one of the
// adapter or of its authentication.
func newTransportError(err error) *transportError {
	var token *tokenError
	var refused interface{ NonRetriable() } // what azidentity's errors are
	var network *url.Error
	switch {
	case errors.As(err, &token):
		return &transportError{cause: token}
	case errors.As(err, &refused):
		return &transportError{cause: &tokenError{err}}
	case !errors.As(err, &network):
		return &transportError{cause: err}
	}
	return &transportError{cause: network.Err, reach: reachOf(network.Err)}
}

func reachOf(err error) reach {
	var certificate *tls.CertificateVerificationError
	var name *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &certificate), errors.As(err, &name) && name.IsNotFound:
		return notSent
	case errors.As(err, &op) && op.Op == "dial":
		return notConnected
	}
	return mayHaveArrived
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
