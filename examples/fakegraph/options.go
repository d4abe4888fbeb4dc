package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
)

// options are the command's flags.
type options struct {
	addr, seed, faults, cert, client           string
	throttle, permissions, hasten, tls, expose bool
	shuffle                                    bool
	replicas                                   int
	delay                                      time.Duration
	random                                     uint64
}

// allPermissions suffice for every operation that the fake knows.
var allPermissions = []string{
	"User.ReadWrite.All", "Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "Directory.ReadWrite.All",
	"AccessReview.ReadWrite.All", "EntitlementManagement.ReadWrite.All", "Group.ReadWrite.All", "Member.Read.Hidden",
	"ProfilePhoto.Read.All",
}

// parse reads the flags; what is wrong with them is one line.
func parse(args []string, out io.Writer) (*options, error) {
	var o options
	flags := flag.NewFlagSet("fakegraph", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:0", "loopback `HOST:PORT` to serve on; port 0 chooses a free one")
	flags.BoolVar(&o.expose, "expose", false, "allow an -addr that others can reach, as a container needs it; the fake "+
		"lets everybody in")
	flags.StringVar(&o.seed, "seed", "", "`PATH` of what the tenant begins with: a file of JSON, or a folder with files "+
		"such as users.json and groups.csv")
	flags.StringVar(&o.client, "client", "", "`ID:SECRET` of an application that may sign in and do everything")
	flags.BoolVar(&o.throttle, "throttle", false, "answer 429 by the published limits")
	flags.IntVar(&o.replicas, "replicas", 1, "`N` replicas of the directory, the first up to date and the last -delay "+
		"behind")
	flags.DurationVar(&o.delay, "delay", 10*time.Second, "how long the slowest replica takes to learn of a write")
	flags.StringVar(&o.faults, "faults", "", "`FILE` of JSON with the faults to answer with, in order; one that never "+
		"fired is an error at the end")
	flags.BoolVar(&o.permissions, "permissions", false, "demand a token whose permissions suffice")
	flags.BoolVar(&o.shuffle, "shuffle", false, "answer with lists in another order each time where none was asked for")
	flags.BoolVar(&o.hasten, "hasten", false, "let reviews and packages pass through their states in moments instead of "+
		"minutes; the days that a review runs for stay days")
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
	if id, secret, _ := strings.Cut(o.client, ":"); o.client != "" && (!guid.MatchString(id) || secret == "") {
		return nil, errors.New("-client wants ID:SECRET, where ID is a GUID and the secret is not empty")
	}
	return &o, nil
}

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// tenant returns the fake that the flags describe.
func (o *options) tenant() (*graphfake.Server, error) {
	config := &graphfake.Options{Seed: o.random, Permissions: o.permissions, Shuffle: o.shuffle}
	if o.throttle {
		config.Throttle = &graphfake.Throttle{}
	}
	if o.replicas > 1 {
		config.Replication = &graphfake.Replication{Replicas: graphfake.EvenLags(o.replicas, o.delay)}
	}
	if o.hasten {
		config.Governance = &graphfake.Governance{Phase: 100 * time.Millisecond, Delivery: 200 * time.Millisecond}
	}
	fake := graphfake.New(config)
	if err := o.plant(fake); err != nil {
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

// plant fills the tenant with the seed, and the application of -client.
func (o *options) plant(fake *graphfake.Server) error {
	info, err := os.Stat(o.seed)
	switch {
	case o.seed != "" && err != nil:
		return err
	case o.seed != "" && info.IsDir():
		err = loadFolder(fake, o.seed)
	default:
		err = reading(o.seed, fake.Load)
	}
	if err != nil || o.client == "" {
		return err
	}
	id, secret, _ := strings.Cut(o.client, ":")
	for _, app := range fake.Applications() {
		if strings.EqualFold(app.AppID, id) {
			return fmt.Errorf("-client: the seed has the application %s already; give it a secretText there", id)
		}
	}
	fake.AddApplication(graphfake.Application{AppID: id, DisplayName: "fakegraph -client", Secrets: []string{secret}})
	fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: id, Permissions: allPermissions})
	return nil
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

// explain says what a client needs to be let in; never a secret that it was given.
func (o *options) explain(out io.Writer, fake *graphfake.Server, host string) {
	if o.tls {
		fmt.Fprintf(out, "certificate to trust: %s\n", o.cert)
	}
	if id, _, ok := strings.Cut(o.client, ":"); ok {
		fmt.Fprintf(out, "sign in at %s/%s as %s\n", host, fake.TenantID(), id)
	}
	if o.permissions {
		fmt.Fprintf(out, "tokens are JWTs, signed or not, that name permissions in scp or roles; one that may do "+
			"everything, for an hour:\n%s\n",
			fake.AppToken(allPermissions...))
	}
}
