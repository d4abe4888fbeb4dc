package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	khttp "github.com/microsoft/kiota-http-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
)

// ConnectOptions say what [Connect] connects to. The zero value, and nil, mean
// the worldwide cloud.
type ConnectOptions struct {
	// Endpoint is the root of the API: that of any of the [Clouds], or a loopback
	// address for a stand-in; "" means [DefaultEndpoint].
	Endpoint string
	// Scopes are what the token is asked for; nil means the endpoint's
	// ".default", and that of the worldwide cloud if the endpoint is on loopback.
	Scopes []string
	// Transport sends the requests; nil means an http.Transport for many
	// requests to one host.
	Transport http.RoundTripper
	// Options are those of the connection itself.
	Options Options
}

// DefaultEndpoint is the root of Microsoft Graph v1.0 in the worldwide cloud.
// https://learn.microsoft.com/graph/deployments
const DefaultEndpoint = "https://graph.microsoft.com/v1.0"

// Connect returns a connection that authenticates with cred to any national
// cloud, or to a stand-in on loopback (the only place where http will do). The
// token is sent to the endpoint's host and nowhere else; redirects are not
// followed. It is kept until five minutes before it expires, or until the service
// refuses it. Connect fails if the endpoint can't be used or an option is
// negative. Nothing is sent yet.
// https://learn.microsoft.com/graph/deployments
func Connect(cred azcore.TokenCredential, opts *ConnectOptions) (*Conn, error) {
	if cred == nil {
		return nil, errors.New("graph.Connect: the credential is nil")
	}
	o := *cmp.Or(opts, &ConnectOptions{})
	base, err := endpoint(cmp.Or(o.Endpoint, DefaultEndpoint))
	if err = cmp.Or(err, o.Options.check()); err != nil {
		return nil, err
	}
	if len(o.Scopes) == 0 {
		o.Scopes = []string{defaultScope(base)}
	}
	auth := &bearer{cred: cred, scopes: o.Scopes, base: base}
	adapter, err := core.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		auth, core.GraphClientOptions{}, nil, nil, httpClient(o.Transport))
	if err != nil {
		return nil, fmt.Errorf("graph.Connect: %w", err)
	}
	adapter.SetBaseUrl(base.String())
	c := New(adapter, &o.Options)
	c.auth = auth
	return c, nil
}

// endpoint checks the root of the API, and adds the version if it is left out.
func endpoint(raw string) (*url.URL, error) {
	base, err := url.Parse(strings.TrimRight(raw, "/"))
	switch {
	case err == nil && (base.User != nil || base.RawQuery != "" || base.Fragment != ""): // which may hold a password
		raw = (&url.URL{Scheme: base.Scheme, Host: base.Host, Path: base.Path}).String()
		return nil, fmt.Errorf("endpoint %q with a user, a query or a fragment is not the root of an API; write it like %s",
			raw, DefaultEndpoint)
	case err != nil || base.Host == "":
		return nil, fmt.Errorf("endpoint %q is not the root of an API; write it like %s", raw, DefaultEndpoint)
	case base.Scheme != "https" && !(base.Scheme == "http" && loopback(base.Hostname())):
		return nil, fmt.Errorf("endpoint %q must use https; http is for loopback addresses only", raw)
	}
	if base.Path == "" {
		base.Path = "/v1.0"
	}
	return base, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// defaultScope is what an application asks for in the endpoint's cloud.
func defaultScope(base *url.URL) string {
	if loopback(base.Hostname()) {
		return "https://graph.microsoft.com/.default"
	}
	return base.Scheme + "://" + base.Host + "/.default"
}

// httpClient is kiota's pipeline with the two handlers that do what is wanted,
// in a fixed order. Its default one differs from client to client.
// https://github.com/microsoft/kiota-http-go/issues/183
func httpClient(transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = tunedTransport()
	}
	agent := &khttp.UserAgentHandlerOptions{Enabled: true, ProductName: "rollcall", ProductVersion: "1"}
	return &http.Client{
		Transport: khttp.NewCustomTransportWithParentTransport(quietTransport{transport},
			core.NewGraphTelemetryHandler(&core.GraphClientOptions{}),
			khttp.NewUserAgentHandlerWithOptions(agent)),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// tunedTransport keeps a connection for each request in flight: with the standard
// two idle ones there are hundreds of new connections over HTTP/1.1.
func tunedTransport() http.RoundTripper {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	transport = transport.Clone()
	transport.MaxIdleConnsPerHost = 32
	transport.ForceAttemptHTTP2 = true
	transport.ResponseHeaderTimeout = 90 * time.Second
	return transport
}

// A StaticToken is a credential that holds one bearer token: any text for a
// stand-in that lets everybody in, or a token that somebody else obtained. It is
// not renewed; when Graph refuses it, calls fail with [ErrUnauthenticated]. It never
// prints itself, but for one case that Go does not let it see: as an unexported field
// of a struct that is printed.
type StaticToken string

// GetToken returns the token, whatever is asked for. It never fails.
func (t StaticToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(t), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// String, and the methods below it, keep the token out of logs, errors and JSON.
func (StaticToken) String() string { return "graph.StaticToken(redacted)" }

// Format keeps the token out of what package fmt prints, whatever the verb.
func (t StaticToken) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, t.String()) }

// LogValue keeps the token out of package slog's records.
func (t StaticToken) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText keeps the token out of JSON and its kin. It never fails.
func (t StaticToken) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
