package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// commandLine matches a command of govern in a block or between backquotes.
var commandLine = regexp.MustCompile("(?m)(?:^//\t|^|`)(?:go run \\./examples/govern|govern) ([a-z][a-z-]*(?: [^`\n]*)?)(?:`|$)")

// Whoever copies a command from a page must not be told that there is no such flag.
func TestCommandsOnPagesAreCommands(t *testing.T) {
	t.Parallel()
	found := 0
	require.NoError(t, filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" && d.Name() != "doc.go" {
			if d != nil && d.IsDir() && d.Name() == "node_modules" {
				return filepath.SkipDir
			}
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range commandLine.FindAllStringSubmatch(string(text), -1) {
			found++
			assert.NoError(t, parses(m[1]), "%s: govern %s", path, m[1])
		}
		return err
	}))
	assert.Greater(t, found, 10)
}

// parses parses a command line as a shell divides it, words in quotes being one.
func parses(line string) error {
	var words []string
	for _, m := range regexp.MustCompile(`'([^']*)'|"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		words = append(words, m[1]+m[2]+m[3])
	}
	if words[0] == "help" || words[0] == "version" {
		return nil
	}
	c, err := findCommand(words[0])
	if err != nil {
		return err
	}
	needs := c.needs
	if len(words) == 1 || strings.HasPrefix(words[1], "-") && len(words) < 4 {
		c.needs = nil // a mention, and no whole line
	}
	defer func() { c.needs = needs }()
	return new(session).parse(c, words[1:])
}
