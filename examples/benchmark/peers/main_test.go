package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A peer that finds fewer is not comparable.
func TestAllPeersFindEverybody(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(&out, 90, time.Millisecond))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 3+len(peers), out.String())
	for _, line := range lines[3:] {
		fields := strings.Fields(line)
		assert.Equal(t, "90", fields[len(fields)-1], out.String())
	}
}
