//go:build race

package chaos_test

// The race detector makes everything ten times as slow.
const (
	usualRuns = 30
	hurried   = true
)
