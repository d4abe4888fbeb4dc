package main

import "strings"

// explain makes one line of an error for people. The libraries' errors say what
// is wrong, where and what to do; this keeps them to a line that a terminal can
// show.
func explain(err error) string {
	var lines []string
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, clean(line))
		}
	}
	return strings.Join(lines, "; ")
}
