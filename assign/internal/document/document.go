// Package document reads and writes the versioned JSON files of package assign
// and of its subpackages.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Why a file can't be used, for errors.Is on a [*FileError].
var (
	ErrTruncated = errors.New("the file is cut short")
	ErrVersion   = errors.New("the file has another version")
	ErrMalformed = errors.New("the file is not what it should be")

	// ErrOtherApplication says that assignments, a plan or a file belong to
	// another application than the one at hand.
	ErrOtherApplication = errors.New("another application")
)

// A FileError says why a file that this package once wrote can't be read back.
type FileError struct {
	Kind   string // what it should be, such as "rollcall plan"
	Detail string // one clause: what is wrong and what to do
	Err    error  // ErrTruncated, ErrVersion, ErrMalformed or ErrOtherApplication
}

func (e *FileError) Error() string { return "this can't be used as a " + e.Kind + ": " + e.Detail }

func (e *FileError) Unwrap() error { return e.Err }

// A Kind is a sort of document that this package writes, in its current version.
type Kind struct {
	Name    string
	Version int
}

// A Stamp is the beginning of every document.
type Stamp struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
}

// Stamp returns the stamp of a document in its current version.
func (k Kind) Stamp() Stamp { return Stamp{k.Name, k.Version} }

// Encode writes a document, a struct that embeds a Stamp, the same byte for
// byte for equal values.
func (k Kind) Encode(w io.Writer, document any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	return out.Encode(document)
}

// Decode reads a document of this kind and version and nothing else.
func (k Kind) Decode(r io.Reader, document any) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("reading a %s: %w", k.Name, err)
	}
	var head Stamp
	if err := json.Unmarshal(data, &head); err != nil {
		return k.broken(data, err)
	}
	switch {
	case head.Kind != k.Name:
		return k.Refuse(ErrMalformed, "it is JSON, but says that it is %q", head.Kind)
	case head.Version > k.Version:
		return k.Refuse(ErrVersion, "it has version %d and this program knows version %d; use the newer program that wrote it", head.Version, k.Version)
	case head.Version < k.Version:
		return k.Refuse(ErrVersion, "it has version %d and this program knows version %d; make it anew", head.Version, k.Version)
	}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(document); err != nil {
		return k.Refuse(ErrMalformed, "%v", err)
	}
	return nil
}

// broken tells a file that ends too early from one that never was JSON.
func (k Kind) broken(data []byte, err error) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return k.Refuse(ErrTruncated, "it is empty")
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && int(syntax.Offset) >= len(data) {
		return k.Refuse(ErrTruncated, "it ends in the middle, after %d bytes; make it anew", len(data))
	}
	return k.Refuse(ErrMalformed, "it is not JSON of that kind (%v)", err)
}

// Refuse returns the error for a file that can't be used.
func (k Kind) Refuse(sentinel error, format string, args ...any) error {
	return &FileError{Kind: k.Name, Detail: fmt.Sprintf(format, args...), Err: sentinel}
}

// OtherApplication refuses what belongs to one service principal for another.
func (k Kind) OtherApplication(name, id, wanted string) error {
	return k.Refuse(ErrOtherApplication, "it was made for %s (service principal %s) and not for service principal %s", name, id, wanted)
}
