package main

import (
	"fmt"

	"github.com/rollcall-go/rollcall/roster"
)

// didYouMean asks whether the one of names that is most like word was meant; "" if
// none is like it.
func didYouMean(word string, names []string) string {
	word = roster.Fold(word)
	best, least := "", max(1, len([]rune(word))/3)+1
	for _, name := range names {
		if d := edits(word, roster.Fold(name)); d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", best)
}

// edits returns how many letters must be added, left out, changed or swapped with their
// neighbour to make b of a.
func edits(a, b string) int {
	from, to := []rune(a), []rune(b)
	rows := make([][]int, len(from)+1)
	for i := range rows {
		rows[i] = make([]int, len(to)+1)
		rows[i][0] = i
	}
	for j := range to {
		rows[0][j+1] = j + 1
	}
	for i := range from {
		for j := range to {
			cost := 1
			if from[i] == to[j] {
				cost = 0
			}
			rows[i+1][j+1] = min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+cost)
			if i > 0 && j > 0 && from[i] == to[j-1] && from[i-1] == to[j] {
				rows[i+1][j+1] = min(rows[i+1][j+1], rows[i-1][j-1]+1)
			}
		}
	}
	return rows[len(from)][len(to)]
}
