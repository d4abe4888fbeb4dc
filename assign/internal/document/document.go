// Package document reads and writes the versioned JSON files of package assign
// and of its subpackages.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// Why a file can't be used.
var (
	ErrTruncated        = errors.New("the file is cut short")
	ErrVersion          = errors.New("the file has another version")
	ErrMalformed        = errors.New("the file is not what it should be")
	ErrOtherApplication = errors.New("another application")
)

// A fileError says in its own words why a file can't be used. It wraps one of
// the sentinels.
type fileError struct {
	text   string
	reason error
}

func (e *fileError) Error() string { return e.text }
func (e *fileError) Unwrap() error { return e.reason }

// A Kind is a kind of document in its current version.
type Kind struct {
	Name    string // such as "rollcall plan"
	Version int
}

// A Stamp is the beginning of every document.
type Stamp struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
}

// Stamp returns the beginning of a document in the current version.
func (k Kind) Stamp() Stamp { return Stamp{k.Name, k.Version} }

// Encode writes a document, a struct that embeds a [Stamp]: the same bytes for
// equal values. Characters that nobody sees are escaped, so that whoever approves
// a file sees them, and read back as they were.
func (k Kind) Encode(w io.Writer, document any) error {
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	if err := out.Encode(document); err != nil {
		return err
	}
	_, err := w.Write(roster.PrintableJSON(text.Bytes()))
	return err
}

// Decode reads a document of this kind and version and nothing else.
func (k Kind) Decode(r io.Reader, document any) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("reading a %s: %w", k.Name, err)
	}
	var head Stamp
	if err := json.Unmarshal(data, &head); err != nil {
		return k.refuseSyntax(data, err)
	}
	if head.Kind != k.Name {
		return k.Refuse(ErrMalformed, "it is JSON, but says that it is %q", head.Kind)
	}
	if head.Version != k.Version {
		todo := "make it anew"
		if head.Version > k.Version {
			todo = "use the newer program that wrote it"
		}
		return k.Refuse(ErrVersion, "it has version %d and this program knows version %d; %s", head.Version, k.Version, todo)
	}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(document); err != nil {
		return k.Refuse(ErrMalformed, "%v", err)
	}
	return nil
}

// refuseSyntax tells a file that ends too early from one that never was JSON.
func (k Kind) refuseSyntax(data []byte, err error) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return k.Refuse(ErrTruncated, "it is empty")
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && int(syntax.Offset) >= len(data) {
		return k.Refuse(ErrTruncated, "it ends in the middle, after %d bytes; make it anew", len(data))
	}
	return k.Refuse(ErrMalformed, "it is not JSON of that kind (%v)", err)
}

// Refuse returns the error for a file that can't be used. The format says what
// is wrong and what to do, in one clause.
func (k Kind) Refuse(reason error, format string, args ...any) error {
	return &fileError{"this can't be used as a " + k.Name + ": " + roster.Printable(fmt.Sprintf(format, args...)), reason}
}

// ForApplication refuses a document of the service principal with object id
// madeFor, whose name is given, unless it is the wanted one.
func (k Kind) ForApplication(name, madeFor, wanted string) error {
	if strings.EqualFold(madeFor, wanted) {
		return nil
	}
	return k.Refuse(ErrOtherApplication, "it was made for %s (service principal %s) and not for service principal %s",
		name, madeFor, wanted)
}
