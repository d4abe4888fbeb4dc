package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRun_LineBreaksInAnAddressDoNotKeepALeaver: a list with line breaks that
// belong there is read to its end, so somebody who left it loses the role, and
// the second run has nothing to do.
func TestRun_LineBreaksInAnAddressDoNotKeepALeaver(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob", "cy")
	app := c.application("CORPDB1", "General")
	for _, name := range []string{"ada", "bob", "cy"} {
		c.assign(app, name, 0)
	}
	args := with("run", flow("../../roster/testdata/legit_ml.csv"), "-role", "General",
		"-remove", "unlisted", "-max-removals", "1", "-max-removal-share", "50%", "-yes")
	got := c.govern(args...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Equal(t, []string{"ada: General", "bob: General"}, c.assigned("CORPDB1"))

	before := c.state()
	c.ForgetRequests()
	got = c.govern(args...)
	assert.Equal(t, exitDone, got.status, got.err)
	assert.Equal(t, before, c.state(), "the tenant changed")
	assert.Empty(t, c.writes())
}
