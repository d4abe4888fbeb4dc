package roster

import (
	"bufio"
	"errors"
	"io"
)

// bufferSize is how much of a file is read at a time, in bytes.
const bufferSize = 64 << 10

// errLimit stops the reading of a line that has no end.
var errLimit = errors.New("record limit")

// lines reads a text line by line, as an editor counts them.
type lines struct {
	text *bufio.Reader
	max  int    // bytes that a line may have
	n    int    // lines read
	last byte   // read last
	long []byte // a line that is longer than the buffer
}

// next returns the next line with its end, which the last one may lack, or io.EOF.
// The line is valid until next is called again.
func (l *lines) next() ([]byte, error) {
	line, err := l.text.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		line, err = l.nextLong(line)
	}
	if err != nil && (err != io.EOF || len(line) == 0) {
		return nil, err
	}
	l.n++
	l.last = line[len(line)-1]
	return line, nil
}

// nextLong returns the line that begins with part.
func (l *lines) nextLong(part []byte) ([]byte, error) {
	l.long = append(l.long[:0], part...)
	for {
		part, err := l.text.ReadSlice('\n')
		l.long = append(l.long, part...)
		if len(l.long) > l.max {
			return nil, errLimit
		}
		if err != bufio.ErrBufferFull {
			return l.long, err
		}
	}
}

// ended reports whether all of the text has been read.
func (l *lines) ended() bool {
	_, err := l.text.Peek(1)
	return err == io.EOF
}

// withoutEnd returns a line without its LF, CRLF or CRCRLF.
func withoutEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	for n := len(line); n > 0 && line[n-1] == '\r'; n = len(line) {
		line = line[:n-1]
	}
	return line
}

// A sticky reader goes on failing once it failed. bufio reports an error once.
type sticky struct {
	src io.Reader
	err error
}

func (s *sticky) Read(p []byte) (n int, err error) {
	if s.err == nil {
		n, s.err = s.src.Read(p)
	}
	return n, s.err
}

// An atCR reader turns CR and CRLF into LF.
type atCR struct {
	src   io.Reader
	after bool // a CR was the last byte
}

func (a *atCR) Read(p []byte) (int, error) {
	got, err := a.src.Read(p)
	n := 0
	for _, c := range p[:got] {
		if c == '\n' && a.after {
			a.after = false
			continue
		}
		if a.after = c == '\r'; a.after {
			c = '\n'
		}
		p[n] = c
		n++
	}
	return n, err
}
