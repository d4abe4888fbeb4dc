//go:build !unix && !windows

package fulfill

import (
	"errors"
	"os"
)

// tryLock fails: without a lock, two programs could open every ticket twice.
func tryLock(path string) (*os.File, error) {
	return nil, &os.PathError{Op: "lock", Path: path, Err: errors.ErrUnsupported}
}
