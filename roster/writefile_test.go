package roster_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

// writing returns a function that writes text and then fails with err.
func writing(text string, err error) func(io.Writer) error {
	return func(w io.Writer) error {
		_, werr := io.WriteString(w, text)
		return errors.Join(werr, err)
	}
}

// requireOnly holds that a directory has nothing in it but these names.
func requireOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	require.Equal(t, names, got, "no temporary file must stay")
}

func TestWriteFileWritesTheWholeFileForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "list.csv")
	for _, text := range []string{"first\n", "second, over the first\n"} {
		require.NoError(t, roster.WriteFile(path, writing(text, nil)))
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, text, string(got))
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, ownerOnly, info.Mode().Perm())
		requireOnly(t, dir, "list.csv")
		require.NoError(t, os.Chmod(path, 0o644), "a file that others may read is replaced by one that they may not")
	}
}

func TestWriteFileLeavesEverythingAsItWasWhenWritingFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is full")
	dir := t.TempDir()
	path := filepath.Join(dir, "list.csv")
	err := roster.WriteFile(path, writing("half", broken))
	require.ErrorIs(t, err, broken)
	assert.ErrorContains(t, err, "writing "+path+": ")
	requireOnly(t, dir)

	require.NoError(t, os.WriteFile(path, []byte("before"), 0o600))
	require.ErrorIs(t, roster.WriteFile(path, writing("half", broken)), broken)
	assert.Panics(t, func() {
		_ = roster.WriteFile(path, func(w io.Writer) error {
			_, _ = io.WriteString(w, "half")
			panic("a mistake of the caller's")
		})
	})
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "before", string(got))
	requireOnly(t, dir, "list.csv")
}

func TestWriteFileRefusesWhatIsNotAPlainFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	called := false
	for name, path := range notPlain(t, dir) {
		before, err := os.Lstat(path)
		require.NoError(t, err)
		err = roster.WriteFile(path, func(io.Writer) error { called = true; return nil })
		require.ErrorContains(t, err, "is not a plain file", name)
		after, err := os.Lstat(path)
		require.NoError(t, err)
		assert.Equal(t, before.Mode(), after.Mode(), name)
	}
	assert.False(t, called, "nothing is written before the path is known to be good")
	err := roster.WriteFile(filepath.Join(dir, "nowhere", "list.csv"), writing("x", nil))
	assert.ErrorIs(t, err, os.ErrNotExist)
}
