package selfcheck_test

import (
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// packageDirs are the directories of the module's packages that others import.
func packageDirs(t *testing.T) (dirs []string) {
	t.Helper()
	for _, pattern := range []string{"*/*.go", "*/*/*.go"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, file := range files {
			dir := filepath.Dir(file)
			internal := regexp.MustCompile(`/(internal|examples)(/|$)`).MatchString(filepath.ToSlash(dir))
			if !internal && (len(dirs) == 0 || dirs[len(dirs)-1] != dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	require.NotEmpty(t, dirs)
	return dirs
}

// parsed returns the files of a package that are no tests.
func parsed(t *testing.T, fset *token.FileSet, dir string) (found []*ast.File) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, file, nil, parser.ParseComments)
		require.NoError(t, err)
		found = append(found, f)
	}
	return found
}

// documented returns what pkg.go.dev shows of a package.
func documented(t *testing.T, dir string) *doc.Package {
	t.Helper()
	fset := token.NewFileSet()
	files := parsed(t, fset, dir)
	pkg, err := doc.NewFromFiles(fset, files, "github.com/rollcall-go/rollcall/"+filepath.ToSlash(dir))
	require.NoError(t, err)
	return pkg
}

// comments returns every doc comment of a package, by what it stands at.
func comments(pkg *doc.Package) map[string]string {
	all := map[string]string{"package": pkg.Doc}
	funcs := func(list []*doc.Func) {
		for _, f := range list {
			all[f.Recv+" "+f.Name] = f.Doc
		}
	}
	funcs(pkg.Funcs)
	for _, v := range append(pkg.Consts, pkg.Vars...) {
		all[v.Names[0]] = v.Doc
	}
	for _, t := range pkg.Types {
		all[t.Name] = t.Doc
		funcs(t.Funcs)
		funcs(t.Methods)
	}
	return all
}

// A link in brackets whose target is not there is shown as it was typed.
func TestLinksInDocsLead(t *testing.T) {
	t.Parallel()
	bracketed := regexp.MustCompile(`\[\*?[\w/]*\.?[A-Z]\w*(\.\w+)?\]`)
	for _, dir := range packageDirs(t) {
		pkg := documented(t, dir)
		for at, text := range comments(pkg) {
			for _, plain := range plains(pkg.Parser().Parse(text)) {
				assert.NotRegexp(t, bracketed, plain, "%s, %s", dir, at)
			}
		}
	}
}

// plains are the parts of a doc comment that are neither links nor code.
func plains(d *comment.Doc) (found []string) {
	var blocks func([]comment.Block)
	blocks = func(list []comment.Block) {
		for _, block := range list {
			var text []comment.Text
			switch b := block.(type) {
			case *comment.Paragraph:
				text = b.Text
			case *comment.Heading:
				text = b.Text
			case *comment.List:
				for _, item := range b.Items {
					blocks(item.Content)
				}
			}
			for _, part := range text {
				if plain, ok := part.(comment.Plain); ok {
					found = append(found, string(plain))
				}
			}
		}
	}
	blocks(d.Content)
	return found
}

// A test that a page shows is one that runs, of this package or another.
func TestTestsInDocsAreTests(t *testing.T) {
	t.Parallel()
	dirs := packageDirs(t)
	var tests strings.Builder
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			tests.WriteString(lines(string(text)) + "\n")
		}
	}
	shown := 0
	for _, dir := range dirs {
		pkg := documented(t, dir)
		for _, block := range pkg.Parser().Parse(pkg.Doc).Content {
			if code, ok := block.(*comment.Code); ok && strings.Contains(code.Text, "func Test") {
				shown++
			}
		}
	}
	assert.Positive(t, shown)
}

// The pages say that only the connection logs, and which packages write files: what a
// package knows of people goes where the program lets it go.
func TestPackagesLogAndWriteOnlyWhereTheirPagesSaySo(t *testing.T) {
	t.Parallel()
	silent := regexp.MustCompile(
		`^(log\.|slog\.|otel\.|os\.(Create|OpenFile|WriteFile|Mkdir|Rename|Std)|fmt\.Print)`)
	allowed := map[string]string{
		"entra/graph":    `^(slog|otel)\.`,
		"entra":          `^slog\.(Value|StringValue)$`, // how a password keeps out of a log
		"roster":         `^os\.(CreateTemp|Rename)$`,
		"assign/fulfill": `^os\.OpenFile$`,
	}
	for _, dir := range packageDirs(t) {
		name, err := filepath.Rel(root, dir)
		require.NoError(t, err)
		may, some := allowed[filepath.ToSlash(name)]
		used := map[string]bool{}
		for _, file := range parsed(t, token.NewFileSet(), dir) {
			ast.Inspect(file, func(n ast.Node) bool {
				if selector, ok := n.(*ast.SelectorExpr); ok {
					if from, ok := selector.X.(*ast.Ident); ok {
						used[from.Name+"."+selector.Sel.Name] = true
					}
				}
				return true
			})
		}
		for what := range used {
			if silent.MatchString(what) && !(some && regexp.MustCompile(may).MatchString(what)) {
				t.Errorf("%s uses %s", name, what)
			}
		}
	}
}
