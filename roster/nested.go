package roster

import (
	"bufio"
	"bytes"
	"fmt"
)

// nested returns what reads a text that is JSON or LDIF, or nil for one with columns.
// It asks the file for no more than it needs.
func nested(text *bufio.Reader) (func(Options) source, error) {
	for n := 1; ; {
		head, err := text.Peek(max(n, text.Buffered()))
		rest := bytes.TrimLeft(head, " \t\r\n")
		open := len(rest) > 0 && (rest[0] == '{' || rest[0] == '[')
		isLDIF, sure := likeLDIF(head)
		switch {
		case open && isJSON(rest):
			return func(o Options) source { return newJSONSource(text, o) }, nil
		case isLDIF:
			return func(o Options) source { return newLDIFSource(text, o) }, nil
		case open && (err != nil || len(bytes.TrimLeft(rest[1:], " \t\r\n")) >= len("false")):
			if rest[0] == '{' {
				return nil, fmt.Errorf("%w: this begins like JSON, but isn't: names must stand in double quotes", ErrNotCSV)
			}
			return nil, nil
		case err != nil, sure && len(rest) > 0 && !open:
			return nil, nil // an error is met again by whoever reads on
		}
		n = len(head) + 1
	}
}

// isJSON reports whether a text begins like JSON: with an object, or an array of
// values. A column name of CSV may stand in brackets too.
func isJSON(head []byte) bool {
	next := bytes.TrimLeft(head[1:], " \t\r\n")
	if head[0] == '{' {
		return len(next) > 0 && (next[0] == '"' || next[0] == '}')
	}
	for _, begin := range []string{"{", "[", `"`, "]", "null", "true", "false"} {
		if bytes.HasPrefix(next, []byte(begin)) {
			return true
		}
	}
	return len(next) > 0 && (next[0] == '-' || '0' <= next[0] && next[0] <= '9')
}

// likeLDIF reports whether the first line of a text that is neither blank nor a
// comment is one of LDIF, and whether more of the text would not change that.
func likeLDIF(head []byte) (is, sure bool) {
	for len(head) > 0 {
		line, rest, ended := bytes.Cut(head, []byte("\n"))
		head = rest
		if text := bytes.TrimSpace(line); len(text) == 0 || line[0] == '#' || line[0] == ' ' {
			continue
		}
		for _, begin := range []string{"dn:", "version: 1", "version:1"} {
			if len(line) >= len(begin) && bytes.EqualFold(line[:len(begin)], []byte(begin)) {
				return true, true
			}
		}
		return false, ended || len(line) >= len("version: 1")
	}
	return false, false
}
