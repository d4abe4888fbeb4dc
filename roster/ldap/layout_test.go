package ldap_test

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

// What this package may import of this module, and itself of others: an LDAP
// library stays here.
func TestImports(t *testing.T) {
	t.Parallel()
	const allowed = `^(github\.com/rollcall-go/rollcall/roster(/internal/.+)?|github\.com/go-ldap/ldap/v3)$`
	list, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, ".").Output()
	require.NoError(t, err)
	for path := range strings.FieldsSeq(string(list)) {
		if strings.Contains(path, ".") {
			assert.Regexp(t, allowed, path)
		}
	}
}

func TestNoFileIsTooLongToReadAtOnce(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.LessOrEqual(t, bytes.Count(text, []byte("\n")), 300, file)
	}
}
