package main

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file in testdata, or writes it under -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "if this is meant: go test ./examples/govern -run %s -update", t.Name())
}

// looks is how long Verify took, which is a matter of the fake's chances.
var looks = regexp.MustCompile(`seen after \d+s, in \d+ reads`)

// TestDemo runs in a bubble, in which the demo's waiting takes no time.
func TestDemo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := govern(t, nil)
		assert.Equal(t, exitDone, got.status)
		assert.Empty(t, got.err)
		golden(t, "demo.golden", looks.ReplaceAllString(got.out, "seen after Ns, in N reads"))
		assert.LessOrEqual(t, strings.Count(got.out, "\n"), 225, "nobody reads more than a few screens")
		for line := range strings.Lines(got.out) {
			assert.LessOrEqual(t, columns(strings.TrimSuffix(line, "\n")), screen, line)
		}
	})
}

func TestDemo_ShowsEveryKindOfOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newDemoSession(t)
		report, err := s.match(t.Context())
		require.NoError(t, err)
		for kind, n := range report.Counts() {
			assert.NotZero(t, n, "the demo shows no %s", kind)
		}
		assert.NotZero(t, report.Count(match.Matched)-report.Enabled())
		near, misread := 0, 0
		for o := range report.Of(match.NotFound, match.Failed) {
			if len(s.near.Of(o)) > 0 {
				near++
			}
			if o.Kind == match.Failed && o.Key == "" {
				misread++
			}
		}
		assert.NotZero(t, near, "no row resembles somebody")
		assert.NotZero(t, misread, "no row is ragged")
	})
}

// newDemoSession is the demo's session before its first step.
func newDemoSession(t *testing.T) *session {
	t.Helper()
	s := &session{out: &console{to: new(bytes.Buffer)}, err: new(bytes.Buffer), opts: demoOptions()}
	s.roster, s.excluded = fromFS(demoFiles, s.opts.roster), fromFS(demoFiles, s.opts.exclude)
	require.NoError(t, s.connect())
	return s
}

func TestPeople_AreTheSameEachTimeAndNeverShareALogin(t *testing.T) {
	t.Parallel()
	assert.Equal(t, people(500), people(1000)[:500], "golden files and plan files would not fit the next run")
	logins, numbers := map[string]bool{}, map[string]bool{}
	for _, p := range people(100_000) {
		logins[p.login], numbers[p.number] = true, true
	}
	assert.Len(t, logins, 100_000)
	assert.Len(t, numbers, 100_000)
}
