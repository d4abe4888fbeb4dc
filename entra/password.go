package entra

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// A password is the initial password of one new account. It exists between
// being drawn and being encoded into a request body; nothing keeps it. However
// it is printed, logged or encoded otherwise, it shows as redacted.
type password string

const redacted = "[redacted]"

func (password) String() string               { return redacted }
func (password) GoString() string             { return redacted }
func (password) Format(s fmt.State, _ rune)   { _, _ = io.WriteString(s, redacted) }
func (password) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (password) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// reveal returns the secret itself, for the request body and nothing else.
func (p password) reveal() string { return string(p) }

const (
	passwordLength = 24 // at 6 bits a character: 144 bits

	passwordLower   = "abcdefghjkmnpqrstuvwxyz" // without i, l and o,
	passwordUpper   = "ABCDEFGHJKLMNPQRSTUVWXY" // I, O and Z, 0 and 1, which people
	passwordDigits  = "23456789"                // mistake for one another
	passwordSymbols = "#%+-=?@_!*"              // none that JSON or a shell must escape in quotes

	// passwordAlphabet has 64 characters, so that 6 bits of a random byte pick
	// one without favouring any.
	passwordAlphabet = passwordLower + passwordUpper + passwordDigits + passwordSymbols
)

// newPassword draws a password from crypto/rand that has all four kinds of
// characters (Entra asks for three) and holds none of names, the names that the
// account goes by. https://learn.microsoft.com/entra/identity/authentication/concept-password-ban-bad-combined-policy
func newPassword(names ...string) password {
	var random [passwordLength]byte
	for {
		// Read never fails: the runtime ends the program if the system has no randomness.
		_, _ = rand.Read(random[:])
		for i, b := range random {
			random[i] = passwordAlphabet[b%64]
		}
		if drawn := string(random[:]); hasEveryKind(drawn) && !holdsName(drawn, names) {
			return password(drawn)
		}
	}
}

func hasEveryKind(s string) bool {
	return strings.ContainsAny(s, passwordLower) && strings.ContainsAny(s, passwordUpper) &&
		strings.ContainsAny(s, passwordDigits) && strings.ContainsAny(s, passwordSymbols)
}

// holdsName reports whether s contains a part of a name. Parts of one or two
// characters are let pass: nearly every password contains some of them.
func holdsName(s string, names []string) bool {
	folded := strings.ToLower(s)
	for _, name := range names {
		for _, part := range strings.FieldsFunc(strings.ToLower(name), isNameSeparator) {
			if len(part) >= 3 && strings.Contains(folded, part) {
				return true
			}
		}
	}
	return false
}

func isNameSeparator(r rune) bool { return strings.ContainsRune(" \t,.-_@#", r) }
