package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
	"github.com/rollcall-go/rollcall/roster/xlsx"
)

// A source is a roster that can be read more than once.
type source struct {
	name string
	open func() (io.ReadCloser, error)
	how  roster.Options
	// sheet is the workbook's sheet with the list; "" means that it is found.
	sheet string
}

// An openRoster is a roster that is being read.
type openRoster struct {
	*roster.Reader
	io.Closer
}

// read opens the source and reads its header. What kind of file it is, its content says.
func (src source) read() (*openRoster, error) {
	file, err := src.open()
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", src.name, cause(err))
	}
	reader, err := src.reader(file)
	if err != nil {
		file.Close()
		return nil, err
	}
	return &openRoster{reader, file}, nil
}

func (src source) reader(file io.Reader) (*roster.Reader, error) {
	options := src.how
	options.Name = filepath.Base(src.name)
	in := bufio.NewReader(file)
	head, err := in.Peek(8)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("cannot read %s: %w", src.name, cause(err))
	}
	if !xlsx.Is(head) {
		return roster.NewReader(in, &options)
	}
	book, size, err := whole(file, in)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", src.name, cause(err))
	}
	return xlsx.NewReader(book, size, &xlsx.Options{Name: options.Name, Sheet: src.sheet, Columns: options.Columns})
}

// whole returns a file of which some was read through in: a file on a disk as it is, and
// another one in memory.
func whole(file, in io.Reader) (io.ReaderAt, int64, error) {
	if disk, ok := file.(*os.File); ok {
		info, err := disk.Stat()
		return disk, info.Size(), err
	}
	data, err := io.ReadAll(in)
	return bytes.NewReader(data), int64(len(data)), err
}

// exclusions reads the list of -exclude; without it there are none.
func (s *session) exclusions() ([]match.Exclusion, error) {
	if s.excluded.open == nil {
		return nil, nil
	}
	in, err := s.excluded.read()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return match.ReadExclusions(in.Rows())
}

// checkColumns reports, before anything is asked or written, a column that the
// flags name and the roster lacks.
func (s *session) checkColumns(header *roster.Header) error {
	if err := match.CheckColumns(s.matcher(), header); err != nil {
		return err
	}
	if s.opts.roleColumn != "" {
		if err := match.CheckColumns(match.Column(s.opts.roleColumn, ""), header); err != nil {
			return err
		}
	}
	if s.opts.create != nil {
		return s.opts.create.Check(header)
	}
	return nil
}

// checkInput reports what is wrong with the command line and the files that it names
// before the tenant is asked anything.
func (s *session) checkInput() error {
	for _, r := range s.opts.rules {
		if err := entra.CheckAttribute(r.attribute); err != nil {
			return err
		}
	}
	if s.roster.open == nil {
		return nil
	}
	in, err := s.roster.read()
	if err != nil {
		return err
	}
	defer in.Close()
	if s.opts.account != "" { // else the journal would know the accounts by other names
		if err := match.CheckColumns(match.Column(s.opts.account, ""), in.Header()); err != nil {
			return err
		}
	}
	if s.opts.external != "" {
		if err := match.CheckColumns(match.Column(s.opts.external, ""), in.Header()); err != nil {
			return err
		}
	}
	if len(s.opts.rules) == 0 {
		return nil
	}
	if err := s.checkColumns(in.Header()); err != nil {
		return err
	}
	if _, err := s.exclusions(); err != nil {
		return err
	}
	if err := s.readSince(); err != nil {
		return err
	}
	return s.readDecisions()
}

// matcher makes one matcher of the -match flags, tried in order.
func (s *session) matcher() match.Matcher {
	var rules []match.Matcher
	for _, r := range s.opts.rules {
		rules = append(rules, match.Column(r.column, r.attribute, r.normalisers...))
	}
	return match.FirstOf(rules...)
}

// roles returns the names of the roles that the application must have: -role,
// or what the rows say in the -role-column, in the order in which they first
// say it. NULL and the like, and what is damaged, make no role unless -new-role
// names it; nor does a row without a user, once the rows were looked up: it may be a
// footer.
func (s *session) roles() ([]string, error) {
	if s.opts.role != "" {
		return []string{s.opts.role}, nil
	}
	in, err := s.roster.read()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if err := match.CheckColumns(match.Column(s.opts.roleColumn, ""), in.Header()); err != nil {
		return nil, err
	}
	names, err := distinct(in.Rows(), s.opts.roleColumn, s.withUser)
	s.doubt = in.Header().Doubt()
	placeholders := roster.NewPlaceholders(nil)
	names = slices.DeleteFunc(names, func(name string) bool {
		return (placeholders.Has(name) || isDamaged(name)) && !s.named(name)
	})
	if len(names) > mostRoles {
		return nil, fmt.Errorf("column %q of %s has %s different values, too many to be roles; "+
			"name another -role-column, or -role", s.opts.roleColumn, s.roster.name, thousands(len(names)))
	}
	return names, err
}

// isDamaged reports whether a value holds what no name holds: a line break, a mark of
// a lost character, or anything else that can't be seen but the joiners of words.
func isDamaged(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool {
		return r == '\ufffd' || !unicode.IsGraphic(r) && r != '\u200c' && r != '\u200d'
	})
}

// mostRoles keeps a column of names or addresses from becoming app roles. An
// application may have some hundreds, all told.
const mostRoles = 200

// distinct returns the values of a column without repetitions, of the rows on some
// lines; nil means all. Rows that cannot be read are for match to report.
func distinct(rows iter.Seq2[roster.Row, error], column string, lines map[int]bool) ([]string, error) {
	var values []string
	seen := map[string]bool{"": true}
	for row, err := range rows {
		if bad := (*roster.RowError)(nil); errors.As(err, &bad) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if lines != nil && !lines[row.Line()] {
			continue
		}
		value := strings.TrimSpace(row.Get(column))
		if folded := roster.Fold(value); !seen[folded] {
			seen[folded] = true
			values = append(values, value)
		}
	}
	return values, nil
}

// fileSource is the file at path, or what stands on in if it is "-"; no path, no source.
func fileSource(path string, in io.Reader) source {
	switch path {
	case "":
		return source{}
	case "-":
		read := sync.OnceValues(func() ([]byte, error) { return io.ReadAll(in) })
		return source{name: "standard input", open: func() (io.ReadCloser, error) {
			data, err := read()
			return io.NopCloser(bytes.NewReader(data)), err
		}}
	}
	return source{name: path, open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

// fromFS is a file of an embedded file system.
func fromFS(files fs.FS, name string) source {
	return source{name: name, open: func() (io.ReadCloser, error) { return files.Open(name) }}
}

// readFile decodes a file that writeFile wrote; its error names the file.
func readFile[T any](path string, decode func(io.Reader) (T, error)) (value T, err error) {
	file, err := os.Open(path)
	if err != nil {
		return value, fmt.Errorf("cannot read %s: %w", path, cause(err))
	}
	defer file.Close()
	if value, err = decode(file); err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return value, err
}

// An output is a file that a command may write, with the flag that names it.
type output struct{ flag, path string }

// outputs returns all of them. A journal and its lock belong to one another and to
// nobody else, also where they are only read.
func (s *session) outputs() []output {
	all := []output{{"-out", s.opts.out}, {"-unresolved", s.opts.unresolved}}
	if s.command == "plan" {
		all[0].path = s.planFile()
	}
	for _, path := range s.opts.worklist {
		all = append(all, output{"-worklist", path})
	}
	if path := s.opts.journal; path != "" {
		all = append(all, output{"-journal", path}, output{"-journal", path + ".lock"})
	}
	return slices.DeleteFunc(all, func(o output) bool { return o.path == "" })
}

// checkOutputs refuses, before anything is asked, a file to write that is also
// read, or that is there and no plain file: it may be the only evidence there is.
func (s *session) checkOutputs() error {
	outputs := s.outputs()
	inputs := slices.Concat([]string{s.opts.roster, s.opts.exclude, s.opts.profile, s.opts.since},
		s.opts.decisions, s.opts.args)
	for i, o := range outputs {
		for _, input := range inputs {
			if input != "" && sameFile(o.path, input) {
				return usageError("%s %s would replace a file that is read; name another one", o.flag, o.path)
			}
		}
		for _, other := range outputs[:i] {
			if sameFile(o.path, other.path) {
				return usageError("%s and %s both name %s; give each its own file", other.flag, o.flag, o.path)
			}
		}
		if info, err := os.Lstat(o.path); err == nil && !info.Mode().IsRegular() {
			return usageError("%s %s is there and no plain file (%v); name another one", o.flag, o.path, info.Mode())
		}
		if _, _, err := fulfill.ReadJournal(o.path); err == nil && o.flag != "-journal" {
			return usageError("%s %s is a journal, which nothing else replaces; name another file", o.flag, o.path)
		}
	}
	return s.checkJournal()
}

// checkJournal refuses a file that is there and is no journal.
func (s *session) checkJournal() error {
	if s.opts.journal == "" {
		return nil
	}
	if _, _, err := fulfill.ReadJournal(s.opts.journal); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return usageError("-journal: %w", err)
	}
	return nil
}

// sameFile reports whether two paths name one file, which need not be there.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(infoA, infoB)
	}
	absA, _ := filepath.Abs(a)
	absB, _ := filepath.Abs(b)
	return absA == absB
}

// writeFile writes a file that only the user may read, for it names people:
// whole or not at all.
func writeFile(path string, write func(io.Writer) error) error {
	if err := roster.WriteFile(path, write); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, cause(err))
	}
	return nil
}

// cause strips an error of the path that it repeats.
func cause(err error) error {
	var path *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
