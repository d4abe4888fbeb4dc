// Package odata reads the query languages of OData 4 as the directory takes
// them: $filter, $search and $orderby become small syntax trees. It knows
// nothing of types and properties.
package odata

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Error is a syntax error, in the words of the service's OData library
// (https://github.com/OData/odata.net, Microsoft.OData.Core).
type Error struct{ Message string }

func (e *Error) Error() string { return e.Message }

func fail(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

type tokenKind uint8

const (
	end tokenKind = iota
	identifier
	literal
	punctuation
)

type token struct {
	kind tokenKind
	text string
	pos  int
	lit  Literal
}

// is tells whether the token is the given punctuation or, in any letter case, the given word.
func (t token) is(text string) bool {
	return t.kind == punctuation && t.text == text || t.kind == identifier && strings.EqualFold(t.text, text)
}

type lexer struct {
	text string
	pos  int
}

var (
	guidLiteral = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}`)
	timeLiteral = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}([Tt]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})?)?`)
	number      = regexp.MustCompile(`^-?\d+(\.\d+)?([eE][+-]?\d+)?`)
)

func (l *lexer) next() (token, error) {
	for l.pos < len(l.text) && (l.text[l.pos] == ' ' || l.text[l.pos] == '\t') {
		l.pos++
	}
	rest := l.text[l.pos:]
	if rest == "" {
		return token{kind: end, pos: l.pos}, nil
	}
	if rest[0] == '\'' {
		return l.quoted()
	}
	for _, try := range []struct {
		re   *regexp.Regexp
		kind LiteralKind
	}{{guidLiteral, GUID}, {timeLiteral, Time}, {number, Number}} {
		if m := try.re.FindString(rest); m != "" && !wordAt(rest[len(m):]) {
			return l.take(literal, m, Literal{try.kind, m}), nil
		}
	}
	if strings.IndexByte("(),/:=*", rest[0]) >= 0 {
		return l.take(punctuation, rest[:1], Literal{}), nil
	}
	if n := wordLen(rest); n > 0 {
		return l.word(rest[:n]), nil
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return token{}, fail("Syntax error: character '%c' is not valid at position %d in '%s'.", r, l.pos, l.text)
}

func (l *lexer) take(kind tokenKind, text string, lit Literal) token {
	t := token{kind: kind, text: text, pos: l.pos, lit: lit}
	l.pos += len(text)
	return t
}

func (l *lexer) word(w string) token {
	switch strings.ToLower(w) {
	case "null":
		return l.take(literal, w, Literal{Null, "null"})
	case "true", "false":
		return l.take(literal, w, Literal{Bool, strings.ToLower(w)})
	}
	return l.take(identifier, w, Literal{})
}

// quoted reads a string literal; a quote inside is written twice.
func (l *lexer) quoted() (token, error) {
	var b strings.Builder
	for i := l.pos + 1; i < len(l.text); i++ {
		if l.text[i] != '\'' {
			b.WriteByte(l.text[i])
			continue
		}
		if i+1 < len(l.text) && l.text[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return l.take(literal, l.text[l.pos:i+1], Literal{String, b.String()}), nil
	}
	return token{}, fail("There is an unterminated string literal at position %d in '%s'.", len(l.text), l.text)
}

func wordAt(s string) bool { return wordLen(s) > 0 }

// wordLen returns the length of the identifier that s begins with. Dots belong
// to qualified names, $ to $count.
func wordLen(s string) int {
	for i, r := range s {
		if !unicode.IsLetter(r) && r != '_' && r != '$' && r != '@' && (i == 0 || !unicode.IsDigit(r) && r != '.') {
			return i
		}
	}
	return len(s)
}

// A key is what stands for an object in a path: an id, or another property's
// value as in servicePrincipals(appId='…').
type Key struct{ Property, Value string }

func (k Key) String() string { return k.Value }

// is compares a segment with a literal one, without regard to letter case;
// functions and types may be written with their namespace.
func (k Key) Is(literal string) bool {
	if k.Property != "" {
		return false
	}
	v := strings.TrimSuffix(k.Value, "()")
	const namespace = "microsoft.graph."
	if len(v) > len(namespace) && strings.EqualFold(v[:len(namespace)], namespace) && !strings.HasPrefix(literal, namespace) {
		v = v[len(namespace):]
	}
	return strings.EqualFold(v, literal)
}

// literalOnly tells whether a segment cannot be an id: $count, $ref and delta().
func (k Key) LiteralOnly() bool {
	return k.Property == "" && (k.Value == "$count" || k.Value == "$ref" || k.Value == "$value" || strings.HasSuffix(k.Value, "()"))
}

// splitPath cuts a path into segments and unescapes them. A key in
// parentheses becomes a segment of its own: users('x') is users/x.
func SplitPath(path string) []Key {
	var list []Key
	for raw := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		s, err := url.PathUnescape(raw)
		if err != nil {
			s = raw
		}
		name, inside, ok := strings.Cut(s, "(")
		inside, closed := strings.CutSuffix(inside, ")")
		if !ok || !closed || inside == "" {
			list = append(list, Key{Value: s})
			continue
		}
		list = append(list, Key{Value: name}, parseKey(inside))
	}
	return list
}

// parseKey reads 'x' or property='x'.
func parseKey(s string) Key {
	k := Key{Value: s}
	if name, value, ok := strings.Cut(s, "="); ok && !strings.HasPrefix(s, "'") {
		k = Key{strings.TrimSpace(name), strings.TrimSpace(value)}
	}
	if n := len(k.Value); n >= 2 && k.Value[0] == '\'' && k.Value[n-1] == '\'' {
		k.Value = strings.ReplaceAll(k.Value[1:n-1], "''", "'")
	}
	if strings.EqualFold(k.Property, "id") {
		k.Property = ""
	}
	return k
}
