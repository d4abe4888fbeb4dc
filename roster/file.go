package roster

import "os"

// A File is a roster in a file that is open for reading.
type File struct {
	*Reader
	file *os.File
}

// OpenFile opens a list in a file and reads its header, as [NewReader] does. The
// caller closes it after ranging over its rows. The error is an [*os.PathError]
// if the file can't be opened, and otherwise one of NewReader's.
func OpenFile(path string, opts *Options) (*File, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Name == "" {
		o.Name = path
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := NewReader(f, &o)
	if err != nil {
		_ = f.Close() // NewReader's error says more
		return nil, err
	}
	return &File{Reader: r, file: f}, nil
}

// Close closes the file. Rows can't be read after it.
func (f *File) Close() error { return f.file.Close() }
