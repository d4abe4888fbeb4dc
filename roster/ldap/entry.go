package ldap

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/rollcall-go/rollcall/roster"
	"github.com/rollcall-go/rollcall/roster/internal/advalue"
)

// entries yields a row for each entry, and reports whether to go on.
func (s *search) entries(list []*goldap.Entry, yield func(roster.Row, error) bool) bool {
	for _, entry := range list {
		s.n++
		if s.noComputers && isComputer(entry) {
			s.computers++
			continue
		}
		fields, err := s.fields(entry)
		if !yield(roster.NewRow(s.header, s.n, fields), err) {
			return false
		}
	}
	return true
}

func isComputer(entry *goldap.Entry) bool {
	return slices.ContainsFunc(entry.GetEqualFoldAttributeValues("objectClass"), func(class string) bool {
		return strings.EqualFold(class, "computer")
	})
}

// fields returns the values of an entry, and a *RowError for the first that can't be read.
func (s *search) fields(entry *goldap.Entry) ([]string, error) {
	fields := []string{entry.DN}
	var bad error
	for i, name := range s.attributes {
		value, err := s.value(entry, i)
		if err != nil && bad == nil {
			bad = &roster.RowError{File: s.opts.Name, Line: s.n, Column: i + 2, RowLine: s.n, Lines: 1,
				Err: fmt.Errorf("the attribute %q: %w", name, err)}
		}
		fields = append(fields, value)
	}
	if s.status >= 0 {
		fields = append(fields, advalue.AccountEnabled(fields[s.status+1]))
	}
	return fields, bad
}

// value returns the values of an entry's attribute, joined.
func (s *search) value(entry *goldap.Entry, i int) (string, error) {
	var values []string
	for _, attribute := range entry.Attributes {
		name, option, _ := strings.Cut(attribute.Name, ";")
		if !strings.EqualFold(name, s.attributes[i]) {
			continue
		}
		if option = strings.ToLower(option); strings.HasPrefix(option, "range=") && !strings.HasSuffix(option, "-*") {
			return "", fmt.Errorf("%w: the server sent only a part of its values (range)", ErrUnfinished)
		}
		if option != "" && option != "binary" && !strings.HasPrefix(option, "range=") {
			continue // in another language
		}
		s.seen[i] = true
		for _, value := range attribute.ByteValues {
			text, err := toText(name, value)
			if err != nil {
				return "", err
			}
			values = append(values, text)
		}
	}
	if len(values) == 1 {
		return values[0], nil
	}
	for i, value := range values {
		values[i] = strings.ReplaceAll(value, ";", `\;`)
	}
	return strings.Join(values, ";"), nil
}

// toText returns the text of a value.
func toText(name string, value []byte) (string, error) {
	if text, ok := advalue.Text(name, value); ok {
		return text, nil
	}
	if strings.IndexByte(string(value), 0) >= 0 || !utf8.Valid(value) {
		return "", fmt.Errorf("%w: leave it out of Options.Attributes", roster.ErrBinary)
	}
	return string(value), nil
}
