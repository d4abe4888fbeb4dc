package main

import (
	"flag"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestUsage_NamesEveryCommandAndFlag(t *testing.T) {
	t.Parallel()
	for _, c := range commands() {
		assert.Contains(t, usage, "\n  "+c.name+" ", "nobody finds a command that -h does not name")
		fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
		new(options).declare(fs)
		fs.VisitAll(func(f *flag.Flag) {
			assert.Regexp(t, `\n  -`+f.Name+`[ =\n]`, usage, "nobody finds a flag that -h does not explain")
		})
	}
	for line := range strings.Lines(usage) {
		assert.LessOrEqual(t, columns(strings.TrimSuffix(line, "\n")), screen, "%s", line)
	}
}
