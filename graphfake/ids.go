package graphfake

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
)

// newID returns a random GUID from the server's seed.
func (s *Server) newID() string {
	b := s.randomBytes()
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return formatGUID(b)
}

func (s *Server) randomBytes() (b [16]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	binary.LittleEndian.PutUint64(b[:8], s.rand.Uint64())
	binary.LittleEndian.PutUint64(b[8:], s.rand.Uint64())
	return b
}

func formatGUID(b [16]byte) string {
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// parseGUID reads a GUID in its usual form, in any letter case.
func parseGUID(s string) (b [16]byte, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return b, false
	}
	n, err := hex.Decode(b[:], []byte(strings.ReplaceAll(s, "-", "")))
	return b, err == nil && n == 16
}

func isGUID(s string) bool { _, ok := parseGUID(s); return ok }

// newAssignmentID returns the id of an app role assignment as the service
// forms it: the principal's GUID in .NET's byte order and 16 random bytes, in
// base64url without padding, 43 characters.
func (s *Server) newAssignmentID(principal string) string {
	p, _ := parseGUID(principal)
	p[0], p[1], p[2], p[3] = p[3], p[2], p[1], p[0]
	p[4], p[5] = p[5], p[4]
	p[6], p[7] = p[7], p[6]
	r := s.randomBytes()
	return base64.RawURLEncoding.EncodeToString(append(p[:], r[:]...))
}

// stamp is a time as the directory writes it in most objects.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// fineStamp is a time as the directory writes it in assignments.
func fineStamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }
