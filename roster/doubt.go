package roster

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// lost is what programs write in place of a character that they could not read.
const lost = "\ufffd"

const (
	lostDoubt  = "a value holds U+FFFD, which stands for a character that was lost; export the list anew as UTF-8"
	twiceDoubt = "a value reads like UTF-8 that was taken for Windows-1252 and saved again; " +
		"export the list anew as UTF-8"
	controlDoubt = "a value holds a control character where a letter should be, so the encoding that was named is " +
		"probably not the file's"
)

// A watch stands between a file and its lines, and notes, chunk by chunk, where the
// text may be damaged. Looking at each line would take a fifth of the time.
type watch struct {
	src     io.Reader
	handed  int64 // bytes handed on so far
	suspect int64 // value of handed after the last chunk that may be damaged
}

func (w *watch) Read(p []byte) (int, error) {
	n, err := w.src.Read(p)
	w.handed += int64(n)
	// A character that is cut in two by the chunk's end raises a false alarm, and
	// then some lines are looked at that need not be. 0xC2 begins control characters,
	// and most of what UTF-8 becomes that is encoded twice.
	if text := p[:n]; !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 || bytes.IndexByte(text, 0xc2) >= 0 ||
		bytes.Contains(text, []byte(lost)) {
		w.suspect = w.handed
	}
	return n, err
}

// doubtful says what in a record shows that characters were lost, or "".
func doubtful(text []byte, named bool) string {
	switch {
	case bytes.Contains(text, []byte(lost)):
		return lostDoubt
	case readTwice(text):
		return twiceDoubt
	case named && hasC1(text):
		return controlDoubt
	}
	return ""
}

// readTwice reports whether a text holds Ã or Â with what makes UTF-8 of them once
// they are Windows-1252, as in ZoÃ«.
func readTwice(text []byte) bool {
	for _, sign := range []string{"Ã", "Â"} {
		for rest := text; ; {
			i := bytes.Index(rest, []byte(sign))
			if i < 0 {
				break
			}
			rest = rest[i+len(sign):]
			_, size := utf8.DecodeRune(rest)
			was, err := charmap.Windows1252.NewEncoder().String(sign + string(rest[:size]))
			if err == nil && len(was) == 2 && utf8.ValidString(was) {
				return true
			}
		}
	}
	return false
}

// hasC1 reports whether a text holds a control character of U+0080 to U+009F, which is
// what bytes without a meaning are read as.
func hasC1(text []byte) bool {
	return strings.ContainsFunc(string(text), func(r rune) bool { return r >= 0x80 && r < 0xa0 && r != 0x85 })
}
