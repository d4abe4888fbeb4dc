//go:build unix

package roster_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

const ownerOnly = os.FileMode(0o600)

// notPlain returns paths of things that are not plain files.
func notPlain(t *testing.T, dir string) map[string]string {
	directory, pipe, target := filepath.Join(dir, "directory"), filepath.Join(dir, "pipe"), filepath.Join(dir,
		"target")
	link, dangling := filepath.Join(dir, "link"), filepath.Join(dir, "dangling")
	require.NoError(t, os.Mkdir(directory, 0o700))
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	require.NoError(t, os.WriteFile(target, []byte("somebody else's"), 0o600))
	require.NoError(t, os.Symlink(target, link))
	require.NoError(t, os.Symlink(filepath.Join(dir, "none"), dangling))
	return map[string]string{"a directory": directory, "a pipe": pipe, "a symbolic link": link,
		"a symbolic link to nothing": dangling, "a device": os.DevNull}
}
