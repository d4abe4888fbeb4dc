package roster_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

func TestPrintable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ reason, in, want string }{
		{"letters of any script stay", "Åsa O'Brien \"東京\" \\ e\u0301", "Åsa O'Brien \"東京\" \\ e\u0301"},
		{"blanks are no danger", "a\u00a0b\u3000c", "a\u00a0b\u3000c"},
		{"an escape sequence clears the screen", "\x1b[2J\a", `\x1b[2J\a`},
		{"so does one of a single C1 character", "\u009b2J\u0085", `\u009b2J\u0085`},
		{"and one that isn't even UTF-8", "\x9b2J", `\x9b2J`},
		{"a line break begins a line of one's own", "a\r\nb\u2028c\u2029", `a\r\nb\u2028c\u2029`},
		{"delete", "a\x7f", `a\x7f`},
		{"text is turned around", "\u202eabc\u2066\u200f\u061c", `\u202eabc\u2066\u200f\u061c`},
		{"two names look like one", "ada\u200b\u200d\u2060\ufeff\u00ad", `ada\u200b\u200d\u2060\ufeff\u00ad`},
		{"tags write a text that nobody sees", "a\U000e0041", `a\U000e0041`},
		{"nothing is nothing", "", ""},
	} {
		assert.Equal(t, c.want, roster.Printable(c.in), c.reason)
		assert.Equal(t, c.want, roster.Printable(roster.Printable(c.in)), "shown twice: "+c.reason)
	}
}

// A plan is read by whoever approves it, and by the program that carries it out.
func TestPrintableJSON_IsTheSameValue(t *testing.T) {
	t.Parallel()
	value := "a\x1b\x7f\u0085\u202e\u200b\ufeff\U000e0041\n东"
	text, err := json.MarshalIndent(map[string]string{value: value}, "", "\t")
	require.NoError(t, err)
	got := roster.PrintableJSON(text)
	for r := range strings.SplitSeq(string(got), "") {
		assert.False(t, r != "\n" && r != "\t" && strings.ContainsFunc(r, unicode.IsControl), "%q", r)
	}
	assert.NotContains(t, string(got), "\u202e")
	assert.NotContains(t, string(got), "\U000e0041")
	assert.Contains(t, string(got), "东")
	var back map[string]string
	require.NoError(t, json.Unmarshal(got, &back))
	assert.Equal(t, map[string]string{value: value}, back)
}

func FuzzPrintable(f *testing.F) {
	for _, seed := range []string{"Kari", "\x1b[2J", "exe\u202egpj", "\xff\u200b", "a\r\n\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		shown := roster.Printable(s)
		assert.False(t, strings.ContainsFunc(shown, func(r rune) bool {
			return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
		}), "%q", shown)
		assert.Equal(t, shown, roster.Printable(shown))
		text, err := json.Marshal(s)
		require.NoError(t, err)
		var want, got string
		require.NoError(t, json.Unmarshal(text, &want))
		require.NoError(t, json.Unmarshal(roster.PrintableJSON(text), &got))
		assert.Equal(t, want, got)
	})
}
