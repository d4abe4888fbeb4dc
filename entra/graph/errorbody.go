package graph

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

func (e *Error) readBody(body []byte) {
	var outer map[string]json.RawMessage
	if json.Unmarshal(body, &outer) != nil {
		e.Message = plainText(string(body))
		return
	}
	outer = foldKeys(outer)
	e.Message = firstText(outer, "message", "error_description")
	var inner map[string]json.RawMessage
	if json.Unmarshal(outer["error"], &inner) != nil {
		e.Code = firstText(outer, "error", "code")
		return
	}
	e.readEnvelope(foldKeys(inner))
}

// readEnvelope reads the content of "error" in Graph's envelope.
// https://learn.microsoft.com/graph/errors#json-representation
func (e *Error) readEnvelope(inner map[string]json.RawMessage) {
	e.Code = firstText(inner, "code")
	e.Message = plainText(firstText(inner, "message"))
	_ = json.Unmarshal(inner["details"], &e.Details) // absent, null or odd: none
	var cause map[string]json.RawMessage
	if json.Unmarshal(inner["innererror"], &cause) != nil {
		return
	}
	cause = foldKeys(cause)
	e.RequestID = cmp.Or(e.RequestID, firstText(cause, "request-id"))
	e.ClientRequestID = cmp.Or(e.ClientRequestID, firstText(cause, "client-request-id"))
}

// foldKeys lowers the names, because the service writes innerError and InnerError.
func foldKeys(object map[string]json.RawMessage) map[string]json.RawMessage {
	folded := make(map[string]json.RawMessage, len(object))
	for name, value := range object {
		folded[strings.ToLower(name)] = value
	}
	return folded
}

func firstText(object map[string]json.RawMessage, names ...string) string {
	for _, name := range names {
		var text string
		if json.Unmarshal(object[name], &text) == nil && text != "" {
			return text
		}
	}
	return ""
}

const maxMessage = 500 // bytes; error pages of proxies can be long

var tags = regexp.MustCompile(`<[^>]*(>|$)`)

// plainText makes one line of what may be a page of HTML.
func plainText(text string) string {
	if strings.HasPrefix(strings.TrimSpace(text), "<") {
		text = tags.ReplaceAllString(text, " ")
	}
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "")
	if len(text) <= maxMessage {
		return text
	}
	cut := maxMessage
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "..."
}

// printable returns text with the characters escaped that a terminal acts on or
// that nobody sees, as package roster's Printable does.
func printable(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, unseen) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case unseen(r):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	return b.String()
}

// unseen reports whether r does something other than being seen.
func unseen(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }
