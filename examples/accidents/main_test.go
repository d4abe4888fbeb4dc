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

var update = flag.Bool("update", false, "write the table anew")

// TestAccidents holds that rollcall harms nobody in any accident, and that the
// article's loop does where the table says so: else the accident would show nothing.
func TestAccidents(t *testing.T) {
	t.Parallel()
	for _, a := range accidents {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				loop, err := a.play(t.Context(), theLoop)
				require.NoError(t, err)
				assert.Equal(t, a.Loop, a.harm(loop), "people whom the loop harms; it said: %s", loop.said)
				assert.Equal(t, a.Unlisted, loop.unlisted, "people who would lose the role if whoever was not found were removed")
				ours, err := a.play(t.Context(), a.rollcall())
				require.NoError(t, err)
				assert.Zero(t, a.harm(ours), "people whom rollcall harms; it said: %s", ours.said)
				assert.Zero(t, ours.strangers+ours.lost+ours.disabled+ours.closed, "rollcall does another harm: %+v", ours)
				assert.Contains(t, ours.said, a.Answer)
			})
			assert.True(t, strings.HasPrefix(a.Source, "https://"), "%s has no source", a.Name)
		})
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	synctest.Test(t, func(t *testing.T) { require.NoError(t, writeTable(t.Context(), &got)) })
	const golden = "testdata/table.md"
	if *update {
		require.NoError(t, os.WriteFile(golden, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got.String(), "go test ./examples/accidents -update writes it anew")
}
