package benchmark_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

var jsonFile = flag.String("json", "", "run TestTable in all sizes and write its figures to this `file`, relative to this folder")

var (
	allSizes   = []int{1_000, 10_000, 100_000}
	smallSizes = allSizes[:1]
)

// TestTable does the article's work and rollcall's in virtual time, on a tenant
// with a latency, the published limits and replicas, and compares both with the
// floor; then the work of cases. All sizes, two minutes of real time and 3 GB:
//
//	go test ./examples/benchmark -run '^TestTable$' -count=1 -v -args -json FILE
//
// Without -json it does the smallest size.
func TestTable(t *testing.T) {
	sizes := smallSizes
	if *jsonFile != "" {
		sizes = allSizes
	}
	fs := table(t, sizes)
	rises := fs.rises(sizes)
	if *jsonFile != "" {
		for _, c := range cases() {
			figures := c.measure(t)
			c.check(t, figures)
			fs = append(fs, figures...)
		}
		fs = append(fs, sensitivity(t, 10_000)...)
	}
	if testing.Verbose() {
		fs.writeTable(os.Stdout)
		writeRises(os.Stdout, rises)
	}
	if *jsonFile != "" {
		var b bytes.Buffer
		require.NoError(t, fs.writeJSON(&b))
		require.NoError(t, os.WriteFile(*jsonFile, b.Bytes(), 0o644))
	}
	for _, rows := range sizes {
		for _, users := range []int{rows, 10 * rows} {
			checkRatios(t, fs, rows, users)
		}
	}
	for _, r := range rises {
		// The limit of writes lets 3,000 pass at once, and then 20 a second.
		assert.Equal(t, "seconds of assigning", r.what+" of "+r.work, "cost per row rises with the roster: %+v", r)
	}
}

// checkRatios holds what was set out to be reached.
func checkRatios(t *testing.T, fs figures, rows, users int) {
	of := func(work, who string) figure { return fs.of(work, rows, users, who) }
	what := fmt.Sprintf("%d rows, %d users", rows, users)

	script, ours := of(matching, theArticle), of(matching, rollcall)
	assert.GreaterOrEqual(t, script.Seconds/ours.Seconds, 999.9, "times faster at matching, %s", what)

	ours = of(assigning, rollcall)
	assert.LessOrEqual(t, ours.Seconds-of(assigning, theFloor).Seconds, max(2.5, 0.02*ours.Seconds), "assigning above the floor, %s", what)
	assert.Less(t, float64(ours.Throttled)/float64(ours.Answers), 0.01, "share of 429s, %s", what)
	assert.Equal(t, rows, ours.Writes, "each user is to be assigned once, %s", what)

	ours = of(secondRun, rollcall)
	assert.Zero(t, ours.Writes, "writes of a second run, %s", what)
	assert.LessOrEqual(t, float64(ours.Requests)/float64(of(secondRun, theFloor).Requests), 1.2, "requests of a second run, %s", what)
}

// TestTheTableIsTheSameEveryTime: a figure that differs from run to run proves
// nothing about a change of the code.
func TestTheTableIsTheSameEveryTime(t *testing.T) {
	var first, second bytes.Buffer
	require.NoError(t, table(t, smallSizes).writeJSON(&first))
	require.NoError(t, table(t, smallSizes).writeJSON(&second))
	assert.Equal(t, first.String(), second.String())
	assert.Contains(t, first.String(), `{"work":"matching","rows":1000,"directory":1000,"who":"article","seconds":150,"requests":1000,"units":1000,"throttled":0}`)
}

// TestPacingIsTheSameEveryTime: four requests at a time come back in any order,
// and what they say of the limit must not depend on it.
func TestPacingIsTheSameEveryTime(t *testing.T) {
	const rows = 3_200 // of which 3,000 are written at once
	seen := map[float64]int{}
	for range 3 {
		synctest.Test(t, func(t *testing.T) {
			fake := newTenant(t, rows)
			l := &library{job: job{fake, newApplication(fake, "paced"), newList(rows, rows), nil, graph.Options{}}}
			l.match(t)
			var f figure
			f.measure(fake, func() { l.assign(t) })
			assert.Equal(t, rows, f.Writes)
			seen[f.Seconds]++
		})
	}
	assert.Len(t, seen, 1, "seconds, and how often")
}

// table measures all work on rosters of these sizes, each in a tenant of its
// size and in one ten times as large. It goes tenant by tenant, as a large one
// takes longer to set up than to work on.
func table(t *testing.T, sizes []int) figures {
	var fs figures
	for _, users := range tenants(sizes) {
		synctest.Test(t, func(t *testing.T) {
			fake := newTenant(t, users)
			for _, rows := range sizes {
				if rows == users || 10*rows == users {
					fs = append(fs, measureAll(t, fake, rows, users)...)
				}
			}
		})
	}
	return fs
}

// tenants are the numbers of users for rosters of these sizes.
func tenants(sizes []int) []int {
	var users []int
	for _, rows := range sizes {
		users = append(users, rows, 10*rows)
	}
	slices.Sort(users)
	return slices.Compact(users)
}

// measureAll does each work by both ways, on an application of their own.
func measureAll(t *testing.T, fake *graphfake.Server, rows, users int) (fs figures) {
	list := newList(rows, users)
	workers := map[string]worker{
		theArticle: &scripted{job: job{fake, newApplication(fake, fmt.Sprint("scripted ", rows)), list, nil, graph.Options{}}},
		rollcall:   &library{job: job{fake, newApplication(fake, fmt.Sprint("library ", rows)), list, nil, graph.Options{}}},
	}
	for _, work := range []string{matching, assigning, secondRun} {
		for _, who := range []string{theArticle, rollcall} {
			f := figure{Work: work, Rows: rows, Directory: users, Who: who}
			f.measure(fake, func() { do(t, workers[who], work) })
			fs = append(fs, f)
		}
		fs = append(fs, floor(work, rows, users, published))
	}
	return fs
}

func do(t *testing.T, w worker, work string) {
	switch work {
	case matching:
		w.match(t)
	case assigning:
		w.assign(t)
	case secondRun:
		w.both(t)
	}
}
