package selfcheck_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(b)
}

// blocks returns the fenced blocks of that language in a Markdown text.
func blocks(markdown, language string) []string {
	fence := regexp.MustCompile("(?s)```" + language + "\n(.*?)```")
	var found []string
	for _, m := range fence.FindAllStringSubmatch(markdown, -1) {
		found = append(found, m[1])
	}
	return found
}

// lines is text with each line's indentation and blank lines taken away, so
// that a block may be cut out of the middle of a function.
func lines(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// goFiles returns the text of every Go file below the examples, which go vet
// and go test compile.
func goFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(filepath.Join(root, "examples"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".go" {
			b, readErr := os.ReadFile(path)
			files[path], err = lines(string(b)), readErr
		}
		return err
	}))
	return files
}

func TestGoInREADMEStandsInAnExampleThatCompiles(t *testing.T) {
	t.Parallel()
	shown := blocks(read(t, "README.md"), "go")
	require.NotEmpty(t, shown)
	files := goFiles(t)
	for _, block := range shown {
		found := false
		for _, text := range files {
			found = found || strings.Contains(text, lines(block))
		}
		require.True(t, found, "no file below examples/ has this block of README, so nothing compiles it:\n%s", block)
	}
}

func TestREADMEsProgramIsShort(t *testing.T) {
	t.Parallel()
	program := read(t, "examples/embed/main.go")
	require.Contains(t, read(t, "README.md"), program[strings.Index(program, "func main()"):])
	require.Less(t, strings.Count(program[strings.Index(program, "func main()"):], "\n"), 30)
}

func TestDocShowsTheSameProgramAsREADME(t *testing.T) {
	t.Parallel()
	program := read(t, "examples/embed/main.go")
	doc := regexp.MustCompile("(?m)^//").ReplaceAllString(read(t, "doc.go"), "")
	require.Contains(t, lines(doc), lines(program[strings.Index(program, "func main()"):]))
}

func TestCommandsInREADMEExistAndCIRunsTheTestCommand(t *testing.T) {
	t.Parallel()
	readme, ci := read(t, "README.md"), read(t, ".ci/run")
	commands := strings.Join(blocks(readme, "sh"), "\n")
	for _, command := range []string{"go run ./examples/govern\n", "go test ./...\n"} {
		require.Contains(t, commands, command)
		require.Contains(t, ci, strings.TrimSpace(command), "what README promises is not what CI runs")
	}
	for _, path := range regexp.MustCompile(`\./examples/[a-z]+`).FindAllString(readme, -1) {
		require.DirExists(t, filepath.Join(root, path), "README names it")
	}
}

func TestGraphfakesDocShowsTheSignInOfREADME(t *testing.T) {
	t.Parallel()
	doc := lines(regexp.MustCompile("(?m)^//").ReplaceAllString(read(t, "graphfake/doc.go"), ""))
	for _, block := range blocks(read(t, "README.md"), "go") {
		if strings.Contains(block, "NewClientSecretCredential") {
			require.Contains(t, doc, lines(block))
			return
		}
	}
	require.Fail(t, "README shows no sign-in, and this test can't fail")
}

// README says that the program runs by its name alone: go run refuses a module that
// replaces or excludes others.
func TestTheModuleRunsByItsName(t *testing.T) {
	t.Parallel()
	require.Contains(t, read(t, "README.md"), "go run "+module+"/examples/fakegraph@latest")
	require.NotRegexp(t, `(?m)^(replace|exclude)\b`, read(t, "go.mod"))
}

// The promised size is measured of the program that the image holds.
func TestTheImageHoldsTheProgramThatCIMeasures(t *testing.T) {
	t.Parallel()
	build := regexp.MustCompile(`CGO_ENABLED=0 go build .*-ldflags "[^"]*" -o `)
	image := build.FindString(read(t, "examples/fakegraph/Containerfile"))
	require.NotEmpty(t, image)
	require.Contains(t, read(t, ".ci/run"), image)
}
