package selfcheck_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/rollcall-go/rollcall"

// allowed is who may import whom: this module's packages and other modules, by
// the import path's beginning. Whatever is not named here and not the standard
// library is refused, for the package itself and for all that it pulls in.
var allowed = []struct {
	pkg    string
	direct []string // what the package's own files may import
	deps   []string // what may come along behind those; nil means the same
	reason string
}{
	{"roster", []string{"golang.org/x/text"}, nil,
		"a tool that only reads lists would build Graph's client too"},
	{"match", []string{module + "/roster"}, []string{module + "/roster", "golang.org/x/text"},
		"own matching rules could not be tested in seconds"},
	{"assign", []string{module + "/roster"}, []string{module + "/roster", "golang.org/x/text"},
		"a plan could reach for the network"},
	{"entra", []string{module + "/roster", module + "/match", module + "/assign",
		"github.com/microsoftgraph/msgraph-sdk-go-core", "github.com/microsoft/kiota-",
		"github.com/Azure/azure-sdk-for-go/sdk/azcore", "github.com/Azure/azure-sdk-for-go/sdk/azidentity", "golang.org/x/sync"},
		[]string{""}, "the client would grow dependencies that nobody agreed to"},
	{"graphfake", []string{module + "/graphfake/internal"}, nil,
		"a test of other people's Graph code would pull rollcall in"},
}

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

// thirdParty is the part of paths that is neither standard library nor below self.
func thirdParty(paths []string, self string) []string {
	var rest []string
	for _, path := range paths {
		first, _, _ := strings.Cut(path, "/")
		standard := !strings.Contains(first, ".") || strings.HasPrefix(path, "vendor/")
		if !standard && path != self && !strings.HasPrefix(path, self+"/") {
			rest = append(rest, path)
		}
	}
	return rest
}

func notIn(paths, prefixes []string) []string {
	var bad []string
	for _, path := range paths {
		ok := false
		for _, prefix := range prefixes {
			ok = ok || strings.HasPrefix(path, prefix)
		}
		if !ok {
			bad = append(bad, path)
		}
	}
	return bad
}

func TestPackagesImportOnlyWhatTheDesignAllows(t *testing.T) {
	t.Parallel()
	for _, rule := range allowed {
		t.Run(rule.pkg, func(t *testing.T) {
			t.Parallel()
			self := module + "/" + rule.pkg
			deps := rule.deps
			if deps == nil {
				deps = rule.direct
			}
			for _, p := range list(t, "./"+rule.pkg+"/...") {
				if strings.HasSuffix(p.ImportPath, "test") {
					continue // a port's conformance suite, such as match/matchtest, imports testify
				}
				require.Empty(t, notIn(thirdParty(p.Imports, self), rule.direct), "%s imports these itself; %s", p.ImportPath, rule.reason)
				require.Empty(t, notIn(thirdParty(p.Deps, self), deps), "%s pulls these in; %s", p.ImportPath, rule.reason)
			}
		})
	}
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
