package chaos_test

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

// TestUndisturbed: what all the other tests compare with is right. The files
// say how each tenant must stand at the end, for people to read.
func TestUndisturbed(t *testing.T) {
	for _, s := range scenes {
		synctest.Test(t, func(t *testing.T) {
			w := trial{scene: s, tenant: graphfake.Options{Seed: 1}}.newWorld(t)
			if *update {
				require.NoError(t, w.flow(nil).run(t.Context()))
				require.NoError(t, os.WriteFile(s.file(), []byte(strings.Join(state(w.fake), "\n")+"\n"), 0o644))
				return
			}
			report(t, string(s), w.must(t.Context()))
		})
	}
}
