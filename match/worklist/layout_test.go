package worklist_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What this package may import, also through others: who imports it builds in
// seconds.
func TestImports(t *testing.T) {
	t.Parallel()
	const allowed = `^(golang\.org/x/text/.+|github\.com/rollcall-go/rollcall/(roster(/internal/.+)?|match|match/near|match/worklist))$`
	list, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	require.NoError(t, err)
	for path := range strings.FieldsSeq(string(list)) {
		assert.Regexp(t, allowed, path)
	}
}

func TestNoFileIsTooLongToReadAtOnce(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.LessOrEqual(t, bytes.Count(text, []byte("\n")), 400, file)
	}
}
