package roster_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

func TestAHeaderKnowsWhetherItsRowsWereAllRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason   string
		csv      string
		stop     int // leave the loop after so many rows; 0 means never
		n        int
		complete bool
	}{
		{"all rows, one of them unreadable", "A,B\n1,2\n3\n", 0, 2, true},
		{"rows were left out on the way", "A,B\n1,2\n3,4\n", 0, 1, false},
		{"the reading was ended early", "A,B\n1,2\n3,4\n", 1, 1, false},
		{"the file breaks off", "A\n" + strings.Repeat("x", 100), 0, 1, false},
	}
	for _, test := range tests {
		r, err := roster.NewReader(strings.NewReader(test.csv), &roster.Options{MaxRecord: 20})
		require.NoError(t, err)
		assert.False(t, r.Header().Complete(test.n), "nothing was read yet")
		i := 0
		for range r.Rows() {
			if i++; i == test.stop {
				break
			}
		}
		assert.Equal(t, test.complete, r.Header().Complete(test.n), test.reason)
	}
	own, err := roster.NewHeader("", []string{"A"})
	require.NoError(t, err)
	assert.True(t, own.Complete(7), "nobody counts the rows of another source")
}
