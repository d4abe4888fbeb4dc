//go:build !windows && !linux && !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package main

// isTerminal knows no terminals on this system: writes then need -yes.
func isTerminal(any) bool { return false }
