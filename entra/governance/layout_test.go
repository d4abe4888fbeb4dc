package governance_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/rollcall-go/rollcall/"

// goList returns what go list prints, one import path a word.
func goList(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...).Output()
	require.NoError(t, err)
	return strings.Fields(string(out))
}

// The package imports the core, the connection, and what fulfill compares. From
// outside the module it needs nothing by itself: whatever the connection is made
// of stays behind it.
func TestThePackageImportsItsRow(t *testing.T) {
	t.Parallel()
	var own []string
	for _, dep := range goList(t, "-f", `{{join .Imports "\n"}}`, ".") {
		first, _, _ := strings.Cut(dep, "/")
		if strings.HasPrefix(dep, module) {
			own = append(own, strings.TrimPrefix(dep, module))
		} else {
			assert.NotContains(t, first, ".", "%s may not be imported", dep)
		}
	}
	assert.ElementsMatch(t, []string{"assign", "assign/fulfill", "entra", "entra/graph", "match", "roster"}, own)
}

// All in all it builds what its row allows, and not the generated models of the
// SDK, which take minutes.
func TestThePackageBuildsNothingElse(t *testing.T) {
	t.Parallel()
	allowed := []string{"assign", "assign/fulfill", "entra", "entra/graph", "entra/governance", "match", "roster"}
	for _, dep := range goList(t, "-deps", ".") {
		name, ours := strings.CutPrefix(dep, module)
		ours = ours && !strings.Contains(name, "/internal/")
		assert.True(t, !ours || slices.Contains(allowed, name), "%s may not be imported", dep)
		assert.False(t, strings.HasPrefix(dep+"/", "github.com/microsoftgraph/msgraph-sdk-go/"), dep)
	}
}

// The core uses nothing of governance. That governance needs only what the core
// and the connection export is true by construction: they are other packages, and
// the row above has no internal one of theirs.
func TestTheCoreDoesNotImportThePackage(t *testing.T) {
	t.Parallel()
	assert.NotContains(t, goList(t, "-deps", ".."), module+"entra/governance")
}

func TestFilesStayShort(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	count := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.LessOrEqual(t, bytes.Count(text, []byte("\n")), 400, file)
		count++
	}
	assert.LessOrEqual(t, count, 17, "files without tests")
}
