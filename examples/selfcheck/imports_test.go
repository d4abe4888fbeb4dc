package selfcheck_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/rollcall-go/rollcall"

// heavy is the SDK's generated part, which takes minutes and gigabytes to compile.
const heavy = "github.com/microsoftgraph/msgraph-sdk-go"

type goPackage struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

func list(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Imports,Deps"}, args...)...)
	cmd.Dir = root
	out, err := cmd.Output()
	require.NoError(t, err, "go list %v", args)
	var pkgs []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p goPackage
		require.NoError(t, dec.Decode(&p))
		pkgs = append(pkgs, p)
	}
	return pkgs
}

// Who may import whom stands in each package's own tests.
func TestEveryPackageHoldsItsImportsAndTheLengthOfItsFiles(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"roster", "roster/ldap", "roster/xlsx", "match", "match/matchtest", "match/near", "match/worklist", "assign", "assign/fulfill",
		"entra", "entra/graph", "entra/governance"} {
		require.FileExists(t, filepath.Join(root, dir, "layout_test.go"), "nothing holds what %s imports", dir)
	}
	require.FileExists(t, filepath.Join(root, "graphfake/doc_test.go"), "nothing holds what graphfake imports")
}

func TestOnlyOfficialclientCompilesTheGeneratedSDK(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "./...") {
		if p.ImportPath == module+"/examples/officialclient" {
			require.Contains(t, p.Deps, heavy, "officialclient no longer shows the typed client, and this test can't fail")
			continue
		}
		for _, dep := range p.Deps {
			generated := dep == heavy || strings.HasPrefix(dep, heavy+"/")
			require.False(t, generated, "%s pulls in %s: every user of it waits minutes for a build", p.ImportPath, dep)
		}
	}
}

// Who embeds rollcall compiles a workbook, directory or database library only if they
// read such a list.
func TestLibrariesForListsStayWhereTheyAreUsed(t *testing.T) {
	t.Parallel()
	users := map[string]string{
		"github.com/xuri/excelize/v2":   module + "/roster/xlsx",
		"github.com/go-ldap/ldap/v3":    module + "/roster/ldap",
		"github.com/ncruces/go-sqlite3": module + "/examples/sqlroster",
	}
	used := map[string]bool{}
	for _, p := range list(t, "./...") {
		for library, user := range users {
			used[library] = used[library] || p.ImportPath == user && slices.Contains(p.Deps, library)
			if p.ImportPath != user && !strings.HasPrefix(p.ImportPath, module+"/examples/") {
				require.NotContains(t, p.Deps, library, "%s pulls in %s", p.ImportPath, library)
			}
		}
	}
	for library, user := range users {
		require.True(t, used[library], "%s no longer uses %s, and this test can't fail", user, library)
	}
}
