//go:build !unix

package roster_test

import (
	"os"
	"testing"
)

// ownerOnly is what permissions look like where there are none.
const ownerOnly = os.FileMode(0o666)

func notPlain(_ *testing.T, dir string) map[string]string {
	return map[string]string{"a directory": dir}
}
