//go:build unix

package main

import "golang.org/x/sys/unix"

// cpuSeconds is what this process has used so far.
func cpuSeconds() float64 {
	var used unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}
