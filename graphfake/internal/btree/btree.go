// Package btree is an ordered set that can be copied in constant time.
//
// A copy shares its nodes with the original; whichever of the two is changed
// first copies the few nodes on the way to the change. This is what lets the
// fake hand an unchanging view of a million users to every request.
package btree

import (
	"iter"
	"slices"
	"sort"
)

const (
	maxItems = 63
	minItems = maxItems / 2
)

// A Tree is a sorted set of entries. Trees are made by New, Build or Clone.
// Reading is safe from any number of goroutines while nobody changes the same
// Tree; changing a Clone never shows in the original.
type Tree[E any] struct {
	cmp   func(a, b E) int
	root  *node[E]
	len   int
	owner *owner
}

// owner marks the nodes that a tree made itself and may change in place. It
// is not empty, so that every new one has its own address.
type owner struct{ _ byte }

type node[E any] struct {
	owner *owner
	items []E
	kids  []*node[E] // none in a leaf, else len(items)+1
}

// New returns an empty tree ordered by cmp.
func New[E any](cmp func(a, b E) int) Tree[E] {
	own := new(owner)
	return Tree[E]{cmp: cmp, root: &node[E]{owner: own}, owner: own}
}

// Clone returns a copy in constant time. From then on t must not be changed,
// only the copy may: t is a snapshot that any number of goroutines can read.
func (t *Tree[E]) Clone() Tree[E] {
	c := *t
	c.owner = new(owner)
	return c
}

// Len returns the number of entries.
func (t *Tree[E]) Len() int { return t.len }

// From yields, in order, the entries from the first one for which reached is
// true. Reached must be false for a prefix of the order and true for the rest.
func (t *Tree[E]) From(reached func(E) bool) iter.Seq[E] {
	return func(yield func(E) bool) { t.root.from(reached, yield) }
}

// Before yields, in reverse order, the entries before the first one for which
// reached is true; all of them if it never is.
func (t *Tree[E]) Before(reached func(E) bool) iter.Seq[E] {
	return func(yield func(E) bool) { t.root.before(reached, yield) }
}

// All yields every entry in order.
func (t *Tree[E]) All() iter.Seq[E] {
	return func(yield func(E) bool) { t.root.all(yield) }
}

func (n *node[E]) from(reached func(E) bool, yield func(E) bool) bool {
	i := sort.Search(len(n.items), func(i int) bool { return reached(n.items[i]) })
	if len(n.kids) > 0 && !n.kids[i].from(reached, yield) {
		return false
	}
	return n.rest(i, yield)
}

func (n *node[E]) before(reached func(E) bool, yield func(E) bool) bool {
	i := sort.Search(len(n.items), func(i int) bool { return reached(n.items[i]) })
	if len(n.kids) > 0 && !n.kids[i].before(reached, yield) {
		return false
	}
	for i--; i >= 0; i-- {
		if !yield(n.items[i]) {
			return false
		}
		if len(n.kids) > 0 && !n.kids[i].before(reached, yield) {
			return false
		}
	}
	return true
}

func (n *node[E]) all(yield func(E) bool) bool {
	if len(n.kids) > 0 && !n.kids[0].all(yield) {
		return false
	}
	return n.rest(0, yield)
}

// rest yields item i and all that follows it below n.
func (n *node[E]) rest(i int, yield func(E) bool) bool {
	for ; i < len(n.items); i++ {
		if !yield(n.items[i]) {
			return false
		}
		if len(n.kids) > 0 && !n.kids[i+1].all(yield) {
			return false
		}
	}
	return true
}

// Put adds e, or replaces the entry that compares equal to it.
func (t *Tree[E]) Put(e E) {
	t.root = t.own(t.root)
	if len(t.root.items) == maxItems {
		t.root = &node[E]{owner: t.owner, kids: []*node[E]{t.root}}
		t.split(t.root, 0)
	}
	if t.put(t.root, e) {
		t.len++
	}
}

// put inserts below n, which is owned and not full, and reports whether e is new.
func (t *Tree[E]) put(n *node[E], e E) bool {
	for {
		i, found := slices.BinarySearchFunc(n.items, e, t.cmp)
		switch {
		case found:
			n.items[i] = e
			return false
		case len(n.kids) == 0:
			n.items = slices.Insert(n.items, i, e)
			return true
		}
		n.kids[i] = t.own(n.kids[i])
		if len(n.kids[i].items) == maxItems {
			t.split(n, i)
			continue // the middle item came up: compare with it
		}
		n = n.kids[i]
	}
}

// split divides the full, owned child i of n.
func (t *Tree[E]) split(n *node[E], i int) {
	left := n.kids[i]
	const mid = maxItems / 2
	middle := left.items[mid]
	right := &node[E]{owner: t.owner, items: slices.Clone(left.items[mid+1:])}
	if len(left.kids) > 0 {
		right.kids = slices.Clone(left.kids[mid+1:])
		left.kids = slices.Delete(left.kids, mid+1, len(left.kids))
	}
	left.items = slices.Delete(left.items, mid, len(left.items))
	n.items = slices.Insert(n.items, i, middle)
	n.kids = slices.Insert(n.kids, i+1, right)
}

// Delete removes the entry that compares equal to e, and reports whether there was one.
func (t *Tree[E]) Delete(e E) bool {
	t.root = t.own(t.root)
	found := t.remove(t.root, e)
	if len(t.root.items) == 0 && len(t.root.kids) > 0 {
		t.root = t.root.kids[0]
	}
	if found {
		t.len--
	}
	return found
}

func (t *Tree[E]) remove(n *node[E], e E) bool {
	i, found := slices.BinarySearchFunc(n.items, e, t.cmp)
	if len(n.kids) == 0 {
		if found {
			n.items = slices.Delete(n.items, i, i+1)
		}
		return found
	}
	kid := t.own(n.kids[i])
	n.kids[i] = kid
	if found {
		n.items[i] = t.removeLast(kid)
	} else {
		found = t.remove(kid, e)
	}
	t.refill(n, i)
	return found
}

func (t *Tree[E]) removeLast(n *node[E]) E {
	last := len(n.items) - 1
	if len(n.kids) == 0 {
		e := n.items[last]
		n.items = slices.Delete(n.items, last, last+1)
		return e
	}
	n.kids[last+1] = t.own(n.kids[last+1])
	e := t.removeLast(n.kids[last+1])
	t.refill(n, last+1)
	return e
}

// refill brings child i of n back to minItems, from a neighbour or by merging with one.
func (t *Tree[E]) refill(n *node[E], i int) {
	if len(n.kids[i].items) >= minItems {
		return
	}
	switch {
	case i > 0 && len(n.kids[i-1].items) > minItems:
		t.rotateRight(n, i)
	case i < len(n.items) && len(n.kids[i+1].items) > minItems:
		t.rotateLeft(n, i)
	case i > 0:
		t.merge(n, i-1)
	default:
		t.merge(n, i)
	}
}

func (t *Tree[E]) rotateRight(n *node[E], i int) {
	left, kid := t.own(n.kids[i-1]), n.kids[i]
	n.kids[i-1] = left
	last := len(left.items) - 1
	kid.items = slices.Insert(kid.items, 0, n.items[i-1])
	n.items[i-1] = left.items[last]
	left.items = slices.Delete(left.items, last, last+1)
	if len(left.kids) > 0 {
		kid.kids = slices.Insert(kid.kids, 0, left.kids[last+1])
		left.kids = slices.Delete(left.kids, last+1, last+2)
	}
}

func (t *Tree[E]) rotateLeft(n *node[E], i int) {
	kid, right := n.kids[i], t.own(n.kids[i+1])
	n.kids[i+1] = right
	kid.items = append(kid.items, n.items[i])
	n.items[i] = right.items[0]
	right.items = slices.Delete(right.items, 0, 1)
	if len(right.kids) > 0 {
		kid.kids = append(kid.kids, right.kids[0])
		right.kids = slices.Delete(right.kids, 0, 1)
	}
}

// merge joins children i and i+1 of n around the item between them.
func (t *Tree[E]) merge(n *node[E], i int) {
	left, right := t.own(n.kids[i]), n.kids[i+1]
	left.items = append(append(left.items, n.items[i]), right.items...)
	left.kids = append(left.kids, right.kids...)
	n.kids[i] = left
	n.items = slices.Delete(n.items, i, i+1)
	n.kids = slices.Delete(n.kids, i+1, i+2)
}

// own returns n if this tree made it, else a copy that it may change.
func (t *Tree[E]) own(n *node[E]) *node[E] {
	if n.owner == t.owner {
		return n
	}
	return &node[E]{owner: t.owner, items: slices.Clone(n.items), kids: slices.Clone(n.kids)}
}

// Build returns a tree of entries that are already sorted and distinct; it
// takes time proportional to their number.
func Build[E any](cmp func(a, b E) int, sorted []E) Tree[E] {
	own := new(owner)
	items, kids := sorted, []*node[E](nil)
	for len(items) > maxItems {
		items, kids = level(own, items, kids)
	}
	return Tree[E]{cmp: cmp, len: len(sorted), owner: own,
		root: &node[E]{owner: own, items: slices.Clone(items), kids: kids}}
}

// level groups items (and the kids between them) into nodes of nearly equal
// size, and returns the items left between those nodes.
func level[E any](own *owner, items []E, kids []*node[E]) ([]E, []*node[E]) {
	const fill = maxItems * 3 / 4
	groups := len(items)/(fill+1) + 1
	inside := len(items) - (groups - 1)
	between := make([]E, 0, groups-1)
	nodes := make([]*node[E], 0, groups)
	at := 0
	for g := range groups {
		size := inside / groups
		if g < inside%groups {
			size++
		}
		n := &node[E]{owner: own, items: slices.Clone(items[at : at+size])}
		if len(kids) > 0 {
			n.kids = slices.Clone(kids[at : at+size+1])
		}
		nodes = append(nodes, n)
		if at += size; g < groups-1 {
			between = append(between, items[at])
			at++
		}
	}
	return between, nodes
}
