package xlsx

import (
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// blockLen is how many texts stand in a block.
const blockLen = 4096

// shared are the texts that the cells of a workbook share. They stand one after the
// other in blocks, so that growing copies none, and a row that is kept keeps one block.
type shared struct {
	blocks []string
	ends   []uint32 // of each text in its block
}

// get returns the text of a number.
func (s *shared) get(number string) (string, error) {
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= len(s.ends) {
		return "", fmt.Errorf("%w: a cell names a text that the workbook does not have", ErrDamaged)
	}
	begin := uint32(0)
	if i%blockLen > 0 {
		begin = s.ends[i-1]
	}
	return s.blocks[i/blockLen][begin:s.ends[i]], nil
}

// readShared reads the part with the shared texts.
func readShared(p *part, limit int64) (shared, error) {
	var s shared
	var block strings.Builder
	size := int64(0)
	flush := func() {
		s.blocks = append(s.blocks, block.String())
		block = strings.Builder{}
	}
	err := p.elements(func(start xml.StartElement) error {
		if start.Name.Local != "si" {
			return nil
		}
		text, err := p.richText()
		if err != nil {
			return err
		}
		block.WriteString(text)
		s.ends = append(s.ends, uint32(block.Len()))
		if size += int64(len(text)) + 4; size > limit {
			return fmt.Errorf("%w: its texts have more than Options.MaxText, %d bytes", ErrTooLarge, limit)
		}
		if len(s.ends)%blockLen == 0 {
			flush()
		}
		return nil
	})
	flush()
	return s, err
}

// richText returns the text of the element that has begun: of all its runs, without
// the phonetic ones that tell how to pronounce it.
func (p *part) richText() (string, error) {
	var text strings.Builder
	outside, phonetic := p.depth-1, 0
	in := ""
	for {
		token, err := p.next()
		if err == io.EOF {
			err = p.failure(io.ErrUnexpectedEOF)
		}
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			in = t.Name.Local
			if in == "rPh" {
				phonetic = p.depth
			}
		case xml.EndElement:
			in = ""
			if p.depth < phonetic {
				phonetic = 0
			}
			if p.depth == outside {
				return unescape(text.String()), nil
			}
		case xml.CharData:
			if in == "t" && phonetic == 0 {
				text.Write(t)
			}
		}
		if text.Len() > p.max {
			return "", fmt.Errorf("%w: a value has more than Options.MaxRow, %d bytes", ErrTooLarge, p.max)
		}
	}
}

// escaped is how a workbook writes characters that XML can't hold.
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func unescape(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	return escaped.ReplaceAllStringFunc(text, func(e string) string {
		code, _ := strconv.ParseUint(e[2:6], 16, 16) // can't fail: four hexadecimal digits
		return string(rune(code))
	})
}
