//go:build unix

package benchmark_test

import (
	"runtime"
	"syscall"
	"time"
)

// usage returns the processor time that this process has used and the most
// memory that it has had, in bytes.
func usage() (cpu time.Duration, peak int64) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, 0
	}
	peak = int64(u.Maxrss)
	if runtime.GOOS != "darwin" {
		peak *= 1024 // kilobytes elsewhere
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), peak
}
