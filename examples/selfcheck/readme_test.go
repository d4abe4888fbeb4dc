package selfcheck_test

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

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

// pages returns the text of every Markdown page, by its path from the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if err == nil && filepath.Ext(path) == ".md" {
			rel, relErr := filepath.Rel(root, path)
			all[rel], err = read(t, rel), relErr
		}
		return err
	}))
	return all
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

func TestGoOnPagesStandsInAnExampleThatCompiles(t *testing.T) {
	t.Parallel()
	files := goFiles(t)
	for page, text := range pages(t) {
		for _, block := range blocks(text, "go") {
			found := false
			for _, code := range files {
				found = found || strings.Contains(code, lines(block))
			}
			require.True(t, found, "no file below examples/ has this block of %s, so nothing compiles it:\n%s", page, block)
		}
	}
}

// link matches where a link of Markdown leads.
var link = regexp.MustCompile(`\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)`)

// heading matches what a page's links may name after #.
var heading = regexp.MustCompile(`(?m)^#+ (.*)$`)

func anchors(page string) (list []string) {
	for _, m := range heading.FindAllStringSubmatch(page, -1) {
		drop := func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}
		list = append(list, strings.Map(drop, m[1]))
	}
	return list
}

func TestLinksOnPagesLeadSomewhere(t *testing.T) {
	t.Parallel()
	all, links := pages(t), 0
	for page, text := range all {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			links++
			if strings.HasPrefix(m[1], "https://") {
				_, err := url.Parse(m[1])
				require.NoError(t, err, page)
				continue
			}
			path, anchor, _ := strings.Cut(m[1], "#")
			to := page
			if path != "" {
				to = filepath.Join(filepath.Dir(page), path)
			}
			_, err := os.Stat(filepath.Join(root, to))
			require.NoError(t, err, "%s has a link to %s", page, m[1])
			if anchor != "" {
				require.Contains(t, anchors(all[to]), anchor, "%s has a link to %s", page, m[1])
			}
		}
	}
	require.Greater(t, links, 30)
}

func TestTablesOnPagesRender(t *testing.T) {
	t.Parallel()
	for page, text := range pages(t) {
		cells := 0 // of the table that is under way
		for n, line := range strings.Split(text, "\n") {
			if !strings.HasPrefix(line, "|") {
				cells = 0
				continue
			}
			has := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if cells == 0 {
				next := strings.Split(text, "\n")[n+1]
				require.Regexp(t, `^\|[-:| ]+\|$`, next, "%s line %d begins no table", page, n+1)
				cells = has
			}
			require.Equal(t, cells, has, "%s line %d has another number of cells than its table", page, n+1)
		}
	}
}

func TestREADMEsProgramIsShort(t *testing.T) {
	t.Parallel()
	program := read(t, "examples/embed/main.go")
	program = program[strings.Index(program, "func main()"):strings.Index(program, "\n\nfunc must")]
	require.Contains(t, read(t, "README.md"), program)
	require.LessOrEqual(t, strings.Count(program, "\n"), 20)
	require.Less(t, strings.Index(read(t, "README.md"), "func main()"), 1200, "the first screen must show it")
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
}

// Programs, packages, tests and benchmarks that a page names must be there; govern's own
// command lines are held by its tests.
func TestCommandsOnPagesFindWhatTheyName(t *testing.T) {
	t.Parallel()
	commands := regexp.MustCompile("go (?:run|test) [^`\n]*")
	for page, text := range pages(t) {
		for _, command := range commands.FindAllString(text, -1) {
			for _, path := range regexp.MustCompile(`\./[a-z/]+[a-z]`).FindAllString(command, -1) {
				require.DirExists(t, filepath.Join(root, path), "%s: %s", page, command)
				for _, m := range regexp.MustCompile(`-(?:run|bench|fuzz) '?([A-Za-z]\w*|\^[A-Za-z]\w*)`).FindAllStringSubmatch(command, -1) {
					name := strings.TrimPrefix(m[1], "^")
					tests, err := filepath.Glob(filepath.Join(root, path, "*_test.go"))
					require.NoError(t, err)
					found := false
					for _, file := range tests {
						code, err := os.ReadFile(file)
						require.NoError(t, err)
						found = found || regexp.MustCompile(`(?m)^func (Test|Benchmark|Fuzz|Example)\w*`+name+`|^func `+name).Match(code)
					}
					require.True(t, found, "%s: nothing in %s is called %s", page, path, name)
				}
			}
		}
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
