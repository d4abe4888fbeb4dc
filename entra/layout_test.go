package entra

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

// The directory uses nothing of governance or of what follows a review.
func TestImports(t *testing.T) {
	t.Parallel()
	const allowed = `^github\.com/rollcall-go/rollcall/(entra|entra/graph|match|assign|assign/internal/[a-z]+|roster(/internal/.+)?)$`
	list, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	require.NoError(t, err)
	for path := range strings.FieldsSeq(string(list)) {
		if strings.HasPrefix(path, "github.com/rollcall-go/") {
			assert.Regexp(t, allowed, path)
		}
		assert.NotRegexp(t, `^github\.com/microsoftgraph/msgraph-sdk-go(/|$)`, path,
			"the generated models take minutes to build")
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
