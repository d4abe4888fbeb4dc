package roster_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rollcall-go/rollcall/roster"
)

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	usual := roster.NewPlaceholders(nil)
	for _, value := range []string{"NULL", "null", `\N`, "(null)", "N/A", "n/a", "#N/A", "#REF!", "#VALUE!", "-", "--",
		"----------", "none", "nil", "TBD", "unknown", "Unknown ", "0", "000000", "—"} {
		assert.True(t, usual.Has(value), "%q identifies nobody", value)
	}
	for _, value := range []string{"", " ", "7", "007", "ada", "00a", "Nilsen", "null@contoso.example", "a-b", "nnn"} {
		assert.False(t, usual.Has(value), "%q is a value, or none at all", value)
	}
	own := roster.NewPlaceholders([]string{"x"})
	assert.True(t, own.Has("XX"))
	assert.False(t, own.Has("NULL"), "the caller's list replaces the usual one")
	assert.False(t, roster.NewPlaceholders([]string{}).Has("NULL"))
	assert.Contains(t, roster.UsualPlaceholders(), "NULL")
}
