package assign_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Someone who imports this package builds in seconds.
func TestThePackageImportsLittle(t *testing.T) {
	t.Parallel()
	const module = "github.com/rollcall-go/rollcall/"
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	var own []string
	for dep := range strings.FieldsSeq(string(out)) {
		first, _, _ := strings.Cut(dep, "/")
		switch {
		case strings.HasPrefix(dep, module):
			own = append(own, strings.TrimPrefix(dep, module))
		case strings.Contains(first, "."):
			assert.True(t, strings.HasPrefix(dep, "golang.org/x/text/"), "%s may not be imported", dep)
		}
	}
	assert.ElementsMatch(t, []string{"assign", "assign/internal/document", "assign/internal/text", "roster", "roster/internal/advalue"}, own)
}

func TestFilesStayShort(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"*.go", "assigntest/*.go", "internal/*/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			if !strings.HasSuffix(file, "_test.go") {
				assert.LessOrEqual(t, bytes.Count(text, []byte("\n")), 400, file)
			}
		}
	}
}
