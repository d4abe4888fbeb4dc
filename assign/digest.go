package assign

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
)

// A digest names a state: equal states have equal digests, whatever order they were listed in.
type digest struct {
	hash interface {
		io.Writer
		Sum([]byte) []byte
	}
	line []byte
}

func newDigest(resourceID string) *digest {
	return &digest{sha256.New(), []byte(strings.ToLower(resourceID))}
}

// digestOf is the digest of a whole state.
func digestOf(resourceID string, sorted []Assignment) string {
	d := newDigest(resourceID)
	d.add(sorted)
	return d.String()
}

// add takes in the assignments that come next in order.
func (d *digest) add(sorted []Assignment) {
	for _, a := range sorted {
		d.hash.Write(d.line)
		d.line = d.line[:0]
		for _, field := range [...]string{a.PrincipalID, a.AppRoleID, a.ID, strings.ToLower(a.PrincipalType)} {
			d.line = append(append(d.line, '\n'), field...)
		}
	}
}

// String returns the digest of all that was added; nothing can be added afterwards.
func (d *digest) String() string {
	d.hash.Write(d.line)
	return hex.EncodeToString(d.hash.Sum(nil)[:16])
}
