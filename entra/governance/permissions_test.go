package governance

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// README's table is what somebody asks an administrator for: it must be what the
// errors and the preflight ask for.
func TestREADMENamesThePermissionsOfEachStep(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	for step := range operations {
		row := fmt.Sprintf("| %s | `%s` |\n", step, strings.Join(step.permissions(), "`, `"))
		assert.Contains(t, string(readme), row)
	}
	assert.Contains(t, string(readme), "and `"+opReadLicenses.Least()[0]+"` |")
}
