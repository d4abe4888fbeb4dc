package btree_test

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake/internal/btree"
	"github.com/stretchr/testify/require"
)

// A wrong split, merge or copy would lose objects from listings, or let a
// request see a write that came after it began.
func TestTreeAgreesWithASortedMap(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		tree, want := btree.New(cmp.Compare[int]), map[int]bool{}
		for range 3000 {
			n := rnd.IntN(800)
			if rnd.IntN(3) > 0 {
				tree.Put(n)
				want[n] = true
			} else {
				require.Equal(t, want[n], tree.Delete(n))
				delete(want, n)
			}
			if rnd.IntN(500) == 0 {
				before, snapshot := slices.Sorted(maps.Keys(want)), tree
				tree = snapshot.Clone()
				for range 200 {
					tree.Put(rnd.IntN(800) + 1000)
					tree.Delete(rnd.IntN(800))
				}
				require.Equal(t, before, slices.Collect(snapshot.All()), "a copy moved with the original")
				tree = snapshot.Clone()
			}
		}
		require.Equal(t, slices.Sorted(maps.Keys(want)), slices.Collect(tree.All()))
		require.Equal(t, len(want), tree.Len())
		from := rnd.IntN(800)
		got := slices.Collect(tree.From(func(n int) bool { return n >= from }))
		keep := slices.DeleteFunc(slices.Sorted(maps.Keys(want)), func(n int) bool { return n < from })
		require.Equal(t, len(keep), len(got))
		drop := slices.DeleteFunc(slices.Sorted(maps.Keys(want)), func(n int) bool { return n >= from })
		slices.Reverse(drop)
		require.True(t, slices.Equal(drop, slices.Collect(tree.Before(func(n int) bool { return n >= from }))))
		for n := range want {
			require.True(t, tree.Delete(n))
		}
		require.Zero(t, tree.Len())
	}
}

func TestBuildEqualsPuttingOneByOne(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 47, 48, 63, 64, 65, 95, 96, 97, 2304, 4095, 4096, 5000, 200_000} {
		sorted := make([]int, n)
		for i := range sorted {
			sorted[i] = 2 * i
		}
		tree := btree.Build(cmp.Compare[int], sorted)
		require.Equal(t, n, tree.Len())
		if n < 10_000 {
			for i := range n {
				tree.Put(2*i + 1)
			}
			for i := range n {
				require.True(t, tree.Delete(2*i+1))
			}
		}
		require.True(t, slices.Equal(sorted, slices.Collect(tree.All())), n)
	}
}
