package main

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each accident harms nobody under rollcall; and unless it is said to be harmless, it
// does harm under the loop, so that the comparison means something.
func TestAccidents(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, a := range accidents() {
		require.False(t, names[a.name], a.name)
		names[a.name] = true
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ours, answer := a.replay(t.Context(), true)
				assert.Equal(t, harm{}, ours, "rollcall: %s", answer)
				assert.NotEmpty(t, answer)
				loop, _ := a.replay(t.Context(), false)
				assert.Equal(t, a.harmless, loop == harm{}, "the loop: %s", loop)
				if a.source != unpublished {
					assert.True(t, strings.HasPrefix(a.source, "https://"), a.source)
				}
			})
		})
	}
	assert.GreaterOrEqual(t, len(names), 20)
}

// What the accident spoils is what saves people: without it both programs do their work.
func TestWithoutAccidentsBothDoTheirWork(t *testing.T) {
	t.Parallel()
	for _, toRollcall := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			a := accident{list: export(people[1:]...), holding: true, removes: true}
			w := newWorld(a)
			if toRollcall {
				w.reconcile(t.Context(), a)
			} else {
				w.runScript(t.Context(), a)
			}
			assert.Equal(t, map[string]int{"ada": 1}, w.without(), "the leaver loses the role, and nobody else")

			a = accident{closing: true, holding: true}
			w = newWorld(a)
			leave := func() { w.take("ada"); w.rightful = people[1:] }
			if toRollcall {
				w.closeByRollcall(t.Context(), leave)
			} else {
				leave()
				w.closeByScript(t.Context(), a)
			}
			assert.Equal(t, []string{"ada"}, w.closed)
		})
	}
}

// without counts who of the people does not hold the role.
func (w *world) without() map[string]int {
	names, holders := map[string]int{}, w.holders()
	for _, name := range people {
		if !holders[w.ids[name]] {
			names[name]++
		}
	}
	return names
}

var update = flag.Bool("update", false, "write the table in testdata anew")

func TestTable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var table bytes.Buffer
		require.NoError(t, printTable(t.Context(), &table))
		if *update {
			require.NoError(t, os.WriteFile("testdata/table.golden", table.Bytes(), 0o644))
		}
		want, err := os.ReadFile("testdata/table.golden")
		require.NoError(t, err)
		assert.Equal(t, string(want), table.String())
	})
}
