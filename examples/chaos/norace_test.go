//go:build !race

package chaos_test

const (
	usualRuns = 150
	hurried   = false
)
