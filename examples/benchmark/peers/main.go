// Peers finds the users of a list in ways that people would pick, over HTTP and in real
// time, from the same stand-in for Microsoft Graph, and prints what each took:
//
//	go run ./examples/benchmark/peers
//
// It takes less than five minutes, most of them for the article's loop.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"text/tabwriter"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
)

func main() {
	rows := flag.Int("rows", 1000, "how many users are looked up, in a directory of ten times as many")
	latency := flag.Duration("latency", 150*time.Millisecond, "what every request takes, batch or not")
	flag.Parse()
	if err := run(os.Stdout, *rows, *latency); err != nil {
		log.Fatal(err)
	}
}

// run asks the peers one after another, each of a tenant whose limits are whole.
func run(out io.Writer, rows int, latency time.Duration) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "%d rows, %d users, %v a request, the published limits\n\n", rows, 10*rows, latency)
	fmt.Fprintln(table, "who\tseconds\trequests\tfound")
	for _, p := range peers {
		fake := graphfake.New(&graphfake.Options{Latency: latency, Throttle: &graphfake.Throttle{}})
		fake.AddUsers(func(yield func(graphfake.User) bool) {
			for i := range 10 * rows {
				if !yield(graphfake.User{UserPrincipalName: principalName(i)}) {
					return
				}
			}
		})
		names := make([]string, rows)
		for i := range names {
			names[i] = principalName(10 * i)
		}
		t := tenant{endpoint: fake.Start()}
		began := time.Now()
		found, err := p.find(context.Background(), t, names)
		took := time.Since(began)
		fake.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", p.who, err)
		}
		sent := 0
		for _, r := range fake.Requests() {
			if r.Batch == 0 {
				sent++
			}
		}
		fmt.Fprintf(table, "%s\t%.2f\t%d\t%d\n", p.who, took.Seconds(), sent, found)
	}
	return table.Flush()
}

func principalName(i int) string { return fmt.Sprintf("somebody.%07d@contoso.example", i) }

// A tenant is where the stand-in listens.
type tenant struct{ endpoint string }

// client sends requests for Microsoft Graph to the tenant, with as many connections as
// sixteen goroutines use.
func (t tenant) client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 32
	return &http.Client{Transport: redirected{transport, t.endpoint}}
}

// redirected sends requests to another host.
type redirected struct {
	next     http.RoundTripper
	endpoint string
}

func (r redirected) RoundTrip(req *http.Request) (*http.Response, error) {
	to, err := url.Parse(r.endpoint)
	if err != nil {
		return nil, err
	}
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host, req.Host = to.Scheme, to.Host, to.Host
	return r.next.RoundTrip(req)
}
