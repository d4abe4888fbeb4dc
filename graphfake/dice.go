package graphfake

import (
	"hash/fnv"
	"io"
	"math/rand/v2"
	"sync"
	"time"
)

// Dice decide by chance so that runs repeat from the seed, in whatever order
// goroutines happen to send their requests: what falls depends on the request
// itself and on how often this same request was seen before.
type dice struct {
	seed uint64

	mu   sync.Mutex
	seen map[uint64]uint64
}

func newDice(seed, purpose uint64) *dice {
	return &dice{seed: seed ^ purpose, seen: map[uint64]uint64{}}
}

// roll returns chance for the next occurrence of the request.
func (d *dice) roll(rq *request) *rand.Rand {
	id := rq.fingerprint()
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.seen[id]
	d.seen[id]++
	return rand.New(rand.NewPCG(d.seed^n, id))
}

// fingerprint is equal for requests that ask for the same, secrets apart. The envelope of a
// batch has the same one whatever it carries: what is in it may depend on timing.
func (rq *request) fingerprint() uint64 {
	h := fnv.New64a()
	for _, part := range []string{rq.method, rq.path, rq.rawQuery} {
		io.WriteString(h, part)
		h.Write([]byte{0})
	}
	if !rq.envelope() {
		io.WriteString(h, redacted(rq.body)) // a client that makes passwords up asks for the same
	}
	return h.Sum64()
}

// jitter returns up to most, decided by a mutation and a replica.
func (d *dice) jitter(seq uint64, replica int, most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return time.Duration(rand.New(rand.NewPCG(d.seed^seq, uint64(replica))).Int64N(int64(most) + 1))
}
