package xlsx

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// maxDepth is how deep the elements of a part may be nested. Excel needs about 10.
const maxDepth = 64

// A part is one of the XML files in a workbook, read token by token.
type part struct {
	name   string
	file   io.ReadCloser
	text   *bufio.Reader
	tokens *xml.Decoder
	left   *int64 // of what may be unpacked
	max    int    // bytes of a token
	token  int    // bytes read since the last token was complete
	depth  int
	err    error // of reading, which the XML decoder would hide
}

func (b *book) openPart(f *zip.File) (*part, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, f.Name, err)
	}
	p := &part{name: f.Name, file: r, left: &b.left, max: b.opts.MaxRow}
	p.text = bufio.NewReaderSize(p, 32<<10)
	p.tokens = xml.NewDecoder(p.text)
	return p, nil
}

// Read hands the part's bytes to the decoder and counts them.
func (p *part) Read(buf []byte) (int, error) {
	n, err := p.file.Read(buf)
	*p.left -= int64(n)
	p.token += n
	switch {
	case *p.left < 0:
		err = fmt.Errorf("%w: more is packed into it than Options.MaxUnpacked, as in a zip bomb", ErrTooLarge)
	case p.token-p.text.Size() > p.max:
		err = fmt.Errorf("%w: a value has more than Options.MaxRow, %d bytes", ErrTooLarge, p.max)
	}
	if err != nil && err != io.EOF {
		p.err = err
	}
	return n, err
}

// next returns the next token; it is valid until next is called again. The error is
// io.EOF if the part is complete.
func (p *part) next() (xml.Token, error) {
	p.token = p.text.Buffered()
	token, err := p.tokens.Token()
	if err == io.EOF {
		return nil, io.EOF
	}
	if err != nil {
		return nil, p.failure(err)
	}
	switch token.(type) {
	case xml.StartElement:
		p.depth++
	case xml.EndElement:
		p.depth--
	case xml.Directive:
		return nil, p.failure(errors.New("it holds a DTD, which no program that writes workbooks makes"))
	}
	if p.depth > maxDepth {
		return nil, p.failure(errors.New("its elements are nested too deep"))
	}
	return token, nil
}

func (p *part) failure(err error) error {
	if p.err != nil {
		err = p.err
	}
	if errors.Is(err, ErrTooLarge) {
		return err
	}
	return fmt.Errorf("%w: %s: %w", ErrDamaged, p.name, err)
}

// elements calls f for every element that begins, to the part's end.
func (p *part) elements(f func(xml.StartElement) error) error {
	defer p.file.Close()
	for {
		token, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); ok {
			if err := f(start); err != nil {
				return err
			}
		}
	}
}

// attr returns an attribute by its local name, or "".
func attr(start xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// isTrue reports whether an attribute is set.
func isTrue(value string) bool { return value == "1" || value == "true" || value == "on" }
