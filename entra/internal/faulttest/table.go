package faulttest

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
)

// An Operation is a section of a retry table: a write, and the request in it
// that fails.
type Operation struct {
	Name   string
	Target string // the kind of the request that fails
	// Prepare sets the tenant up and returns what to do with a client.
	Prepare func(tn *Tenant) func(*entra.Client) error
	// State describes the tenant afterwards.
	State func(tn *Tenant) string
	// Again says that a write that landed may be made once more.
	Again bool
	// Keyless says that the object has no key by which it could be made once. The
	// write is never sent again after an unclear outcome, which may stay unclear.
	Keyless bool
}

var none, exists = Fault{Name: "none"}, Fault{Name: "exists"}

// lasting are the faults that do not pass for an object of old.
var lasting = []Fault{
	Unseen,
	Refusal("400 reference", 400, "Request_BadRequest", "Not a valid reference update."),
	Refusal("400 no application", 400, "Request_BadRequest",
		"The appId 'x' of the service principal does not reference a valid application object."),
}

var concurrent = Refusal("409 concurrent", 409, "Directory_ConcurrencyViolation",
	"Error due to concurrent requests being made to the tenant. Please wait briefly and retry.")

// A cell is what came of an operation under a fault.
type cell struct {
	writes, others int // requests
	gap            time.Duration
	took           time.Duration
	state          string
	err            error
}

// try runs an operation. The fault named "exists" is none: another run has done
// the same before.
func (op Operation) try(t *testing.T, f Fault) (c cell) {
	synctest.Test(t, func(t *testing.T) {
		tn := NewTenant(t, nil)
		do := op.Prepare(tn)
		if f.Name == exists.Name {
			require.NoError(t, do(tn.NewClient()))
		}
		tn.Faults.Forget()
		if f.Status != 0 || f.Reset {
			tn.Faults.Inject(op.Target, f)
		}
		started := time.Now()
		c.err = do(tn.Client)
		c.took = time.Since(started)
		c.count(op.Target, tn.Faults.Calls())
		c.state = op.State(tn)
	})
	return c
}

// count counts the calls; the gap is that between the last two writes.
func (c *cell) count(target string, calls []Call) {
	var last time.Time
	for _, made := range calls {
		if made.Kind != target {
			c.others++
			continue
		}
		if c.writes++; c.writes > 1 {
			c.gap = made.At.Sub(last)
		}
		last = made.At
	}
}

var update = flag.Bool("update-retrytable", false, "write the retry tables in testdata anew")

// RunTable checks a retry table, which says for every operation and every fault
// how many requests are made, how the tenant ends up, and which error is given.
// What must hold in every cell is checked here; the rest is in the file.
func RunTable(t *testing.T, operations []Operation, file string) {
	var table strings.Builder
	for _, op := range operations {
		wanted := op.try(t, none)
		require.NoError(t, wanted.err)
		fmt.Fprintf(&table, "%s (%s)\n%-22s%7s%7s  %-108s  %s\n",
			op.Name, op.Target, "", "writes", "others", "state", "error")
		for _, f := range slices.Concat([]Fault{none}, Transient, lasting, []Fault{concurrent, exists}) {
			got := op.try(t, f)
			op.check(t, f, got, wanted)
			fmt.Fprintf(&table, "  %-20s%7d%7d  %-108s  %s\n", f.Name, got.writes, got.others, got.state, line(got.err))
		}
		table.WriteString("\n")
	}
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(table.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), table.String())
}

func (op Operation) check(t *testing.T, f Fault, got, wanted cell) {
	what := op.Name + ", " + f.Name
	passes := f.Name == concurrent.Name || slices.ContainsFunc(Transient, func(p Fault) bool { return p.Name == f.Name })
	if got.err == nil {
		assert.Equal(t, wanted.state, got.state, "%s: reported as done, and it is not", what)
	}
	if got.err != nil {
		assert.NotContains(t, got.err.Error(), "\n", what)
		assert.NotContains(t, got.err.Error(), "ada", "%s: an error must not hold names", what)
		unclear := op.Keyless && errors.Is(got.err, graph.ErrUnclear)
		assert.True(t, unclear || got.took == 0, "%s: an answer that will not change must not be waited for", what)
	}
	if f.Name == exists.Name || f.Name == none.Name {
		assert.NoError(t, got.err, what)
	}
	if passes && op.Keyless && f.Status != 429 && f.Name != concurrent.Name {
		assert.Equal(t, 1, got.writes, "%s: it must not be sent again", what)
		assert.Equal(t, !f.Lands, errors.Is(got.err, graph.ErrUnclear), "%s: %v", what, got.err)
	} else if passes {
		assert.NoError(t, got.err, "%s passes by itself", what)
		assert.LessOrEqual(t, got.writes, 2, "%s: one failure needs one more attempt at most", what)
	}
	if f.Lands && !op.Again {
		assert.Equal(t, 1, got.writes, "%s: a write that landed must be found, not made again", what)
	}
	if f.Status == 429 {
		assert.GreaterOrEqual(t, got.gap, 2500*time.Millisecond, "%s: came back before Retry-After", what)
	}
	if f.Name == exists.Name {
		assert.Less(t, got.took, 5*time.Minute, what)
	}
}

func line(err error) string {
	if err == nil {
		return "-"
	}
	for _, s := range []struct {
		name string
		err  error
	}{{"ErrUnclear", graph.ErrUnclear}, {"ErrNotFound", graph.ErrNotFound},
		{"ErrNotReplicated", graph.ErrNotReplicated}, {"ErrExists", graph.ErrExists}} {
		if errors.Is(err, s.err) {
			return s.name
		}
	}
	return err.Error()
}
