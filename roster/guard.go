package roster

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// errLimit stops encoding/csv, which would buffer a record of any length.
var errLimit = errors.New("record limit")

// lost is what programs write in place of a character that they could not read.
const lost = "\ufffd"

const lostDoubt = "a value holds U+FFFD, which stands for a character that was lost; export the list anew as UTF-8"

// A guard stands between a file and encoding/csv. It hands the text on and
// watches, chunk by chunk, how long the current record has become and where text
// may be damaged.
type guard struct {
	src     io.Reader
	max     int64 // bytes that a record may have
	handed  int64 // bytes handed on so far
	begin   int64 // value of handed where the current record began
	suspect int64 // value of handed after the last chunk that may be damaged
	line    int64 // value of handed where the last line that has text began
	last    byte  // handed on
	loneCR  bool  // lines end in CR alone
	afterCR bool
	err     error // of src; kept, because bufio reports it only once
}

func (g *guard) Read(p []byte) (int, error) {
	// Only a record that isn't complete yet makes encoding/csv ask for more.
	if g.handed-g.begin > g.max {
		return 0, errLimit
	}
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.src.Read(p)
	g.err = err
	if g.loneCR {
		n = g.breakAtCR(p[:n])
	}
	g.trackLine(p[:n])
	g.handed += int64(n)
	// A character cut in two by the chunk's end raises a false alarm, and
	// then some rows are checked that need not be.
	if bytes.IndexByte(p[:n], 0) >= 0 || !utf8.Valid(p[:n]) || bytes.Contains(p[:n], []byte(lost)) {
		g.suspect = g.handed
	}
	return n, err
}

// trackLine notes where the last line of p begins, and how it ends.
func (g *guard) trackLine(p []byte) {
	if len(p) == 0 {
		return
	}
	last := len(p) - 1
	if g.last == '\n' {
		g.line = g.handed
	}
	if i := bytes.LastIndexByte(p[:last], '\n'); i >= 0 {
		g.line = g.handed + int64(i) + 1
	}
	g.last = p[last]
}

// breakAtCR turns CR and CRLF into LF, in place, and returns the new length.
func (g *guard) breakAtCR(p []byte) int {
	n := 0
	for _, c := range p {
		if c == '\n' && g.afterCR {
			g.afterCR = false
			continue
		}
		if g.afterCR = c == '\r'; g.afterCR {
			c = '\n'
		}
		p[n] = c
		n++
	}
	return n
}
