package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rollcall-go/rollcall/roster"
)

func TestShellQuote_IsTheSameArgumentAndShowsAllOfIt(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{"plain", "two words", "it's", "$HOME", "", "a\x1b[2J", "exe\u202egpj 'x' \\n", "a\nb"} {
		quoted := shellQuote(arg)
		assert.Equal(t, roster.Printable(quoted), quoted)
		out, err := exec.Command("bash", "-c", "export LC_ALL=C.UTF-8; printf %s "+quoted).Output()
		assert.NoError(t, err)
		assert.Equal(t, arg, string(out), quoted)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in     string
		n      int
		want   string
		reason string
	}{
		{"Lindqvist", 9, "Lindqvist", "what fits stays whole"},
		{"Lindqvist", 8, "Lindqvi…", "what does not says so"},
		{"東京都庁", 5, "東京…", "wide letters count twice, or columns would not line up"},
		{"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301", "an accent takes no column of its own"},
	} {
		assert.Equal(t, c.want, cut(c.in, c.n), c.reason)
	}
}

func TestThousands(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 100000: "100,000", 1234567: "1,234,567"} {
		assert.Equal(t, want, thousands(n))
	}
}

func TestIndenter_KeepsLinesTogetherAcrossWrites(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := &indenter{to: &out}
	for _, part := range []string{"one ", "line\n", "\n", "an", "other\nthird\n"} {
		_, err := w.Write([]byte(part))
		assert.NoError(t, err)
	}
	assert.Equal(t, "  one line\n\n  another\n  third\n", out.String())
}

func TestTable_FitsTheScreen(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("very.long.name.", 12) + "@contoso.example"
	tbl := table{heads: []string{"line", "account", "outcome", "what is known"}, right: []bool{true}, keep: []bool{true, false, true}}
	tbl.add("7", long, "NotFound", long)
	tbl.add("100000", "short", "Ambiguous", "2 users")
	var out bytes.Buffer
	tbl.print(&out, 0)
	for line := range strings.Lines(out.String()) {
		assert.LessOrEqual(t, columns(strings.TrimSuffix(line, "\n")), screen, "a line that breaks makes a table unreadable:\n%s", line)
	}
	assert.Contains(t, out.String(), "…", "a cell that lost text says so")
	assert.Contains(t, out.String(), "100000  short", "the columns that must be read whole are")
	assert.Contains(t, out.String(), "\n       7  very", "numbers stand flush right")
}

func TestTable_SaysHowManyRowsItLeftOut(t *testing.T) {
	t.Parallel()
	tbl := table{}
	for range 1500 {
		tbl.add("row")
	}
	var out bytes.Buffer
	tbl.print(&out, 2)
	assert.Equal(t, "  row\n  row\n  … and 1,498 more\n", out.String())
	out.Reset()
	tbl.print(&out, 0)
	assert.Equal(t, 1500, strings.Count(out.String(), "row\n"))
}
