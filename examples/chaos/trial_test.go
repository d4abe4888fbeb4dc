package chaos_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

// A trial says in which tenant the flow runs, and what stands in its way.
type trial struct {
	scene   scene
	tenant  graphfake.Options
	options graph.Options
	lookup  entra.Strategy
	page    int // the most objects that the service puts on a page; 0 = as many as are asked for
	faults  []graphfake.Fault

	whole graphfake.Snapshot // how an undisturbed run ended, if there was one

	// between is put between client and service; tune changes the flow.
	between func(http.RoundTripper) http.RoundTripper
	tune    func(*flow)
}

// A world is one tenant in which flows run, with what is held against them.
type world struct {
	trial
	t      testing.TB
	fake   *graphfake.Server
	judge  *judge
	strict *strictness
	hurt   int // requests that failed
}

// newWorld must be called in a synctest bubble.
func (tr trial) newWorld(t testing.TB) *world {
	w := &world{trial: tr, t: t, strict: &strictness{}}
	tr.tenant.TB = w.strict
	w.fake = graphfake.New(&tr.tenant)
	tr.scene.fill(w.fake)
	w.fake.Inject(tr.faults...)
	w.judge = newJudge(tr.scene, w.fake)
	return w
}

// flow returns the flow as a new process would run it. outer stands nearest to
// the client.
func (w *world) flow(outer func(http.RoundTripper) http.RoundTripper) *flow {
	options := graph.ConnectOptions{Transport: pager{next: w.fake.Transport(), size: w.page}, Options: w.options}
	for _, wrap := range []func(http.RoundTripper) http.RoundTripper{w.between, outer} {
		if wrap != nil {
			options.Transport = wrap(options.Transport)
		}
	}
	conn, err := graph.Connect(graph.StaticToken("for the fake"), &options)
	require.NoError(w.t, err)
	client := entra.New(conn, &entra.Options{Lookup: w.lookup})
	f := &flow{rows: readRoster(w.t), client: client, remove: w.scene.removes()}
	if w.tune != nil {
		w.tune(f)
	}
	return f
}

// run runs the flow once and judges it.
func (w *world) run(ctx context.Context, f *flow) (complaints []string, err error) {
	err = f.run(ctx)
	return append(w.judge.after(f, err), w.strict.take()...), err
}

// must runs the flow once, which must succeed, and in good time: nothing is in
// its way that it could not get over.
func (w *world) must(ctx context.Context) []string {
	started := time.Now()
	complaints, err := w.run(ctx, w.flow(nil))
	if err != nil {
		complaints = append(complaints, fmt.Sprintf("the flow fails: %v", err))
	}
	if took := time.Since(started); took > tooLong {
		complaints = append(complaints, fmt.Sprintf("the flow takes %v", took))
	}
	for _, fault := range w.fake.Unfired() {
		complaints = append(complaints, fmt.Sprintf("this fault did not happen: %s", fault))
	}
	return complaints
}

// tooLong is far more than replicas, pauses and a few retries take.
const tooLong = 20 * time.Minute

// A strictness collects what graphfake holds against a client: requests that it
// doesn't model, or that come before their Retry-After.
type strictness struct{ said []string }

func (s *strictness) Helper()             {}
func (s *strictness) Logf(string, ...any) {}
func (s *strictness) Cleanup(func())      {}
func (s *strictness) Errorf(format string, args ...any) {
	s.said = append(s.said, fmt.Sprintf(format, args...))
}

func (s *strictness) take() []string {
	said := s.said
	s.said = nil
	return said
}

// bubble returns what f returns in a synctest bubble of its own.
func bubble(t *testing.T, f func(t *testing.T) []string) (complaints []string) {
	synctest.Test(t, func(t *testing.T) { complaints = f(t) })
	return complaints
}

// report fails the test with complaints, the first few of them.
func report(t testing.TB, what string, complaints []string) {
	t.Helper()
	if len(complaints) > 6 {
		complaints = append(complaints[:6:6], fmt.Sprintf("and %d more", len(complaints)-6))
	}
	if len(complaints) > 0 {
		t.Errorf("%s:\n  %s", what, strings.Join(complaints, "\n  "))
	}
}
