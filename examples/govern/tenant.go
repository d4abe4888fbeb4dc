package main

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/roster"
)

// A tenant is the directory that a command works on.
type tenant struct {
	client     *entra.Client
	governance *governance.Client
	name       string            // for people: a host, or that it is the embedded one
	embedded   bool              // made up and in memory: writes need no yes
	interval   time.Duration     // between two looks at something awaited
	agree      int               // looks in a row that must show it; 0: assign's default
	fake       *graphfake.Server // the embedded tenant

	ticketTransport http.RoundTripper // carries -webhook and -servicenow; nil: the network
}

// connect opens the tenant that the flags name, without asking it anything.
func (s *session) connect() error {
	options := &graph.ConnectOptions{Options: graph.Options{ReadOnly: s.opts.dryRun, ReplicationWait: s.opts.wait}}
	switch {
	case s.opts.live:
		return s.connectLive(options)
	case s.opts.graph != "":
		return s.connectToGraph(options)
	default:
		return s.connectToDemo(options)
	}
}

// clouds are what -cloud takes: the endpoint of Graph and where one signs in.
// https://learn.microsoft.com/graph/deployments
var clouds = []struct {
	name, host string
	signIn     cloud.Configuration
}{
	{"global", "graph.microsoft.com", cloud.AzurePublic},
	{"us", "graph.microsoft.us", cloud.AzureGovernment},
	{"us-dod", "dod-graph.microsoft.us", cloud.AzureGovernment},
	{"china", "microsoftgraph.chinacloudapi.cn", cloud.AzureChina},
}

// connectLive connects to the tenant of whoever is signed in.
func (s *session) connectLive(options *graph.ConnectOptions) error {
	for _, c := range clouds {
		if c.name != cmp.Or(s.opts.cloud, "global") {
			continue
		}
		credential, err := azidentity.NewDefaultAzureCredential(
			&azidentity.DefaultAzureCredentialOptions{ClientOptions: azcore.ClientOptions{Cloud: c.signIn}})
		if err != nil {
			return err
		}
		options.Endpoint = "https://" + c.host + "/v1.0"
		return s.connectTo(c.host, credential, options)
	}
	var names []string
	for _, c := range clouds {
		names = append(names, c.name)
	}
	return usageError("there is no cloud %q%s; -cloud takes %s, and -graph URL any other", s.opts.cloud,
		didYouMean(s.opts.cloud, names), joined(names, "or"))
}

// connectToGraph connects to -graph. entra refuses an endpoint that a token must
// not be sent to; what is wrong is a matter of the command line here.
func (s *session) connectToGraph(options *graph.ConnectOptions) error {
	endpoint, err := url.Parse(s.opts.graph)
	if err != nil || endpoint.Host == "" || endpoint.User != nil {
		return usageError("-graph wants a URL such as https://graph.microsoft.com/v1.0; the token belongs in GRAPH_TOKEN")
	}
	token, err := tokenFrom(s.getenv)
	if err != nil {
		return err
	}
	options.Endpoint = s.opts.graph
	options.Options.Unpaced = endpoint.Scheme == "http" // so on loopback, where no published limit holds
	if err := s.connectTo(endpoint.Host, token, options); err != nil {
		return usageError("-graph: %w", err)
	}
	return nil
}

func (s *session) connectTo(name string, credential azcore.TokenCredential, options *graph.ConnectOptions) error {
	client, err := entra.Connect(credential, options)
	if err != nil {
		return err
	}
	s.tenant = tenant{client: client, governance: governance.New(client), name: roster.Printable(name),
		interval: min(3*time.Second, s.opts.wait/20)}
	return nil
}

func tokenFrom(getenv func(string) string) (graph.StaticToken, error) {
	token := strings.TrimSpace(getenv("GRAPH_TOKEN"))
	switch {
	case token == "":
		return "", usageError("-graph needs a bearer token in the variable GRAPH_TOKEN; " +
			"for a stand-in on loopback any word will do")
	case strings.IndexFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0:
		return "", usageError("GRAPH_TOKEN does not hold a token: it has spaces or other characters that no token has")
	}
	return graph.StaticToken(token), nil
}

// connectToDemo makes the embedded tenant. It is the same one each time, ids
// included, so that a plan made on it fits it in the next command too.
func (s *session) connectToDemo(options *graph.ConnectOptions) error {
	fake := newDemoTenant()
	options.Transport, options.Options.Unpaced = fake.Transport(), true
	options.Options.ReplicationWait = min(s.opts.wait, 5*demoLag)
	token := fake.AppToken("User.ReadWrite.All", "Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All",
		"AccessReview.ReadWrite.All", "EntitlementManagement.ReadWrite.All",
		"GroupMember.Read.All", "LicenseAssignment.Read.All", "Organization.Read.All")
	if err := s.connectTo("the embedded demo tenant", graph.StaticToken(token), options); err != nil {
		return err
	}
	s.tenant.fake = fake
	s.tenant.embedded, s.tenant.interval, s.tenant.agree = true, 250*time.Millisecond, 5
	return nil
}
