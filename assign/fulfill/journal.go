package fulfill

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/internal/document"
	"github.com/rollcall-go/rollcall/roster"
)

// journalKind marks journals. If the fields of entries change, so must the version.
var journalKind = document.Kind{Name: "rollcall journal", Version: 1}

// A Journal is a file to which everything is added that is known of one application:
// who held what, whose account that was, who lost access and why, which tickets were
// opened, what was proven. It is made for a mistake at any point: each entry carries
// the digest of the one before and is on the disk before anything follows from it.
//
// One program writes at a time; it is not safe for concurrent use. The file holds
// personal data, and only its owner may read it.
type Journal struct {
	path   string
	file   *os.File
	lock   *lock
	state  *State
	digest string // of the last entry
	size   int64
	odd    string // see Note
	looked bool   // a look was recorded since the journal was opened
	wrote  bool   // an entry was added since the journal was opened
	err    error  // why nothing more may be added
}

// ErrLocked says that another program is writing to the journal.
var ErrLocked = errors.New("another program is writing to it")

// JournalOptions are the options of [OpenJournal].
type JournalOptions struct {
	// Tenant is the id of the tenant; "" leaves it open. Journals of another one are
	// refused.
	Tenant string
}

// OpenJournal opens an application's journal for writing; if there is none, it is
// made. Close it, so that others can write. A last line that was cut off in the
// middle, as by a power failure, is taken away, and [Journal.Note] says so. Anything
// else that doesn't follow from the line before, such as a line that was changed,
// removed or swapped, is refused with [assign.ErrMalformed], a journal of another
// application or tenant with [assign.ErrOtherApplication], and one that is being
// written with [ErrLocked].
//
// A snapshot file of an older version is carried over: it is kept with the suffix
// ".old", and the journal takes its place.
func OpenJournal(path string, app assign.App, opts *JournalOptions) (*Journal, error) {
	if opts == nil {
		opts = new(JournalOptions)
	}
	j := &Journal{path: path}
	if err := j.open(app, opts.Tenant); err != nil {
		j.release()
		return nil, fmt.Errorf("%s: %w", roster.Printable(path), err)
	}
	return j, nil
}

func (j *Journal) open(app assign.App, tenant string) (err error) {
	if info, err := os.Lstat(j.path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("it exists and is not a plain file (%v)", info.Mode())
	}
	var last lastEntry
	if j.lock, last, err = lockFile(j.path + ".lock"); err != nil {
		return err
	}
	if err := carryOver(j.path, app); err != nil {
		return err
	}
	if _, err := os.Stat(j.path); errors.Is(err, fs.ErrNotExist) {
		if err := j.begin(app, tenant); err != nil {
			return err
		}
	}
	if j.file, err = os.OpenFile(j.path, os.O_RDWR, 0o600); err != nil {
		return err
	}
	chain, err := readChain(j.file, nil)
	if err != nil {
		return err
	}
	if chain.size == 0 {
		return journalKind.Refuse(assign.ErrTruncated,
			"it has no entry; take the file back from a copy, or remove it to begin anew")
	}
	j.state, j.digest, j.size = chain.state, chain.digest, chain.size
	if !j.wrote {
		j.odd = chain.note
	}
	j.odd = cmp.Or(j.odd, last.missing(chain))
	if chain.torn {
		if err := errors.Join(j.file.Truncate(j.size), j.file.Sync()); err != nil {
			return err
		}
	}
	if j.state.Tenant != "" && tenant != "" && !strings.EqualFold(j.state.Tenant, tenant) {
		return journalKind.Refuse(assign.ErrOtherApplication,
			"it was made for the tenant %s and not for %s", j.state.Tenant, tenant)
	}
	return j.state.ForApplication(app.ResourceID)
}

// begin makes the file, with its first entry at once: a first line that is cut off is of
// something else.
func (j *Journal) begin(app assign.App, tenant string) error {
	line, _, err := seal(Entry{Number: 1, Time: time.Now().UTC(), Kind: EntryBegun, Begun: &Begun{
		Version: journalKind.Version, ResourceID: strings.ToLower(app.ResourceID), Application: app.DisplayName,
		Tenant: strings.ToLower(tenant)}})
	if err != nil {
		return err
	}
	j.wrote = true
	return replaceFile(j.path, line)
}

// State returns what the journal says. It stays as it is when entries are added.
func (j *Journal) State() *State { return j.state }

// Note says in one sentence what was odd about the file when it was opened, and was
// mended: its last line was cut off, or whoever wrote last did not close it, or lines at
// its end are missing, as in an older copy. It is "" if all was well.
func (j *Journal) Note() string { return j.odd }

// Record adds what a look saw. The news must be [State.Compare]'s of the state as it
// is now, so that what was shown is what is written. A look without news is recorded,
// too.
func (j *Journal) Record(news *News) error {
	if news.before != j.state {
		return errors.New("the journal has grown since the look was compared with it; compare it again")
	}
	if before(news.time, j.state.Looked) {
		return fmt.Errorf("the look of %s is older than the last one, of %s",
			news.time.Format(time.RFC3339), j.state.Looked.Format(time.RFC3339))
	}
	if err := j.append(Entry{Kind: EntryLook, Time: news.time, Look: news}); err != nil {
		return err
	}
	j.looked = true
	return nil
}

// Applied adds what [assign.Apply] did, since a time before it began: also of a plan of
// which only a part was made. What was made is recorded at once, and concluded from only
// by a later look. A change that was made before, or perhaps not at all, is not ours.
func (j *Journal) Applied(report *assign.Report, since time.Time) error {
	wrote := &Wrote{}
	to := time.Now().UTC()
	for _, result := range report.Results {
		change := result.Change
		grant := Grant{PrincipalID: change.PrincipalID, PrincipalName: change.PrincipalName, AppRoleID: change.AppRoleID,
			AppRole: change.AppRole, AssignmentID: change.AssignmentID}
		switch {
		case result.State != assign.Done:
			wrote.Failed++
		case result.Existed:
		case change.Action == assign.Remove:
			wrote.Removed = append(wrote.Removed, grant)
		default:
			grant.From, grant.To = since.UTC().Round(0), to.Round(0)
			wrote.Added = append(wrote.Added, grant)
		}
	}
	if len(report.Results) == 0 {
		return nil
	}
	return j.append(Entry{Kind: EntryWrote, Wrote: wrote})
}

// BeginCampaign adds that an access review was begun: what changes from now on is new to
// its successor's reviewers.
func (j *Journal) BeginCampaign(name string) error {
	return j.append(Entry{Kind: EntryCampaign, Campaign: name})
}

// append writes an entry and has it on the disk before it counts.
func (j *Journal) append(e Entry) error {
	if j.err != nil {
		return j.err
	}
	e.Number, e.Prev = j.state.Entries+1, j.digest
	if e.Time.IsZero() {
		e.Time = time.Now().UTC()
	}
	line, digest, err := seal(e)
	if err != nil {
		return err
	}
	if _, err = j.file.WriteAt(line, j.size); err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		j.err = fmt.Errorf("%s can't be written: %w", roster.Printable(j.path), err)
		_ = j.file.Truncate(j.size) // if this fails too, the torn line is cut off when it is opened
		return j.err
	}
	j.state, j.digest, j.size, j.wrote = j.state.with(e), digest, j.size+int64(len(line)), true
	return j.lock.write(lastEntry{e.Number, digest})
}

// Close ends the writing. A journal to which something was added gets a last line that
// says so, by which a line that is missing at the end is noticed.
func (j *Journal) Close() error {
	var err error
	if j.wrote && j.err == nil {
		err = j.append(Entry{Kind: EntryEnd})
	}
	return errors.Join(err, j.release())
}

func (j *Journal) release() error {
	var errs []error
	if j.file != nil {
		errs = append(errs, j.file.Close())
	}
	if j.lock != nil {
		errs = append(errs, j.lock.file.Close())
	}
	j.err = errors.Join(j.err, fs.ErrClosed)
	return errors.Join(errs...)
}

// Compact replaces all entries by one that says what they said, in a chain that goes on:
// the file is small again, and the history before is gone. Keep a copy if that must be
// kept.
func (j *Journal) Compact() error { return j.compact(0) }

func (j *Journal) compact(forgotten int) error {
	if j.err != nil {
		return j.err
	}
	e := Entry{Number: j.state.Entries + 1, Time: time.Now().UTC(), Kind: EntryState, Prev: j.digest,
		State: j.state, Forgotten: forgotten}
	line, digest, err := seal(e)
	if err != nil {
		return err
	}
	if err := replaceFile(j.path, line); err != nil {
		return err
	}
	old := j.file
	if j.file, err = os.OpenFile(j.path, os.O_RDWR, 0o600); err != nil {
		j.err = err
		return err
	}
	j.state = j.state.with(e)
	j.digest, j.size, j.wrote = digest, int64(len(line)), true
	return errors.Join(old.Close(), j.lock.write(lastEntry{e.Number, digest}))
}

// Forget takes a person out of the journal, with their accounts, and compacts it: nothing
// of them is left in the file. It is refused for somebody who still has access or an
// account, since the next look would record them anew. Copies of the file are yours to
// find.
func (j *Journal) Forget(principalID string) error {
	id := strings.ToLower(principalID)
	person, known := j.state.People[id]
	if !known {
		return fmt.Errorf("the journal knows no person with the object id %s", roster.Printable(principalID))
	}
	if len(person.Held) > 0 {
		return fmt.Errorf("%s still holds a role of %s, and the next look would record it",
			roster.Printable(j.state.nameOf(id)), j.state.Application)
	}
	state, err := j.state.without(id)
	if err != nil {
		return err
	}
	kept := j.state
	j.state = state
	if err := j.compact(1); err != nil {
		j.state = kept
		return err
	}
	return nil
}

// replaceFile puts a new file with that content into the place of path.
func replaceFile(path string, content []byte) error {
	err := roster.WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
	return errors.Join(err, syncFolder(path))
}

// syncFolder has a file's name on the disk.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil && runtime.GOOS != "windows" && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
