package roster

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// WriteFile writes a file that only its owner may read (mode 0600), as such
// lists need it: whole or not at all. write is given a new file in the same
// directory, which takes the place of path when everything is on the disk. If
// anything fails, path is as it was and the new file is gone.
//
// A path that exists and is not a plain file is refused: a directory, a device,
// a pipe, or a symbolic link. The error wraps that of write.
func WriteFile(path string, write func(io.Writer) error) error {
	if err := writeFile(path, write); err != nil {
		return fmt.Errorf("writing %s: %w", Printable(path), err)
	}
	return nil
}

func writeFile(path string, write func(io.Writer) error) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("it exists and is not a plain file (%v)", info.Mode())
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".rollcall-*.tmp") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // fails if all goes well: the file has its name by then
	defer file.Close()           // fails if it is closed already
	if err := write(file); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
