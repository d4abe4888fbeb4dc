package match

import "hash/maphash"

// firsts finds, for the rows of a roster in order, the first of those that are
// the same. It holds hashes and not texts: for a million rows that is a third of
// the memory, and so much faster.
type firsts struct {
	seed maphash.Seed
	rows map[uint64]int32 // by hash, or one of the numbers after it if that was taken
}

func newFirsts(n int) firsts {
	return firsts{maphash.MakeSeed(), make(map[uint64]int32, n)}
}

// of returns the first row that is the same as row i, which may be i. Rows that
// are the same must have the same text.
func (f firsts) of(i int, text string, same func(j int) bool) int {
	for hash := maphash.String(f.seed, text); ; hash++ {
		j, taken := f.rows[hash]
		if !taken {
			f.rows[hash] = int32(i)
			return i
		}
		if same(int(j)) {
			return int(j)
		}
	}
}
