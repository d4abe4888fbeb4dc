package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"golang.org/x/term"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/width"

	"github.com/rollcall-go/rollcall/roster"
)

// A console is where people read: blocks of lines with one blank line between
// them, whoever printed them. It keeps the first error, so that a full disk is
// not taken for success.
type console struct {
	to    io.Writer
	err   error
	begun bool // something was printed since the start or the last heading
	apart bool // what comes next is a block of its own
}

func (c *console) Write(p []byte) (int, error) {
	if c.apart && c.begun {
		c.write([]byte("\n"))
	}
	c.begun, c.apart = true, false
	return c.write(p)
}

func (c *console) write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

// block begins a new block, unless nothing was printed since the last one.
func (c *console) block() { c.apart = true }

// heading begins a section.
func (s *session) heading(text string) {
	s.out.block()
	s.say("%s\n%s\n", text, strings.Repeat("-", columns(text)))
	s.out.begun = false
}

// say prints for people.
func (s *session) say(format string, args ...any) { fmt.Fprintf(s.out, format, args...) }

// note prints a paragraph for people. What values bring is made safe to print.
func (s *session) note(format string, args ...any) {
	for _, line := range wrap(roster.Printable(fmt.Sprintf(format, args...)), screen-len(margin)) {
		s.say("%s%s\n", margin, line)
	}
}

// explain prints a paragraph, apart from the rest, for those who see the flow
// for the first time.
func (s *session) explain(format string, args ...any) {
	if s.tutorial {
		s.out.block()
		s.note(format, args...)
		s.out.block()
	}
}

// screen is the width that everything printed for people fits, in columns.
const screen = 80

// columns returns the number of terminal columns that s takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// cut shortens s to at most n columns, with an ellipsis where text is missing.
func cut(s string, n int) string {
	if columns(s) <= n {
		return s
	}
	used := 0
	for i, r := range s {
		if used += runeColumns(r); used > n-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// wrap breaks text into lines of at most n columns between words.
func wrap(text string, n int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case columns(line)+1+columns(word) <= n:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// plural returns "1 row" or "3 rows"; the plural is the singular with an "s".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// agree returns "1 row has" or "3 rows have".
func agree(n int, noun, one, many string) string {
	if n == 1 {
		return "1 " + noun + " " + one
	}
	return plural(n, noun) + " " + many
}

// enumerate joins items as prose does: a, b and c.
func enumerate(items []string) string { return joined(items, "and") }

// joined joins words as in "a, b or c".
func joined(items []string, last string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	n := len(items) - 1
	return strings.Join(items[:n], ", ") + " " + last + " " + items[n]
}

// thousands writes n with commas: 100,000.
func thousands(n int) string { return english.Sprint(n) }

var english = message.NewPrinter(language.English)

// An indenter puts the margin before every line that is not empty.
type indenter struct {
	to     io.Writer
	inLine bool
}

func (w *indenter) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		if !w.inLine && !bytes.Equal(line, []byte("\n")) {
			line = append([]byte(margin), line...)
		}
		if _, err := w.to.Write(line); err != nil {
			return 0, err
		}
		w.inLine = line[len(line)-1] != '\n'
	}
	return len(p), nil
}

// progress returns a function that shows how far a long step is, on one line
// of a terminal that is written over and wiped at the end. Without a terminal
// it shows nothing.
func (s *session) progress(doing string) (show func(done, total int), wipe func()) {
	if !isTerminal(s.err) {
		return func(int, int) {}, func() {}
	}
	var last time.Time
	show = func(done, total int) {
		if now := time.Now(); now.Sub(last) > 100*time.Millisecond {
			last = now
			fmt.Fprintf(s.err, "\r\x1b[K%s: %s of %s", doing, thousands(done), thousands(total))
		}
	}
	return show, func() { fmt.Fprint(s.err, "\r\x1b[K") }
}

// oneLine makes one line of an error for people. The libraries' errors say what
// is wrong, where and what to do; this keeps them to a line that a terminal can
// show.
func oneLine(err error) string {
	var lines []string
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, roster.Printable(line))
		}
	}
	return inFlags.Replace(strings.Join(lines, "; "))
}

// inFlags names what the libraries call options as the command line does.
var inFlags = strings.NewReplacer("Options.Encoding", "-encoding", "Options.Sheet", "-sheet",
	"Options.Columns", "-match, -account or -role-column", "Options.HeaderLine", "headerLine in a -profile",
	"Options.Quoting", "quoting in a -profile", "Options.Comma", "separator in a -profile")

// asks reports whether somebody must say yes to each write.
func (s *session) asks() bool { return !s.tenant.embedded && !s.opts.yes }

// confirm asks on the terminal whether to do what, such as "create 12 users",
// if that must be asked. Anything but yes, and the lack of a terminal, is
// refused.
func (s *session) confirm(ctx context.Context, what string) error {
	if !s.asks() {
		return nil
	}
	what = roster.Printable(fmt.Sprintf("%s in %s", what, s.tenant.name))
	if !isTerminal(s.in) || !isTerminal(s.err) {
		return refuse("not allowed to %s: there is no terminal to ask on; -yes allows it, -dry-run shows it", what)
	}
	fmt.Fprintf(s.err, "%s? [y/N] ", what)
	answer, err := readLine(ctx, s.in)
	if err != nil {
		fmt.Fprintln(s.err)
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return refuse("not confirmed: did not %s", what)
}

// readLine reads one line of at most 64 bytes, or gives up when ctx ends: a
// read from a terminal cannot be interrupted, so it is left behind.
func readLine(ctx context.Context, r io.Reader) (string, error) {
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReaderSize(io.LimitReader(r, 64), 64).ReadString('\n')
		line <- text // also what came before an end of file: not a yes
	}()
	select {
	case text := <-line:
		return text, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// isTerminal reports whether stream is a terminal that somebody may sit at.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
