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
// Without one the tenant is empty. Nothing is kept when the command ends. By
// default the tenant is well-behaved; -throttle, -replicas, -faults, -permissions
// and -shuffle make it as hard to live with as the service.
package main

import (
	"context"
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
	listener, err := listen(o.addr)
	if err != nil {
		return err
	}
	scheme := "http"
	if o.tls {
		if listener, err = secure(listener, o.cert); err != nil {
			return err
		}
		scheme = "https"
	}
	fmt.Fprintf(out, "serving %s://%s/v1.0 until interrupted\n", scheme, listener.Addr())
	o.explain(out, fake)
	if err := serve(ctx, listener, fake); err != nil {
		return err
	}
	if left := fake.Unfired(); len(left) > 0 {
		return fmt.Errorf("%d of the faults in %s never fired, the first is %+v", len(left), o.faults, left[0])
	}
	return nil
}

// listen refuses any address that others could reach: the fake lets everybody in.
func listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("-addr wants HOST:PORT, such as 127.0.0.1:8080: %w", err)
	}
	if ip := net.ParseIP(host); !strings.EqualFold(host, "localhost") && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("-addr %s could be reached from outside, and the fake lets everybody in; use 127.0.0.1 or "+
			"localhost", addr)
	}
	return net.Listen("tcp", addr)
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
