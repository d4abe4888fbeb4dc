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

// The list of what is modelled goes stale unless it is held against what is.
func TestDocListsTheRouteTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("routes.go")
	require.NoError(t, err)
	governance, err := os.ReadFile("routes_governance.go")
	require.NoError(t, err)
	text = append(text, governance...)
	var listed []string
	for _, m := range regexp.MustCompile(`(?m)^//\t((?:[A-Z]+ +)+)(/\S+)$`).FindAllStringSubmatch(string(text), -1) {
		listed = append(listed, strings.Join(strings.Fields(m[1]), " ")+" "+m[2])
	}
	require.NotEmpty(t, listed)
	require.Equal(t, modelled(), listed, "the section Modelled of routes.go, in the order of the route table")
}

// modelled returns the paths of the route table in its order, each with its methods.
func modelled() []string {
	var paths []string
	methods := map[string][]string{}
	for _, r := range routes() {
		if !slices.Contains(paths, r.path) {
			paths = append(paths, r.path)
		}
		methods[r.path] = append(methods[r.path], r.method)
	}
	all := slices.Clone(paths)
	paths = slices.DeleteFunc(paths, func(p string) bool { return short(all, p) == "" })
	for i, p := range paths {
		paths[i] = strings.Join(methods[p], " ") + " " + short(all, p)
	}
	return paths
}

// short writes a path with what can follow it, "" for what follows another one.
func short(all []string, path string) string {
	for _, more := range [][]string{{"/$value"}, {"/{type}", "/$count"}} {
		whole := strings.Join(more, "")
		if slices.Contains(all, path+whole) && (len(more) == 1 || slices.Contains(all, path+more[0])) {
			return path + "[" + strings.Join(more, "][") + "]"
		}
	}
	for _, more := range []string{"/$value", "/{type}/$count", "/{type}", "/$count"} {
		base, ok := strings.CutSuffix(path, more)
		if ok && slices.Contains(all, base) && (more == "/$value" || slices.Contains(all, base+"/{type}/$count")) {
			return ""
		}
	}
	return path
}

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
