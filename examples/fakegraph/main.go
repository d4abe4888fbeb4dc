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
// Without one the tenant is empty. Nothing is kept when the command ends.
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

	"github.com/rollcall-go/rollcall/graphfake"
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
	flags := flag.NewFlagSet("fakegraph", flag.ContinueOnError)
	flags.SetOutput(out)
	addr := flags.String("addr", "127.0.0.1:0", "loopback `HOST:PORT` to serve on; port 0 chooses a free one")
	seed := flags.String("seed", "", "`FILE` of JSON that the tenant begins with")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("there is no argument %q; see fakegraph -h", flags.Arg(0))
	}
	fake, err := tenant(*seed)
	if err != nil {
		return err
	}
	listener, err := listen(*addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "serving http://%s/v1.0 until interrupted\n", listener.Addr())
	return serve(ctx, listener, fake)
}

// tenant returns a fake that holds what the file at path says.
func tenant(path string) (*graphfake.Server, error) {
	fake := graphfake.New(nil)
	if path == "" {
		return fake, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := fake.Load(file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return fake, nil
}

// listen refuses any address that others could reach: the fake lets everybody in.
func listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("-addr wants HOST:PORT, such as 127.0.0.1:8080: %w", err)
	}
	if ip := net.ParseIP(host); !strings.EqualFold(host, "localhost") && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("-addr %s could be reached from outside, and the fake lets everybody in; use 127.0.0.1 or localhost", addr)
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
