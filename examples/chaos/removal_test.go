package chaos_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
)

// A breakage spoils one read of a flow, for good: the n-th, and all that ask the
// same from then on. n = 0 only counts.
type breakage struct {
	next  http.RoundTripper
	n     int
	spoil func(*http.Request, *http.Response) (*http.Response, error)

	mu     sync.Mutex
	reads  int
	what   string // the read
	astray string // a host that got a request and may not
}

func (b *breakage) before(next http.RoundTripper) http.RoundTripper {
	b.next = next
	return unpacked{b}
}

func (b *breakage) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != "graph.microsoft.com" {
		b.astray = r.URL.Host
	}
	if r.Method != http.MethodGet || !b.meant(r.URL) {
		return b.next.RoundTrip(r)
	}
	res, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	return b.spoil(r, res)
}

func (b *breakage) meant(u *url.URL) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.reads++; b.reads == b.n {
		b.what = u.RequestURI()
	}
	return b.what != "" && u.RequestURI() == b.what
}

// Ways in which a read doesn't come to its end. A page that is short and names
// no next one is not among them: it can't be told from a whole list.
var breakages = map[string]func(*http.Request, *http.Response) (*http.Response, error){
	"answered with 500": func(r *http.Request, _ *http.Response) (*http.Response, error) {
		return answered(r, http.StatusInternalServerError, `{"error":{"code":"UnknownError","message":""}}`), nil
	},
	"cut off half way": func(r *http.Request, res *http.Response) (*http.Response, error) {
		body := readAll(res)
		return answered(r, http.StatusOK, string(body[:len(body)/2])), nil
	},
	"answered with an empty object": func(r *http.Request, _ *http.Response) (*http.Response, error) {
		return answered(r, http.StatusOK, `{}`), nil
	},
	"answered with nothing": func(r *http.Request, _ *http.Response) (*http.Response, error) {
		return answered(r, http.StatusOK, ``), nil
	},
	"answered by a login page": func(r *http.Request, _ *http.Response) (*http.Response, error) {
		return answered(r, http.StatusOK, `<html><body>Sign in</body></html>`), nil
	},
	"refused": func(r *http.Request, _ *http.Response) (*http.Response, error) {
		return answered(r, http.StatusForbidden, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`), nil
	},
	"never answered": func(*http.Request, *http.Response) (*http.Response, error) { return nil, errOffline },
	"sent in a circle": func(r *http.Request, res *http.Response) (*http.Response, error) {
		return leadsTo(res, r.URL.String()), nil
	},
	"sent to another host": func(_ *http.Request, res *http.Response) (*http.Response, error) {
		return leadsTo(res, "https://elsewhere.example/v1.0/users?$skiptoken=x"), nil
	},
}

// leadsTo gives a list another next page. Other answers lead nowhere: they are
// left as they are.
func leadsTo(res *http.Response, next string) *http.Response {
	return edited(res, func(body string) string {
		if head, found := strings.CutSuffix(strings.TrimSpace(withoutNext(body)), "}"); found && strings.Contains(body, `"value":[`) {
			return head + fmt.Sprintf(`,"@odata.nextLink":%q}`, next)
		}
		return body
	})
}

// TestUnfinishedReadRemovesNothing: whichever read of the flow does not come to
// its end, nobody loses a role because of it. Peers read an empty or broken
// answer as "all gone" and acted on it.
// https://github.com/awslabs/ssosync/issues/194
// https://github.com/elastic/connectors/issues/2393
func TestUnfinishedReadRemovesNothing(t *testing.T) {
	t.Parallel()
	lookups := []entra.Strategy{entra.Batches, entra.Listing, entra.PerRow}
	switch {
	case hurried:
		lookups = lookups[:1]
	case *runs < 500:
		lookups = lookups[:2]
	}
	for _, lookup := range lookups {
		tr := trial{scene: standing, page: 2, tenant: tenant(1, false), options: graph.Options{InFlight: 1}, lookup: lookup}
		for name, spoil := range breakages {
			t.Run(string(lookup)+", "+name, func(t *testing.T) {
				t.Parallel()
				reads, stopped := tr.reads(t), 0
				for n := 1; n <= reads; n++ {
					report(t, fmt.Sprintf("read %d", n), bubble(t, func(t *testing.T) []string {
						complaints, spoilt := tr.spoilt(t, n, spoil)
						if spoilt {
							stopped++
						}
						return complaints
					}))
				}
				t.Logf("%d reads, %d of them stop the flow", reads, stopped)
				require.NotZero(t, stopped)
			})
		}
	}
}

// reads is how many reads the undisturbed flow makes.
func (tr trial) reads(t *testing.T) (n int) {
	synctest.Test(t, func(t *testing.T) {
		count := &breakage{}
		require.NoError(t, tr.newWorld(t).flow(count.before).run(t.Context()))
		n = count.reads
	})
	return n
}

// spoilt runs the flow with its n-th read broken, and reports whether it failed.
func (tr trial) spoilt(t *testing.T, n int, spoil func(*http.Request, *http.Response) (*http.Response, error)) (complaints []string, failed bool) {
	w, b := tr.newWorld(t), &breakage{n: n, spoil: spoil}
	f := w.flow(b.before)
	complaints, err := w.run(t.Context(), f)
	early := err != nil && f.at() <= planning
	if planned := f.plan.Count(assign.Remove); early && planned > 0 {
		complaints = append(complaints, fmt.Sprintf("%d removals are planned, though %s is unfinished", planned, b.what))
	}
	for _, operation := range writes(w.fake) {
		if early && strings.HasPrefix(operation, http.MethodDelete) {
			complaints = append(complaints, fmt.Sprintf("%s is sent, though %s is unfinished", operation, b.what))
		}
	}
	if b.astray != "" {
		complaints = append(complaints, "a request and its token went to "+b.astray)
	}
	return complaints, err != nil
}
