// Package selfcheck_test holds the project to its own rules: who may import
// whom, what lies at the top level, and that what README shows is true.
package selfcheck_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

func TestTopLevelHoldsWhatTheDesignNamesAndNothingElse(t *testing.T) {
	t.Parallel()
	want := []string{
		".ci", ".github", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "ROUGH-EDGES.md", "SECURITY.md",
		"assign", "doc.go", "entra",
		"examples", "go.mod", "go.sum", "graphfake", "match", "roster",
	}
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	var got []string
	for _, entry := range entries {
		leftover := entry.Type().IsRegular() && filepath.Ext(entry.Name()) != ".go" // a plan that a run wrote, say
		if entry.Name() != ".git" && (!leftover || slices.Contains(want, entry.Name())) {
			got = append(got, entry.Name())
		}
	}
	require.ElementsMatch(t, want, got)
}
