package roster

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// A jsonText stands between a file and its decoder, which reads ahead. It bounds the
// length of an entry, and knows where lines end and where there are bytes that aren't UTF-8.
type jsonText struct {
	src    io.Reader
	max    int64
	handed int64 // bytes handed on so far
	begin  int64 // value of handed where the current entry began
	line   int   // lines that ended before ends
	ends   []int64
	bad    []int64 // offsets of chunks with bytes that aren't UTF-8
	tail   []byte  // of the last chunk: a character that isn't complete yet
	last   byte
}

func (t *jsonText) Read(p []byte) (int, error) {
	if t.handed-t.begin > t.max {
		return 0, errLimit
	}
	n, err := t.src.Read(p)
	t.note(p[:n])
	t.handed += int64(n)
	return n, err
}

func (t *jsonText) note(p []byte) {
	for from := 0; ; {
		i := bytes.IndexByte(p[from:], '\n')
		if i < 0 {
			break
		}
		from += i + 1
		t.ends = append(t.ends, t.handed+int64(from))
	}
	if len(p) > 0 {
		t.last = p[len(p)-1]
	}
	if len(t.tail) == 0 && utf8.Valid(p) {
		return
	}
	text := append(t.tail, p...)
	at := t.handed - int64(len(t.tail))
	i := 0
	for i < len(text) && utf8.FullRune(text[i:]) {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 && len(t.bad) < 1<<16 {
			t.bad = append(t.bad, at+int64(i))
		}
		i += size
	}
	t.tail = append([]byte(nil), text[i:]...)
}

// lineAt returns the 1-based line of an offset. Offsets may only grow.
func (t *jsonText) lineAt(offset int64) int {
	n := 0
	for n < len(t.ends) && t.ends[n] <= offset {
		n++
	}
	t.ends, t.line = t.ends[n:], t.line+n
	return t.line + 1
}

// damaged reports whether there are bytes that aren't UTF-8 before an offset that
// nobody was told of.
func (t *jsonText) damaged(offset int64) bool {
	n := 0
	for n < len(t.bad) && t.bad[n] < offset {
		n++
	}
	t.bad = t.bad[n:]
	return n > 0
}
