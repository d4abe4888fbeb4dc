package governance

import (
	"fmt"
	"os"
	"regexp"
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
		row := fmt.Sprintf("| %s | `%s`", step, strings.Join(step.permissions(), "`, `"))
		assert.Regexp(t, regexp.QuoteMeta(row)+"( \\||;|, and)", string(readme), "what follows the least ones is said in words")
	}
	assert.Contains(t, string(readme), "and `"+opReadLicenses.Least()[0]+"` |")
}

// The packages' documentation has the same table, without what is said in words.
func TestDocsNameThePermissionsOfEachStep(t *testing.T) {
	t.Parallel()
	for file, steps := range map[string][]Step{
		"../doc.go": {StepMatch, StepCreate, StepRegister, StepAssign},
		"doc.go":    {StepMatch, StepCreate, StepRegister, StepAssign, StepReview, StepFollow, StepPackages, StepCustomData},
	} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, step := range steps {
			row := fmt.Sprintf(`(?m)^//\t%s +%s$`, step, regexp.QuoteMeta(strings.Join(step.permissions(), ", ")))
			assert.Regexp(t, row, string(text), file)
		}
	}
}
