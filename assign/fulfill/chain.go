package fulfill

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/roster"
)

// A line of a journal is an entry as a JSON object whose last member is the SHA-256 of
// everything before it, in hex:
//
//	{"n":2,"time":"…","kind":"look","prev":"…",…,"digest":"…"}
const (
	digestKey  = `,"digest":"`
	digestSize = len(digestKey) + 2*sha256.Size + len("\"}\n")
)

// seal returns an entry as a line, and its digest.
func seal(e Entry) (line []byte, digest string, err error) {
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	if err := out.Encode(e); err != nil {
		return nil, "", err
	}
	body := bytes.TrimSuffix(roster.PrintableJSON(text.Bytes()), []byte("}\n"))
	digest = digestOf(body)
	return append(body, digestKey+digest+"\"}\n"...), digest, nil
}

// digestOf returns the digest of a line's beginning.
func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// unseal returns the beginning of a line and its digest, if they fit.
func unseal(line []byte) (body []byte, digest string, ok bool) {
	if len(line) < digestSize {
		return nil, "", false
	}
	body = line[:len(line)-digestSize]
	digest = digestOf(body)
	return body, digest, string(line[len(body):]) == digestKey+digest+"\"}\n"
}

// A chain is what the lines of a journal say together.
type chain struct {
	state  *State
	digest string // of the last line
	size   int64  // of the lines that count, in bytes
	torn   bool   // a last line was cut off
	note   string // see Journal.Note
}

// readChain reads a journal to its end. each, if not nil, is told every entry, and the
// state after it.
func readChain(r io.Reader, each func(Entry, *State) bool) (chain, error) {
	c := chain{state: newState()}
	in := bufio.NewReaderSize(r, 1<<20)
	last := EntryEnd
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return c, err
		}
		if err == io.EOF {
			if len(line) > 0 {
				if c.size == 0 {
					return c, journalKind.Refuse(assign.ErrMalformed, "its first line is no entry of one")
				}
				c.torn = true
				c.note = fmt.Sprintf("the last line (line %d) was cut off in the middle and is left out", number)
			} else if last != EntryEnd {
				c.note = fmt.Sprintf("the run that wrote last did not end, or lines after line %d were removed", number-1)
			}
			return c, nil
		}
		entry, err := c.add(line)
		if err != nil {
			return c, fmt.Errorf("line %d: %w", number, err)
		}
		last = entry.Kind
		c.state.apply(entry)
		if each != nil && !each(entry, c.state) {
			return c, nil
		}
	}
}

// startsEntry reports whether text is the beginning of an entry.
func startsEntry(text []byte) bool {
	start := []byte(`{"n":`)
	n := min(len(start), len(text))
	return bytes.Equal(text[:n], start[:n])
}

// add checks that a line follows the one before, and returns its entry.
func (c *chain) add(line []byte) (Entry, error) {
	const changed = "the line was changed, or one before it was removed or changed; take the file back from a copy"
	body, digest, ok := unseal(line)
	if !ok {
		return Entry{}, journalKind.Refuse(assign.ErrMalformed, changed)
	}
	var entry Entry
	strict := json.NewDecoder(io.MultiReader(bytes.NewReader(body), strings.NewReader("}")))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&entry); err != nil {
		return entry, journalKind.Refuse(assign.ErrMalformed,
			"the entry can't be read (%v); use the program that wrote it", err)
	}
	if !entry.whole() {
		return entry, journalKind.Refuse(assign.ErrMalformed, "an entry of kind %q lacks what it says", entry.Kind)
	}
	first := c.size == 0
	switch {
	case first && entry.Kind == EntryBegun && entry.Number == 1 && entry.Prev == "":
		if entry.Begun.Version != journalKind.Version {
			return entry, journalKind.Refuse(assign.ErrVersion, "it has version %d and this program knows version %d; "+
				"use the newer program that wrote it", entry.Begun.Version, journalKind.Version)
		}
	case first && entry.Kind == EntryState && entry.State != nil:
	case first:
		return entry, journalKind.Refuse(assign.ErrMalformed, "lines before it are missing; take the file back from a copy")
	case entry.Number != c.state.Entries+1 || entry.Prev != c.digest:
		return entry, journalKind.Refuse(assign.ErrMalformed, changed)
	}
	c.digest = digest
	c.size += int64(len(line))
	return entry, nil
}

// whole reports whether an entry has what its kind says.
func (e Entry) whole() bool {
	switch e.Kind {
	case EntryBegun:
		return e.Begun != nil
	case EntryLook:
		return e.Look != nil
	case EntryWrote:
		return e.Wrote != nil
	case EntryTicket:
		return e.Ticket != nil
	case EntryProof:
		return e.Proof != nil
	case EntryState:
		return e.State != nil
	case EntryCampaign, EntryCarried, EntryEnd:
		return true
	}
	return false
}

// ReadJournal returns what a journal says, and what is odd about it as [Journal.Note]
// does, without writing to it. A snapshot file of an older version is read as the journal
// that it would become. Its errors are [OpenJournal]'s for the file.
func ReadJournal(path string) (state *State, note string, err error) {
	c, err := readFile(path, nil)
	return c.state, c.note, err
}

// Entries yields the entries of a journal, each with the state after it, which must not
// be kept or changed. An error is the last pair.
func Entries(path string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		stopped := false
		_, err := readFile(path, func(e Entry, _ *State) bool {
			stopped = !yield(e, nil)
			return !stopped
		})
		if err != nil && !stopped {
			yield(Entry{}, err)
		}
	}
}

func readFile(path string, each func(Entry, *State) bool) (chain, error) {
	file, err := os.Open(path)
	if err != nil {
		return chain{}, err
	}
	defer file.Close()
	last := readLast(path + ".lock") // before the file, which may grow meanwhile
	in := bufio.NewReader(file)
	var text io.Reader = in
	if head, _ := in.Peek(1 + len(`"n":`)); len(head) > 0 && !startsEntry(head) {
		data, err := io.ReadAll(in)
		if err == nil {
			data, err = convert(data, path, "")
		}
		if err != nil {
			return chain{}, fmt.Errorf("%s: %w", roster.Printable(path), err)
		}
		text = bytes.NewReader(data)
	}
	c, err := readChain(text, each)
	if err == nil && c.size == 0 {
		err = journalKind.Refuse(assign.ErrTruncated, "it has no entry")
	}
	if err != nil {
		return chain{}, fmt.Errorf("%s: %w", roster.Printable(path), err)
	}
	c.note = cmp.Or(c.note, last.missing(c))
	return c, nil
}
