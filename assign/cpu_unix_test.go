//go:build unix

package assign_test

import (
	"syscall"
	"time"
)

// cpu returns the processor time that this process has used, which, unlike the
// time on the wall, doesn't depend on what else the machine does.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
