package assign

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
)

// A FileError says why a file that this package once wrote can't be read back.
type FileError struct {
	Kind   string // what it should be, such as "rollcall plan"
	Detail string // one clause: what is wrong and what to do
	Err    error  // ErrTruncated, ErrVersion, ErrMalformed or ErrOtherApplication
}

func (e *FileError) Error() string { return "this can't be used as a " + e.Kind + ": " + e.Detail }

func (e *FileError) Unwrap() error { return e.Err }

// A kind is a sort of document that this package writes, in its current version.
type kind struct {
	name    string
	version int
}

// A stamp is the beginning of every document.
type stamp struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
}

// encode writes a document, a struct that embeds a stamp, the same byte for
// byte for equal values.
func (k kind) encode(w io.Writer, document any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	return out.Encode(document)
}

// decode reads a document of this kind and version and nothing else.
func (k kind) decode(r io.Reader, document any) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("reading a %s: %w", k.name, err)
	}
	var head stamp
	if err := json.Unmarshal(data, &head); err != nil {
		return k.broken(data, err)
	}
	switch {
	case head.Kind != k.name:
		return k.refuse(ErrMalformed, "it is JSON, but says that it is %q", head.Kind)
	case head.Version > k.version:
		return k.refuse(ErrVersion, "it has version %d and this program knows version %d; use the newer program that wrote it", head.Version, k.version)
	case head.Version < k.version:
		return k.refuse(ErrVersion, "it has version %d and this program knows version %d; make it anew", head.Version, k.version)
	}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(document); err != nil {
		return k.refuse(ErrMalformed, "%v", err)
	}
	return nil
}

// broken tells a file that ends too early from one that never was JSON.
func (k kind) broken(data []byte, err error) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return k.refuse(ErrTruncated, "it is empty")
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && int(syntax.Offset) >= len(data) {
		return k.refuse(ErrTruncated, "it ends in the middle, after %d bytes; make it anew", len(data))
	}
	return k.refuse(ErrMalformed, "it is not JSON of that kind (%v)", err)
}

func (k kind) refuse(sentinel error, format string, args ...any) error {
	return &FileError{Kind: k.name, Detail: fmt.Sprintf(format, args...), Err: sentinel}
}

// otherApplication refuses what belongs to one service principal for another.
func (k kind) otherApplication(name, id, wanted string) error {
	return k.refuse(ErrOtherApplication, "it was made for %s (service principal %s) and not for service principal %s", name, id, wanted)
}
