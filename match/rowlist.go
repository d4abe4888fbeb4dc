package match

import (
	"iter"

	"github.com/rollcall-go/rollcall/roster"
)

// A rowList holds rows until their number is known. Unlike a slice it grows
// without copying, which would take five times the memory on the way.
type rowList struct {
	chunks [][]roster.Row
	len    int
}

// chunkSize is how many rows are given room at a time.
const chunkSize = 4096

func (l *rowList) add(row roster.Row) {
	if l.len%chunkSize == 0 {
		l.chunks = append(l.chunks, make([]roster.Row, 0, min(l.len, chunkSize))) // a short list takes little
	}
	last := &l.chunks[len(l.chunks)-1]
	*last = append(*last, row)
	l.len++
}

// all yields the rows with their indexes.
func (l *rowList) all() iter.Seq2[int, roster.Row] {
	return func(yield func(int, roster.Row) bool) {
		i := 0
		for _, chunk := range l.chunks {
			for _, row := range chunk {
				if !yield(i, row) {
					return
				}
				i++
			}
		}
	}
}
