package fulfill

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/roster"
)

var errTaken = errors.New("the lock is taken")

// A lock is a file beside the journal that one program at a time holds. It says who
// that is, and which entry was the last one, by which it is noticed if the journal's end
// is cut off. It stays when the lock is gone: to remove it would let two programs hold it.
type lock struct {
	file *os.File
	who  string
}

// lockFile takes the lock at path. It returns the last entry that it speaks of, too.
func lockFile(path string) (*lock, lastEntry, error) {
	last := readLast(path)
	file, err := tryLock(path)
	if err == errTaken {
		text, _ := os.ReadFile(path) // for people; without it the sentence is shorter
		_, who, _ := strings.Cut(string(text), "\n")
		return nil, last, fmt.Errorf("%w %s; try again when it has ended", ErrLocked, roster.Printable(strings.TrimSpace(who)))
	}
	if err != nil {
		return nil, last, err
	}
	host, _ := os.Hostname()
	now := time.Now().UTC().Format(time.RFC3339)
	l := &lock{file, fmt.Sprintf("(process %d on %s, since %s)\n", os.Getpid(), host, now)}
	if err := errors.Join(file.Truncate(0), l.write(last)); err != nil {
		file.Close()
		return nil, last, err
	}
	return l, last, nil
}

// write says which entry is the last one.
func (l *lock) write(last lastEntry) error {
	_, err := l.file.WriteAt(fmt.Appendf(nil, "entry %012d %s\n%s", last.number, cmp.Or(last.digest, noDigest), l.who), 0)
	return err
}

var noDigest = strings.Repeat("0", 2*sha256.Size)

// A lastEntry is the last entry that a journal had; its number is 0 if that is not known.
type lastEntry struct {
	number int
	digest string
}

// readLast returns the last entry that the lock at path speaks of.
func readLast(path string) (last lastEntry) {
	text, _ := os.ReadFile(path) // without it nothing is known
	_, _ = fmt.Sscanf(string(text), "entry %d %s", &last.number, &last.digest)
	return last
}

// missing says what is odd about a journal that ends before its last entry; "" if
// nothing is.
func (last lastEntry) missing(c chain) string {
	switch {
	case last.number > c.state.Entries:
		return fmt.Sprintf("its last entry was number %d, and now it ends at %d: "+
			"lines at its end were removed, or an older copy stands in its place",
			last.number, c.state.Entries)
	case last.number == c.state.Entries && last.digest != c.digest:
		return fmt.Sprintf("its entry %d is another one than before: another file stands in its place", last.number)
	}
	return ""
}
