// The conformance command sends the exchanges of its folder exchange to a Graph, and
// says how many answers agree and how the others differ:
//
//	conformance                                       # graphfake, in process
//	conformance -graph http://127.0.0.1:8080/v1.0     # another fake
//	GRAPH_TOKEN=… conformance -yes -graph https://graph.microsoft.com/v1.0   # a tenant made for tests
//
// It creates what it needs, users, groups, applications, reviews and packages, and deletes
// it again. The token needs the permissions that -h lists. A difference is one line: file
// and line of the exchange, its fact, and what is not as expected. Reviews and packages take
// their time: where they do on loopback, -wait 3s lets reads wait for it.
//
// The exit status is 0 if everything agrees, 1 if something differs or was left behind,
// and 2 if nothing could be sent.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/examples/conformance/exchange"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	agree, err := run(ctx, os.Args[1:], os.Stdout, os.Getenv)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	case !agree:
		os.Exit(1)
	}
}

// options are what the flags say.
type options struct {
	graph, domain, token string
	yes                  bool
	wait                 time.Duration
}

// run sends all exchanges, and reports whether everything agrees and nothing is left.
func run(ctx context.Context, args []string, out io.Writer, getenv func(string) string) (bool, error) {
	o, err := parse(args, out, getenv)
	if err != nil {
		return false, err
	}
	files, err := exchange.Files()
	if err != nil {
		return false, err
	}
	t, err := o.target(ctx)
	if err != nil {
		return false, err
	}
	s := summary{out: out}
	for _, f := range files {
		scene, made := t.scene(f)
		s.play(ctx, scene, f)
		for _, left := range made.clean(context.WithoutCancel(ctx), scene) {
			s.left++
			fmt.Fprintln(out, "left behind:", left)
		}
		if ctx.Err() != nil {
			return false, fmt.Errorf("interrupted in %s.http", f.Name)
		}
	}
	s.write(t.name)
	return s.differ == 0 && s.left == 0, nil
}

func parse(args []string, out io.Writer, getenv func(string) string) (options, error) {
	var o options
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.graph, "graph", "", "`URL` of a Graph with its version, such as https://graph.microsoft.com/v1.0, with the token "+
		"in GRAPH_TOKEN (default graphfake, in process)")
	flags.StringVar(&o.domain, "domain", "", "verified `domain` for new users (default that of the tenant)")
	flags.BoolVar(&o.yes, "yes", false, "the tenant is made for tests: users and applications may be created and deleted in it")
	flags.DurationVar(&o.wait, "wait", -1, "how long a read may differ until the service has replicated (default 2m, on loopback 0)")
	flags.Usage = func() {
		fmt.Fprintf(out, "Usage: conformance [flags]\n\nThe token needs %s.\n\n", strings.Join(exchange.Permissions, ", "))
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag; see conformance -h", flags.Arg(0))
	}
	o.token = strings.TrimSpace(getenv("GRAPH_TOKEN"))
	return o, o.check()
}

// check refuses to touch a tenant that nobody named as one for tests, and to send a
// token in the clear.
func (o *options) check() error {
	if o.graph == "" {
		return nil
	}
	u, err := url.Parse(strings.TrimSuffix(o.graph, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("-graph wants a URL such as https://graph.microsoft.com/v1.0; the token belongs in GRAPH_TOKEN")
	}
	o.graph = u.String()
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	switch {
	case strings.IndexFunc(o.token, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0:
		return errors.New("GRAPH_TOKEN does not hold a token: it has spaces or other characters that no token has")
	case loopback:
		o.wait = max(o.wait, 0)
		return nil
	case u.Scheme != "https":
		return fmt.Errorf("-graph: %s is not on loopback, and a token is sent over https only", u.Hostname())
	case !o.yes:
		return fmt.Errorf("users, groups, applications, reviews and packages would be created and deleted at %s: "+
			"say -yes if its tenant is made for tests", u.Hostname())
	case o.token == "":
		return errors.New("-graph needs a bearer token in the variable GRAPH_TOKEN")
	}
	if o.wait < 0 {
		o.wait = 2 * time.Minute
	}
	return nil
}
