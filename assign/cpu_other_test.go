//go:build !unix

package assign_test

import "time"

// started is when cpu began to count: without a processor clock, it is the wall's.
var started = time.Now()

func cpu() time.Duration { return time.Since(started) }
