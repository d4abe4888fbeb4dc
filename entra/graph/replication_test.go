package graph

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whoever waits long for a turn among others has not waited for a replica: what came
// too early would be given up though one more try would do.
func TestWaitOut_ATryThatTookLongGetsOneMore(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		takes time.Duration
		needs int // tries
		ok    bool
	}{
		{3 * time.Minute, 3, true},  // the second one began a second after the first had failed
		{3 * time.Minute, 4, false}, // the bound holds
		{0, 26, true},
		{0, 27, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := client(t, nil, &Options{ReplicationWait: 2 * time.Minute})
			tries := 0
			err := c.WaitOut(t.Context(), func() error {
				tries++
				time.Sleep(tt.takes)
				if tries < tt.needs {
					return NotYet(errors.New("not visible"))
				}
				return nil
			})
			if tt.ok {
				require.NoError(t, err, "%+v", tt)
				return
			}
			require.ErrorIs(t, err, ErrNotReplicated, "%+v", tt)
			assert.Less(t, tries, tt.needs)
		})
	}
}
