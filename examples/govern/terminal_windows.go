package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// isTerminal reports whether stream is a console that somebody may sit at.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	var mode uint32
	return windows.GetConsoleMode(windows.Handle(file.Fd()), &mode) == nil
}
