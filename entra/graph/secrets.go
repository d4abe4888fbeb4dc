package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// secrets are what one attempt sent and what nobody may be shown, although the
// service may echo it: the token, and the passwords in the body.
type secrets []string

const (
	masked = "[redacted]"
	// shortest is how many characters a secret has at least.
	shortest = 6
	// telling is how many characters no word or name has by chance. So many from a
	// secret's beginning are masked also where the rest is cut off, and only
	// secrets that long are masked in data: a stand-in takes any word for a token.
	telling = 16
)

// passwords finds the values in a JSON body that Graph calls secrets.
// https://learn.microsoft.com/graph/api/resources/passwordprofile
// https://learn.microsoft.com/graph/api/resources/passwordcredential
var passwords = regexp.MustCompile(
	`(?i)"(?:password|newPassword|currentPassword|secretText|clientSecret)"\s*:\s*("(?:[^"\\]|\\.)*")`)

// secretsIn returns the secrets of a request, given the values of its header
// Authorization and its body.
func secretsIn(authorization []string, body []byte) (found secrets) {
	add := func(secret string) {
		if len(secret) >= shortest {
			found = append(found, secret)
		}
	}
	for _, value := range authorization {
		if token := strings.TrimPrefix(value, "Bearer "); len(token) >= telling || strings.Trim(token, nameLetters) != "" {
			add(token) // and no word, which stands in messages
		}
	}
	if !bytes.Contains(body, []byte("assword")) && !bytes.Contains(body, []byte("ecret")) {
		return found
	}
	for _, match := range passwords.FindAllSubmatch(body, -1) {
		var secret string
		if json.Unmarshal(match[1], &secret) == nil {
			add(secret)
		}
	}
	return found
}

// mask masks the secrets in all of a reply, before anything is made of it. It keeps
// them for what the reply holds inside.
func (r *reply) mask(s secrets) {
	if r == nil {
		return
	}
	r.sent = s
	inBody := s
	if r.status >= 200 && r.status < 300 {
		inBody = slices.DeleteFunc(slices.Clone(s), func(secret string) bool { return len(secret) < telling })
	}
	header := make(http.Header, len(r.header))
	for name, values := range r.header {
		for _, value := range values {
			header[name] = append(header[name], string(s.mask([]byte(value))))
		}
	}
	r.header, r.body = header, inBody.mask(r.body)
}

func (s secrets) mask(text []byte) []byte {
	for _, secret := range s {
		text = maskOne(text, secret)
	}
	return text
}

func maskOne(text []byte, secret string) []byte {
	first, _ := utf8.DecodeRuneInString(secret)
	begins := string(first) // what its spelling may begin with
	if !plain(first) {
		begins += escapes
	}
	var out []byte
	kept := 0 // text up to here is in out
	for at := 0; ; {
		next := bytes.IndexAny(text[at:], begins)
		if next < 0 {
			break
		}
		at += next
		n := spelled(text[at:], secret)
		if n > 0 {
			out = append(append(out, text[kept:at]...), masked...)
			kept = at + n
		}
		at += max(n, 1)
	}
	if kept == 0 {
		return text
	}
	return append(out, text[kept:]...)
}

// spelled returns how many bytes at the beginning of text spell the secret, or as
// much of it as tells; 0 if they don't.
func spelled(text []byte, secret string) int {
	if bytes.HasPrefix(text, []byte(secret)) {
		return len(secret)
	}
	at := 0
	for i, r := range secret {
		n := spelledRune(text[at:], r)
		if n == 0 && i < telling {
			return 0
		}
		if n == 0 {
			break
		}
		at += n
	}
	return at
}

const escapes = `\%&+` // what the spellings of characters that are not plain begin with

// plain reports whether c is a character that is never written otherwise.
func plain(c rune) bool { return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

func spelledRune(text []byte, r rune) int {
	if !plain(r) && len(text) > 0 && strings.IndexByte(escapes, text[0]) >= 0 {
		for _, form := range spellings(r) {
			if len(text) >= len(form) && strings.EqualFold(string(text[:len(form)]), form) { // hexadecimal has no case
				return len(form)
			}
		}
	}
	if bytes.HasPrefix(text, []byte(string(r))) {
		return utf8.RuneLen(r)
	}
	return 0
}

var entities = map[rune]string{'<': "&lt;", '>': "&gt;", '&': "&amp;", '"': "&quot;", '\'': "&apos;"}

// spellings are how JSON, HTML and URLs write a character.
func spellings(r rune) []string {
	all := []string{fmt.Sprintf("&#%d;", r), fmt.Sprintf("&#x%x;", r)}
	var units, octets string
	for _, unit := range utf16.Encode([]rune{r}) {
		units += fmt.Sprintf(`\u%04x`, unit)
	}
	for _, octet := range []byte(string(r)) {
		octets += fmt.Sprintf("%%%02x", octet)
	}
	all = append(all, units, octets)
	if entity := entities[r]; entity != "" {
		all = append(all, entity)
	}
	if r == ' ' {
		all = append(all, "+")
	}
	if r < utf8.RuneSelf {
		all = append(all, `\`+string(r))
	}
	return all
}

// A maskedError is an error whose text held a secret.
type maskedError struct {
	error
	text string
}

func (e *maskedError) Error() string { return e.text }
func (e *maskedError) Unwrap() error { return e.error }

// maskError returns err, with the secrets masked in its text.
func (s secrets) maskError(err error) error {
	if text := string(s.mask([]byte(err.Error()))); text != err.Error() {
		return &maskedError{err, text}
	}
	return err
}
