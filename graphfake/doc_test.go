package graphfake

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every route costs something and says which permissions it needs, so that
// throttling and permissions hold for all of them.
func TestRouteTableIsComplete(t *testing.T) {
	t.Parallel()
	own := []string{"/$batch", "/appRoleAssignments"} // nothing of their own
	for _, r := range routes() {
		require.Positive(t, r.units, r.path)
		require.NotNil(t, r.handler, r.path)
		require.Equal(t, slices.Contains(own, r.path), r.perms.application == "", r.path)
	}
}

// A path that the metadata takes for something else than the table does would
// never reach its handler.
func TestRoutesAreFound(t *testing.T) {
	t.Parallel()
	r := newRouter(routes())
	fill := strings.NewReplacer("{type}", "microsoft.graph.user", "{property}", "id")
	for _, want := range routes() {
		rq := &request{method: want.method, path: regexp.MustCompile(`{\w+}`).ReplaceAllString(fill.Replace(want.path), "x")}
		r.find(rq)
		require.NotNil(t, rq.route, want.path)
		require.Equal(t, want.path, rq.route.path)
	}
}

// Whoever imports the fake must build in seconds, with no dependency to
// download and nothing of this module's own clients.
func TestImportsOnlyTheStandardLibrary(t *testing.T) {
	t.Parallel()
	const own = "github.com/rollcall-go/rollcall/graphfake/internal/"
	checked := 0
	for _, path := range sources(t) {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, i := range f.Imports {
			name := strings.Trim(i.Path.Value, `"`)
			if strings.HasPrefix(name, own) {
				checked++
				continue
			}
			first, _, _ := strings.Cut(name, "/")
			require.NotContains(t, first, ".", "%s imports %s", path, name)
			if strings.HasPrefix(path, "internal/") {
				require.NotEqual(t, "net/http", name, "%s: only the handlers know HTTP", path)
			}
		}
	}
	require.Positive(t, checked)
}

// The fake stays a house that one can see into: few files, none of them long.
func TestFilesAreFewAndShort(t *testing.T) {
	t.Parallel()
	paths := sources(t)
	require.LessOrEqual(t, len(paths), 80)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.LessOrEqual(t, strings.Count(string(text), "\n"), 400, path)
	}
}

// sources returns the files of the fake and its internal packages, without tests.
func sources(t *testing.T) (paths []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(".", func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			paths = append(paths, path)
		}
		return err
	}))
	return paths
}
