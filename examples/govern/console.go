package main

import (
	"fmt"
	"io"
	"strings"
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

// note prints a paragraph for people.
func (s *session) note(format string, args ...any) {
	for _, line := range wrap(fmt.Sprintf(format, args...), screen-len(margin)) {
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
