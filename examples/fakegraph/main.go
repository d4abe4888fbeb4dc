// The fakegraph command serves a fake Microsoft Graph on loopback, for clients
// in any language, until it is interrupted:
//
//	fakegraph -addr 127.0.0.1:8080 -seed tenant.json
//
// The seed is what the tenant holds, in Graph's own shapes:
//
//	{"users":[{"userPrincipalName":"ada@contoso.example","displayName":"Ada"}],
//	 "applications":[…], "servicePrincipals":[…], …}
//
// or a folder with a file for each of these: users.json, groups.csv. Without one
// the tenant is empty. Nothing is kept when the command ends. By default the
// tenant is well-behaved; -throttle, -replicas, -faults, -permissions and -shuffle
// make it as hard to live with as the service.
//
// With -tls and -client, clients sign in as they do at Entra. README.md has more.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); errors.Is(err, flag.ErrHelp) {
		os.Exit(0)
	} else if err != nil {
		fmt.Fprintln(os.Stderr, "fakegraph:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends and says on out where.
func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args, out)
	if err != nil {
		return err
	}
	fake, err := o.tenant()
	if err != nil {
		return err
	}
	listener, err := o.listen()
	if err != nil {
		return err
	}
	host := "http://" + listener.Addr().String()
	if o.tls {
		host = "https://" + listener.Addr().String()
		listener = tls.NewListener(listener, fake.TLSConfig())
		if err := os.WriteFile(o.cert, fake.CertificatePEM(), 0o644); err != nil {
			return fmt.Errorf("-cert: %w", err)
		}
	}
	fmt.Fprintf(out, "serving %s/v1.0 until interrupted\n", host)
	o.explain(out, fake, host)
	if err := serve(ctx, listener, fake); err != nil {
		return err
	}
	if left := fake.Unfired(); len(left) > 0 {
		return fmt.Errorf("%d of the faults in %s never fired, the first is %+v", len(left), o.faults, left[0])
	}
	return nil
}

// listen refuses any address that others could reach, unless that is asked for: the
// fake lets everybody in.
func (o *options) listen() (net.Listener, error) {
	host, _, err := net.SplitHostPort(o.addr)
	if err != nil {
		return nil, fmt.Errorf("-addr wants HOST:PORT, such as 127.0.0.1:8080: %w", err)
	}
	ip := net.ParseIP(host)
	if local := strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback(); !local && !o.expose {
		return nil, fmt.Errorf("-addr %s could be reached from outside, and the fake lets everybody in; use 127.0.0.1 or "+
			"localhost, or -expose if that is meant", o.addr)
	}
	return net.Listen("tcp", o.addr)
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
