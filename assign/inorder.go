package assign

import (
	"cmp"
	"encoding/binary"
	"iter"
	"math"
	"slices"
)

// inOrder yields items in an order that begins with the order of their
// principals. It sorts the principals' first bytes and copies the items a group
// at a time: a million items and their texts don't fit a processor's cache,
// their first bytes nearly do, and a group does while it is worked on.
type inOrder[T comparable] struct {
	items []T // in normal form
	rest  []place
	texts func(*T) (principal, other string)
	read  byte // keeps what warm reads from being optimized away
}

// A place says where an item is, and the first bytes of its principal.
type place struct {
	prefix uint64
	at     int
}

// groupSize is about how many items are worked on at a time.
const groupSize = 1 << 11

// newInOrder puts the normal forms of items in the order of compare, which must
// begin with the order of their principals. texts returns those of an item that
// every plan reads.
func newInOrder[T comparable](items []T, normal func(T) T, texts func(*T) (principal, other string), compare func(a, b *T) int) *inOrder[T] {
	items = inNormalForm(items, normal)
	places := make([]place, len(items))
	for i := range items {
		var first [8]byte
		principal, _ := texts(&items[i])
		copy(first[:], principal)
		places[i] = place{binary.BigEndian.Uint64(first[:]), i}
	}
	slices.SortFunc(places, func(p, q place) int {
		if p.prefix != q.prefix {
			return cmp.Compare(p.prefix, q.prefix)
		}
		return compare(&items[p.at], &items[q.at])
	})
	return &inOrder[T]{items: items, rest: places, texts: texts}
}

// inNormalForm returns the normal forms of items, which are mostly the items themselves.
func inNormalForm[T comparable](items []T, normal func(T) T) []T {
	for i := range items {
		if normal(items[i]) == items[i] {
			continue
		}
		forms := slices.Clone(items)
		for j := range forms[i:] {
			forms[i+j] = normal(forms[i+j])
		}
		return forms
	}
	return items
}

// groupEnd returns the prefix with which a group of the items that are left ends.
func (o *inOrder[T]) groupEnd() uint64 {
	if len(o.rest) <= groupSize {
		return math.MaxUint64
	}
	return o.rest[groupSize-1].prefix
}

// upTo appends the next items to room, to the last one with that prefix.
func (o *inOrder[T]) upTo(prefix uint64, room []T) []T {
	n := leading(o.rest, func(p *place) bool { return p.prefix <= prefix })
	for _, place := range o.rest[:n] {
		room = append(room, o.items[place.at])
	}
	o.rest = o.rest[n:]
	o.warm(room[len(room)-n:])
	return room
}

// warm reads the ends of the group's texts: in so short a loop the processor
// waits for many of them at once, and later for none.
func (o *inOrder[T]) warm(group []T) {
	for i := range group {
		principal, other := o.texts(&group[i])
		for _, text := range [...]string{principal, other} {
			if text != "" {
				o.read += text[0] + text[len(text)-1]
			}
		}
	}
}

// missing returns about how many wants are for a principal that holds nothing.
func missing(wants *inOrder[Want], held *inOrder[Assignment]) int {
	n, there := 0, held.rest
	for _, want := range wants.rest {
		there = there[leading(there, func(p *place) bool { return p.prefix < want.prefix }):]
		if len(there) == 0 || there[0].prefix != want.prefix {
			n++
		}
	}
	return n
}

// sideBySide yields all wants and assignments, both in order, in groups: all
// those of one principal are in the same group. A group is valid until the next.
func sideBySide(wants *inOrder[Want], held *inOrder[Assignment]) iter.Seq2[[]Want, []Assignment] {
	return func(yield func([]Want, []Assignment) bool) {
		w := make([]Want, 0, min(len(wants.rest), groupSize))
		h := make([]Assignment, 0, min(len(held.rest), groupSize))
		for len(wants.rest)+len(held.rest) > 0 {
			end := min(wants.groupEnd(), held.groupEnd())
			w, h = wants.upTo(end, w[:0]), held.upTo(end, h[:0])
			if !yield(w, h) {
				return
			}
		}
	}
}
