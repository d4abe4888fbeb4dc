package match

import "hash/maphash"

// firsts finds, for the rows of a roster in order, the first of those that are
// the same. It is a hash table of a fixed size whose slots hold no text and no
// pointer: with a million rows, a map of keys spends most of the run waiting for
// memory.
type firsts struct {
	seed  maphash.Seed
	slots []slot // a power of two, at least twice as many as rows
}

// A slot holds a row and a part of its hash. The zero slot is free.
type slot struct {
	hash uint32
	row  int32 // index plus 1
}

func newFirsts(n int) firsts {
	size := 2
	for size < 2*n {
		size *= 2
	}
	return firsts{maphash.MakeSeed(), make([]slot, size)}
}

// of returns the first row that is the same as row i, which may be i. Rows that
// are the same must have the same text. It may be called once for each row.
func (f firsts) of(i int, text string, same func(j int) bool) int {
	hash := maphash.String(f.seed, text)
	part, mask := uint32(hash>>32), uint64(len(f.slots)-1)
	for at := hash & mask; ; at = (at + 1) & mask {
		s := &f.slots[at]
		if s.row == 0 {
			*s = slot{part, int32(i + 1)}
			return i
		}
		if s.hash == part && same(int(s.row-1)) {
			return int(s.row - 1)
		}
	}
}
