package graphfake

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// TB is the part of testing.TB that a Server reports to.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
	Cleanup(func())
}

// Options configure a Server. The zero value is a well-behaved, empty tenant.
type Options struct {
	// TB gets an Errorf for each request that is not modelled and for other
	// misuse. nil = such requests are only answered with 501.
	TB TB

	// Seed decides all ids and everything else that looks random, so that
	// runs repeat. 0 is a seed like any other.
	Seed uint64

	// TenantID is the id of the organization. "" = made from Seed.
	TenantID string

	// Domains are the verified domains, the default one first.
	// nil = contoso.example and contoso.onmicrosoft.com.
	Domains []string

	// Latency is how long to wait before each request is handled, unless its
	// context ends; items of a batch wait together. 0 = none.
	Latency time.Duration

	// Throttle makes the server answer 429 by the published limits, or by
	// others. nil = never.
	Throttle *Throttle

	// Replication makes the directory eventually consistent. nil = every
	// request sees all writes that were answered before.
	Replication *Replication

	// Governance sets how access reviews and entitlement management behave
	// where the documentation leaves it open. nil = its zero value.
	Governance *Governance

	// AuditDelay is how late entries show in the audit log; in the service it is
	// minutes. 0 = at once.
	AuditDelay time.Duration

	// Permissions makes every request need a bearer token whose permissions
	// suffice for the operation, see Server.Token. By default tokens are
	// neither needed nor checked.
	Permissions bool

	// Shuffle answers with lists in another order each time, made from Seed, wherever
	// the request does not say which ($orderby): the service promises none, so that
	// tests which rely on one fail here instead of in production. The pages of one
	// listing fit together. Each page costs as much time as the whole list.
	Shuffle bool

	// Patience says which requests fail the test because they came before the
	// Retry-After that their sender was given. "" = none.
	Patience Patience
}

// A Server is a fake Microsoft Graph with a directory of its own. It is an
// http.Handler that serves /v1.0 below any path prefix; Transport serves
// clients in the same process without a socket, Start opens a loopback
// listener. All methods may be called from any number of goroutines.
type Server struct {
	opts   Options
	store  *state.Store
	routes router
	handle handler // the whole chain
	log    recorder
	faults script
	waits  waitlist
	gov    *governanceServer
	audit  auditLog

	orders    *dice      // of lists; nil: in order
	throttler *throttler // nil: no throttling
	replicas  *replicas  // nil: one view for all

	clientSecrets clientSecrets
	cert          func() tls.Certificate // of StartTLS

	mu     sync.Mutex
	rand   *rand.Rand
	tb     TB // nil once the test is over
	server *http.Server
}

// New returns a server. opts may be nil and is copied.
func New(opts *Options) *Server {
	s := &Server{store: state.NewStore(), cert: sync.OnceValue(newCertificate)}
	if opts != nil {
		s.opts = *opts
	}
	s.opts.Domains = slices.Clone(s.opts.Domains)
	if len(s.opts.Domains) == 0 {
		s.opts.Domains = []string{"contoso.example", "contoso.onmicrosoft.com"}
	}
	s.rand = rand.New(rand.NewPCG(s.opts.Seed, 0x67726170682d6661))
	if s.opts.TenantID == "" {
		s.opts.TenantID = s.newID()
	}
	s.gov = newGovernance(s, s.opts.Governance)
	s.routes = allRoutes()
	s.handle = s.chain()
	if s.tb = s.opts.TB; s.tb != nil {
		s.tb.Cleanup(s.close)
	}
	s.createTenant()
	s.faults.seed, s.waits.strict = s.opts.Seed, s.opts.Patience
	if s.opts.Shuffle {
		s.orders = newDice(s.opts.Seed, 0x73687566)
	}
	s.throttler = newThrottler(s.opts.Throttle)
	if s.replicas = newReplicas(s.opts.Replication, s.opts.Seed, s.store.View()); s.replicas != nil {
		s.store.OnCommit = s.replicas.commit
	}
	return s
}

// close forgets the test that is over and stops the listener.
func (s *Server) close() {
	s.reportUnfired()
	s.mu.Lock()
	s.tb = nil
	s.mu.Unlock()
	s.Close()
}

// errorf reports misuse to the test, if there is one that still runs.
func (s *Server) errorf(format string, args ...any) {
	s.tell(func(tb TB) { tb.Errorf(format, args...) })
}

// logf writes to the log of the test, if there is one that still runs.
func (s *Server) logf(format string, args ...any) {
	s.tell(func(tb TB) { tb.Logf(format, args...) })
}

func (s *Server) tell(do func(TB)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tb != nil {
		s.tb.Helper()
		do(s.tb)
	}
}

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

// shuffled returns what the order of the request's list is made from, 0 for none. It
// is always the same for governance services, whose pages leave no token to keep it, and
// for delta, where a page may begin in the middle of an object.
func (s *Server) shuffled(rq *request) uint64 {
	if s.orders == nil {
		return 0
	}
	if rq.governs() || strings.HasSuffix(rq.path, "/delta") {
		h := fnv.New64a()
		io.WriteString(h, rq.path)
		return s.opts.Seed ^ h.Sum64() | 1
	}
	return s.orders.roll(rq).Uint64() | 1
}

// jitter returns up to most, decided by a mutation and a replica.
func (d *dice) jitter(seq uint64, replica int, most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return time.Duration(rand.New(rand.NewPCG(d.seed^seq, uint64(replica))).Int64N(int64(most) + 1))
}
