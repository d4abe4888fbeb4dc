package roster_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

func TestAHeaderKnowsWhetherItsRowsWereAllRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason   string
		csv      string
		stop     int // leave the loop after so many rows; 0 means never
		n        int
		complete bool
	}{
		{"all rows, one of them unreadable", "A,B\n1,2\n3\n", 0, 2, true},
		{"rows were left out on the way", "A,B\n1,2\n3,4\n", 0, 1, false},
		{"the reading was ended early", "A,B\n1,2\n3,4\n", 1, 1, false},
		{"the file breaks off", "A\n" + strings.Repeat("x", 100), 0, 1, false},
	}
	for _, test := range tests {
		r, err := roster.NewReader(strings.NewReader(test.csv), &roster.Options{MaxRecord: 20})
		require.NoError(t, err)
		assert.False(t, r.Header().Complete(test.n), "nothing was read yet")
		i := 0
		for range r.Rows() {
			if i++; i == test.stop {
				break
			}
		}
		assert.Equal(t, test.complete, r.Header().Complete(test.n), test.reason)
	}
	own, err := roster.NewHeader("", []string{"A"})
	require.NoError(t, err)
	assert.True(t, own.Complete(7), "nobody counts the rows of another source")
}

func TestADoubtfulRosterIsNotComplete(t *testing.T) {
	t.Parallel()
	cut := utf16("LE", "A\tB\n1\t2\n3\tAuditor\n")
	appended := utf16("LE", "A\tB\n1\t2\n") + strings.Repeat("3\t4\n", 1000)
	for _, c := range []struct {
		reason, in, doubt string
		opts              roster.Options
		lines             int // that could not be read
	}{
		{"whole", "A,B\n1,2\n3,Auditor\n", "", roster.Options{}, 0},
		{"whole, Windows", "A,B\r\n1,2\r\n", "", roster.Options{}, 0},
		{"whole, old Macs", "A,B\r1,2\r", "", roster.Options{}, 0},
		{"whole, blank lines at the end", "A,B\n1,2\n\n\n", "", roster.Options{}, 0},
		{"cut inside the last value", "A,B\n1,2\n3,Audi", "users.csv line 3: the last line has no line end", roster.Options{}, 0},
		{"cut, over several reads", "A,B\n" + strings.Repeat("1,2\n", 50_000) + "3,Audi", "line 50002: the last line has no",
			roster.Options{}, 0},
		{"the caller knows that nobody ends it", "A,B\n1,2\n3,Audi", "", roster.Options{NoLineEnd: true}, 0},
		{"a lost character", "A,B\n1,J\ufffdrgen\n", "users.csv line 2: a value holds U+FFFD", roster.Options{}, 0},
		{"a lost character far down", "A,B\n" + strings.Repeat("1,2\n", 50_000) + "3,\ufffd\n",
			"line 50002: a value holds U+FFFD", roster.Options{}, 0},
		{"UTF-16 cut inside a character", cut[:len(cut)-9], "line 3: a value holds U+FFFD", roster.Options{}, 0},
		{"UTF-16 cut between two characters", cut[:len(cut)-8], "line 3: the last line has no line end", roster.Options{}, 0},
		{"UTF-16 with half a surrogate pair", utf16("LE", "A\tB\n1\tx") + "\x3d\xd8\n\x00",
			"line 2: a value holds U+FFFD", roster.Options{}, 0},
		{"UTF-16 with ASCII appended", appended, "line 3: the last line has no line end", roster.Options{}, 1000},
		{"the same, at another place", appended[:len(appended)-4000] + " " + appended[len(appended)-4000:],
			"line 3: a value holds U+FFFD", roster.Options{}, 1000},
	} {
		c.opts.Name = "users.csv"
		r, err := roster.NewReader(strings.NewReader(c.in), &c.opts)
		require.NoError(t, err, c.reason)
		n, lines := 0, 0
		for _, err := range r.Rows() {
			if bad := (*roster.RowError)(nil); errors.As(err, &bad) {
				lines += bad.Lines
			}
			n++
		}
		assert.InDelta(t, c.lines, lines, 1, c.reason)
		assert.Equal(t, c.doubt == "", r.Header().Complete(n), c.reason)
		if c.doubt == "" {
			assert.Empty(t, r.Header().Doubt(), c.reason)
		} else {
			assert.Contains(t, r.Header().Doubt(), c.doubt, c.reason)
		}
	}
}
