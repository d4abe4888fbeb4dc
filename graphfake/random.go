package graphfake

import (
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

// newID returns a random GUID from the server's seed.
func (s *Server) newID() string {
	b := s.randomBytes()
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return schema.FormatGUID(b)
}

func (s *Server) randomBytes() (b [16]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	binary.LittleEndian.PutUint64(b[:8], s.rand.Uint64())
	binary.LittleEndian.PutUint64(b[8:], s.rand.Uint64())
	return b
}

// newAssignmentID returns the id of an app role assignment as the service
// forms it: the principal's GUID in .NET's byte order and 16 random bytes, in
// base64url without padding, 43 characters.
func (s *Server) newAssignmentID(principal string) string {
	p, _ := schema.ParseGUID(principal)
	p[0], p[1], p[2], p[3] = p[3], p[2], p[1], p[0]
	p[4], p[5] = p[5], p[4]
	p[6], p[7] = p[7], p[6]
	r := s.randomBytes()
	return base64.RawURLEncoding.EncodeToString(append(p[:], r[:]...))
}

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
