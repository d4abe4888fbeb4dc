package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
)

// options are the command's flags.
type options struct {
	addr, seed, faults, cert   string
	throttle, permissions, tls bool
	shuffle                    bool
	replicas                   int
	delay                      time.Duration
	random                     uint64
}

// allPermissions suffice for every operation that the fake knows.
var allPermissions = []string{
	"User.ReadWrite.All", "Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "Directory.ReadWrite.All",
	"AccessReview.ReadWrite.All", "EntitlementManagement.ReadWrite.All",
}

// parse reads the flags; what is wrong with them is one line.
func parse(args []string, out io.Writer) (*options, error) {
	var o options
	flags := flag.NewFlagSet("fakegraph", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:0", "loopback `HOST:PORT` to serve on; port 0 chooses a free one")
	flags.StringVar(&o.seed, "seed", "", "`FILE` of JSON that the tenant begins with")
	flags.BoolVar(&o.throttle, "throttle", false, "answer 429 by the published limits")
	flags.IntVar(&o.replicas, "replicas", 1, "`N` replicas of the directory, the first up to date and the last -delay "+
		"behind")
	flags.DurationVar(&o.delay, "delay", 10*time.Second, "how long the slowest replica takes to learn of a write")
	flags.StringVar(&o.faults, "faults", "", "`FILE` of JSON with the faults to answer with, in order; one that never "+
		"fired is an error at the end")
	flags.BoolVar(&o.permissions, "permissions", false, "demand a token whose permissions suffice")
	flags.BoolVar(&o.shuffle, "shuffle", false, "answer with lists in another order each time where none was asked for")
	flags.BoolVar(&o.tls, "tls", false, "serve https, with a certificate made for this run")
	flags.StringVar(&o.cert, "cert", "fakegraph-cert.pem",
		"`FILE` that -tls writes its certificate to, for clients to trust")
	flags.Uint64Var(&o.random, "random", 0, "`NUMBER` that ids and all else that looks random are made from")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case flags.NArg() > 0:
		return nil, fmt.Errorf("there is no argument %q; see fakegraph -h", flags.Arg(0))
	case o.replicas < 1:
		return nil, fmt.Errorf("-replicas %d: at least 1 is needed", o.replicas)
	case o.delay < 0:
		return nil, errors.New("-delay cannot be negative")
	}
	return &o, nil
}

// tenant returns the fake that the flags describe.
func (o *options) tenant() (*graphfake.Server, error) {
	config := &graphfake.Options{Seed: o.random, Permissions: o.permissions, Shuffle: o.shuffle}
	if o.throttle {
		config.Throttle = &graphfake.Throttle{}
	}
	if o.replicas > 1 {
		config.Replication = &graphfake.Replication{Replicas: graphfake.EvenLags(o.replicas, o.delay)}
	}
	fake := graphfake.New(config)
	if err := reading(o.seed, fake.Load); err != nil {
		return nil, err
	}
	return fake, reading(o.faults, func(r io.Reader) error {
		faults, err := graphfake.ReadFaults(r)
		if err == nil {
			fake.Inject(faults...)
		}
		return err
	})
}

// reading opens the file at path for read; "" is no file.
func reading(path string, read func(io.Reader) error) error {
	if path == "" {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := read(file); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// explain says what a client needs to be let in.
func (o *options) explain(out io.Writer, fake *graphfake.Server) {
	if o.tls {
		fmt.Fprintf(out, "certificate to trust: %s\n", o.cert)
	}
	if o.permissions {
		fmt.Fprintf(out, "tokens are JWTs, signed or not, that name permissions in scp or roles; one that may do "+
			"everything, for an hour:\n%s\n",
			fake.AppToken(allPermissions...))
	}
}
