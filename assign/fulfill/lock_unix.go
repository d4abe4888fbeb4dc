//go:build unix

package fulfill

import (
	"os"
	"syscall"
)

// tryLock locks a file against other programs; the system unlocks it when the file is
// closed, or the program ends.
func tryLock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		if err == syscall.EWOULDBLOCK {
			return nil, errTaken
		}
		return nil, err
	}
	return file, nil
}
