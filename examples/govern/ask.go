package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
)

// confirm asks on the terminal whether to do what, such as "create 12 users",
// unless the tenant is the embedded one or -yes was given. Anything but yes, and
// the lack of a terminal, is refused.
func (s *session) confirm(ctx context.Context, what string) error {
	if s.tenant.embedded || s.opts.yes {
		return nil
	}
	what = fmt.Sprintf("%s in %s", what, s.tenant.name)
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
