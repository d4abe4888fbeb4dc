package roster_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

// An endless is a file that never ends: first, then row over and over.
type endless struct {
	first, row string
	read       int
	rest       string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.read == 0 {
		e.rest = e.first
	}
	n := 0
	for n < len(p) {
		if e.rest == "" {
			e.rest = e.row
		}
		c := copy(p[n:], e.rest)
		e.rest = e.rest[c:]
		n += c
	}
	e.read += n
	return n, nil
}

// Without the limit, these would be read into memory to the end of the disk.
func TestRecordWithoutEndStopsAtTheLimit(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	const buffers = 256 << 10
	for _, c := range []struct {
		reason string
		in     endless
		want   string
	}{
		{"a quote that is never closed", endless{first: "id,name\n1,Åse\n2,\"Bo\n", row: "3,Cy\n"},
			"users.csv line 3: record too long: the record that begins here has more than 1048576 bytes, as when a quote is never closed; nothing after it was read"},
		{"a file without a line end", endless{first: "id,name\n1,Åse\n", row: "x"},
			"users.csv line 3: record too long: the record that begins here has more than 1048576 bytes, as when a quote is never closed; nothing after it was read"},
		{"a header without a line end", endless{row: "x"},
			"users.csv line 1: record too long: the record that begins here has more than 1048576 bytes, as when a quote is never closed; nothing after it was read"},
		{"a bare quote in a line without end", endless{first: "id\n1\"", row: "x"},
			"users.csv line 2: record too long: the record that begins here has more than 1048576 bytes, as when a quote is never closed; nothing after it was read"},
	} {
		_, _, err := read(t, &c.in, &roster.Options{Name: "users.csv"})
		require.ErrorIs(t, err, roster.ErrTooLong, c.reason)
		assert.EqualError(t, err, c.want, c.reason)
		assert.Less(t, c.in.read, limit+buffers, c.reason)
	}
}

// The limit is exact and does not depend on where a buffer happens to end.
func TestRecordLimitIsExact(t *testing.T) {
	t.Parallel()
	record := func(n int) string { return "1," + strings.Repeat("x", n-len("1,\n")) + "\n" }
	for _, limit := range []int{100, 70_000, 200_000} {
		for _, before := range []string{"", strings.Repeat("\n", 150_000), strings.Repeat("1,a\n\r\n", 30_000)} {
			opts := &roster.Options{MaxRecord: limit}
			rows, bad, err := read(t, strings.NewReader("id,name\n"+before+record(limit)+"3,c\n"), opts)
			require.NoError(t, err, "limit %d after %d bytes", limit, len(before))
			require.Empty(t, bad)
			assert.Equal(t, []string{"3", "c"}, rows[len(rows)-1], "the rest is read")

			rows, _, err = read(t, strings.NewReader("id,name\n"+before+record(limit+1)+"3,c\n"), opts)
			assert.ErrorIs(t, err, roster.ErrTooLong, "limit %d after %d bytes", limit, len(before))
			assert.Equal(t, strings.Count(before, "1,a"), len(rows), "the rows before it are kept")
		}
	}
}

func TestFieldOfTenMegabytesIsReadIfAllowed(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 10<<20)
	in := "id,name\n1,\"" + big + "\"\n2,Bo\n"
	_, _, err := read(t, strings.NewReader(in), nil)
	require.ErrorIs(t, err, roster.ErrTooLong)
	rows, _, err := read(t, strings.NewReader(in), &roster.Options{MaxRecord: 11 << 20})
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"1", big}, {"2", "Bo"}}, rows)
}

// NewReader is cheap on a file of any size, and Rows reads only while ranged over.
func TestNothingIsReadAheadOfTheLoop(t *testing.T) {
	t.Parallel()
	in := &endless{first: "id,name\n", row: "1,Bo\n"}
	r, err := roster.NewReader(in, nil)
	require.NoError(t, err)
	opened := in.read
	assert.Less(t, opened, 64<<10)
	rows := r.Rows()
	assert.Equal(t, opened, in.read, "Rows alone reads nothing")
	n := 0
	for _, err := range rows {
		require.NoError(t, err)
		if n++; n == 1000 {
			break
		}
	}
	assert.Less(t, in.read, 128<<10, "a loop that is left stops reading")
}

// A roster larger than memory must stream. It isn't parallel, since the heap is
// everybody's.
func TestStreamingTakesConstantMemory(t *testing.T) {
	const size = 100 << 20
	const allowed = 8 << 20
	if got := heapGrowth(t, size, false); got > allowed {
		t.Errorf("the heap grew by %d bytes over %d bytes of rows", got, size)
	}
	if got := heapGrowth(t, size/5, true); got < allowed {
		t.Errorf("rows that are kept must show, or this test proves nothing; the heap grew by %d bytes", got)
	}
}

// heapGrowth reads size bytes of rows and returns how much the live heap grew
// at the most. keep holds on to the rows.
func heapGrowth(t *testing.T, size int, keep bool) int64 {
	in := &endless{first: "id,name,mail\n", row: fmt.Sprintf("1,%s,\"kari@contoso.example\"\n",
		strings.Repeat("n", 100))}
	return heapGrowthOf(t, in, size, keep)
}

func heapGrowthOf(t *testing.T, in *endless, size int, keep bool) int64 {
	r, err := roster.NewReader(in, nil)
	require.NoError(t, err)
	var kept []roster.Row
	live := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before, most, next := live(), int64(0), size/10
	for row, err := range r.Rows() {
		require.NoError(t, err)
		if keep {
			kept = append(kept, row)
		}
		if in.read >= next {
			most, next = max(most, live()), next+size/10
		}
		if in.read >= size {
			break
		}
	}
	runtime.KeepAlive(kept)
	return most - before
}
