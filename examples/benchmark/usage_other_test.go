//go:build !unix

package benchmark_test

import "time"

func usage() (cpu time.Duration, peak int64) { return 0, 0 }
