package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/rollcall-go/rollcall/examples/conformance/exchange"
	"github.com/rollcall-go/rollcall/graphfake"
)

// A target is what the exchanges are sent to.
type target struct {
	name, domain string
	options
}

// target finds out the domain of a Graph that is not in process.
func (o options) target(ctx context.Context) (target, error) {
	t := target{name: "graphfake", domain: "contoso.example", options: o}
	if o.graph == "" {
		return t, nil
	}
	t.name, t.domain = o.graph, o.domain
	if t.domain != "" {
		return t, nil
	}
	var err error
	if t.domain, err = t.defaultDomain(ctx); err != nil {
		return t, fmt.Errorf("cannot read the tenant's domain, which -domain can name: %w", err)
	}
	return t, nil
}

func (t target) defaultDomain(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.graph+"/organization", nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+t.token)
	rsp, err := remote().Do(req)
	if err != nil {
		return "", err
	}
	defer rsp.Body.Close()
	var body struct {
		Value []struct {
			VerifiedDomains []struct {
				Name      string
				IsDefault bool
			}
		}
	}
	if err := json.NewDecoder(rsp.Body).Decode(&body); err != nil || rsp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("GET /organization is answered with status %d", rsp.StatusCode)
	}
	for _, o := range body.Value {
		for _, d := range o.VerifiedDomains {
			if d.IsDefault {
				return d.Name, nil
			}
		}
	}
	return "", fmt.Errorf("the organization has no default domain")
}

// remote is a client for a Graph elsewhere, which follows nothing: a redirect is an answer.
func remote() *http.Client {
	return &http.Client{Transport: patient{http.DefaultTransport}, Timeout: 10 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// scene makes a scene for a file, with the record of what is created in it.
func (t target) scene(f exchange.File) (*exchange.Scene, *record) {
	s := &exchange.Scene{Root: t.graph, Client: remote(), Token: t.token, Wait: max(t.wait, 0)}
	run := time.Now().Format("0102150405")
	if t.graph == "" {
		fake(s, f)
	}
	r := &record{next: s.Client.Transport, root: s.Root}
	s.Client.Transport = r
	s.Begin(t.domain, run)
	return s, r
}

// fake makes the scene one of a new graphfake.
func fake(s *exchange.Scene, f exchange.File) {
	g := graphfake.New(&graphfake.Options{Permissions: f.NeedsTokens(),
		Governance: &graphfake.Governance{Phase: time.Nanosecond, Delivery: time.Nanosecond}})
	s.Root, s.Client, s.Token = "https://graph.microsoft.com/v1.0", g.Client(), g.AppToken(exchange.Permissions...)
	s.Fresh = func(user string, permissions ...string) string {
		if user != "" {
			return g.UserToken(user, permissions...)
		}
		return g.AppToken(permissions...)
	}
}

// patient is a transport that comes back when it is told to wait.
type patient struct{ next http.RoundTripper }

func (p patient) RoundTrip(req *http.Request) (*http.Response, error) {
	for range 5 {
		rsp, err := p.next.RoundTrip(req)
		if err != nil || rsp.StatusCode != http.StatusTooManyRequests {
			return rsp, err
		}
		seconds, err := strconv.Atoi(rsp.Header.Get("Retry-After"))
		if err != nil || req.GetBody == nil && req.Body != nil {
			return rsp, nil
		}
		rsp.Body.Close()
		select {
		case <-req.Context().Done():
			return nil, req.Context().Err()
		case <-time.After(time.Duration(min(seconds, 300)) * time.Second):
		}
		req = req.Clone(req.Context())
		if req.GetBody != nil {
			if req.Body, err = req.GetBody(); err != nil {
				return nil, err
			}
		}
	}
	return p.next.RoundTrip(req)
}
