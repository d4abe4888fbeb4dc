package match

import (
	"hash/maphash"
	"iter"
	"math/bits"
)

// firsts finds the rows that are the same as an earlier one. It keeps a hash of
// each row's text and compares within groups of rows, whose table fits into the
// processor's cache: with a million rows, one table or a map of texts spends
// most of the run waiting for memory.
type firsts struct {
	seed maphash.Seed
	list []hashed // in the order of the rows
}

// A hashed is a row and the hash of its text.
type hashed struct {
	hash uint32
	row  int32
}

// A repeat is a row and the first one that is the same.
type repeat struct{ row, of int }

// groupSize is about how many rows are compared at a time.
const groupSize = 1 << 13

func newFirsts(n int) *firsts { return &firsts{maphash.MakeSeed(), make([]hashed, 0, n)} }

// add takes in a row; a later one must come later. Rows that are the same must
// have the same text.
func (f *firsts) add(row int, text string) {
	f.list = append(f.list, hashed{uint32(maphash.String(f.seed, text)), int32(row)})
}

// repeats returns the rows that are the same as an earlier one, group by group.
func (f *firsts) repeats(same func(i, j int) bool) (repeats []repeat) {
	var table []int32 // indexes in the group plus 1, by hash; 0 is free
	for group := range f.groups() {
		size := 2 << bits.Len(uint(len(group)))
		if table = table[:min(size, cap(table))]; len(table) < size {
			table = make([]int32, size)
		}
		clear(table)
		for i, h := range group {
			if of := put(table, group, i, same); of != i {
				repeats = append(repeats, repeat{int(h.row), int(group[of].row)})
			}
		}
	}
	return repeats
}

// put returns the first row of the group that is the same as row i, which may
// be i itself and is then put into the table.
func put(table []int32, group []hashed, i int, same func(i, j int) bool) int {
	mask := uint32(len(table) - 1)
	for at := group[i].hash & mask; ; at = (at + 1) & mask {
		of := int(table[at]) - 1
		if of < 0 {
			table[at] = int32(i + 1)
			return i
		}
		if group[of].hash == group[i].hash && same(int(group[of].row), int(group[i].row)) {
			return of
		}
	}
}

// groups yields the rows by the first bits of their hash, each group in order.
func (f *firsts) groups() iter.Seq[[]hashed] {
	shift := 32 - bits.Len(uint(len(f.list)/groupSize))
	ends := make([]int, 1<<(32-shift)+1)
	for _, h := range f.list {
		ends[h.hash>>shift+1]++
	}
	for i := range ends[1:] {
		ends[i+1] += ends[i]
	}
	sorted := make([]hashed, len(f.list))
	for _, h := range f.list {
		sorted[ends[h.hash>>shift]] = h
		ends[h.hash>>shift]++
	}
	return func(yield func([]hashed) bool) {
		start := 0
		for _, end := range ends[:len(ends)-1] {
			if !yield(sorted[start:end]) {
				return
			}
			start = end
		}
	}
}
