package graphfake_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/examples/conformance/exchange"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An act is an exchange as it went: what it came to, and the requests that it led to.
type act struct {
	file     string
	exchange *exchange.Exchange
	results  []exchange.Result
	requests []graphfake.Request
	err      error
}

// acts are all exchanges, each file sent to a fake of its own. Its lists have no order, as
// an exchange that relies on one would fail elsewhere.
var acts = sync.OnceValues(func() ([]act, error) {
	files, err := exchange.Files()
	if err != nil {
		return nil, err
	}
	played := make([][]act, len(files))
	var all sync.WaitGroup
	for i, f := range files {
		all.Go(func() { played[i] = playFile(f) })
	}
	all.Wait()
	return slices.Concat(played...), nil
})

func playFile(f exchange.File) (list []act) {
	s := graphfake.New(&graphfake.Options{Permissions: f.NeedsTokens(), Shuffle: true,
		Governance: &graphfake.Governance{Phase: time.Nanosecond, Delivery: time.Nanosecond}})
	scene := &exchange.Scene{Root: root, Client: &http.Client{Transport: s.Transport()}, Token: s.AppToken(exchange.Permissions...),
		Fresh: func(user string, permissions ...string) string {
			if user != "" {
				return s.UserToken(user, permissions...)
			}
			return s.AppToken(permissions...)
		}}
	scene.Begin("contoso.example", "42")
	for _, x := range f.Exchanges {
		results, err := scene.Play(context.Background(), x)
		list = append(list, act{f.Name, x, results, s.Requests(), err})
		s.ForgetRequests()
	}
	return list
}

// The exchanges can also be sent to a real tenant, see examples/conformance.
func TestConformance(t *testing.T) {
	t.Parallel()
	list, err := acts()
	require.NoError(t, err)
	require.NotEmpty(t, list)
	for _, a := range list {
		assert.NoError(t, a.err, a.exchange.Place)
		assert.NotEmpty(t, a.results, "%s: was not sent", a.exchange.Place)
		for _, r := range a.results {
			assert.Empty(t, r.Difference, "%s: %s\nsource: %s\n%s", r.Place, r.Fact, r.Source, r.Answer)
		}
	}
}

// Every exchange must say what it rests on, or nobody can tell a fact from a guess.
func TestConformanceExchangesHaveSources(t *testing.T) {
	t.Parallel()
	list, err := acts()
	require.NoError(t, err)
	count := map[string]int{}
	for _, a := range list {
		x := a.exchange
		if x.Is("setup") {
			continue
		}
		marks := slices.DeleteFunc(slices.Clone(x.Marks), func(m string) bool { return m == "fake" })
		assert.Len(t, marks, 1, "%s: one of verified, relied and believed", x.Place)
		assert.NotEmpty(t, x.Source, "%s: a source", x.Place)
		assert.Regexp(t, `[.]$`, x.Fact, "%s: the fact is a sentence", x.Place)
		count[x.Standing()] += max(1, len(a.results))
	}
	assert.Greater(t, count["documented"], 100, "%v", count)
}
